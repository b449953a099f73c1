package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/telemetry"
)

type fileInput struct {
	Name        string `json:"name,omitempty" maxLength:"255" doc:"As the contributor's device calls it; shown, never used as a path."`
	Bytes       int64  `json:"bytes" minimum:"0" maximum:"9007199254740991" doc:"Exact size; storage accepts no other."`
	ContentType string `json:"content_type,omitempty" maxLength:"121" example:"video/mp4"`
	SHA256      string `json:"sha256,omitempty" maxLength:"44" doc:"Base64. With a single PUT storage checks it."`
}

func (f fileInput) file() intake.File {
	return intake.File{Name: f.Name, Bytes: f.Bytes, ContentType: f.ContentType, SHA256: f.SHA256}
}

// cutView is the part of the video that the contributor chose.
type cutView struct {
	FromMS int64 `json:"from_ms" minimum:"0" maximum:"86400000"`
	ToMS   int64 `json:"to_ms" minimum:"0" maximum:"86400000" doc:"0: to the end."`
}

func (v *cutView) cut() media.Cut {
	if v == nil {
		return media.Cut{}
	}
	return media.Cut{From: time.Duration(v.FromMS) * time.Millisecond, To: time.Duration(v.ToMS) * time.Millisecond}
}

// cutOf is nil for a video that is shown whole.
func cutOf(c media.Cut) *cutView {
	if c == (media.Cut{}) {
		return nil
	}
	return &cutView{c.From.Milliseconds(), c.To.Milliseconds()}
}

