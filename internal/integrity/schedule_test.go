package integrity_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/integrity"
)

const (
	patience = 60 * time.Second
	again    = 50 * time.Millisecond
)

// process makes audits as one of several processes would.
type process struct {
	*integrity.Scheduler
	audits atomic.Int64
	failed atomic.Int64
	end    func()
}

func (w *world) process(name string, audit func(ctx context.Context) error) *process {
	p := &process{}
	p.Scheduler = integrity.NewScheduler(integrity.Plan{
		Leases: w.db, Holder: name, Every: 24 * time.Hour, First: time.Millisecond, Again: again, Now: clock,
		Audit: func(ctx context.Context) (*integrity.Report, error) {
			p.audits.Add(1)
			return &integrity.Report{}, audit(ctx)
		},
		Failed: func(error) { p.failed.Add(1) },
	})
	ctx, cancel := context.WithCancel(w.t.Context())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	p.end = func() { cancel(); running.Wait() }
	w.t.Cleanup(p.end)
	return p
}

// lease returns who makes the audits, and until when without a renewal.
func (w *world) lease() (holder string, until time.Time) {
	w.t.Helper()
	var us int64
	row := w.raw.QueryRowContext(w.t.Context(), `SELECT holder, until FROM leases WHERE name = 'audit'`)
	require.NoError(w.t, row.Scan(&holder, &us))
	return holder, time.UnixMicro(us)
}

// takeOver gives the lease to another process, as if it had run out.
func (w *world) takeOver(from, to string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		if w.db.Resign(w.t.Context(), "audit", from) != nil {
			return false
		}
		lead, err := w.db.Lead(w.t.Context(), "audit", to, clock(), clock().Add(time.Hour))
		return err == nil && lead
	}, patience, time.Millisecond)
}

func fine(context.Context) error { return nil }

// TestScheduler_DropsItsReportWithTheLead: two processes would export different
// findings.
func TestScheduler_DropsItsReportWithTheLead(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		a := w.process("a", fine)
		require.Eventually(t, func() bool { return a.Report() != nil }, patience, time.Millisecond)
		w.takeOver("a", "b")
		require.Eventually(t, func() bool { return a.Report() == nil }, patience, time.Millisecond)
		require.EqualValues(t, 1, a.audits.Load())
	})
}

// TestScheduler_RenewsAShortLease: a process that is gone keeps no other from
// its audits for long.
func TestScheduler_RenewsAShortLease(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		a := w.process("a", fine)
		require.Eventually(t, func() bool { return a.Report() != nil }, patience, time.Millisecond)
		_, first := w.lease()
		require.LessOrEqual(t, time.Until(first), 3*again, "however long the pause between two audits is")
		require.Eventually(t, func() bool { _, until := w.lease(); return until.After(first) }, patience, again)
		b := w.process("b", fine)
		a.end()
		require.Eventually(t, func() bool { return b.Report() != nil }, patience, time.Millisecond)
		holder, _ := w.lease()
		require.Equal(t, "b", holder)
	})
}

// TestScheduler_RenewsWhileAnAuditRuns, and gives the audit up once another
// leads.
func TestScheduler_RenewsWhileAnAuditRuns(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		begun := make(chan struct{}, 1)
		a := w.process("a", func(ctx context.Context) error {
			begun <- struct{}{}
			<-ctx.Done()
			return nil
		})
		<-begun
		_, first := w.lease()
		require.Eventually(t, func() bool { _, until := w.lease(); return until.After(first) }, patience, again)
		w.takeOver("a", "b")
		require.Eventually(t, func() bool { return a.failed.Load() == 1 }, patience, time.Millisecond)
		require.Nil(t, a.Report())
	})
}

func TestScheduler_LetsAnotherTryWhatFailed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		a := w.process("a", func(context.Context) error { return errors.New("the bucket does not list") })
		require.Eventually(t, func() bool { return a.failed.Load() > 1 }, patience, time.Millisecond)
		b := w.process("b", fine)
		require.Eventually(t, func() bool { return b.Report() != nil }, patience, time.Millisecond)
		require.Nil(t, a.Report())
	})
}
