package limit

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// open returns a Limiter that logs nothing.
func open(t *testing.T, url string) *Limiter {
	t.Helper()
	l, err := New(url, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func TestAllow_GrantsAtMostTheMaximum(t *testing.T) {
	t.Parallel()
	l := open(t, testkit.RedisURL(t))
	r := Rule{Name: "begin", Max: 10, Per: time.Hour}
	var allowed atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if l.Allow(context.Background(), r, "192.0.2.1", 1) == nil {
				allowed.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 10, allowed.Load())
	err := l.Allow(context.Background(), r, "192.0.2.1", 1)
	require.Equal(t, fault.TooMany, fault.KindOf(err))
	wait, ok := fault.As(err).Facts["retry_after"].(int64)
	require.True(t, ok)
	require.Positive(t, wait)
	require.LessOrEqual(t, wait, int64(3600))
	require.NoError(t, l.Allow(context.Background(), r, "192.0.2.2", 10), "other keys have their own counts")
}

func TestAllow_WindowEnds(t *testing.T) {
	t.Parallel()
	l := open(t, testkit.RedisURL(t))
	r := Rule{Name: "short", Max: 1, Per: 100 * time.Millisecond}
	require.NoError(t, l.Allow(context.Background(), r, "k", 1))
	require.Error(t, l.Allow(context.Background(), r, "k", 1))
	testkit.Eventually(t, 20*time.Second, func() bool { return l.Allow(context.Background(), r, "k", 1) == nil })
}

func TestAllow_WithoutRedisAllowsAll(t *testing.T) {
	t.Parallel()
	l := open(t, "unix:///nonexistent/redis.sock")
	require.NoError(t, l.Allow(context.Background(), Rule{Name: "x", Max: 1, Per: time.Hour}, "k", 5))
}
