package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

func TestCaptions(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		a, b := published(t, db, c, start), published(t, db, c, start.Add(time.Second))
		vtt := func(text string) string { return caption.VTT([]caption.Cue{{To: time.Second, Text: text}}) }
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
			found, _, err := db.SearchStories(ctx, c.ID, q, nil, 10)
			require.NoError(t, err)
			return ids(found)
		}
		require.Equal(t, []string{a.ID}, search(board.Query{Text: "lighthouse"}), "captions are searched")
		require.Equal(t, []string{a.ID}, search(board.Query{Text: "danced lighthouse"}))
		require.Equal(t, []string{b.ID}, search(board.Query{Uncaptioned: true}))
		require.NoError(t, db.DeleteCaption(ctx, a.ID, "en"))
		_, err = db.Caption(ctx, a.ID, "en")
		require.True(t, fault.Is(err, "caption.unknown"), err)
		require.Empty(t, search(board.Query{Text: "lighthouse"}))
		require.Equal(t, []string{a.ID}, search(board.Query{Text: "eins"}))
		put(b.ID, "en", vtt("of a video that is replaced"))
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
