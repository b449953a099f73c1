package testkit

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

// Env is a SQLite database for one test, with a campaign, a clock that only the
// test advances, and a queue that records announcements.
type Env struct {
	DB        *store.Store
	Now       time.Time
	Announced []story.Job
	Campaigns *campaign.Service
	Stories   *story.Service
	Campaign  *campaign.Campaign // open, with a release form
	Log       *slog.Logger

	t         testing.TB
	published int
	announce  sync.Mutex // work is announced by several goroutines at a time
}

// NewEnv returns a new Env. change modifies the campaign before it is stored.
func NewEnv(t testing.TB, change ...func(*campaign.Campaign)) *Env {
	t.Helper()
	e := &Env{t: t, Now: time.Date(2026, 5, 1, 12, 0, 0, 123_456_000, time.UTC), Log: slog.New(slog.DiscardHandler)}
	var err error
	e.DB, err = store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	requireNoError(t, "open SQLite", err)
	t.Cleanup(func() { requireNoError(t, "close SQLite", e.DB.Close()) })
	_, err = e.DB.Migrate(t.Context())
	requireNoError(t, "migrate SQLite", err)
	e.Campaigns = campaign.NewService(e.DB, e.Clock)
	e.Stories = story.NewService(e.DB, e, e.Clock, story.Options{}, e.Log)
	e.Campaign = e.NewCampaign("song", change...)
	return e
}

// Clock returns Now.
func (e *Env) Clock() time.Time { return e.Now }

// Advance moves the clock forward.
func (e *Env) Advance(d time.Duration) { e.Now = e.Now.Add(d) }

// Enqueue records an announcement of work.
func (e *Env) Enqueue(_ context.Context, j story.Job) error {
	e.announce.Lock()
	defer e.announce.Unlock()
	e.Announced = append(e.Announced, j)
	return nil
}

// Held counts the announcements of the kind, as a queue that no worker empties.
func (e *Env) Held(_ context.Context, kind story.JobKind) (waiting, running int, err error) {
	for _, j := range e.Announced {
		if j.Kind == kind {
			waiting++
		}
	}
	return waiting, 0, nil
}

// Actor returns an actor of this role and name.
func Actor(r account.Role, name string) account.Actor {
	return account.Actor{Role: r, ID: "u-" + strings.ToLower(name), Name: name}
}

// NewCampaign stores an open campaign with a release form.
func (e *Env) NewCampaign(slug string, change ...func(*campaign.Campaign)) *campaign.Campaign {
	e.t.Helper()
	c := &campaign.Campaign{Slug: slug, Title: "Song"}
	for _, f := range change {
		f(c)
	}
	requireNoError(e.t, "create campaign", e.Campaigns.Create(e.t.Context(), c))
	_, err := e.Campaigns.AddReleaseForm(e.t.Context(), slug,
		campaign.ReleaseForm{Text: "You may use my video in advertising."})
	requireNoError(e.t, "add release form", err)
	return c
}

// Story stores a story of Campaign in the state, with the media of that state.
// change modifies it before it is stored.
func (e *Env) Story(state story.State, change ...func(*story.Story)) *story.Story {
	e.t.Helper()
	st := e.newStory()
	for _, f := range change {
		f(st)
	}
	requireNoError(e.t, "create story",
		e.DB.CreateStory(e.t.Context(), st, st.Created(account.Actor{Role: account.Contributor}), "token-"+st.ID, nil))
	if state != story.AwaitingUpload {
		e.Move(st, state)
	}
	return st
}

// newStory returns a story in state awaiting_upload.
func (e *Env) newStory() *story.Story {
	form := e.forms()[0]
	return &story.Story{
		ID: id.New(), Campaign: e.Campaign.ID, CampaignSlug: e.Campaign.Slug, State: story.AwaitingUpload,
		Version:     1,
		Contributor: story.Contributor{Name: "Zoë", Email: "zoe@example.com", Country: "DE", Locale: "de"},
		Title:       "That summer", Text: "We danced on the roof.",
		Song: story.Song{Title: "Heroes", Artist: "David Bowie"},
		Release: story.Release{
			Version: form.Version, TextSHA256: form.SHA256, Locale: form.Locale, AgreedAt: e.Now, Address: "192.0.2.7",
			OfAge: true, OthersAgreed: true,
		},
		Upload: story.Upload{
			ID: "u1", Key: "incoming/x/u1", Bytes: 5, ContentType: "video/mp4", ExpiresAt: e.Now.Add(time.Hour),
		},
		CreatedAt: e.Now, UpdatedAt: e.Now,
	}
}

func (e *Env) forms() []*campaign.ReleaseForm {
	forms, err := e.Campaigns.ReleaseForms(e.t.Context(), e.Campaign.ID)
	requireNoError(e.t, "read release forms", err)
	return forms
}

// Move stores st in the state, even if no transition leads there, with a
// history entry of the system.
func (e *Env) Move(st *story.Story, state story.State) {
	e.t.Helper()
	set := media.Assets{MP4: "video.mp4", Width: 1080, Height: 1920, Duration: 20 * time.Second}
	if state == story.InReview || state == story.Published {
		review := set
		review.Prefix = media.ReviewPrefix(st.ID, 1)
		st.Review = &review
	}
	if state == story.Published {
		public := set
		public.Prefix, public.HLS = media.PublicPrefix(st.ID, 2), "master.m3u8"
		st.Public = &public
		st.PublishedAt = e.Now.Add(time.Duration(e.published) * time.Microsecond) // no two stories have the same time
		e.published++
	}
	entry := &story.Entry{
		ID: id.New(), Story: st.ID, At: e.Now, Actor: account.TheSystem, Event: story.EventStarted, From: st.State,
		To: state,
	}
	st.State, st.UpdatedAt = state, e.Now
	requireNoError(e.t, "save story", e.DB.SaveStory(e.t.Context(), st, entry))
}

// State returns the stored state of a story.
func (e *Env) State(storyID string) story.State {
	e.t.Helper()
	st, err := e.DB.Story(e.t.Context(), storyID)
	requireNoError(e.t, "read story", err)
	return st.State
}
