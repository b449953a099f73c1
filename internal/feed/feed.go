// Package feed is what the public may see: the published stories of a
// campaign, newest or oldest first, without their private fields.
package feed

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/page"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// MaxPage bounds a page of the feed.
const MaxPage = 100

// Sort is an order of the feed, by the time of publication.
type Sort string

// The orders; the zero value is Newest.
const (
	Newest Sort = "newest"
	Oldest Sort = "oldest"
)

// Filter narrows and orders the feed. Empty fields match everything.
type Filter struct {
	Song    string // title, compared folded
	Artist  string // compared folded
	Country string // ISO 3166-1 alpha-2
	Sort    Sort
}

// Cursor is the place in the feed just after the story with this time and id.
type Cursor struct {
	PublishedAt time.Time `json:"t"`
	ID          string    `json:"i"`
}

// Item is one published story as anyone may see it.
type Item struct {
	ID          string
	Campaign    string // slug
	Name        string // as the contributor wished to be called
	Country     string
	Title       string
	Text        string
	Song        story.Song
	PublishedAt time.Time
	Assets      media.Assets
	Captions    []caption.Track // without their texts
}

// Store is where published stories are read.
type Store interface {
	// Feed returns published stories of the campaign in the filter's order,
	// after the cursor (nil: from the start).
	Feed(ctx context.Context, campaignID string, f Filter, after *Cursor, limit int) ([]*story.Story, error)
	// Story fails with NotFound "story.unknown".
	Story(ctx context.Context, id string) (*story.Story, error)
	// Captions returns the captions of the stories, without their texts.
	Captions(ctx context.Context, stories []string) ([]caption.Track, error)
	// Caption fails with NotFound "caption.unknown".
	Caption(ctx context.Context, story, locale string) (*caption.Track, error)
}

type campaigns interface {
	Get(ctx context.Context, slugOrID string) (*campaign.Campaign, error)
}

// Service reads the feed.
type Service struct {
	store     Store
	campaigns campaigns
}

// NewService wires a Service.
func NewService(store Store, campaigns campaigns) *Service {
	return &Service{store: store, campaigns: campaigns}
}

// List returns a page of the feed.
func (s *Service) List(
	ctx context.Context, slug string, f Filter, after *Cursor, limit int,
) (page.Page[Item, Cursor], error) {
	var none page.Page[Item, Cursor]
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return none, err
	}
	limit = min(max(limit, 1), MaxPage)
	f.Song, f.Artist = text.Fold(f.Song), text.Fold(f.Artist)
	rows, err := s.store.Feed(ctx, c.ID, f, after, limit+1)
	if err != nil {
		return none, err
	}
	items := make([]Item, len(rows))
	for i, st := range rows {
		items[i] = item(st)
	}
	p := page.Cut(items, limit, func(it Item) Cursor { return Cursor{it.PublishedAt, it.ID} })
	return p, s.addCaptions(ctx, p.Items)
}

// addCaptions fills in the captions of the items.
func (s *Service) addCaptions(ctx context.Context, items []Item) error {
	if len(items) == 0 {
		return nil
	}
	ids := make([]string, len(items))
	at := make(map[string]int, len(items))
	for i, it := range items {
		ids[i], at[it.ID] = it.ID, i
	}
	all, err := s.store.Captions(ctx, ids)
	for _, c := range all {
		if !c.Pending {
			it := &items[at[c.Story]]
			it.Captions = append(it.Captions, c)
		}
	}
	return err
}

// Caption returns the captions of a published story in one language. Pending
// ones are NotFound "caption.unknown".
func (s *Service) Caption(ctx context.Context, id, locale string) (*caption.Track, error) {
	if _, err := s.Get(ctx, id); err != nil {
		return nil, err
	}
	c, err := s.store.Caption(ctx, id, locale)
	if err == nil && c.Pending {
		err = fault.New(fault.NotFound, "caption.unknown", "this story has no captions in that language")
	}
	return c, err
}

// Get returns one published story. Any other story is NotFound, whether it
// exists or not.
func (s *Service) Get(ctx context.Context, id string) (*Item, error) {
	unknown := fault.New(fault.NotFound, "story.unknown", "there is no such story on the feed")
	st, err := s.store.Story(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		return nil, unknown
	}
	if err != nil {
		return nil, err
	}
	if st.State != story.Published || st.Public == nil {
		return nil, unknown
	}
	one := []Item{item(st)}
	return &one[0], s.addCaptions(ctx, one)
}

func item(st *story.Story) Item {
	return Item{
		ID: st.ID, Campaign: st.CampaignSlug, Name: st.Contributor.Name, Country: st.Contributor.Country,
		Title: st.Title, Text: st.Text, Song: st.Song, PublishedAt: st.PublishedAt, Assets: *st.Public,
	}
}
