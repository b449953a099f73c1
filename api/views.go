package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// signFor is how long a moderator's link to private media works: a review
// shift's claim and a pause.
const signFor = 15 * time.Minute

type songView struct {
	Title  string `json:"title" minLength:"1" maxLength:"200"`
	Artist string `json:"artist" minLength:"1" maxLength:"200"`
	ISRC   string `json:"isrc,omitempty" maxLength:"15"`
	Link   string `json:"link,omitempty" maxLength:"500" doc:"http or https, without user and port: the catalog's link, or one to a host that the operator allows. Names of hosts in other scripts are spelled in Punycode."`
	Cover  string `json:"cover,omitempty" maxLength:"500" doc:"The catalog's; any other is left out."`
}

type failureView struct {
	Code   string `json:"code" doc:"Stable." example:"too_long"`
	Detail string `json:"detail" doc:"What is wrong and what to do, for the contributor."`
}

// reasonGiven is why a story is not shown, as its contributor is given it.
type reasonGiven struct {
	Code    string     `json:"code" doc:"Stable." example:"no_song"`
	Detail  string     `json:"detail" doc:"The sentence of the code, for the contributor."`
	Message string     `json:"message,omitempty" doc:"What the moderator wrote to the contributor."`
	At      *time.Time `json:"at,omitempty" doc:"When a person decided; absent where nobody did."`
}

// mendingView is what a contributor may still do about a rejection.
type mendingView struct {
	Left       int  `json:"left" doc:"Times the story may still return to review with changed texts or song."`
	SecondLook bool `json:"second_look" doc:"Whether it may return unchanged."`
}

// revisionView is one time a contributor changed texts or song.
type revisionView struct {
	At      time.Time           `json:"at"`
	Message string              `json:"message,omitempty" doc:"To the moderators."`
	Changes []story.FieldChange `json:"changes" doc:"Empty: a second look was asked for."`
	From    string              `json:"from" doc:"State of the story at that time."`
}

func revisionsOf(lines []*story.Entry) []revisionView {
	var out []revisionView
	for _, l := range lines {
		v := revisionView{l.At, l.Message, l.Changes, string(l.From)}
		if v.Changes == nil {
			v.Changes = []story.FieldChange{}
		}
		out = append(out, v)
	}
	return out
}

type nameView struct {
	Name    string `json:"name"`
	Country string `json:"country,omitempty"`
	Email   string `json:"email,omitempty" doc:"Staff only."`
}

type releaseView struct {
	Version      int        `json:"version"`
	TextSHA256   string     `json:"text_sha256"`
	Locale       string     `json:"locale"`
	AgreedAt     time.Time  `json:"agreed_at"`
	Address      string     `json:"address,omitempty"`
	OfAge        bool       `json:"of_age"`
	OthersAgreed bool       `json:"others_agreed"`
	SourceSHA256 string     `json:"source_sha256,omitempty"`
	WithdrawnAt  *time.Time `json:"withdrawn_at,omitempty"`
}

func releaseOf(r story.Release) releaseView {
	return releaseView{
		r.Version, r.TextSHA256, r.Locale, r.AgreedAt, r.Address, r.OfAge, r.OthersAgreed, r.SourceSHA256,
		timePtr(r.WithdrawnAt),
	}
}

// reviewMedia are short-lived addresses of the review copy.
type reviewMedia struct {
	Video         string    `json:"video"`
	Poster        string    `json:"poster,omitempty"`
	Storyboard    string    `json:"storyboard,omitempty" doc:"Sprite sheet; the areas are in storyboard_vtt."`
	StoryboardVTT string    `json:"storyboard_vtt,omitempty"`
	ExpiresAt     time.Time `json:"expires_at"`
}

type claimView struct {
	By    string    `json:"by"`
	Mine  bool      `json:"mine"`
	Until time.Time `json:"until"`
}

