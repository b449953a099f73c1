package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

func TestSearch_RandomIsFairAndTheSameAgain(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		const stories = 12
		for i := range stories {
			published(t, db, c, start.Add(time.Duration(i)*time.Second))
		}
		order := func(seed string) []string {
			var got []string
			var after *board.Cursor
			for {
				page, err := db.SearchStories(ctx, c.ID, board.Query{Sort: board.Random, Seed: seed}, after, 5)
				require.NoError(t, err)
				if len(page) == 0 {
					return got
				}
				got = append(got, ids(page)...)
				after = &board.Cursor{ID: got[len(got)-1]}
			}
		}
		first := order("monday")
		require.Len(t, first, stories, "every story once")
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(first))), stories)
		require.Equal(t, first, order("monday"))
		leads := map[string]int{}
		for i := range 300 {
			leads[order(fmt.Sprint("seed", i))[0]]++
		}
		require.Len(t, leads, stories, "each story comes first for some seed")
		for id, n := range leads {
			require.InDelta(t, 300/stories, n, 22, "%s came first %d times of 300", id, n)
		}
	})
}

func TestSearch_QualityLanguageAndTags(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		sharp, blurry := 0.9, 0.05
		bright := 0.45
		tell := func(at int, s *float64, locale string) string {
			return published(t, db, c, start.Add(time.Duration(at)*time.Second), func(st *story.Story) {
				st.Contributor.Locale = locale
				st.Findings = &media.Findings{Sharpness: s, Brightness: &bright, ShortEdge: 1080}
				if s == &blurry {
					st.Findings.Silent, st.Findings.Warnings = true, []string{"blurry", "silent"}
				}
			}).ID
		}
		poor, good, also := tell(1, &blurry, "de"), tell(2, &sharp, "en"), tell(3, &sharp, "de")
		search := func(q board.Query, after *board.Cursor, n int) []string {
			got, err := db.SearchStories(ctx, c.ID, q, after, n)
			require.NoError(t, err)
			return ids(got)
		}
		best := board.Query{Sort: board.Quality}
		require.Equal(t, []string{also, good, poor}, search(best, nil, 10))
		require.Equal(t, []string{good, poor}, search(best, &board.Cursor{ID: also}, 10))
		require.Equal(t, []string{also, good}, search(board.Query{Sort: board.Newest, Quality: "high"}, nil, 10))
		require.Equal(t, []string{poor}, search(board.Query{Sort: board.Newest, Quality: "low"}, nil, 10))
		require.Equal(t, []string{also, poor}, search(board.Query{Sort: board.Newest, Language: "de"}, nil, 10))

		require.NoError(t, db.SetTags(ctx, c.ID, good, []string{"roof", "summer"}, ana, start))
		require.NoError(t, db.SetTags(ctx, c.ID, poor, []string{"summer"}, ana, start))
		require.NoError(t, db.SetTags(ctx, c.ID, good, []string{"night", "summer"}, ben, start))
		tags, err := db.Tags(ctx, []string{good, poor, also})
		require.NoError(t, err)
		require.Equal(t, map[string][]string{good: {"night", "summer"}, poor: {"summer"}}, tags)
		require.Equal(t, []string{good, poor}, search(board.Query{Sort: board.Newest, Tag: "summer"}, nil, 10))
		require.Empty(t, search(board.Query{Sort: board.Newest, Tag: "roof"}, nil, 10))
		st, err := db.Story(ctx, poor)
		require.NoError(t, err)
		move(t, db, st, story.Hidden, story.EventHidden)
		facets, err := db.Facets(ctx, c.ID, 10)
		require.NoError(t, err)
		for _, want := range []board.Facet{
			{Name: "tag", Value: "summer", Count: 1}, {Name: "tag", Value: "night", Count: 1},
			{Name: "language", Value: "de", Count: 1}, {Name: "quality", Value: "high", Count: 2},
		} {
			require.Contains(t, facets, want)
		}
		require.NotContains(t, facets, board.Facet{Name: "quality", Value: "low", Count: 1})
	})
}

