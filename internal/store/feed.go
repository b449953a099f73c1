package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/story"
)

var _ feed.Store = (*Store)(nil)

// Feed implements feed.Store.
func (s *Store) Feed(ctx context.Context, campaignID string, f feed.Filter, after *feed.Cursor,
	limit int) ([]*story.Story, error) {
	q := published(s.r.NewSelect(), campaignID)
	if f.Country != "" {
		q = q.Where("country = ?", f.Country)
	}
	if f.Song != "" {
		q = q.Where("song_fold = ?", f.Song)
	}
	if f.Artist != "" {
		q = q.Where("artist_fold = ?", f.Artist)
	}
	order, past := []string{"published_at DESC", "id DESC"}, "(published_at, id) < (?, ?)"
	if f.Sort == feed.Oldest {
		order, past = []string{"published_at ASC", "id ASC"}, "(published_at, id) > (?, ?)"
	}
	if after != nil {
		q = q.Where(past, micros(after.PublishedAt), after.ID)
	}
	return s.selectStories(ctx, q.Order(order...).Limit(int64(limit)))
}

func published(q *bun.SelectQuery, campaignID string) *bun.SelectQuery {
	return q.Where("stories.campaign_id = ?", campaignID).Where("state = 'published'")
}
