package queue

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
)

// settleEvery is the time between looks at the jobs of a paused pool.
const settleEvery = 100 * time.Millisecond

// pool is an Asynq server that can pause. Asynq's own pause is of a queue, in
// every process; and a server that has stopped fetching cannot start again.
// A pause therefore ends the server, after its running jobs, and a new one
// follows. A pool is used by one goroutine.
type pool struct {
	redis   asynq.RedisConnOpt
	config  asynq.Config
	handler asynq.Handler
	server  *asynq.Server // nil while paused
	running *atomic.Int64 // jobs of server
	ending  sync.WaitGroup
}

// start begins to fetch jobs, unless the pool does already.
func (p *pool) start() error {
	if p.server != nil {
		return nil
	}
	running := &atomic.Int64{}
	server := asynq.NewServer(p.redis, p.config)
	err := server.Start(asynq.HandlerFunc(func(ctx context.Context, t *asynq.Task) error {
		running.Add(1)
		defer running.Add(-1)
		return p.handler.ProcessTask(ctx, t)
	}))
	if err != nil {
		return unavailable(err)
	}
	p.server, p.running = server, running
	return nil
}

// pause stops fetching. Running jobs go on to their ends.
func (p *pool) pause() {
	if p.server == nil {
		return
	}
	server, running := p.server, p.running
	p.server = nil
	server.Stop()
	p.ending.Add(1)
	go func() {
		defer p.ending.Done()
		tick := time.NewTicker(settleEvery)
		defer tick.Stop()
		for running.Load() > 0 {
			<-tick.C
		}
		server.Shutdown()
	}()
}

// stop stops fetching for good; shutdown must follow.
func (p *pool) stop() {
	if p.server != nil {
		p.server.Stop()
	}
}

// shutdown stops fetching and waits for all running jobs, at most for the
// configured time.
func (p *pool) shutdown() {
	if p.server != nil {
		p.server.Shutdown()
		p.server = nil
	}
	ended := make(chan struct{})
	go func() { p.ending.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(p.config.ShutdownTimeout):
	}
}
