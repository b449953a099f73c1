package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

var (
	ctx   = context.Background()
	start = time.Date(2026, 5, 1, 12, 0, 0, 123_456_000, time.UTC)
	ana   = account.Actor{Role: account.Moderator, ID: "u-ana", Name: "Ana"}
	ben   = account.Actor{Role: account.Moderator, ID: "u-ben", Name: "Ben"}
)

// newCampaign keeps a campaign of its own for the test.
func newCampaign(t testing.TB, db *store.Store) *campaign.Campaign {
	t.Helper()
	c := &campaign.Campaign{Slug: "c-" + id.New()[:13] + "-" + id.New()[24:], Title: "Test"}
	require.NoError(t, campaign.NewService(db, func() time.Time { return start }).Create(ctx, c))
	return c
}

// newStory keeps a story awaiting its upload, with every field filled.
func newStory(t testing.TB, db *store.Store, c *campaign.Campaign, change ...func(*story.Story)) *story.Story {
	t.Helper()
	st := &story.Story{
		ID: id.New(), Campaign: c.ID, CampaignSlug: c.Slug, State: story.AwaitingUpload, Version: 1,
		Contributor: story.Contributor{Name: "Zoë", Email: "zoe@example.com", Country: "DE", Locale: "de"},
		Title:       "That summer", Text: "We danced on the roof.",
		Song: story.Song{
			Title: "Heroes", Artist: "David Bowie", ISRC: "GBAYE7700123", Link: "https://example.com/heroes",
		},
		Release: story.Release{
			Version: 2, TextSHA256: "ab", Locale: "en", AgreedAt: start, Address: "192.0.2.7", OfAge: true,
			OthersAgreed: true,
		},
		Upload: story.Upload{
			ID: "u1", Key: "incoming/x/u1", Multipart: "mp", Bytes: 20 << 20, PartSize: 8 << 20,
			ContentType: "video/mp4", FileName: "it's \"me\".mp4", ExpiresAt: start.Add(time.Hour),
		},
		NextRunAt: start.Add(time.Minute), CreatedAt: start, UpdatedAt: start,
	}
	for _, f := range change {
		f(st)
	}
	require.NoError(t, db.CreateStory(ctx, st, entry(st, story.EventCreated, "", st.State), "token-"+st.ID, nil))
	return st
}

func entry(st *story.Story, e story.Event, from, to story.State) *story.Entry {
	return &story.Entry{ID: id.New(), Story: st.ID, At: start, Actor: ana, Event: e, From: from, To: to}
}

// move saves st in the state, with the line that says so.
func move(t testing.TB, db *store.Store, st *story.Story, to story.State, e story.Event) {
	t.Helper()
	line := entry(st, e, st.State, to)
	st.State = to
	require.NoError(t, db.SaveStory(ctx, st, line))
}

// published keeps a story that is on the feed.
func published(t testing.TB, db *store.Store, c *campaign.Campaign, at time.Time,
	change ...func(*story.Story)) *story.Story {
	t.Helper()
	st := newStory(t, db, c, change...)
	st.Public = &media.Assets{
		Prefix: fmt.Sprintf("public/%s/1/", st.ID), HLS: "master.m3u8", Width: 1080, Height: 1920,
		Duration: 20 * time.Second,
	}
	if len(change) == 0 || st.PublishedAt.IsZero() {
		st.PublishedAt = at
	}
	st.NextRunAt = time.Time{}
	move(t, db, st, story.Published, story.EventPublished)
	return st
}

func ids(stories []*story.Story) []string {
	out := make([]string, len(stories))
	for i, s := range stories {
		out[i] = s.ID
	}
	return out
}
