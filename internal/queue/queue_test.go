package queue

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func client(t *testing.T) (*Client, asynq.RedisConnOpt) {
	t.Helper()
	opt, err := Redis(testkit.RedisURL(t))
	require.NoError(t, err)
	c := NewClient(opt)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c, opt
}

// serve runs a server until the test ends or stop is called.
func serve(t *testing.T, opt asynq.RedisConnOpt, run func(context.Context, story.Job) error) (stop func()) {
	t.Helper()
	return serveWhen(t, opt, nil, run)
}

// serveWhen is serve with an answer to whether the machine is in order.
func serveWhen(
	t *testing.T, opt asynq.RedisConnOpt, ready func() error, run func(context.Context, story.Job) error,
) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- Serve(ctx, opt,
			Options{
				Review: 2, Publish: 1, Ladder: 1, Shutdown: 5 * time.Second, Ready: ready,
				Log: slog.New(slog.DiscardHandler),
			}, run)
	}()
	stop = func() {
		cancel()
		if err, ok := <-done; ok {
			require.NoError(t, err)
			close(done)
		}
	}
	t.Cleanup(stop)
	return stop
}

func TestEnqueue_DeduplicatesJobs(t *testing.T) {
	t.Parallel()
	c, opt := client(t)
	j := story.Job{Kind: story.Prepare, Story: "s", Attempt: 1}
	for range 5 {
		require.NoError(t, c.Enqueue(context.Background(), j))
	}
	var ran atomic.Int64
	serve(t, opt, func(_ context.Context, got story.Job) error {
		if got == j {
			ran.Add(1)
		}
		return nil
	})
	testkit.Eventually(t, 30*time.Second, func() bool { return ran.Load() == 1 })
	testkit.Eventually(t, 30*time.Second, func() bool { // Asynq removes a task after its handler has returned
		_, err := c.inspector.GetTaskInfo(reviewQueue, j.String())
		return errors.Is(err, asynq.ErrTaskNotFound)
	})
	require.NoError(t, c.Enqueue(context.Background(), j), "a finished task's id is free")
	testkit.Eventually(t, 30*time.Second, func() bool { return ran.Load() == 2 })
}

func TestEnqueue_ReplacesAnArchivedTask(t *testing.T) {
	t.Parallel()
	c, opt := client(t)
	j := story.Job{Kind: story.Publish, Story: "s", Attempt: 1}
	require.NoError(t, c.Enqueue(context.Background(), j))
	require.NoError(t, c.inspector.ArchiveTask(publishQueue, j.String()))
	var ran atomic.Int64
	serve(t, opt, func(context.Context, story.Job) error { ran.Add(1); return nil })
	require.NoError(t, c.Enqueue(context.Background(), j))
	testkit.Eventually(t, 30*time.Second, func() bool { return ran.Load() == 1 })
}

func TestServe_LaddersDoNotDelayReview(t *testing.T) {
	t.Parallel()
	c, opt := client(t)
	release := make(chan struct{})
	var reviewed atomic.Int64
	serve(t, opt, func(ctx context.Context, j story.Job) error {
		if j.Kind == story.Publish {
			select {
			case <-release:
			case <-ctx.Done():
			}
			return nil
		}
		reviewed.Add(1)
		return nil
	})
	for i := range 4 {
		require.NoError(t, c.Enqueue(context.Background(), story.Job{Kind: story.Publish, Story: "p", Attempt: i + 1}))
		require.NoError(t, c.Enqueue(context.Background(), story.Job{Kind: story.Prepare, Story: "r", Attempt: i + 1}))
		require.NoError(t, c.Enqueue(context.Background(), story.Job{Kind: story.Remove, Story: "x", Attempt: i + 1}))
	}
	testkit.Eventually(t, 30*time.Second, func() bool { return reviewed.Load() == 8 })
	close(release)
}

