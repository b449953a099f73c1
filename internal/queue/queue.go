// Package queue carries announcements of work from the committer of a state to
// a free worker, over Asynq and Redis. The database stays authoritative: a lost
// announcement is repeated from it, and a duplicate finds its job taken.
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/redisurl"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/telemetry"
)

// Queue names. Each has its own Asynq server: neither review copies nor
// publications wait for a ladder, and removals go on while a machine cannot do
// other work.
const (
	reviewQueue       = "review"
	publishQueue      = "publish"
	ladderQueue       = "ladder"
	housekeepingQueue = "housekeeping"
)

// taskType is the only type of task; the payload is the job as text.
const taskType = "job"

func queueOf(k story.JobKind) string {
	switch k {
	case story.Prepare:
		return reviewQueue
	case story.Publish:
		return publishQueue
	case story.Ladder:
		return ladderQueue
	case story.Remove:
		return housekeepingQueue
	}
	return housekeepingQueue
}

// MaxRun bounds one attempt at a job, for a handler that ignores the worker's
// own bounds. Those grow with the length of the video, up to 51 hours for the
// ladder of the 15 minutes that a campaign may accept at most.
const MaxRun = 60 * time.Hour

// Redis parses a redis://, rediss:// or unix:// address. Others are
// fault.Invalid "config.redis".
func Redis(address string) (asynq.RedisConnOpt, error) {
	opt, err := redisurl.Parse(address)
	if err != nil {
		return nil, err
	}
	opt.MaxIdleConns = maxIdle
	return connections{opt}, nil
}

// maxIdle is how many unused connections each client and each server keeps. A
// server's own goroutines send one command at a time, a few a second. go-redis
// keeps by default as many as were ever in use together, and closes old ones
// only when it takes them up again.
const maxIdle = 4

// connections lets Asynq make its clients with options that its own type of
// address does not have.
type connections struct{ *redis.Options }

// MakeRedisClient returns a new *redis.Client.
func (c connections) MakeRedisClient() any { return redis.NewClient(c.Options) }

// Client announces jobs.
type Client struct {
	client    *asynq.Client
	inspector *asynq.Inspector
}

// NewClient returns a Client that connects when first used. The caller must
// Close it.
func NewClient(redis asynq.RedisConnOpt) *Client {
	return &Client{client: asynq.NewClient(redis), inspector: asynq.NewInspector(redis)}
}

// Close closes the connections.
func (c *Client) Close() error { return errors.Join(c.client.Close(), c.inspector.Close()) }

// Enqueue announces a job; announcing one again is no error. Where an ended
// task still holds the job's id, that task is deleted and the job announced:
// Asynq keeps archived and completed ids blocked, but only the database knows
// whether work is due.
func (c *Client) Enqueue(ctx context.Context, j story.Job) (err error) {
	ctx, span := telemetry.Begin(ctx, "announce "+string(j.Kind), telemetry.Queue(queueOf(j.Kind))...)
	span.Set(telemetry.Job(j.String(), j.Attempt)...)
	defer func() { span.End(err) }()
	task := asynq.NewTaskWithHeaders(taskType, []byte(j.String()), telemetry.Headers(ctx),
		asynq.TaskID(j.String()), asynq.Queue(queueOf(j.Kind)), asynq.MaxRetry(3), asynq.Timeout(MaxRun))
	_, err = c.client.EnqueueContext(ctx, task)
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		info, infoErr := c.inspector.GetTaskInfo(queueOf(j.Kind), j.String())
		if infoErr == nil && (info.State == asynq.TaskStateArchived || info.State == asynq.TaskStateCompleted) {
			if err := c.inspector.DeleteTask(queueOf(j.Kind), j.String()); err == nil {
				_, err = c.client.EnqueueContext(ctx, task)
				return unavailable(err)
			}
		}
		return nil
	}
	return unavailable(err)
}

// unavailable returns the fault for an error of Asynq. A task that was already
// announced is no error.
func unavailable(err error) error {
	if err == nil || errors.Is(err, asynq.ErrTaskIDConflict) {
		return nil
	}
	return fault.New(fault.Unavailable, "queue.unavailable", "the queue cannot be reached").Because(err)
}

// Ping checks that Redis answers.
func (c *Client) Ping() error { return unavailable(c.client.Ping()) }

// Held is how many announcements of the kind the queue holds that will still
// be run: those that wait or are to be retried, and those under way.
func (c *Client) Held(_ context.Context, kind story.JobKind) (waiting, running int, err error) {
	names, err := c.inspector.Queues()
	if err != nil {
		return 0, 0, unavailable(err)
	}
	if !slices.Contains(names, queueOf(kind)) {
		return 0, 0, nil // no job of the kind was announced yet
	}
	q, err := c.inspector.GetQueueInfo(queueOf(kind))
	if err != nil {
		return 0, 0, unavailable(err)
	}
	return q.Pending + q.Scheduled + q.Retry, q.Active, nil
}

