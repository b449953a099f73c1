package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/caption"
)

// captionView is one language of a story's captions.
type captionView struct {
	Locale string `json:"locale"`
	Label  string `json:"label,omitempty" doc:"For a player's menu; empty: the language's own name."`
	URL    string `json:"url" doc:"WebVTT."`
}

// CaptionPath names a story's captions of one language.
type CaptionPath struct {
	StoryPath
	Locale string `path:"locale" maxLength:"35" doc:"BCP 47."`
}

// vttOutput is a WebVTT file.
type vttOutput struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

const vttType = "text/vtt; charset=utf-8"

// captionViews makes addresses; under is where the reader may get them from.
func (s *server) captionViews(under string, list []caption.Track) []captionView {
	out := make([]captionView, len(list))
	for i, c := range list {
		out[i] = captionView{c.Locale, c.Label, s.PublicURL + under + "/captions/" + c.Locale + "?v=" + c.Version}
	}
	return out
}

func (s *server) captionRoutes() {
	missing := []int{http.StatusNotFound}
	vtt := map[string]*huma.Response{
		"200": {
			Description: "WebVTT.",
			Content:     map[string]*huma.MediaType{"text/vtt": {Schema: &huma.Schema{Type: huma.TypeString}}},
		},
	}
	handle(s, huma.Operation{
		OperationID: "get-feed-captions", Method: http.MethodGet, Path: "/v1/feed/{id}/captions/{locale}",
		Tags:    []string{"feed"},
		Summary: "Read the captions of a published story", Errors: missing, Responses: vtt,
	}, anyone, func(ctx context.Context, in *CaptionPath) (*vttOutput, error) {
		c, err := s.Feed.Caption(ctx, in.ID, in.Locale)
		if err != nil {
			return nil, err
		}
		return &vttOutput{vttType, feedCache, []byte(c.VTT)}, nil
	})
	handle(s, huma.Operation{
		OperationID: "get-captions", Method: http.MethodGet, Path: "/v1/stories/{id}/captions/{locale}",
		Tags:    []string{"captions"},
		Summary: "Read a story's captions", Description: "In any state of the story.", Errors: missing, Responses: vtt,
	}, ownerStaff, func(ctx context.Context, in *CaptionPath) (*vttOutput, error) {
		c, err := s.Captions.Get(ctx, in.ID, in.Locale)
		if err != nil {
			return nil, err
		}
		return &vttOutput{vttType, "no-store", []byte(c.VTT)}, nil
	})
	handle(s, huma.Operation{
		OperationID: "put-captions", Method: http.MethodPut, Path: "/v1/stories/{id}/captions/{locale}",
		Tags:    []string{"captions"},
		Summary: "Write captions",
		Description: "WebVTT or SubRip; times and text are kept, styles are not. Earlier ones of the language are " +
			"replaced.", Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, staff, func(ctx context.Context, in *struct {
		CaptionPath
		Body struct {
			VTT   string `json:"vtt" maxLength:"204800" doc:"WebVTT or SubRip."`
			Label string `json:"label,omitempty" maxLength:"60"`
		}
	}) (*struct{ Body captionView }, error) {
		who := callerOf(ctx)
		c, err := s.Captions.Set(ctx, in.ID, in.Locale, in.Body.Label, in.Body.VTT, who.actor(account.Creative))
		if err != nil {
			return nil, err
		}
		return &struct{ Body captionView }{s.captionViews("/v1/stories/"+in.ID, []caption.Track{*c})[0]}, nil
	})
	handle(s, huma.Operation{
		OperationID: "delete-captions", Method: http.MethodDelete, Path: "/v1/stories/{id}/captions/{locale}",
		Tags: []string{"captions"}, DefaultStatus: http.StatusNoContent,
		Summary: "Remove captions",
	}, staff, func(ctx context.Context, in *CaptionPath) (*struct{}, error) {
		return nil, s.Captions.Delete(ctx, in.ID, in.Locale)
	})
}