func TestServe_FetchesOnlyWhatItHasWorkersFor(t *testing.T) {
	t.Parallel()
	for kind, o := range map[story.JobKind]Options{
		story.Prepare: {Review: 1}, story.Publish: {Publish: 1}, story.Ladder: {Ladder: 1}, story.Remove: {},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			c, opt := client(t)
			kinds := story.JobKinds()
			for _, k := range kinds {
				require.NoError(t, c.Enqueue(t.Context(), story.Job{Kind: k, Story: "s", Attempt: 1}))
			}
			o.Shutdown, o.Log = 5*time.Second, slog.New(slog.DiscardHandler)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ran := make(chan story.JobKind, len(kinds))
			done := make(chan error, 1)
			go func() {
				done <- Serve(ctx, opt, o, func(_ context.Context, j story.Job) error {
					ran <- j.Kind
					return nil
				})
			}()
			got := map[story.JobKind]bool{}
			want := map[story.JobKind]bool{kind: true, story.Remove: true}
			for len(got) < len(want) {
				got[<-ran] = true
			}
			// a second removal shows that the server has gone on looking for work
			require.NoError(t, c.Enqueue(t.Context(), story.Job{Kind: story.Remove, Story: "s", Attempt: 2}))
			got[<-ran] = true
			require.Equal(t, want, got)
			cancel()
			require.NoError(t, <-done)
			for _, k := range kinds {
				waiting, running, err := c.Held(context.WithoutCancel(ctx), k)
				require.NoError(t, err)
				require.Zero(t, running)
				require.Equal(t, want[k], waiting == 0, k)
			}
		})
	}
}

func TestServe_StopCancelsAndWaits(t *testing.T) {
	t.Parallel()
	c, opt := client(t)
	started, ended := make(chan struct{}), make(chan error, 1)
	stop := serve(t, opt, func(ctx context.Context, _ story.Job) error {
		close(started)
		<-ctx.Done()
		ended <- ctx.Err()
		return nil
	})
	require.NoError(t, c.Enqueue(context.Background(), story.Job{Kind: story.Publish, Story: "s", Attempt: 1}))
	<-started
	stop()
	select {
	case err := <-ended:
		require.ErrorIs(t, err, context.Canceled)
	default:
		t.Fatal("Serve returned before the job had ended")
	}
}

func TestRedis_ReadsTheAddress(t *testing.T) {
	t.Parallel()
	got, err := Redis("unix://user:pw@/run/redis.sock?db=3")
	require.NoError(t, err)
	opt := got.(connections).Options
	require.Equal(t, []any{"unix", "/run/redis.sock", "user", "pw", 3},
		[]any{opt.Network, opt.Addr, opt.Username, opt.Password, opt.DB})
	_, err = Redis("localhost:6379")
	require.True(t, fault.Is(err, "config.redis"), err)
}

func TestRedis_KeepsFewConnectionsAfterManyAtOnce(t *testing.T) {
	t.Parallel()
	opt, err := Redis(testkit.RedisURL(t))
	require.NoError(t, err)
	c := opt.MakeRedisClient().(*redis.Client)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() { c.BLPop(t.Context(), 300*time.Millisecond, "nothing") })
	}
	testkit.Eventually(t, 10*time.Second, func() bool { return c.PoolStats().TotalConns > 2*maxIdle })
	all.Wait()
	require.LessOrEqual(t, c.PoolStats().TotalConns, uint32(maxIdle))
}

func TestHeld_CountsWhatIsStillRun(t *testing.T) {
	t.Parallel()
	c, _ := client(t)
	held := func(k story.JobKind) int {
		t.Helper()
		waiting, running, err := c.Held(t.Context(), k)
		require.NoError(t, err)
		require.Zero(t, running)
		return waiting
	}
	require.Zero(t, held(story.Prepare), "no job has come by yet")
	for _, id := range []string{"a", "b", "b"} {
		require.NoError(t, c.Enqueue(t.Context(), story.Job{Kind: story.Prepare, Story: id, Attempt: 1}))
	}
	require.NoError(t, c.Enqueue(t.Context(), story.Job{Kind: story.Remove, Story: "c", Attempt: 1}))
	require.Equal(t, 2, held(story.Prepare))
	require.Equal(t, 1, held(story.Remove))
	require.Zero(t, held(story.Publish))
	require.NoError(t, c.inspector.ArchiveTask(reviewQueue, "prepare:a:1"))
	require.Equal(t, 1, held(story.Prepare), "an archived job is not run")
}
