package queue

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

// TestDepths_ShowQueuesThatWereNeverUsed and who works on them: a paused
// process takes removals only.
func TestDepths_ShowQueuesThatWereNeverUsed(t *testing.T) {
	t.Parallel()
	c, opt := client(t)
	depths := func() map[string]Depth {
		got, err := c.Depths()
		require.NoError(t, err)
		out := map[string]Depth{}
		for _, d := range got {
			out[d.Queue] = d
		}
		require.Len(t, out, len(Names()))
		return out
	}
	require.Equal(t, Depth{Queue: "publish"}, depths()["publish"])
	require.NoError(t, c.Enqueue(t.Context(), story.Job{Kind: story.Publish, Story: "s", Attempt: 1}))
	require.Equal(t, 1, depths()["publish"].Pending)
	testkit.Eventually(t, time.Minute, func() bool { return depths()["publish"].Latency > 0 })

	var ready atomic.Bool
	started, end := make(chan struct{}), make(chan struct{})
	var first sync.Once // the job is retried
	serveWhen(t, opt, func() error {
		if ready.Load() {
			return nil
		}
		return errNoRoom
	}, func(context.Context, story.Job) error {
		first.Do(func() { close(started) })
		<-end
		return errors.New("try again")
	})
	testkit.Eventually(t, time.Minute, func() bool { return depths()["housekeeping"].Workers == 1 })
	require.Zero(t, depths()["publish"].Workers)
	ready.Store(true)
	<-started
	testkit.Eventually(t, time.Minute, func() bool { return depths()["publish"].Workers == 1 })
	require.Equal(t, 1, depths()["publish"].Active)
	close(end)
	testkit.Eventually(t, time.Minute, func() bool { return depths()["publish"].Retry == 1 })
}
