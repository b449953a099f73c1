package api

import (
	"context"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
)

// themeView is how a campaign looks, as it is read and as it is set.
type themeView struct {
	Logo       string `json:"logo,omitempty" maxLength:"500" doc:"https address of an image, which the browsers of visitors load from there." example:"https://www.example.com/logo.svg"`
	LogoAlt    string `json:"logo_alt,omitempty" maxLength:"200" doc:"What the logo shows; empty: the campaign's title stands in."`
	Cover      string `json:"cover,omitempty" maxLength:"500" doc:"The same as logo, of a decorative image above the title." example:"https://www.example.com/cover.jpg"`
	Accent     string `json:"accent,omitempty" maxLength:"7" pattern:"^(#[0-9a-fA-F]{6})?$" doc:"Color of buttons and marks; at least 3 to 1 with the light page." example:"#1d6fd0"`
	AccentDark string `json:"accent_dark,omitempty" maxLength:"7" pattern:"^(#[0-9a-fA-F]{6})?$" doc:"The same on dark pages; empty: accent, with as much white as it needs." example:"#85b9f5"`
	Font       string `json:"font,omitempty" enum:",system,serif,rounded,mono" doc:"A kind of font that systems bring along; empty: that of the product."`
	Example    string `json:"example,omitempty" maxLength:"36" doc:"Id of a story of the campaign that visitors are shown as an example; for the public, absent while it is not published."`
	Thanks     string `json:"thanks,omitempty" maxLength:"500" doc:"Plain text shown after sending."`
}

func themeOf(t campaign.Theme) *themeView {
	if t == (campaign.Theme{}) {
		return nil
	}
	v := themeView(t)
	return &v
}

// feedCampaign is the slug of the campaign in whose feed the story is; empty
// for none.
func (s *server) feedCampaign(ctx context.Context, story string) (string, error) {
	item, err := s.Feed.Get(ctx, story)
	if fault.KindOf(err) == fault.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return item.Campaign, nil
}

// checkExample refuses a theme whose example is not in the campaign's feed.
// One that was set before stays, whatever became of it, so that what was read
// can be written back.
func (s *server) checkExample(ctx context.Context, slug string, theme *themeView) error {
	if theme == nil || theme.Example == "" {
		return nil
	}
	c, err := s.Campaigns.Get(ctx, slug)
	if err != nil || c.Theme.Example == theme.Example {
		return err
	}
	published, err := s.feedCampaign(ctx, theme.Example)
	if err != nil {
		return err
	}
	c.Theme.Example = theme.Example
	return c.CheckExample(published)
}

// hideExample removes an example that is not in the campaign's feed.
func (s *server) hideExample(ctx context.Context, c *campaign.Campaign, v *campaignView) error {
	if c.Theme.Example == "" {
		return nil
	}
	published, err := s.feedCampaign(ctx, c.Theme.Example)
	if err == nil && c.CheckExample(published) != nil {
		v.Theme.Example = ""
	}
	return err
}
