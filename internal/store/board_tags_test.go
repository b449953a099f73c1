package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/store"
)

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