func TestSelection_CutAndConfirmation(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		a := published(t, db, c, start)
		p := board.Pick{
			Campaign: c.ID, Slot: "ad-1", Story: a.ID, Note: "the roof", FromMS: 1000, ToMS: 4000, By: ana, At: start,
		}
		require.NoError(t, db.PutPick(ctx, p))
		ok, err := db.ConfirmPick(ctx, p, ben, start.Add(time.Minute))
		require.NoError(t, err)
		require.True(t, ok)
		held := func() board.Pick {
			all, err := db.Selection(ctx, c.ID)
			require.NoError(t, err)
			require.Len(t, all, 1)
			return all[0]
		}
		require.Equal(t, "Ben", held().ConfirmedBy.Name)
		require.Equal(t, start.Add(time.Minute), held().ConfirmedAt)
		require.NoError(t, db.PutPick(ctx, p))
		require.True(t, confirmed(held()), "the same choice again changes nothing")
		later := p
		later.FromMS, later.By, later.At = 1500, ben, start.Add(time.Hour)
		require.NoError(t, db.PutPick(ctx, later))
		require.EqualValues(t, 1500, held().FromMS)
		require.Equal(t, "Ben", held().By.Name, "who changes the choice answers for it")
		require.False(t, confirmed(held()), "another cut needs another confirmation")
		ok, err = db.ConfirmPick(ctx, p, ana, start)
		require.NoError(t, err)
		require.False(t, ok, "what was seen is no longer what is chosen")
	})
}

func TestVotesAndSavedSearches(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		a := published(t, db, c, start)
		vote := func(by account.Actor, value int, reason string) {
			require.NoError(t,
				db.PutVote(ctx,
					board.Vote{Campaign: c.ID, Story: a.ID, By: by, Value: value, Reason: reason, At: start}))
		}
		vote(ana, 1, "goosebumps")
		vote(ben, 1, "")
		vote(ben, -1, "too long")
		votes, err := db.Votes(ctx, c.ID)
		require.NoError(t, err)
		require.Len(t, votes[a.ID], 2)
		require.Equal(t, "goosebumps", votes[a.ID][0].Reason)
		require.Equal(t, -1, votes[a.ID][1].Value)
		vote(ben, 0, "")
		votes, err = db.Votes(ctx, c.ID)
		require.NoError(t, err)
		require.Len(t, votes[a.ID], 1)

		for i, q := range []string{"q=roof", "q=roof&sort=quality"} {
			require.NoError(t,
				db.SaveSearch(ctx,
					board.SavedSearch{
						ID: fmt.Sprint(i, id.New()), Campaign: c.ID, Name: "Roofs", Query: q, By: ana, At: start,
					}))
		}
		saved, err := db.SavedSearches(ctx, c.ID)
		require.NoError(t, err)
		require.Len(t, saved, 1)
		require.Equal(t, "q=roof&sort=quality", saved[0].Query)
		require.NoError(t, db.DeleteSearch(ctx, c.ID, saved[0].ID))
		saved, err = db.SavedSearches(ctx, c.ID)
		require.NoError(t, err)
		require.Empty(t, saved)
	})
}

