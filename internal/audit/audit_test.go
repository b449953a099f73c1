package audit_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// newLog returns a Log over a database, and what it writes to the service's log.
func newLog(t *testing.T) (*audit.Log, *testkit.Env, *bytes.Buffer) {
	env := testkit.NewEnv(t)
	var out bytes.Buffer
	return audit.NewLog(env.DB, env.Clock, audit.Options{}, slog.New(slog.NewTextHandler(&out, nil))), env, &out
}

func lines(t *testing.T, l *audit.Log) []audit.Line {
	t.Helper()
	p, err := l.List(t.Context(), audit.Filter{}, nil, 1000)
	require.NoError(t, err)
	return p.Items
}

func TestAdd_WritesTheTrailAndTheLogOnce(t *testing.T) {
	t.Parallel()
	l, env, out := newLog(t)
	l.Add(t.Context(), audit.Line{
		Action: "key.created", Actor: account.Actor{Role: account.Admin, ID: "u1", Name: "Ana"}, Target: "k1",
		Details: map[string]string{"role": "moderator"},
	})
	got := lines(t, l)
	require.Len(t, got, 1)
	require.Equal(t, audit.Done, got[0].Outcome)
	require.Equal(t, env.Now, got[0].At)
	require.Equal(t, map[string]string{"role": "moderator"}, got[0].Details)
	require.Equal(t, 1, strings.Count(out.String(), "\n"))
	require.Contains(t, out.String(), "level=INFO msg=audit action=key.created outcome=done actor=u1")
}

func TestList_Pages(t *testing.T) {
	t.Parallel()
	l, _, _ := newLog(t)
	for range 5 {
		l.Add(t.Context(), audit.Line{Action: "session.started"})
	}
	first, err := l.List(t.Context(), audit.Filter{}, nil, 3)
	require.NoError(t, err)
	require.Len(t, first.Items, 3)
	rest, err := l.List(t.Context(), audit.Filter{}, first.Next, 3)
	require.NoError(t, err)
	require.Len(t, rest.Items, 2)
	require.Nil(t, rest.Next)
}

func TestAdd_BoundsRefusalsAndCountsWhatItOmits(t *testing.T) {
	t.Parallel()
	l, env, _ := newLog(t)
	refuse := func(network, action string, n int) {
		for range n {
			l.Add(t.Context(), audit.Line{Action: action, Outcome: audit.Refused, Network: network})
		}
	}
	refuse("192.0.2.0/24", "session.started", 100)
	require.Len(t, lines(t, l), 20, "of one network")
	refuse("198.51.100.0/24", "session.started", 1)
	require.Equal(t, "80", lines(t, l)[0].Details["omitted"])
	refuse("192.0.2.0/24", "request.refused", 1)
	require.Len(t, lines(t, l), 22, "other actions count apart")
	for i := range 500 {
		refuse(strings.Repeat("x", i), "session.started", 1)
	}
	require.Len(t, lines(t, l), 300, "of one process")
	l.Add(t.Context(), audit.Line{Action: "session.started"})
	require.Len(t, lines(t, l), 301, "acts that were done are always recorded")
	env.Advance(time.Minute)
	refuse("192.0.2.0/24", "session.started", 1)
	require.Len(t, lines(t, l), 302)
}

func TestSweep_ForgetsAfterAYear(t *testing.T) {
	t.Parallel()
	l, env, _ := newLog(t)
	l.Add(t.Context(), audit.Line{Action: "key.created"})
	env.Advance(365 * 24 * time.Hour)
	require.NoError(t, l.Sweep(t.Context()))
	require.Len(t, lines(t, l), 1)
	env.Advance(time.Second)
	require.NoError(t, l.Sweep(t.Context()))
	require.Empty(t, lines(t, l))
}

// brokenStore takes no lines.
type brokenStore struct{ audit.Store }

func (brokenStore) AddAuditLine(_ context.Context, l audit.Line) (audit.Line, error) {
	return l, errors.New("disk full")
}

func TestAdd_WithoutADatabaseTheLogHasTheLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := audit.NewLog(brokenStore{}, time.Now, audit.Options{}, slog.New(slog.NewTextHandler(&out, nil)))
	l.Add(t.Context(), audit.Line{Action: "key.created"})
	require.Contains(t, out.String(), "action=key.created")
	require.Contains(t, out.String(), "level=ERROR")
}
