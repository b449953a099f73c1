package limit_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/limit"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// open returns a limiter that logs nothing.
func open(t *testing.T, url string) *limit.Limiter {
	t.Helper()
	l, err := limit.New(url, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func TestAllow_GrantsAtMostTheMaximum(t *testing.T) {
	t.Parallel()
	l := open(t, testkit.RedisURL(t))
	r := limit.Rule{Name: "begin", Max: 10, Per: time.Hour}
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
	r := limit.Rule{Name: "short", Max: 1, Per: 100 * time.Millisecond}
	require.NoError(t, l.Allow(context.Background(), r, "k", 1))
	require.Error(t, l.Allow(context.Background(), r, "k", 1))
	testkit.Eventually(t, 20*time.Second, func() bool { return l.Allow(context.Background(), r, "k", 1) == nil })
}

func TestAllow_WithoutRedisAllowsAll(t *testing.T) {
	t.Parallel()
	l := open(t, "unix:///nonexistent/redis.sock")
	require.NoError(t, l.Allow(context.Background(), limit.Rule{Name: "x", Max: 1, Per: time.Hour}, "k", 5))
}

func TestTake_CountsAllUsesOrNone(t *testing.T) {
	t.Parallel()
	l := open(t, testkit.RedisURL(t))
	ctx := context.Background()
	begins := limit.Rule{Name: "begin", Max: 2, Per: time.Hour}
	bytes := limit.Rule{Name: "bytes", Max: 100, Per: time.Hour}
	take := func(n int64) error {
		return l.Take(ctx, "k", limit.Use{Rule: begins, N: 1}, limit.Use{Rule: bytes, N: n})
	}
	require.NoError(t, take(90))
	for range 5 {
		require.Error(t, take(20), "too many bytes; the begin must not count either")
	}
	l.Return(ctx, "k", limit.Use{Rule: begins, N: 1}, limit.Use{Rule: bytes, N: 90})
	require.NoError(t, take(50))
	require.NoError(t, take(50))
	require.Error(t, take(0), "two begins are all")
	l.Return(ctx, "unused", limit.Use{Rule: begins, N: 1})
	for range 2 {
		require.NoError(t, l.Allow(ctx, begins, "unused", 1))
	}
	require.Error(t, l.Allow(ctx, begins, "unused", 1), "nothing to give back gives nothing")
}

func TestTake_ANumberBeyondTheMaximumWaitsForAWindow(t *testing.T) {
	t.Parallel()
	l := open(t, testkit.RedisURL(t))
	err := l.Allow(context.Background(), limit.Rule{Name: "bytes", Max: 10, Per: time.Hour}, "k", 11)
	require.EqualValues(t, 3600, fault.As(err).Facts["retry_after"])
}

func TestKey_IsAnIPv4AddressOrACustomersIPv6Network(t *testing.T) {
	t.Parallel()
	for address, key := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3::4": "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "unknown": "unknown", "": "unknown",
	} {
		require.Equal(t, key, limit.Key(address), address)
	}
}
