package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

func TestClaimNext_NoStoryGoesToTwo(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		const waiting = 40
		for range waiting {
			st := newStory(t, db, c)
			move(t, db, st, story.InReview, story.EventPrepared)
		}
		var mu sync.Mutex
		given := map[string]int{}
		var wg sync.WaitGroup
		for i := range 8 {
			by := ana
			by.ID = fmt.Sprint("moderator-", i)
			wg.Go(func() {
				for {
					got, err := db.ClaimNext(ctx, review.Filter{Campaign: c.ID}, by, 3, start, start.Add(time.Minute),
						nil)
					if err != nil {
						t.Error(err)
					}
					if len(got) == 0 {
						return
					}
					mu.Lock()
					for _, st := range got {
						given[st.ID]++
						if st.ClaimedBy.ID != by.ID {
							t.Errorf("claimed by %s, given to %s", st.ClaimedBy.ID, by.ID)
						}
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		require.Len(t, given, waiting)
		for id, n := range given {
			require.Equal(t, 1, n, id)
		}
		stats, err := db.ReviewStats(ctx, review.Filter{Campaign: c.ID}, start)
		require.NoError(t, err)
		require.Equal(t, review.Stats{Waiting: waiting, Claimed: waiting, Oldest: start}, stats)
	})
}

func TestClaims_ExpireRenewAndEndWithADecision(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		f := review.Filter{Campaign: c.ID}
		first, second := newStory(t, db, c), newStory(t, db, c)
		move(t, db, first, story.InReview, story.EventPrepared)
		move(t, db, second, story.InReview, story.EventPrepared)
		got, err := db.ClaimNext(ctx, f, ana, 1, start, start.Add(time.Minute), nil)
		require.NoError(t, err)
		require.Equal(t, []string{first.ID}, ids(got), "oldest first")
		got, err = db.ClaimNext(ctx, f, ben, 5, start, start.Add(time.Minute), []string{second.ID})
		require.NoError(t, err)
		require.Empty(t, got, "one is held, the other skipped")
		n, err := db.RenewClaims(ctx, ana.ID, start, start.Add(2*time.Minute))
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
		got, err = db.ClaimNext(ctx, f, ben, 5, start.Add(90*time.Second), start.Add(3*time.Minute), nil)
		require.NoError(t, err)
		require.Equal(t, []string{second.ID}, ids(got))
		got, err = db.ClaimNext(ctx, f, ben, 5, start.Add(121*time.Second), start.Add(4*time.Minute), nil)
		require.NoError(t, err)
		require.Equal(t, []string{first.ID}, ids(got), "an expired lease is taken over")
		require.NoError(t, db.ReleaseClaim(ctx, first.ID, ana.ID))
		held, err := db.ClaimedBy(ctx, ben.ID, start.Add(121*time.Second))
		require.NoError(t, err)
		require.Len(t, held, 2, "only the holder can release")
		st, err := db.Story(ctx, first.ID)
		require.NoError(t, err)
		move(t, db, st, story.Approved, story.EventApproved)
		held, err = db.ClaimedBy(ctx, ben.ID, start.Add(121*time.Second))
		require.NoError(t, err)
		require.Equal(t, []string{second.ID}, ids(held))
		page, err := db.ReviewQueue(ctx, f, "", 10)
		require.NoError(t, err)
		require.Equal(t, []string{second.ID}, ids(page))
	})
}

func TestFeed_PagesNewestFirstAndFilters(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c, other := newCampaign(t, db), newCampaign(t, db)
		var want []string
		for i := range 7 {
			st := published(t, db, c, start.Add(time.Duration(i/2)*time.Second), func(s *story.Story) {
				if i%2 == 0 {
					s.Contributor.Country, s.Song = "FR", story.Song{Title: "  La   MER ", Artist: "Charles Trenet"}
				}
			})
			want = append(want, st.ID)
		}
		published(t, db, other, start)
		hidden := published(t, db, c, start.Add(time.Hour))
		move(t, db, hidden, story.Hidden, story.EventHidden)
		newStory(t, db, c)

		var got []string
		var after *feed.Cursor
		for {
			page, err := db.Feed(ctx, c.ID, feed.Filter{}, after, 2)
			require.NoError(t, err)
			if len(page) == 0 {
				break
			}
			got = append(got, ids(page)...)
			last := page[len(page)-1]
			after = &feed.Cursor{PublishedAt: last.PublishedAt, ID: last.ID}
		}
		require.ElementsMatch(t, want, got)
		require.Len(t, got, 7, "no story twice, none missing, at equal times too")
		require.Equal(t, want[6], got[0])
		french, err := db.Feed(ctx, c.ID, feed.Filter{Country: "FR"}, nil, 10)
		require.NoError(t, err)
		require.Len(t, french, 4)
		song, err := db.Feed(ctx, c.ID, feed.Filter{Song: "la mer", Artist: "charles trenet"}, nil, 10)
		require.NoError(t, err)
		require.Len(t, song, 4)
	})
}

