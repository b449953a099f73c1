package queue

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

var errNoRoom = errors.New("no room")

// TestServe_APausedProcessLeavesWorkToOthers: it fetches removals only, so a
// healthy process beside it does all the rest, and it resumes by itself.
func TestServe_APausedProcessLeavesWorkToOthers(t *testing.T) {
	t.Parallel()
	c, opt := client(t)
	var inOrder atomic.Bool
	ready := func() error {
		if inOrder.Load() {
			return nil
		}
		return errNoRoom
	}
	var sick, sickRemovals, healthy atomic.Int64
	serveWhen(t, opt, ready, func(_ context.Context, j story.Job) error {
		if j.Kind == story.Remove {
			sickRemovals.Add(1)
		} else {
			sick.Add(1)
		}
		return nil
	})
	enqueue := func(from, to int) {
		for n := from; n < to; n++ {
			for _, kind := range story.JobKinds() {
				require.NoError(t, c.Enqueue(t.Context(), story.Job{Kind: kind, Story: "s", Attempt: n}))
			}
		}
	}
	enqueue(1, 6)
	testkit.Eventually(t, time.Minute, func() bool { return sickRemovals.Load() == 5 })
	require.Zero(t, sick.Load())
	stop := serve(t, opt, func(context.Context, story.Job) error { healthy.Add(1); return nil })
	testkit.Eventually(t, time.Minute, func() bool { return healthy.Load() == 15 })
	require.Zero(t, sick.Load(), "the paused process took work")
	stop()
	inOrder.Store(true)
	enqueue(6, 8)
	testkit.Eventually(t, time.Minute, func() bool { return sick.Load() == 6 })
}

// TestServe_APauseLetsRunningJobsEnd pauses and resumes around a long job.
func TestServe_APauseLetsRunningJobsEnd(t *testing.T) {
	t.Parallel()
	c, opt := client(t)
	var paused atomic.Bool
	var refused atomic.Int64
	started, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var after atomic.Int64
	serveWhen(t, opt, func() error {
		if paused.Load() {
			refused.Add(1)
			return errNoRoom
		}
		return nil
	}, func(ctx context.Context, j story.Job) error {
		if j.Story != "long" {
			after.Add(1)
			return nil
		}
		close(started)
		select {
		case <-release:
		case <-ctx.Done():
		}
		ended <- ctx.Err()
		return nil
	})
	require.NoError(t, c.Enqueue(t.Context(), story.Job{Kind: story.Publish, Story: "long", Attempt: 1}))
	<-started
	paused.Store(true)
	testkit.Eventually(t, time.Minute, func() bool { return refused.Load() > 1 }) // paused between the two
	paused.Store(false)
	require.NoError(t, c.Enqueue(t.Context(), story.Job{Kind: story.Prepare, Story: "y", Attempt: 1}))
	testkit.Eventually(t, time.Minute, func() bool { return after.Load() == 1 })
	close(release)
	require.NoError(t, <-ended, "the pause cancelled a running job")
}

// TestServe_ReturnsAJobThatWasNotTaken: it waits for another process and uses
// up none of the announcement's retries.
func TestServe_ReturnsAJobThatWasNotTaken(t *testing.T) {
	t.Parallel()
	c, opt := client(t)
	serve(t, opt, func(context.Context, story.Job) error { return story.ErrNotTaken.Because(errNoRoom) })
	j := story.Job{Kind: story.Prepare, Story: "s", Attempt: 1}
	require.NoError(t, c.Enqueue(t.Context(), j))
	var info *asynq.TaskInfo
	testkit.Eventually(t, time.Minute, func() bool {
		var err error
		info, err = c.inspector.GetTaskInfo(reviewQueue, j.String())
		return err == nil && info.State == asynq.TaskStateRetry
	})
	require.Zero(t, info.Retried)
}