func TestCaptions(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		a, b := published(t, db, c, start), published(t, db, c, start.Add(time.Second))
		vtt := func(said string) string { return caption.VTT([]caption.Cue{{To: time.Second, Text: said}}) }
		put := func(id, locale, vtt string) {
			require.NoError(t,
				db.PutCaption(ctx,
					&caption.Track{
						Story: id, Locale: locale, Label: "x", VTT: vtt, Version: "v-two", By: ana, At: start,
					}))
		}
		put(a.ID, "en", vtt("one"))
		put(a.ID, "de", vtt("eins"))
		put(a.ID, "en", vtt("lighthouse"))
		list, err := db.Captions(ctx, []string{a.ID, b.ID})
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.Equal(t, "de", list[0].Locale)
		require.Empty(t, list[0].VTT)
		got, err := db.Caption(ctx, a.ID, "en")
		require.NoError(t, err)
		require.Equal(t, vtt("lighthouse"), got.VTT)
		require.Equal(t, "v-two", got.Version)
		search := func(q board.Query) []string {
			q.Sort = board.Newest
			found, err := db.SearchStories(ctx, c.ID, q, nil, 10)
			require.NoError(t, err)
			return ids(found)
		}
		require.Equal(t, []string{a.ID}, search(board.Query{Text: "lighthouse"}), "what is said is found")
		require.Equal(t, []string{a.ID}, search(board.Query{Text: "danced lighthouse"}))
		require.Equal(t, []string{b.ID}, search(board.Query{Uncaptioned: true}))
		require.NoError(t, db.DeleteCaption(ctx, a.ID, "en"))
		_, err = db.Caption(ctx, a.ID, "en")
		require.True(t, fault.Is(err, "caption.unknown"), err)
		require.Empty(t, search(board.Query{Text: "lighthouse"}))
		require.Equal(t, []string{a.ID}, search(board.Query{Text: "eins"}))
		put(b.ID, "en", vtt("of a film that is replaced"))
		gone, err := db.Story(ctx, b.ID)
		require.NoError(t, err)
		gone.State = story.Rejected
		move(t, db, gone, story.AwaitingUpload, story.EventReplaced)
		list, err = db.Captions(ctx, []string{b.ID})
		require.NoError(t, err)
		require.Empty(t, list)
		st, err := db.Story(ctx, a.ID)
		require.NoError(t, err)
		st.State = story.Withdrawn
		require.NoError(t, db.EraseStory(ctx, st, entry(st, story.EventErased, story.Withdrawn, story.Erased)))
		list, err = db.Captions(ctx, []string{a.ID})
		require.NoError(t, err)
		require.Empty(t, list, "an erased story leaves no words behind")
	})
}

func TestRelated_FindsCopiesAndTheSamePerson(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c, other := newCampaign(t, db), newCampaign(t, db)
		film := []string{"00ff12a45b6c7d8e", "1f2e3d4c5b6a7988", "a1b2c3d4e5f60718", "0f1e2d3c4b5a6978"}
		// encoded anew
		again := []string{"00ff12a45b6c7d8f", "1f2e3d4c5b6a798a", "a1b2c3d4e5f60718", "0f1e2d3c4b5a6979"}
		// another film
		elsewhere := []string{"ff00ed5ba4938271", "e0d1c2b3a4958677", "5e4d3c2b1a09f8e7", "f0e1d2c3b4a59687"}
		tell := func(c *campaign.Campaign, hashes []string, sha, email string) *story.Story {
			st := newStory(t, db, c, func(s *story.Story) {
				s.Contributor.Email, s.Release.SourceSHA256 = email, sha
				s.Findings = &media.Findings{FrameHashes: hashes}
			})
			move(t, db, st, story.InReview, story.EventPrepared)
			return st
		}
		sum := func(b string) string { return strings.Repeat(b, 32) }
		mine := tell(c, film, sum("ab"), "zoe@example.com")
		copied := tell(c, again, sum("cd"), "")
		same := tell(c, nil, sum("ab"), "other@example.com")
		different := tell(c, elsewhere, sum("ef"), "zoe@example.com")
		tell(other, film, sum("ab"), "zoe@example.com")

		svc := review.NewService(db,
			story.NewService(db, nil, func() time.Time { return start }, story.Options{}, nil),
			func() time.Time { return start })
		r, err := svc.Related(ctx, mine.ID)
		require.NoError(t, err)
		require.Len(t, r.Alike, 2, "never from another campaign")
		require.Equal(t, same.ID, r.Alike[0].Story.ID)
		require.True(t, r.Alike[0].SameFile)
		require.Equal(t, copied.ID, r.Alike[1].Story.ID)
		require.False(t, r.Alike[1].SameFile)
		require.Greater(t, r.Alike[1].Similarity, 0.9)
		require.Equal(t, []string{different.ID}, ids(r.SamePerson))
		none, err := svc.Related(ctx, different.ID)
		require.NoError(t, err)
		require.Empty(t, none.Alike)

		copied.State = story.Withdrawn
		require.NoError(t, db.EraseStory(ctx, copied, entry(copied, story.EventErased, story.Withdrawn, story.Erased)))
		r, err = svc.Related(ctx, mine.ID)
		require.NoError(t, err)
		require.Len(t, r.Alike, 1)
	})
}