func TestSearch_TextFacetsAndOrder(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		tell := func(at int, text, song string, change ...func(*story.Story)) string {
			return published(t, db, c, start.Add(time.Duration(at)*time.Second),
				append(change,
					func(s *story.Story) { s.Text, s.Song = text, story.Song{Title: song, Artist: "Somebody"} })...).ID
		}
		roof := tell(1, "We danced on the roof all night", "Heroes")
		kitchen := tell(2, "dancing in the kitchen, mother & me", "Yellow")
		umlaut := tell(3, "Ein Lied für Köln", "Viva Colonia", func(s *story.Story) { s.Contributor.Country = "AT" })
		search := func(q board.Query) []string {
			if q.Sort == "" {
				q.Sort = board.Newest
			}
			got, err := db.SearchStories(ctx, c.ID, q, nil, 10)
			require.NoError(t, err, q.Text)
			return ids(got)
		}
		require.Equal(t, []string{umlaut, kitchen, roof}, search(board.Query{}))
		require.Equal(t, []string{roof, kitchen, umlaut}, search(board.Query{Sort: board.Oldest}))
		require.Equal(t, []string{kitchen, roof}, search(board.Query{Text: "danc"}), "words may be beginnings")
		require.Equal(t, []string{roof}, search(board.Query{Text: "ROOF danced"}))
		require.Equal(t, []string{roof}, search(board.Query{Text: "roof", Sort: board.Relevance}))
		require.Equal(t, []string{umlaut}, search(board.Query{Text: "köln"}))
		require.Equal(t, []string{umlaut}, search(board.Query{Country: "AT"}))
		require.Equal(t, []string{roof}, search(board.Query{Song: "heroes"}))
		require.Empty(t, search(board.Query{Text: "submarine"}))
		for _, hostile := range []string{
			`"`, `roof" OR "kitchen`, `body:roof`, `roof & !kitchen`, `'; DROP TABLE stories; --`, `\`, `***`,
			`NEAR(roof kitchen)`,
		} {
			search(board.Query{Text: hostile})
			search(board.Query{Text: hostile, Sort: board.Relevance})
		}
		require.Equal(t, []string{umlaut, kitchen, roof},
			search(board.Query{Orientation: media.Portrait, MinDuration: time.Second, MaxDuration: time.Minute}))
		require.Empty(t, search(board.Query{Orientation: media.Landscape}))

		first, err := db.SearchStories(ctx, c.ID, board.Query{Text: "danc", Sort: board.Newest}, nil, 1)
		require.NoError(t, err)
		rest, err := db.SearchStories(ctx, c.ID, board.Query{Text: "danc", Sort: board.Newest},
			&board.Cursor{PublishedAt: first[0].PublishedAt, ID: first[0].ID}, 5)
		require.NoError(t, err)
		require.Equal(t, []string{roof}, ids(rest))

		st, err := db.Story(ctx, kitchen)
		require.NoError(t, err)
		move(t, db, st, story.Hidden, story.EventHidden)
		require.Empty(t, search(board.Query{Text: "kitchen"}), "hidden stories are not found")
		facets, err := db.Facets(ctx, c.ID, 10)
		require.NoError(t, err)
		require.Equal(t, []board.Facet{
			{Name: "song", Value: "Heroes", Count: 1}, {Name: "song", Value: "Viva Colonia", Count: 1},
			{Name: "artist", Value: "Somebody", Count: 2},
			{Name: "country", Value: "AT", Count: 1}, {Name: "country", Value: "DE", Count: 1},
			{Name: "orientation", Value: "portrait", Count: 2}, {Name: "duration", Value: "15-30", Count: 2},
			{Name: "language", Value: "de", Count: 2}, {Name: "quality", Value: "low", Count: 2},
		}, facets)
	})
}

func TestPublishedAt_SameMomentKeepsBoth(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		var want []string
		for range 3 {
			want = append(want, published(t, db, c, start).ID)
		}
		got, err := db.SearchStories(ctx, c.ID, board.Query{Text: "danced", Sort: board.Newest}, nil, 10)
		require.NoError(t, err)
		require.ElementsMatch(t, want, ids(got))
	})
}

func TestSelection_SlotsAndStoriesAreTakenOnce(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		a, b := published(t, db, c, start), published(t, db, c, start.Add(time.Second))
		pick := func(slot, id, note string) error {
			return db.PutPick(ctx, board.Pick{Campaign: c.ID, Slot: slot, Story: id, Note: note, By: ana, At: start})
		}
		require.NoError(t, pick("ad-1", a.ID, "first"))
		require.NoError(t, pick("ad-1", a.ID, "pressed twice"))
		err := pick("ad-1", b.ID, "")
		require.True(t, fault.Is(err, "selection.slot"), err)
		require.Equal(t, "Ana", fault.As(err).Facts["chosen_by"])
		require.True(t, fault.Is(pick("ad-2", a.ID, ""), "selection.story"))
		require.NoError(t, pick("ad-2", b.ID, ""))
		got, err := db.Selection(ctx, c.ID)
		require.NoError(t, err)
		require.Len(t, got, 2)
		require.Equal(t, "pressed twice", got[0].Note)
		require.NoError(t, db.DeletePick(ctx, c.ID, "ad-1"))
		require.NoError(t, db.DeletePick(ctx, c.ID, "ad-1"))
		require.NoError(t, pick("ad-3", a.ID, ""))
	})
}

func TestShortlist(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		a, b := published(t, db, c, start), published(t, db, c, start.Add(time.Second))
		for i, cand := range []board.Candidate{{Story: a.ID, Note: "x"}, {Story: b.ID}, {Story: a.ID, Note: "better"}} {
			cand.Campaign, cand.By, cand.At = c.ID, ben, start.Add(time.Duration(i)*time.Second)
			require.NoError(t, db.PutCandidate(ctx, cand))
		}
		got, err := db.Shortlist(ctx, c.ID)
		require.NoError(t, err)
		require.Len(t, got, 2)
		require.True(t,
			slices.ContainsFunc(got,
				func(x board.Candidate) bool { return x.Story == a.ID && x.Note == "better" && x.By.Name == "Ben" }))
		found, err := db.SearchStories(ctx, c.ID, board.Query{Shortlisted: true, Sort: board.Newest}, nil, 10)
		require.NoError(t, err)
		require.Len(t, found, 2)
		require.NoError(t, db.DeleteCandidate(ctx, c.ID, a.ID))
		got, err = db.Shortlist(ctx, c.ID)
		require.NoError(t, err)
		require.Len(t, got, 1)
	})
}
