// Package queue carries announcements of work from the committer of a state to
// a free worker, over Asynq and Redis. The database stays authoritative: a lost
// announcement is made again from it, and a repeated one finds its job taken.
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/redisurl"
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

// MaxRun bounds one attempt at a job. The work has tighter bounds of its own,
// by the length of the video; this one ends a handler that ignores them.
const MaxRun = 2 * time.Hour

// Redis reads a redis://, rediss:// or unix:// address; Invalid "config.redis".
func Redis(address string) (asynq.RedisConnOpt, error) {
	opt, err := redisurl.Parse(address)
	if err != nil {
		return nil, err
	}
	return asynq.RedisClientOpt{
		Network: opt.Network, Addr: opt.Addr, Username: opt.Username, Password: opt.Password, DB: opt.DB,
		TLSConfig: opt.TLSConfig,
	}, nil
}

// Client announces jobs.
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

// Enqueue announces a job; announcing one again is no error. Where an ended
// task still holds the job's id, that task is deleted and the job announced:
// Asynq keeps archived and completed ids blocked, but only the database knows
// whether work is due.
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

// Ping checks that Redis answers.
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

// Options bound what one process takes on.
type Options struct {
	Review   int           // prepare jobs at a time
	Publish  int           // publish jobs at a time
	Shutdown time.Duration // how long running jobs may take to requeue when stopping
	Log      *slog.Logger
}

// Serve runs jobs until ctx ends, then waits for the running ones, whose
// contexts are cancelled, to requeue. run is called with a context that also
// ends at MaxRun; run logs its own error, and a non-nil one makes Asynq retry
// the announcement later.
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
			Logger: asynqLog{o.Log}, LogLevel: asynq.WarnLevel,
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

// asynqLog writes Asynq's own messages as structured lines.
type asynqLog struct{ log *slog.Logger }

func (q asynqLog) Debug(args ...any) { q.log.Debug("asynq: " + fmt.Sprint(args...)) }
func (q asynqLog) Info(args ...any)  { q.log.Debug("asynq: " + fmt.Sprint(args...)) }
func (q asynqLog) Warn(args ...any)  { q.log.Warn("asynq: " + fmt.Sprint(args...)) }
func (q asynqLog) Error(args ...any) { q.log.Warn("asynq: " + fmt.Sprint(args...)) }
func (q asynqLog) Fatal(args ...any) { q.log.Error("asynq: " + fmt.Sprint(args...)) }
