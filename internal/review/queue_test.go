package review_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

func TestClaim_HoldsFillUpExpireAndAreReleased(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	one, two, three := env.Story(story.InReview), env.Story(story.InReview), env.Story(story.InReview)
	all := review.Filter{Campaign: env.Campaign.ID}
	claim := func(f review.Filter, n int, skip ...string) []string {
		t.Helper()
		held, err := env.Claim(t.Context(), f, ana, n, skip)
		require.NoError(t, err)
		return ids(held)
	}
	require.Equal(t, []string{one.ID}, claim(all, 1), "oldest first")
	require.Equal(t, []string{one.ID, three.ID}, claim(all, 2, two.ID), "filled up, but not with what is skipped")
	require.Len(t, claim(all, 1), 2, "holding more than asked for is fine")

	held, err := env.Claim(t.Context(), all, ben, 5, nil)
	require.NoError(t, err)
	require.Equal(t, []string{two.ID}, ids(held), "no story is given to two")
	env.Advance(review.Lease - time.Second)
	require.Len(t, claim(all, 1), 2, "claiming renews")
	env.Advance(2 * time.Second)
	require.Equal(t, []string{one.ID, three.ID, two.ID}, claim(all, 3), "Ben's claim has run out")

	require.NoError(t, env.Release(t.Context(), one.ID, ben), "not his: nothing happens")
	require.NoError(t, env.Release(t.Context(), two.ID, ana))
	held, err = env.Claim(t.Context(), all, ben, 5, nil)
	require.NoError(t, err)
	require.Equal(t, []string{two.ID}, ids(held))
	on, err := env.Claimants(t.Context(), all)
	require.NoError(t, err)
	require.Equal(t, []review.Claimant{
		{
			Name:    "Ana",
			Holding: 2,
			Until:   env.Now.Add(review.Lease),
		},
		{Name: "Ben", Holding: 1, Until: env.Now.Add(review.Lease)},
	}, on)
}

func TestClaim_EscalatedStoriesGoToWhoAsksForThem(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	plain := env.Story(story.InReview)
	hard := env.Story(story.InReview, func(s *story.Story) { s.Escalated = true })
	held, err := env.Claim(t.Context(), review.Filter{}, ana, 5, nil)
	require.NoError(t, err)
	require.Equal(t, []string{plain.ID}, ids(held))
	held, err = env.Claim(t.Context(), review.Filter{Escalated: true}, ben, 5, nil)
	require.NoError(t, err)
	require.Equal(t, []string{hard.ID}, ids(held))
	stats, err := env.Stats(t.Context(), review.Filter{})
	require.NoError(t, err)
	require.Equal(t, review.Stats{Waiting: 2, Claimed: 2, Escalated: 1, Oldest: plain.CreatedAt}, stats)
}

func TestQueue_Pages(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	want := []string{
		env.Story(story.InReview).ID, env.Story(story.InReview).ID, env.Story(story.InReview).ID,
	}
	env.Story(story.Approved)
	var got []string
	var after *string
	for {
		p, err := env.Queue(t.Context(), review.Filter{}, after, 2)
		require.NoError(t, err)
		got = append(got, ids(p.Items)...)
		if after = p.Next; after == nil {
			break
		}
	}
	require.Equal(t, want, got)
}

func TestLookup(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	var want []string // most recently changed first
	for _, state := range []story.State{story.Rejected, story.Published, story.Failed} {
		want = append([]string{env.Story(state).ID}, want...)
		env.Advance(time.Minute)
	}
	find := func(l review.Lookup) []string {
		t.Helper()
		l.Campaign = env.Campaign.ID
		p, err := env.Lookup(t.Context(), l, nil, 10)
		require.NoError(t, err)
		require.Nil(t, p.Next)
		return ids(p.Items)
	}
	require.Equal(t, want, find(review.Lookup{}))
	require.Equal(t, want[2:], find(review.Lookup{States: []story.State{story.Rejected}}))
	require.Equal(t, want, find(review.Lookup{Text: "  HERO "}), "part of the song")
	require.Equal(t, want[1:2], find(review.Lookup{Text: want[1]}), "a whole id")
	require.Empty(t, find(review.Lookup{Text: "100%"}), "no pattern")

	first, err := env.Lookup(t.Context(), review.Lookup{Campaign: env.Campaign.ID}, nil, 2)
	require.NoError(t, err)
	rest, err := env.Lookup(t.Context(), review.Lookup{Campaign: env.Campaign.ID}, first.Next, 2)
	require.NoError(t, err)
	require.Equal(t, want, append(ids(first.Items), ids(rest.Items)...))
	for name, l := range map[string]review.Lookup{
		"a long text": {Text: strings.Repeat("x", 201)}, "no warning": {Warning: `dark"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := env.Lookup(t.Context(), l, nil, 2)
			require.True(t, fault.Is(err, "lookup.invalid"), err)
		})
	}
}

func TestClaim_WhileClaimsAreReleasedGivesEachStoryOnce(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for range 3 {
		env.Story(story.InReview)
	}
	var wg sync.WaitGroup
	for range 2 { // the page that a moderator leaves, and the one that opens
		wg.Go(func() {
			for range 100 {
				held, err := env.Claim(t.Context(), review.Filter{}, ana, 3, nil)
				assert.NoError(t, err)
				once := slices.Compact(slices.Sorted(slices.Values(ids(held))))
				if !assert.Len(t, once, len(held)) {
					return
				}
				for _, st := range held {
					assert.NoError(t, env.Release(t.Context(), st.ID, ana))
				}
			}
		})
	}
	wg.Wait()
}
