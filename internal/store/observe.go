package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/fault"
)

// observer reports the statements of one pool.
type observer struct {
	store  *Store
	pool   string
	report func(pool string, took time.Duration, failure string)
}

// BeforeQuery implements bun.QueryHook.
func (*observer) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery implements bun.QueryHook.
func (o *observer) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	o.report(o.pool, time.Since(e.StartTime), o.store.failureOf(e.Err))
}

// Classes of failed statements, as Pools.Observe gets them.
const (
	failedTimeout     = "timeout"
	failedUnavailable = "unavailable"
	failedOther       = "other"
)

// Failures lists the classes of failed statements.
func Failures() []string { return []string{failedTimeout, failedUnavailable, failedOther} }

// failureOf classes the error of a statement as Pools.Observe says.
func (s *Store) failureOf(err error) string {
	if err == nil || noRows(err) || duplicate(err) || errors.Is(err, context.Canceled) ||
		errors.Is(err, sql.ErrTxDone) {
		return ""
	}
	switch mapped := s.mapError(err); {
	case fault.Is(mapped, "database.timeout"):
		return failedTimeout
	case fault.KindOf(mapped) == fault.Unavailable:
		return failedUnavailable
	}
	return failedOther
}

// PoolUse is the state of a pool's connections.
type PoolUse struct {
	InUse, Idle, Limit int
	Waited             int64 // statements that waited for a connection, since the start
}

// Usage returns the state of each pool, by its name.
func (s *Store) Usage() map[string]PoolUse {
	out := map[string]PoolUse{}
	for name, db := range map[string]*bun.DB{poolPublic: s.r, poolStaff: s.staff, poolWrite: s.w} {
		st := db.Stats()
		out[name] = PoolUse{st.InUse, st.Idle, st.MaxOpenConnections, st.WaitCount}
	}
	return out
}
