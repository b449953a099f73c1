// Package queue carries announcements of work from whoever commits a state to
// whichever worker is free, over Asynq and Redis. Nothing in it is the truth:
// a lost announcement is made again from the database, a repeated one finds
// its job already taken.
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

// Queue names. Review work has a server of its own, so that a moderator never
// waits behind a ladder.
const (
	reviewQueue       = "review"
	publishQueue      = "publish"
	housekeepingQueue = "housekeeping"
)

// taskType is the one type of task; the payload names the job.
const taskType = "job"

func queueOf(k story.JobKind) string {
	switch k {
	case story.Prepare:
		return reviewQueue
	case story.Publish:
		return publishQueue
	case story.Remove:
		return housekeepingQueue
	}
	return housekeepingQueue
}

// MaxRun bounds one try at a job. Work inside has tighter bounds of its own,
// from the length of the film; this one ends a handler that ignores them.
const MaxRun = 2 * time.Hour

// Redis reads redis://, rediss:// and unix:// addresses, as go-redis does.
func Redis(address string) (asynq.RedisConnOpt, error) {
	opt, err := asynq.ParseRedisURI(address)
	if err != nil { // asynq knows redis-socket:// only
		opt, err = parseUnix(address)
	}
	if err != nil {
		return nil,
			fault.New(fault.Invalid, "config.redis",
				"the Redis address must look like redis://host:6379/0 or unix:///path?db=0")
	}
	return opt, nil
}

// Client announces work.
type Client struct {
	client    *asynq.Client
	inspector *asynq.Inspector
}

// NewClient connects lazily; Close it in the end.
func NewClient(redis asynq.RedisConnOpt) *Client {
	return &Client{client: asynq.NewClient(redis), inspector: asynq.NewInspector(redis)}
}

// Close disconnects.
func (c *Client) Close() error { return errors.Join(c.client.Close(), c.inspector.Close()) }

// Enqueue announces a job. A job already announced is fine. One whose id an
// ended task still holds is freed and announced again: Asynq keeps archived
// and completed ids blocked, but only the database knows whether work is due.
func (c *Client) Enqueue(ctx context.Context, j story.Job) error {
	task := asynq.NewTask(taskType, []byte(j.String()), asynq.TaskID(j.String()), asynq.Queue(queueOf(j.Kind)),
		asynq.MaxRetry(3), asynq.Timeout(MaxRun))
	_, err := c.client.EnqueueContext(ctx, task)
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		info, infoErr := c.inspector.GetTaskInfo(queueOf(j.Kind), j.String())
		if infoErr == nil && (info.State == asynq.TaskStateArchived || info.State == asynq.TaskStateCompleted) {
			if err := c.inspector.DeleteTask(queueOf(j.Kind), j.String()); err == nil {
				_, err = c.client.EnqueueContext(ctx, task)
				return known(err)
			}
		}
		return nil
	}
	return known(err)
}

func known(err error) error {
	if err == nil || errors.Is(err, asynq.ErrTaskIDConflict) {
		return nil
	}
	return fault.New(fault.Unavailable, "queue.unavailable", "the queue cannot be reached").Because(err)
}

// Ping asks Redis whether it is there.
func (c *Client) Ping() error { return known(c.client.Ping()) }

// Depth is how many announcements a queue holds.
type Depth struct {
	Queue                                       string
	Pending, Active, Scheduled, Retry, Archived int
}

// Depths reports every queue; queues never used yet are left out.
func (c *Client) Depths() ([]Depth, error) {
	names, err := c.inspector.Queues()
	if err != nil {
		return nil, known(err)
	}
	var out []Depth
	for _, name := range names {
		q, err := c.inspector.GetQueueInfo(name)
		if err != nil {
			continue // gone between the two questions
		}
		out = append(out, Depth{name, q.Pending, q.Active, q.Scheduled, q.Retry, q.Archived})
	}
	return out, nil
}

// Options say how much one process takes on.
type Options struct {
	Review   int           // prepare jobs at a time
	Publish  int           // publish jobs at a time
	Shutdown time.Duration // how long running jobs may take to hand back when stopping
	Log      *slog.Logger
}

// Serve runs jobs until ctx ends, then waits for the running ones, whose
// contexts are cancelled, to hand back. run is called with a context that
// also ends at MaxRun; its error is logged by the caller's own means, and a
// non-nil one makes Asynq try the announcement again later.
func Serve(ctx context.Context, redis asynq.RedisConnOpt, o Options, run func(context.Context, story.Job) error) error {
	handler := asynq.HandlerFunc(func(taskCtx context.Context, t *asynq.Task) error {
		j, err := story.ParseJob(string(t.Payload()))
		if err != nil {
			return fmt.Errorf("%w: %w", err, asynq.SkipRetry)
		}
		jobCtx, cancel := context.WithCancel(taskCtx)
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		return run(jobCtx, j)
	})
	config := func(concurrency int, queues map[string]int) asynq.Config {
		return asynq.Config{
			Concurrency: concurrency, Queues: queues, ShutdownTimeout: o.Shutdown,
			Logger: quiet{o.Log}, LogLevel: asynq.WarnLevel,
			TaskCheckInterval: 500 * time.Millisecond,
			RetryDelayFunc: func(n int, _ error, _ *asynq.Task) time.Duration {
				return time.Duration(n+1) * 15 * time.Second
			},
		}
	}
	quick := asynq.NewServer(redis, config(o.Review+1, map[string]int{reviewQueue: 4, housekeepingQueue: 1}))
	long := asynq.NewServer(redis, config(o.Publish, map[string]int{publishQueue: 1}))
	if err := quick.Start(handler); err != nil {
		return known(err)
	}
	if err := long.Start(handler); err != nil {
		quick.Shutdown()
		return known(err)
	}
	<-ctx.Done()
	quick.Stop()
	long.Stop()
	long.Shutdown()
	quick.Shutdown()
	return nil
}

// quiet passes Asynq's own messages on as structured lines.
type quiet struct{ log *slog.Logger }

func (q quiet) Debug(args ...any) { q.log.Debug("asynq: " + fmt.Sprint(args...)) }
func (q quiet) Info(args ...any)  { q.log.Debug("asynq: " + fmt.Sprint(args...)) }
func (q quiet) Warn(args ...any)  { q.log.Warn("asynq: " + fmt.Sprint(args...)) }
func (q quiet) Error(args ...any) { q.log.Warn("asynq: " + fmt.Sprint(args...)) }
func (q quiet) Fatal(args ...any) { q.log.Error("asynq: " + fmt.Sprint(args...)) }