func TestReport_CountsAndSamples(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		decide := func(st *story.Story, by account.Actor, e story.Event, to story.State, after time.Duration) {
			line := entry(st, e, st.State, to)
			line.Actor, line.At = by, start.Add(after)
			st.State = to
			require.NoError(t, db.SaveStory(ctx, st, line))
		}
		waiting := func() *story.Story {
			st := newStory(t, db, c)
			move(t, db, st, story.InReview, story.EventPrepared)
			return st
		}
		one, two, three, old := waiting(), waiting(), waiting(), waiting()
		decide(old, ana, story.EventApproved, story.Approved, -48*time.Hour)
		decide(one, ana, story.EventApproved, story.Approved, time.Minute)
		decide(two, ana, story.EventRejected, story.Rejected, time.Minute)
		decide(three, ben, story.EventRejected, story.Rejected, time.Minute)
		decide(one, ben, story.EventHidden, story.Hidden, time.Hour)
		decide(three, ben, story.EventRestored, story.InReview, time.Hour) // thinking again is no overturning
		decide(three, ben, story.EventEscalated, story.InReview, time.Hour)
		shares, err := db.ReviewReport(ctx, review.Filter{Campaign: c.ID}, start)
		require.NoError(t, err)
		require.Len(t, shares, 2)
		byName := map[string]review.Share{}
		for _, s := range shares {
			byName[s.Moderator.Name] = s
		}
		a, b := byName["Ana"], byName["Ben"]
		require.Equal(t, []int64{1, 1, 0, 1, 2},
			[]int64{a.Approved, a.Rejected, a.Escalated, a.Overturned, a.Decided()})
		require.Equal(t, []int64{0, 1, 1, 0, 1},
			[]int64{b.Approved, b.Rejected, b.Escalated, b.Overturned, b.Decided()})

		got, err := db.DecidedBy(ctx, review.Filter{Campaign: c.ID}, ben.ID, start, 10)
		require.NoError(t, err)
		require.ElementsMatch(t, []string{one.ID, two.ID}, got)

		st := waiting()
		_, err = db.ClaimNext(ctx, review.Filter{Campaign: c.ID}, ben, 5, start, start.Add(time.Minute),
			[]string{three.ID})
		require.NoError(t, err)
		on, err := db.Claimants(ctx, review.Filter{Campaign: c.ID}, start)
		require.NoError(t, err)
		require.Equal(t, []review.Colleague{{Name: "Ben", Holding: 1, Until: start.Add(time.Minute)}}, on)
		on, err = db.Claimants(ctx, review.Filter{Campaign: c.ID}, start.Add(time.Hour))
		require.NoError(t, err)
		require.Empty(t, on, st.ID)
	})
}

func TestLookup_ByWarning(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		warned := func(w ...string) string {
			st := newStory(t, db, c, func(s *story.Story) {
				s.Findings = &media.Findings{Silent: true, Warnings: w, FrameHashes: []string{"00ff12a45b6c7d8e"}}
			})
			move(t, db, st, story.InReview, story.EventPrepared)
			return st.ID
		}
		silent, both := warned("silent"), warned("dark", "silent")
		warned("dark")
		warned()
		got, err := db.LookupStories(ctx, review.Lookup{Campaign: c.ID, Warning: "silent"}, nil, 10)
		require.NoError(t, err)
		require.ElementsMatch(t, []string{silent, both}, ids(got))
		got, err = db.LookupStories(ctx, review.Lookup{Campaign: c.ID, Warning: "low_resolution"}, nil, 10)
		require.NoError(t, err)
		require.Empty(t, got)
	})
}

func confirmed(p board.Pick) bool { return p.Confirmed() }
