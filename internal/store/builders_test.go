package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
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

// properties are the facets that every campaign has.
var properties = []board.Property{
	board.BySong, board.ByArtist, board.ByCountry, board.ByOrientation, board.ByDuration, board.ByLanguage,
	board.ByQuality, board.ByTag,
}

// tag replaces the tags of a story.
func tag(t testing.TB, db *store.Store, c *campaign.Campaign, id string, by account.Actor, tags ...string) {
	t.Helper()
	refused, err := db.EditTags(ctx, c.ID, []string{id}, func(board.Tagged) ([]string, error) { return tags, nil }, by,
		start)
	require.NoError(t, err)
	require.Equal(t, []error{nil}, refused)
}

// listed puts a story on a shortlist.
func listed(t testing.TB, db *store.Store, cand board.Candidate) {
	t.Helper()
	if cand.Status == "" {
		cand.Status = board.Considering
	}
	refused, err := db.EditList(ctx, cand.Campaign, cand.List, []string{cand.Story},
		func(e board.Entry) (*board.Candidate, error) {
			cand.Version = 1
			if e.Candidate != nil {
				cand.Version = e.Candidate.Version + 1
			}
			return &cand, nil
		})
	require.NoError(t, err)
	require.Equal(t, []error{nil}, refused)
}

// newList makes a shortlist with a name and returns its id.
func newList(t testing.TB, db *store.Store, c *campaign.Campaign) string {
	t.Helper()
	l := board.List{ID: id.New(), Campaign: c.ID, Name: id.New(), Version: 1, By: ana, At: start}
	require.NoError(t, db.CreateList(ctx, l))
	return l.ID
}

// narrowed is a query in an order, with filters.
func narrowed(by board.Sort, filters ...board.Filter) board.Query {
	return board.Query{Sort: by, Filters: filters}
}