type beginInput struct {
	CampaignPath
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"The same key and request again, within a day, answer with the same story."`
	Body           struct {
		Contributor struct {
			Name    string `json:"name" minLength:"1" maxLength:"100" doc:"Shown with the story."`
			Email   string `json:"email,omitempty" maxLength:"254" doc:"Never shown in public."`
			Country string `json:"country,omitempty" maxLength:"2" doc:"ISO 3166-1 alpha-2."`
			Locale  string `json:"locale,omitempty" maxLength:"35" doc:"BCP 47."`
		} `json:"contributor"`
		Title   string            `json:"title,omitempty" maxLength:"150"`
		Text    string            `json:"text,omitempty" maxLength:"4000" doc:"The story in words."`
		Song    songView          `json:"song"`
		Answers map[string]string `json:"answers,omitempty" maxProperties:"20" doc:"To the campaign's questions, by id."`
		Cut     *cutView          `json:"cut,omitempty"`
		Release struct {
			Version      int    `json:"version" minimum:"1" maximum:"2147483647" doc:"Of the form that was shown."`
			Locale       string `json:"locale,omitempty" maxLength:"35"`
			Agreed       bool   `json:"agreed" doc:"The explicit act of agreeing."`
			OfAge        bool   `json:"of_age" doc:"The contributor has the campaign's minimum age."`
			OthersAgreed bool   `json:"others_agreed" doc:"Everyone seen or heard agreed."`
		} `json:"release"`
		File fileInput `json:"file"`
	}
}

type beginOutput struct {
	Location string `header:"Location"`
	Body     struct {
		Story  storyView  `json:"story"`
		Token  string     `json:"token" doc:"Gives access to the story; shown only here. Keep it secret."`
		Upload uploadView `json:"upload"`
	}
}

// StoryPath names the story that a request is about.
type StoryPath struct {
	ID string `path:"id" maxLength:"36" doc:"The story's id."`
}

type storyOutput = body[storyView]

func (s *server) storyRoutes() {
	handle(s, anyone, op("begin-story", "POST /v1/campaigns/{campaign}/stories", "contributors", "Begin a story").
		about("Records the story and the release, and answers with the story's token and presigned requests for its "+
			"file. Pages of other sites may call it where the campaign lists their origin.").
		fromBrands().created().fails(forbidden, notFound, conflict, tooLarge, tooMany), s.beginStory)
	handle(s, ownerStaff, op("get-story", "GET /v1/stories/{id}", "contributors", "Read a story").
		about("Where it stands, for its contributor or for staff.").fails(notFound), s.getStory)
	handle(s, contributor, op("revise-story", "PATCH /v1/stories/{id}", "contributors",
		"Change a story's texts and song").
		about("While the story is neither approved nor withdrawn; absent fields stay as they are. A rejected story "+
			"returns to review, once also without any change: a second look. The same request again is one revision.").
		fails(notFound, conflict, tooMany), s.reviseStory)
	handle(s, ownerAdmin, op("withdraw-story", "DELETE /v1/stories/{id}", "contributors", "Withdraw a story").
		about("Takes it off the feed at once; every object and personal field is erased soon after. Withdrawing again "+
			"is one withdrawal.").fails(notFound), s.withdrawStory)
}

// beginStory records a story and its release before any byte of its file is
// sent.
func (s *server) beginStory(ctx context.Context, in *beginInput) (*beginOutput, error) {
	who := callerOf(ctx)
	b := in.Body
	begun, err := s.Intake.Begin(ctx, intake.BeginRequest{
		Campaign: in.Campaign,
		Contributor: story.Contributor{
			Name: b.Contributor.Name, Email: b.Contributor.Email, Country: b.Contributor.Country,
			Locale: b.Contributor.Locale,
		},
		Title: b.Title, Text: b.Text, Song: story.Song(b.Song), Answers: b.Answers, Cut: b.Cut.cut(),
		Agreement: intake.Agreement(b.Release), File: b.File.file(), Address: who.address,
		IdempotencyKey: in.IdempotencyKey,
	})
	if err != nil {
		return nil, err
	}
	telemetry.Created(ctx, begun.Story.ID)
	out := &beginOutput{Location: "/v1/stories/" + begun.Story.ID}
	out.Body.Story, out.Body.Token = s.contributorView(begun.Story), begun.Token
	out.Body.Upload = uploadOf(begun.Upload)
	return out, nil
}

// getStory answers with the story as its contributor or as staff may see it.
func (s *server) getStory(ctx context.Context, in *StoryPath) (*storyOutput, error) {
	v, err := s.viewFor(ctx, in.ID)
	return bodyOf(v), err
}

type reviseInput struct {
	StoryPath
	Body struct {
		Version int64             `json:"version,omitempty" minimum:"0" doc:"The story's version as you saw it."`
		Title   *string           `json:"title,omitempty" maxLength:"150"`
		Text    *string           `json:"text,omitempty" maxLength:"4000" doc:"The story in words."`
		Song    *songView         `json:"song,omitempty"`
		Answers map[string]string `json:"answers,omitempty" maxProperties:"20" doc:"All answers, by id of the question."`
		Message string            `json:"message,omitempty" maxLength:"1000" doc:"To the moderators, who see it beside the story."`
	}
}

// reviseStory changes what is written of a story.
func (s *server) reviseStory(ctx context.Context, in *reviseInput) (*storyOutput, error) {
	b := in.Body
	st, err := s.Intake.Revise(ctx, intake.ReviseRequest{
		Story: in.ID, Version: b.Version, Title: b.Title, Text: b.Text, Song: (*story.Song)(b.Song),
		Answers: b.Answers, Message: b.Message, Address: callerOf(ctx).address,
	})
	if err != nil {
		return nil, err
	}
	v, err := s.withReason(ctx, st, s.contributorView(st))
	return bodyOf(v), err
}

// withdrawStory takes a story off the feed; its data are erased soon after.
func (s *server) withdrawStory(ctx context.Context, in *StoryPath) (*storyOutput, error) {
	st, err := s.Stories.Withdraw(ctx, in.ID, callerOf(ctx).actor(account.Admin))
	if err != nil {
		return nil, err
	}
	return bodyOf(s.contributorView(st)), nil
}

// viewFor shows a story to whoever asks: staff see more.
func (s *server) viewFor(ctx context.Context, id string) (storyView, error) {
	who := callerOf(ctx)
	if who.principal == nil {
		v := s.contributorView(who.story)
		return s.withReason(ctx, who.story, v)
	}
	st, err := s.Stories.Get(ctx, id)
	if err != nil {
		return storyView{}, err
	}
	v, err := s.staffView(ctx, st)
	if err != nil {
		return v, err
	}
	captions, err := s.Captions.List(ctx, id)
	if err != nil {
		return v, err
	}
	revisions, err := s.Review.Revisions(ctx, st)
	if err != nil {
		return v, err
	}
	v.Revisions = revisionsOf(revisions[id])
	tags, err := s.Board.Tags(ctx, id)
	v.Captions, v.Tags = s.captionViews("/v1/stories/"+id, captions[id]), tags[id]
	return v, err
}

// withReason adds why a moderator rejected or hid the story, or why it is
// erased or not yet: the public sentence of the reason's code and what was
// written to the contributor, never a note.
func (s *server) withReason(ctx context.Context, st *story.Story, v storyView) (storyView, error) {
	switch {
	case st.State == story.Withdrawn && st.Held:
		v.Reason = &reasonGiven{Code: "retention.held", Detail: "A copy is kept for a legal reason. It is shown to " +
			"nobody, and is erased as soon as the reason ends."}
	case st.Lapsed():
		v.Reason = &reasonGiven{Code: "retention.ended",
			Detail: "The time for which this campaign keeps such stories has ended."}
	}
	if v.State != string(story.Rejected) && v.State != string(story.Hidden) {
		return v, nil
	}
	c, err := s.Campaigns.Get(ctx, st.Campaign)
	if err != nil {
		return v, err
	}
	lines, err := s.Stories.History(ctx, v.ID)
	if err != nil {
		return v, err
	}
	for _, l := range lines {
		if l.Event == story.EventRejected || l.Event == story.EventHidden {
			v.Reason = &reasonGiven{
				Code: l.Reason, Detail: c.ReasonDetail(l.Reason, st.Contributor.Locale), Message: l.Message, At: &l.At,
			}
		}
	}
	if st.State == story.Rejected {
		m := s.Intake.Mending(lines)
		v.Mending = &mendingView{m.ReturnsLeft, m.SecondLook}
	}
	return v, nil
}
