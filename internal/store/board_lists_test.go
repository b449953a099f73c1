package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/store"
)

func TestLists_KeepTheirStoriesApart(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		a, b := published(t, db, c, start), published(t, db, c, start.Add(time.Second))
		named := newList(t, db, c)
		for i, cand := range []board.Candidate{
			{List: c.ID, Story: a.ID, Note: "x"}, {List: c.ID, Story: b.ID},
			{List: named, Story: a.ID, Note: "other", Status: board.Approved},
			{List: c.ID, Story: a.ID, Note: "better"},
		} {
			cand.Campaign, cand.By, cand.At = c.ID, ben, start.Add(time.Duration(i)*time.Second)
			listed(t, db, cand)
		}
		read := func(list string, status board.Status, after *board.Cursor) []board.Listed {
			got, err := db.Candidates(ctx, c.ID, list, status, after, 10)
			require.NoError(t, err)
			return got
		}
		standard := read(c.ID, "", nil)
		require.Len(t, standard, 2)
		require.Equal(t, []string{b.ID, a.ID}, []string{standard[0].Story.ID, standard[1].Story.ID}, "added last first")
		require.Equal(t, "better", standard[1].Note)
		require.EqualValues(t, 2, standard[1].Version)
		require.Equal(t, start, standard[1].At, "when it was added")
		rest := read(c.ID, "", &board.Cursor{PublishedAt: standard[0].At, ID: b.ID})
		require.Len(t, rest, 1)
		require.Len(t, read(named, board.Approved, nil), 1)
		require.Empty(t, read(named, board.Declined, nil))
		on, err := db.OnLists(ctx, c.ID, []string{a.ID, b.ID})
		require.NoError(t, err)
		require.Len(t, on[a.ID], 2)
		require.Len(t, on[b.ID], 1)
		lists, err := db.Lists(ctx, c.ID)
		require.NoError(t, err)
		require.Equal(t, map[board.Status]int64{board.Considering: 2}, lists[0].Counts)
		require.Equal(t, map[board.Status]int64{board.Approved: 1}, lists[1].Counts)
		findOnLists(t, db, c.ID, named, a.ID, b.ID)
		require.NoError(t, db.DeleteList(ctx, named))
		on, err = db.OnLists(ctx, c.ID, []string{a.ID})
		require.NoError(t, err)
		require.Len(t, on[a.ID], 1)
	})
}

func TestLists_NamesAreTakenHoweverWritten(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c, other := newCampaign(t, db), newCampaign(t, db)
		l := board.List{ID: "l1", Campaign: c.ID, Name: "Cafe\u0301", Version: 1, By: ana, At: start}
		require.NoError(t, db.CreateList(ctx, l))
		l.ID, l.Name = "l2", "CAF\u00c9"
		require.True(t, fault.Is(db.CreateList(ctx, l), "shortlist.name_taken"))
		l.Campaign = other.ID
		require.NoError(t, db.CreateList(ctx, l), "another campaign has its own")
		done, err := db.RenameList(ctx, "l1", "Roofs", 1)
		require.NoError(t, err)
		require.True(t, done)
		done, err = db.RenameList(ctx, "l1", "Streets", 1)
		require.NoError(t, err)
		require.False(t, done, "somebody renamed it")
		found, err := db.List(ctx, other.ID, "l1")
		require.NoError(t, err)
		require.Nil(t, found, "of another campaign")
	})
}

// findOnLists searches by a default list with two stories, and by one of one.
func findOnLists(t *testing.T, db *store.Store, standard, named, both, one string) {
	t.Helper()
	for name, want := range map[string]struct {
		filter board.Filter
		ids    []string
	}{
		"default":      {board.Has(board.ByShortlist, standard), []string{one, both}},
		"named":        {board.Has(board.ByShortlist, named), []string{both}},
		"either":       {board.Has(board.ByShortlist, named, standard), []string{one, both}},
		"not named":    {board.Filter{Property: board.ByShortlist, Out: []string{named}}, []string{one}},
		"neither":      {board.Filter{Property: board.ByShortlist, Out: []string{named, standard}}, []string{}},
		"unknown list": {board.Has(board.ByShortlist, "none"), []string{}},
	} {
		q := board.Query{Sort: board.Newest, Filters: []board.Filter{want.filter}}
		found, _, err := db.SearchStories(ctx, standard, q, nil, 10)
		require.NoError(t, err)
		require.Equal(t, want.ids, ids(found), name)
		total, err := db.CountStories(ctx, standard, q)
		require.NoError(t, err)
		require.Equal(t, board.Total{Count: int64(len(want.ids)), Exact: true}, total, name)
	}
}