// escalationView is why the leads have a story.
type escalationView struct {
	Kind string    `json:"kind" enum:"minor,self_harm,threat,legal,unsure"`
	Note string    `json:"note,omitempty"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
}

// storyView is a story as its contributor and staff see it. Fields that are
// staff's alone are absent for others.
type storyView struct {
	ID          string            `json:"id" format:"uuid"`
	Campaign    string            `json:"campaign,omitempty" doc:"Slug."`
	State       string            `json:"state" enum:"awaiting_upload,uploaded,preparing,in_review,approved,publishing,published,hidden,rejected,failed,expired,withdrawn,erased"`
	Version     int64             `json:"version" doc:"Send it with a decision, so that nobody decides on what they have not seen."`
	Progress    float64           `json:"progress" minimum:"0" maximum:"1" doc:"Of the work under way in this state, 0 to 1."`
	Failure     *failureView      `json:"failure,omitempty"`
	Reason      *reasonGiven      `json:"reason,omitempty" doc:"Why a moderator rejected or hid the story."`
	Mending     *mendingView      `json:"mending,omitempty" doc:"For the contributor of a rejected story."`
	Contributor nameView          `json:"contributor"`
	Title       string            `json:"title,omitempty"`
	Text        string            `json:"text,omitempty"`
	Song        songView          `json:"song"`
	Answers     []campaign.Answer `json:"answers,omitempty" doc:"To the campaign's questions; never public."`
	Cut         *cutView          `json:"cut,omitempty" doc:"The part of the file that is the story; absent: all of it."`
	Captions    []captionView     `json:"captions,omitempty" doc:"For staff, where single stories or the review queue are read."`
	Tags        []string          `json:"tags,omitempty" doc:"On the board."`
	Shortlists  []onListView      `json:"shortlists,omitempty" doc:"In answers of the board's search: the lists that the story is on."`
	Width       int               `json:"width,omitempty" doc:"Pixels, as displayed."`
	Height      int               `json:"height,omitempty" doc:"Pixels, as displayed."`
	DurationMS  int64             `json:"duration_ms,omitempty"`
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
	PublishedAt *time.Time        `json:"published_at,omitempty"`
	Public      *PublicMedia      `json:"public,omitempty" doc:"Only while published."`

	Release    *releaseView    `json:"release,omitempty"`
	Media      *media.Media    `json:"media,omitempty" doc:"Staff only: what the probe found."`
	Findings   *media.Findings `json:"findings,omitempty" doc:"Staff only: technical findings."`
	Review     *reviewMedia    `json:"review,omitempty" doc:"Staff only."`
	Claim      *claimView      `json:"claim,omitempty" doc:"Staff only: who reviews it now."`
	Escalated  bool            `json:"escalated,omitempty" doc:"Staff only."`
	Escalation *escalationView `json:"escalation,omitempty" doc:"For leads: why they have the story."`
	Revisions  []revisionView  `json:"revisions,omitempty" doc:"Staff only, while in review: what the contributor changed since it was sent, oldest first."`
	FileName   string          `json:"file_name,omitempty"`
	Attempt    int             `json:"attempt,omitempty" doc:"Staff only: attempts made at its work."`
}

// PublicMedia are the addresses of published media.
type PublicMedia struct {
	HLS           string `json:"hls" doc:"Empty for some stories until all renditions are made; play mp4 then."`
	MP4           string `json:"mp4"`
	Poster        string `json:"poster"`
	PosterModern  string `json:"poster_modern,omitempty"`
	PosterColor   string `json:"poster_color,omitempty" doc:"Its mean color as #rrggbb, for its place until it has arrived."`
	Storyboard    string `json:"storyboard,omitempty" doc:"WebVTT with sprite areas."`
	Preview       string `json:"preview,omitempty" doc:"Short muted loop."`
	SpriteAddress string `json:"storyboard_image,omitempty"`
}

func (s *server) publicMedia(set *media.Assets) PublicMedia {
	url := func(name string) string {
		if name == "" {
			return ""
		}
		return s.Bucket.PublicURL(set.Prefix + name)
	}
	return PublicMedia{
		HLS: url(set.HLS), MP4: url(set.MP4), Poster: url(set.Poster), PosterModern: url(set.PosterModern),
		Storyboard: url(set.StoryboardVTT), Preview: url(set.Preview), SpriteAddress: url(set.Storyboard),
		PosterColor: set.PosterColor,
	}
}

// contributorView is what the holder of the story's token sees.
func (s *server) contributorView(st *story.Story) storyView {
	v := storyView{
		ID: st.ID, Campaign: st.CampaignSlug, State: string(st.State), Version: st.Version, Progress: st.Progress,
		Contributor: nameView{Name: st.Contributor.Name, Country: st.Contributor.Country}, Title: st.Title,
		Text: st.Text, Song: songView(st.Song), Answers: st.Answers, Cut: cutOf(st.Cut),
		CreatedAt: st.CreatedAt, UpdatedAt: st.UpdatedAt, PublishedAt: timePtr(st.PublishedAt),
		FileName: st.Upload.FileName,
	}
	if st.Failure != nil && st.State == story.Failed {
		v.Failure = &failureView{st.Failure.Code, st.Failure.Detail}
	}
	set := st.Review
	if st.State == story.Published && st.Public != nil {
		set = st.Public
	}
	if set != nil {
		v.Width, v.Height, v.DurationMS = set.Width, set.Height, set.Duration.Milliseconds()
	}
	if st.State == story.Published && st.Public != nil {
		p := s.publicMedia(st.Public)
		v.Public = &p
	}
	if st.State != story.Erased {
		r := releaseOf(st.Release)
		v.Release = &r
	}
	return v
}

// boardView is what the board's lists show: no network address, and of a story
// that left the states which the creative team works with, only what names it.
func (s *server) boardView(st *story.Story) storyView {
	v := s.contributorView(st)
	if !board.Shows(st.State) {
		return storyView{
			ID: v.ID, Campaign: v.Campaign, State: v.State, Version: v.Version, Song: v.Song, DurationMS: v.DurationMS,
			Width: v.Width, Height: v.Height, CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
		}
	}
	v.withoutAddress()
	return v
}

// withoutAddress leaves out from where the release was agreed to.
func (v *storyView) withoutAddress() {
	if v.Release != nil {
		v.Release.Address = ""
	}
}

// staffView adds what staff may see, with links to the review copy. The
// creative team gets neither e-mail nor network address.
func (s *server) staffView(ctx context.Context, st *story.Story) (storyView, error) {
	v := s.contributorView(st)
	if callerOf(ctx).creativeOnly() {
		v.withoutAddress()
	} else {
		v.Contributor.Email = st.Contributor.Email
	}
	if callerOf(ctx).lead() {
		e, err := s.Review.Escalation(ctx, st)
		if err != nil {
			return v, err
		}
		if e != nil {
			v.Escalation = &escalationView{string(e.Kind), e.Note, e.By, e.At}
		}
	}
	v.Media, v.Findings, v.Escalated, v.Attempt = st.Media, st.Findings, st.Escalated, st.Attempt
	if st.Failure != nil { // also of the ladder of a published story
		v.Failure = &failureView{st.Failure.Code, st.Failure.Detail}
	}
	if st.ClaimedUntil.After(s.Now()) {
		v.Claim = &claimView{By: st.ClaimedBy.Name, Mine: st.ClaimedBy.ID == callerOf(ctx).id(), Until: st.ClaimedUntil}
	}
	if st.Review == nil || st.State == story.Withdrawn || st.State == story.Erased {
		return v, nil
	}
	m := reviewMedia{ExpiresAt: s.Now().Add(signFor).UTC()}
	for name, to := range map[string]*string{
		st.Review.MP4: &m.Video, st.Review.Poster: &m.Poster, st.Review.Storyboard: &m.Storyboard,
		st.Review.StoryboardVTT: &m.StoryboardVTT,
	} {
		if name == "" {
			continue
		}
		var err error
		if *to, err = s.Bucket.SignGet(ctx, st.Review.Prefix+name, signFor, ""); err != nil {
			return v, err
		}
	}
	v.Review = &m
	return v, nil
}

func (s *server) staffViews(ctx context.Context, stories []*story.Story) ([]storyView, error) {
	ids := make([]string, len(stories))
	for i, st := range stories {
		ids[i] = st.ID
	}
	captions, err := s.Captions.List(ctx, ids...)
	if err != nil {
		return nil, err
	}
	revisions, err := s.Review.Revisions(ctx, stories...)
	if err != nil {
		return nil, err
	}
	out := make([]storyView, len(stories))
	for i, st := range stories {
		if out[i], err = s.staffView(ctx, st); err != nil {
			return nil, err
		}
		out[i].Captions = s.captionViews("/v1/stories/"+st.ID, captions[st.ID])
		out[i].Revisions = revisionsOf(revisions[st.ID])
	}
	return out, nil
}

func timePtr(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
