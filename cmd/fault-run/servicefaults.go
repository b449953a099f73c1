//go:build linux

package main

import (
	"context"
	"math/rand/v2"
	"syscall"
	"time"
)

func restartPostgres(ctx context.Context, r *runner, p planned, hit func()) error {
	hit()
	sig := syscall.SIGINT // a fast stop: sessions are ended
	if p.Kind.name == "PostgreSQL restarted, immediate" {
		sig = syscall.SIGQUIT // as a crash: the log is replayed at the start
	}
	r.in.postgres.end(sig)
	return r.in.postgres.start(ctx)
}

func pgDown(ctx context.Context, r *runner, p planned, hit func()) error {
	hit()
	r.in.postgres.end(syscall.SIGQUIT)
	pause(ctx, p.Lasts)
	return r.in.postgres.start(context.WithoutCancel(ctx))
}

// terminate ends a share of the sessions again and again.
func terminate(ctx context.Context, r *runner, p planned, hit func()) error {
	hit()
	for end := time.Now().Add(p.Lasts); time.Now().Before(end) && ctx.Err() == nil; pause(ctx, 700*time.Millisecond) {
		// The database may be down at the moment.
		_, _ = r.in.postgres.admin.ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = $1 AND application_name <> 'fault-run' AND random() * $2 < 1`, database, p.Share)
	}
	return nil
}

// deleteLease takes the lease from the process that sweeps, so that another one
// sweeps as well.
func deleteLease(ctx context.Context, r *runner, p planned, hit func()) error {
	hit()
	for end := time.Now().Add(p.Lasts); time.Now().Before(end) && ctx.Err() == nil; pause(ctx, 200*time.Millisecond) {
		_, _ = r.in.db.ExecContext(ctx, "DELETE FROM leases WHERE name = 'sweep'") // it may be down at the moment
	}
	return nil
}

func restartRedis(ctx context.Context, r *runner, _ planned, hit func()) error {
	hit()
	r.in.redis.end(syscall.SIGKILL)
	return r.in.redis.start(ctx)
}

func flushRedis(ctx context.Context, r *runner, _ planned, hit func()) error {
	hit()
	return r.in.redis.admin.FlushAll(ctx).Err()
}

func redisDown(ctx context.Context, r *runner, p planned, hit func()) error {
	hit()
	r.in.redis.end(syscall.SIGKILL)
	pause(ctx, p.Lasts)
	return r.in.redis.start(context.WithoutCancel(ctx))
}

// storageMode makes the S3 server misbehave for every process.
func storageMode(mode string) action {
	return func(ctx context.Context, r *runner, p planned, hit func()) error {
		hit()
		for _, s := range r.in.storages {
			s.mode.Store(&storageFault{kind: mode, every: p.Share, delay: 3 * time.Second})
		}
		pause(ctx, p.Lasts)
		for _, s := range r.in.storages {
			s.mode.Store(nil)
		}
		return nil
	}
}

func storageDown(ctx context.Context, r *runner, p planned, hit func()) error {
	hit()
	return r.in.s3Line.down(ctx, p.Lasts)
}

// The lines from the service's processes to what it needs.
func toPostgres(in *installation) *line { return in.pgLine }
func toRedis(in *installation) *line    { return in.redisLine }
func toStorage(in *installation) *line  { return in.s3Line }

// spoil lets a line misbehave.
func spoil(of func(*installation) *line, how func(*rand.Rand) toxic) action {
	return func(ctx context.Context, r *runner, p planned, hit func()) error {
		bad := how(rand.New(rand.NewPCG(p.Seed, 3)))
		hit()
		return of(r.in).spoil(ctx, bad, p.Lasts)
	}
}

func reset(*rand.Rand) toxic {
	return toxic{"reset_peer", "downstream", map[string]int{"timeout": 0}}
}

func hang(*rand.Rand) toxic {
	return toxic{"timeout", "upstream", map[string]int{"timeout": 0}}
}

func late(*rand.Rand) toxic {
	return toxic{"latency", "downstream", map[string]int{"latency": 150, "jitter": 100}}
}

// cut ends connections after so many bytes of answers, which is in the middle of
// transactions and of lists.
func cut(least, most int) func(*rand.Rand) toxic {
	return func(rnd *rand.Rand) toxic {
		return toxic{"limit_data", "downstream", map[string]int{"bytes": least + rnd.IntN(most-least)}}
	}
}
