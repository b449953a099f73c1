package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/telemetry"
)

// observer reports the statements of one pool.
type observer struct {
	store  *Store
	pool   string
	report func(pool string, took time.Duration, failure string) // may be nil
}

// BeforeQuery implements bun.QueryHook. A transaction's BEGIN has no span: it
// would be the parent of what follows.
func (o *observer) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	if !telemetry.Recording(ctx) || e.Query == "BEGIN" {
		return ctx
	}
	verb, table := statement(e.Query)
	inner, span := telemetry.Begin(ctx, strings.TrimSpace(verb+" "+table))
	span.Set(telemetry.Database(o.store.Dialect(), o.pool)...)
	span.Set(telemetry.Statement(verb, table)...)
	if e.Stash == nil {
		e.Stash = map[any]any{}
	}
	e.Stash[o] = span
	return inner
}

// AfterQuery implements bun.QueryHook.
func (o *observer) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	failure := o.store.failureOf(e.Err)
	if span, ok := e.Stash[o].(telemetry.Span); ok {
		if failure != "" {
			span.Set(telemetry.Failure(failure))
		}
		span.End(nil)
	}
	if o.report != nil {
		o.report(o.pool, time.Since(e.StartTime), failure)
	}
}

// verbs are the first words that statements of this package have.
var verbs = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "COMMIT", "ROLLBACK", "SET", "LOCK", "TRUNCATE"}

// tables are the names that a span may hold.
var tables = []string{
	"api_keys", "attempts", "audit", "audit_head", "campaigns", "captions", "decision_counts", "decisions", "facets",
	"fills", "history", "holds", "idempotency", "identities", "invalidations", "leases", "listings", "lookup_texts",
	"mail_recipients", "mail_settings", "mails", "notice_tokens", "notices",
	"old_prints", "prints", "purges", "release_forms", "saved_searches", "second_factors", "selection", "sessions",
	"shortlist", "shortlist_entries", "shortlists", "sign_in_tries", "spellings", "stories", "story_answers",
	"story_counts", "story_search", "story_tokens", "story_warnings",
	"tags", "users", "vocabulary", "votes",
	"webhook_deliveries", "webhook_endpoints", "webhook_events", "webhook_sequences",
}

// statement returns the verb of a statement, OTHER if it is none of verbs, and
// the first of tables that it reads or writes,
// one outside of parentheses before one inside. Nothing else of a statement is
// returned, since its values are part of it.
func statement(query string) (verb, table string) {
	var before, nested string
	depth := 0 // of parentheses
	for word := range strings.FieldsSeq(query) {
		upper := strings.ToUpper(word)
		if verb == "" {
			if verb = upper; !slices.Contains(verbs, verb) {
				verb = "OTHER"
			}
		}
		if before == "FROM" || before == "INTO" || before == "UPDATE" || before == "TABLE" {
			if name := strings.Trim(word, `"()`); slices.Contains(tables, name) {
				if depth == 0 {
					return verb, name
				}
				nested = cmp.Or(nested, name)
			}
		}
		depth += strings.Count(word, "(") - strings.Count(word, ")")
		before = upper
	}
	return verb, nested
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
