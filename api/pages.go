package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/storyreel/storyreel/api/site"
	"github.com/storyreel/storyreel/docs"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/web"
)

// ginPath turns the wildcards of a net/http pattern into gin's.
var ginPath = strings.NewReplacer("{name...}", "*name", "{", ":", "}", "")

// siteRoutes serve the pages beside the API.
func (s *server) siteRoutes(engine *gin.Engine) {
	files := s.Pages
	if files == nil {
		files = web.Pages()
	}
	s.site = site.New(site.Options{
		Files: files, Docs: docs.Files(), Reference: s.reference,
		Feed: s.Feed, Campaigns: s.Campaigns, CampaignOf: s.campaignOf,
		CampaignView: func(ctx context.Context, c *campaign.Campaign) (any, error) { return s.publicCampaign(ctx, c) },
		Mails:        s.Mails, MediaURL: s.publicURL,
		PublicURL: s.Addresses.Pages, UploadOrigin: originOf(s.Addresses.Upload),
		MediaOrigin: originOf(s.Addresses.Media),
		Status:      func(err error) int { return problemOf(err).Status },
	})
	for _, route := range s.site.Routes() {
		method := http.MethodGet
		if route.Post {
			method = http.MethodPost
		}
		engine.Handle(method, ginPath.Replace(route.Path), func(c *gin.Context) {
			for _, p := range c.Params {
				c.Request.SetPathValue(p.Key, p.Value)
			}
			if err := route.Serve(c.Writer, c.Request); err != nil {
				s.siteFailed(c, err)
			}
		})
	}
}

// siteFailed answers where a page cannot be served.
func (s *server) siteFailed(c *gin.Context, err error) {
	if fault.KindOf(err) == fault.NotFound {
		s.noRoute(c)
		return
	}
	s.fail(c, "", err)
}

// campaignOf finds the campaign of a story in any state.
func (s *server) campaignOf(ctx context.Context, id string) (*campaign.Campaign, error) {
	st, err := s.Stories.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.Campaigns.Get(ctx, st.Campaign)
}

func (s *server) publicURL(key string) string { return s.Bucket.PublicURL(key) }
