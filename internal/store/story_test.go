package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

func TestStory_EveryFieldSurvives(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		st := newStory(t, db, c)
		loud := -16.5
		st.State, st.Attempt, st.Tries, st.Progress = story.Preparing, 3, 2, 0.25
		st.HeartbeatAt, st.UpdatedAt = start.Add(time.Second), start.Add(2*time.Second)
		st.Source = &story.Source{Key: "sources/x", Bytes: 5, ETag: "e", SHA256: "s"}
		st.Media = &media.Media{
			Container: "mov", Duration: 3 * time.Second,
			Video: media.Video{Codec: "hevc", Rate: media.Rate{Num: 30000, Den: 1001}},
			Audio: &media.Audio{Codec: "aac"},
		}
		st.Findings = &media.Findings{LoudnessLUFS: &loud, Black: []media.Interval{{From: 1, To: 2}}}
		st.Review = &media.Assets{
			Prefix: "review/x/1/", MP4: "review.mp4", Width: 480, Height: 854, Duration: 3 * time.Second,
		}
		st.Failure = &story.Failure{Code: "too_long", Detail: "six minutes", Job: story.Prepare}
		st.Escalated = true
		require.NoError(t, db.SaveStory(ctx, st, entry(st, story.EventStarted, story.Uploaded, story.Preparing)))
		require.EqualValues(t, 2, st.Version)
		got, err := db.Story(ctx, st.ID)
		require.NoError(t, err)
		require.Equal(t, st, got)

		_, err = db.Story(ctx, id.New())
		require.True(t, fault.Is(err, "story.unknown"), err)
	})
}

func TestSaveStory_OneOfManyWritersWins(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		st := newStory(t, db, newCampaign(t, db))
		var won, stale atomic.Int64
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				mine, err := db.Story(ctx, st.ID)
				if err != nil {
					t.Error(err)
					return
				}
				mine.Version = 1
				mine.Title = fmt.Sprint("writer ", i)
				switch err := db.SaveStory(ctx, mine,
					entry(mine, story.EventUploaded, story.AwaitingUpload, story.Uploaded)); {
				case err == nil:
					won.Add(1)
				case fault.Is(err, "story.stale"):
					stale.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, won.Load())
		require.EqualValues(t, 11, stale.Load())
		lines, err := db.History(ctx, st.ID)
		require.NoError(t, err)
		require.Len(t, lines, 2, "a refused write leaves no line")
	})
}

func TestStatesOf(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		open, failed := newStory(t, db, c), newStory(t, db, c)
		move(t, db, failed, story.Failed, story.EventFailed)
		states, err := db.StatesOf(ctx, []string{open.ID, failed.ID, "unknown"})
		require.NoError(t, err)
		require.Equal(t, map[string]story.State{open.ID: story.AwaitingUpload, failed.ID: story.Failed}, states)
	})
}
