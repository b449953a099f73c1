package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

func TestFeed_PagesNewestFirstAndFilters(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c, other := newCampaign(t, db), newCampaign(t, db)
		var want []string
		for i := range 7 {
			at := start.Add(time.Duration(i/2) * time.Second)
			if db.Dialect() == "sqlite" { // has no two at once
				at = at.Add(time.Duration(i) * time.Microsecond)
			}
			st := published(t, db, c, at, func(s *story.Story) {
				if i%2 == 0 {
					s.Contributor.Country, s.Song = "FR", story.Song{Title: "  La   MER ", Artist: "Charles Trenet"}
				}
			})
			want = append(want, st.ID)
		}
		published(t, db, other, start.Add(-time.Second))
		hidden := published(t, db, c, start.Add(time.Hour))
		move(t, db, hidden, story.Hidden, story.EventHidden)
		newStory(t, db, c)

		all := func(f feed.Filter) (got []string) {
			for after := (*feed.Cursor)(nil); ; {
				page, err := db.Feed(ctx, c.ID, f, after, 2)
				require.NoError(t, err)
				if len(page) == 0 {
					return got
				}
				got = append(got, ids(page)...)
				last := page[len(page)-1]
				after = &feed.Cursor{PublishedAt: last.PublishedAt, ID: last.ID}
			}
		}
		got := all(feed.Filter{})
		require.ElementsMatch(t, want, got)
		require.Len(t, got, 7, "no story twice, none missing, at equal times too")
		require.Equal(t, want[6], got[0])
		oldest := all(feed.Filter{Sort: feed.Oldest})
		slices.Reverse(oldest)
		require.Equal(t, got, oldest, "the other order is the same list, read backwards")
		french, err := db.Feed(ctx, c.ID, feed.Filter{Country: "FR"}, nil, 10)
		require.NoError(t, err)
		require.Len(t, french, 4)
		song, err := db.Feed(ctx, c.ID, feed.Filter{Song: "la mer", Artist: "charles trenet"}, nil, 10)
		require.NoError(t, err)
		require.Len(t, song, 4)
	})
}
