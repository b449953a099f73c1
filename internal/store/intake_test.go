package store_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

func TestCreateStory_IdempotencyKeyIsTakenOnce(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		idem := &intake.Idempotency{Key: id.New(), Request: "r", CreatedAt: start}
		create := func() error {
			st := &story.Story{
				ID: id.New(), Campaign: c.ID, State: story.AwaitingUpload, Version: 1, CreatedAt: start,
				UpdatedAt: start,
			}
			rec := *idem
			rec.Story = st.ID
			return db.CreateStory(ctx, st, entry(st, story.EventCreated, "", st.State), id.New(), &rec)
		}
		var made atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				switch err := create(); {
				case err == nil:
					made.Add(1)
				case !fault.Is(err, "idempotency.known"):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, made.Load())
		got, err := db.Idempotency(ctx, idem.Key)
		require.NoError(t, err)
		require.Equal(t, "r", got.Request)
		require.NoError(t, db.PruneIdempotency(ctx, start))
		got, err = db.Idempotency(ctx, idem.Key)
		require.NoError(t, err)
		require.NotNil(t, got, "as young as the limit")
		require.NoError(t, db.PruneIdempotency(ctx, start.Add(time.Second)))
		got, err = db.Idempotency(ctx, idem.Key)
		require.NoError(t, err)
		require.Nil(t, got)
		none, err := db.Idempotency(ctx, "never")
		require.NoError(t, err)
		require.Nil(t, none)
	})
}

func TestTokens(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		a, b := newStory(t, db, c), newStory(t, db, c)
		require.NoError(t, db.AddToken(ctx, a.ID, "second-"+a.ID))
		for token, want := range map[string]bool{
			"token-" + a.ID: true, "second-" + a.ID: true, "token-" + b.ID: false, "": false,
		} {
			ok, err := db.HasToken(ctx, a.ID, token)
			require.NoError(t, err)
			require.Equal(t, want, ok, token)
		}
	})
}

func TestOpenUploads(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		open, failed := newStory(t, db, c), newStory(t, db, c)
		move(t, db, failed, story.Failed, story.EventFailed)
		got, err := db.OpenUploads(ctx, start, 10)
		require.NoError(t, err)
		require.Empty(t, got, "not due for a check")
		got, err = db.OpenUploads(ctx, start.Add(time.Minute), 10)
		require.NoError(t, err)
		require.Equal(t, []string{open.ID}, ids(got))
	})
}
