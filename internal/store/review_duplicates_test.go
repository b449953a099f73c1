package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

func TestSharingFingerprints(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c, other := newCampaign(t, db), newCampaign(t, db)
		waiting := func(c *campaign.Campaign, hashes ...string) *story.Story {
			st := newStory(t, db, c, func(s *story.Story) { s.Findings = &media.Findings{FrameHashes: hashes} })
			move(t, db, st, story.InReview, story.EventPrepared)
			return st
		}
		const one, two = "00ff12a45b6c7d8e", "1f2e3d4c5b6a7988"
		mine, near, nearer := waiting(c, one, two), waiting(c, one), waiting(c, one, two)
		waiting(c, "ff00ed5ba4938271")
		waiting(other, one, two)
		find := func() []string {
			got, err := db.SharingFingerprints(ctx, mine, review.Fingerprints(mine), 10)
			require.NoError(t, err)
			return ids(got)
		}
		require.Equal(t, []string{nearer.ID, near.ID}, find(), "those with most first, none of another campaign")
		nearer.State = story.Withdrawn
		require.NoError(t, db.EraseStory(ctx, nearer, entry(nearer, story.EventErased, story.Withdrawn, story.Erased)))
		require.Equal(t, []string{near.ID}, find())
		none, err := db.SharingFingerprints(ctx, mine, nil, 10)
		require.NoError(t, err)
		require.Empty(t, none)
	})
}

func TestSamePerson(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c, other := newCampaign(t, db), newCampaign(t, db)
		sent := func(c *campaign.Campaign, email string) *story.Story {
			return newStory(t, db, c, func(s *story.Story) { s.Contributor.Email = email })
		}
		mine, again, nobody := sent(c, "zoe@example.com"), sent(c, "zoe@example.com"), sent(c, "")
		sent(c, "other@example.com")
		sent(c, "")
		sent(other, "zoe@example.com")
		got, err := db.SamePerson(ctx, mine, 10)
		require.NoError(t, err)
		require.Equal(t, []string{again.ID}, ids(got))
		got, err = db.SamePerson(ctx, nobody, 10)
		require.NoError(t, err)
		require.Empty(t, got, "no address is nobody's")
	})
}