// Options bound what one process takes on.
type Options struct {
	Review   int           // concurrent prepare jobs; 0: none are fetched
	Publish  int           // concurrent publish jobs; 0: none are fetched
	Ladder   int           // concurrent ladder jobs; 0: none are fetched
	Shutdown time.Duration // time for running jobs to requeue when stopping
	// Ready is asked each second, and after each job that was not taken,
	// whether this process fetches jobs that make media; an error says why
	// not. nil: always.
	Ready func() error
	Log   *slog.Logger
}

// Periods of a paused process, and of announcements that a process could not
// take: long enough for another process to be the next to see them.
const (
	readyEvery    = time.Second
	notTakenDelay = 10 * time.Second
)

// Serve runs jobs until ctx ends, then waits for the running ones, whose
// contexts are cancelled, to requeue. run is called with a context that also
// ends at MaxRun; run logs its own error, and a non-nil one makes Asynq retry
// the announcement later. Remove jobs are fetched also while Ready fails.
func Serve(ctx context.Context, redis asynq.RedisConnOpt, o Options, run func(context.Context, story.Job) error) error {
	look := make(chan struct{}, 1)
	handler := asynq.HandlerFunc(func(taskCtx context.Context, t *asynq.Task) error {
		j, err := story.ParseJob(string(t.Payload()))
		if err != nil {
			return fmt.Errorf("%w: %w", err, asynq.SkipRetry)
		}
		jobCtx, cancel := context.WithCancel(taskCtx)
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		jobCtx, span := telemetry.Work(jobCtx, "job "+string(j.Kind), j.Story, t.Headers(),
			append(telemetry.Queue(queueOf(j.Kind)), telemetry.Job(j.String(), j.Attempt)...)...)
		err = run(jobCtx, j)
		span.End(err)
		select {
		case look <- struct{}{}: // the machine's state may have changed with the job
		default:
		}
		return err
	})
	newPool := func(concurrency int, name string) *pool {
		return &pool{redis: redis, config: o.server(concurrency, name), handler: handler}
	}
	always := newPool(1, housekeepingQueue)
	var work []*pool
	for _, p := range []struct {
		concurrency int
		queue       string
	}{{o.Review, reviewQueue}, {o.Publish, publishQueue}, {o.Ladder, ladderQueue}} {
		if p.concurrency > 0 { // Asynq takes 0 for the number of CPUs
			work = append(work, newPool(p.concurrency, p.queue))
		}
	}
	defer func() {
		all := append(work, always)
		for _, p := range all {
			p.stop()
		}
		for _, p := range all {
			p.shutdown()
		}
	}()
	if err := always.start(); err != nil {
		return err
	}
	return o.serve(ctx, work, look)
}

// serve starts and pauses the pools as Ready says, until ctx ends.
func (o Options) serve(ctx context.Context, work []*pool, look <-chan struct{}) error {
	tick := time.NewTicker(readyEvery)
	defer tick.Stop()
	var why error // of the pause
	for first := true; ; first = false {
		var now error
		if o.Ready != nil {
			now = o.Ready()
		}
		for _, p := range work {
			if now != nil {
				p.pause()
				continue
			}
			if now = p.start(); now != nil && first {
				return now
			}
		}
		switch {
		case now == nil && why != nil:
			o.Log.Info("jobs are taken again")
		case now != nil && why == nil:
			o.Log.Warn("no jobs are taken until the machine is in order", "err", now)
		}
		why = now
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-look:
		}
	}
}

// lookEvery is about the time between looks at an empty queue (Asynq varies it
// by half): half of it is added to each job that is announced to an idle worker.
// A look is one script call of Redis.
const lookEvery = 100 * time.Millisecond

// server is the configuration of the Asynq server of one queue.
func (o Options) server(concurrency int, queue string) asynq.Config {
	notTaken := func(err error) bool { return fault.Is(err, story.ErrNotTaken.Code) }
	return asynq.Config{
		Concurrency: concurrency, Queues: map[string]int{queue: 1}, ShutdownTimeout: o.Shutdown,
		Logger: asynqLogger{o.Log}, LogLevel: asynq.WarnLevel,
		TaskCheckInterval: lookEvery,
		IsFailure:         func(err error) bool { return !notTaken(err) },
		RetryDelayFunc: func(n int, err error, _ *asynq.Task) time.Duration {
			if notTaken(err) {
				return notTakenDelay
			}
			return time.Duration(n+1) * 15 * time.Second
		},
	}
}

// asynqLogger writes Asynq's own messages as structured lines.
type asynqLogger struct{ log *slog.Logger }

func (q asynqLogger) Debug(args ...any) { q.log.Debug("asynq: " + fmt.Sprint(args...)) }
func (q asynqLogger) Info(args ...any)  { q.log.Debug("asynq: " + fmt.Sprint(args...)) }
func (q asynqLogger) Warn(args ...any)  { q.log.Warn("asynq: " + fmt.Sprint(args...)) }
func (q asynqLogger) Error(args ...any) { q.log.Warn("asynq: " + fmt.Sprint(args...)) }
func (q asynqLogger) Fatal(args ...any) { q.log.Error("asynq: " + fmt.Sprint(args...)) }
