package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/caption"
)

// captionView is one language of a story's captions.
type captionView struct {
	Locale  string `json:"locale"`
	Label   string `json:"label,omitempty" doc:"For a player's menu; empty: the language's own name."`
	URL     string `json:"url" doc:"WebVTT."`
	Version string `json:"version" doc:"Of label and text."`
	Pending bool   `json:"pending,omitempty" doc:"Not public until a moderator approves them."`
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
		out[i] = captionView{
			Locale: c.Locale, Label: c.Label, Version: c.Version, Pending: c.Pending,
			URL: s.Addresses.Pages + under + "/captions/" + c.Locale + "?v=" + c.Version,
		}
	}
	return out
}

type putCaptionsInput struct {
	CaptionPath
	Body struct {
		VTT   string `json:"vtt" maxLength:"204800" doc:"WebVTT or SubRip."`
		Label string `json:"label,omitempty" maxLength:"60"`
	}
}

func (s *server) captionRoutes() {
	vtt := map[string]*huma.Schema{"text/vtt": textSchema}
	handle(s, anyone, op("get-feed-captions", "GET /v1/feed/{id}/captions/{locale}", "feed",
		"Read the captions of a published story").everywhere().fails(unauthorized, forbidden, notFound).
		responds("WebVTT.", vtt),
		s.getFeedCaptions)
	handle(s, ownerStaff, op("get-captions", "GET /v1/stories/{id}/captions/{locale}", "captions",
		"Read a story's captions").about("In any state of the story.").fails(notFound).responds("WebVTT.", vtt),
		s.getCaptions)
	handle(s, staff, op("put-captions", "PUT /v1/stories/{id}/captions/{locale}", "captions", "Write captions").
		about("WebVTT or SubRip; times and text are kept, styles are not. Earlier ones of the language are replaced. "+
			"Those of moderators are public with their story, those of others once a moderator approves them.").
		fails(notFound, conflict).audited("captions.changed"), s.putCaptions)
	handle(s, moderators, op("approve-captions", "POST /v1/stories/{id}/captions/{locale}/approval", "review",
		"Approve captions").about("Makes pending captions public. Those of a story in review are approved with it.").
		noContent().fails(notFound, conflict).audited("captions.approved"), s.approveCaptions)
	handle(s, moderators, op("list-pending-captions", "GET /v1/review/captions", "review", "List pending captions").
		about("Of approved and published stories, oldest first, at most 100."), s.listPendingCaptions)
	handle(s, staff, op("delete-captions", "DELETE /v1/stories/{id}/captions/{locale}", "captions", "Remove captions").
		noContent().audited("captions.deleted"), s.deleteCaptions)
}

// getFeedCaptions answers with captions as long as their story is public.
func (s *server) getFeedCaptions(ctx context.Context, in *CaptionPath) (*vttOutput, error) {
	c, err := s.Feed.Caption(ctx, in.ID, in.Locale)
	if err != nil {
		return nil, err
	}
	return &vttOutput{vttType, feedCache, []byte(c.VTT)}, nil
}

// getCaptions answers with captions in any state of their story.
func (s *server) getCaptions(ctx context.Context, in *CaptionPath) (*vttOutput, error) {
	c, err := s.Captions.Get(ctx, in.ID, in.Locale)
	if err != nil {
		return nil, err
	}
	return &vttOutput{vttType, "no-store", []byte(c.VTT)}, nil
}

// putCaptions stores the captions of one language as WebVTT.
func (s *server) putCaptions(ctx context.Context, in *putCaptionsInput) (*body[captionView], error) {
	who, role := callerOf(ctx), account.Creative
	if who.principal.Can(account.Moderator) {
		role = account.Moderator
	}
	c, err := s.Captions.Set(ctx, in.ID, in.Locale, in.Body.Label, in.Body.VTT, who.actor(role))
	if err != nil {
		return nil, err
	}
	return bodyOf(s.captionViews("/v1/stories/"+in.ID, []caption.Track{*c})[0]), nil
}

type approveCaptionsInput struct {
	CaptionPath
	Body struct {
		Version string `json:"version" maxLength:"64" doc:"Of the captions as you saw them."`
	}
}

// approveCaptions makes pending captions public.
func (s *server) approveCaptions(ctx context.Context, in *approveCaptionsInput) (*none, error) {
	return nil, s.Captions.Approve(ctx, in.ID, in.Locale, in.Body.Version)
}

// pendingView is captions that wait for a moderator.
type pendingView struct {
	Story   string    `json:"story" format:"uuid"`
	Locale  string    `json:"locale"`
	Version string    `json:"version" doc:"Of label and text; send it to approve them."`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

// listPendingCaptions answers with captions that wait for a moderator.
func (s *server) listPendingCaptions(ctx context.Context, _ *none) (*items[pendingView], error) {
	pending, err := s.Captions.Pending(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]pendingView, len(pending))
	for i, c := range pending {
		out[i] = pendingView{c.Story, c.Locale, c.Version, c.By.Name, c.At}
	}
	return itemsOf(out), nil
}

// deleteCaptions removes the captions of one language.
func (s *server) deleteCaptions(ctx context.Context, in *CaptionPath) (*none, error) {
	return nil, s.Captions.Delete(ctx, in.ID, in.Locale)
}
