package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/queue"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/million"
)

// TestStandIn_FinishesAndHandsBack as a worker does, and drops what another one
// has taken.
func TestStandIn_FinishesAndHandsBack(t *testing.T) {
	t.Parallel()
	address := "sqlite:" + t.TempDir() + "/test.db"
	db, err := open(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, prepare(t.Context(), db, "sqlite", address, million.Backlog, 2))
	redis, err := queue.Redis(testkit.RedisURL(t))
	require.NoError(t, err)
	announcer := queue.NewClient(redis)
	t.Cleanup(func() { require.NoError(t, announcer.Close()) })
	stories := story.NewService(db, announcer, time.Now, story.Options{}, slog.New(slog.DiscardHandler))
	s := &stand{
		attempts: attempt.NewService(db, stories, announcer, time.Now, attempt.Options{}),
		lease:    stories.Lease(), times: []time.Duration{0, time.Hour},
	}
	due, err := db.Due(t.Context(), time.Now(), time.Now(), 2)
	require.NoError(t, err)
	require.NoError(t, s.run(t.Context(), due[0]))
	require.NoError(t, s.run(t.Context(), due[0]), "the same announcement again")
	records, err := s.attempts.List(t.Context(), due[0].Story)
	require.NoError(t, err)
	require.Len(t, records, 1)
	require.Equal(t, attempt.Done, records[0].Outcome)

	stopping, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- s.run(stopping, due[1]) }()
	require.Eventually(t, func() bool {
		records, err := s.attempts.List(t.Context(), due[1].Story)
		return err == nil && len(records) == 1
	}, time.Minute, 10*time.Millisecond)
	stop()
	require.NoError(t, <-ended)
	states, err := stories.StatesOf(t.Context(), []string{due[0].Story, due[1].Story})
	require.NoError(t, err)
	require.Equal(t, map[string]story.State{due[0].Story: story.InReview, due[1].Story: story.Uploaded}, states)
}
