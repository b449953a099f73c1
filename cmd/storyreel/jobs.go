package main

import (
	"context"
	"fmt"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/story"
)

type jobsCmd struct {
	Retry jobsRetryCmd `cmd:"" help:"Start the work of every story again that failed since a time."`
}

type jobsRetryCmd struct {
	Since moment        `required:"" help:"When the first of them failed: a time such as 2026-11-26T18:00:00Z, or how long ago, such as 2h."`
	Code  string        `help:"Only failures with this code, such as truncated_or_corrupt."`
	Job   story.JobKind `enum:",prepare,publish" default:"" help:"Only failures of this job: prepare or publish."`
	JSON  bool          `help:"Print JSON."`
}

// moment is a time on the command line.
type moment struct{ time.Time }

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *moment) UnmarshalText(text []byte) error {
	if ago, err := time.ParseDuration(string(text)); err == nil {
		m.Time = clock().Add(-ago)
		return nil
	}
	at, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return fmt.Errorf("%q is neither a time such as 2026-11-26T18:00:00Z nor a duration such as 2h", text)
	}
	m.Time = at.UTC()
	return nil
}

// sweepAnnounces is the queue of a command that needs no Redis: the sweep of
// the workers announces what is due.
type sweepAnnounces struct{}

func (sweepAnnounces) Enqueue(context.Context, story.Job) error { return nil }

func (sweepAnnounces) Held(context.Context, story.JobKind) (waiting, running int, err error) {
	return 0, 0, nil
}

// Run implements the command.
func (c jobsRetryCmd) Run(e *env) error {
	return withBase(e, func(b *base) error {
		stories := story.NewService(b.store, sweepAnnounces{}, clock, story.Options{Lease: b.cfg.Lease}, b.log)
		attempts := attempt.NewService(b.store, stories, sweepAnnounces{}, clock, attempt.Options{})
		query := attempt.FailureQuery{Since: c.Since.Time, Code: c.Code, Job: c.Job}
		by := account.Actor{Role: account.Admin, Name: "command line"}
		total := 0
		for after, more := (*attempt.Position)(nil), true; more; more = after != nil {
			got, err := attempts.RetryFailed(e.ctx, query, after, attempt.MaxRetried, by)
			total, after = total+got.Stories, got.Next
			if err != nil {
				return fmt.Errorf("after %d stories: %w", total, err)
			}
		}
		if c.JSON {
			return e.json(map[string]int{"retried": total})
		}
		fmt.Fprintf(e.stdout, "%d stories are tried again; the workers' next sweep announces them\n", total)
		return nil
	})
}
