package metric_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/metric"
)

func scrape(s *metric.Set) string {
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

// TestShared_ReadsOnceForAllGauges also of scrapes at the same moment.
func TestShared_ReadsOnceForAllGauges(t *testing.T) {
	t.Parallel()
	var reads atomic.Int64
	get := metric.Shared(t.Context(), time.Hour, time.Minute, func(context.Context) (int64, error) {
		return reads.Add(1), nil
	})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			n, err := get()
			if n != 1 || err != nil {
				t.Errorf("read %d, %v", n, err)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, reads.Load())
}

// TestShared_AServiceThatHangsCostsItsGaugesOnly: the scrape is answered, no
// second read begins while one hangs, and the answer that comes late is used.
func TestShared_AServiceThatHangsCostsItsGaugesOnly(t *testing.T) {
	t.Parallel()
	var reads atomic.Int64
	answer := make(chan struct{})
	get := metric.Shared(t.Context(), time.Hour, time.Millisecond, func(context.Context) ([]metric.Sample, error) {
		reads.Add(1)
		<-answer // as a client does that knows no context
		return metric.One(7), nil
	})
	s := metric.New(metric.Known{})
	s.Describe(metric.Process{Version: "1", Sandbox: "full"})
	s.Gauge("storyreel_hanging", "Test.", nil, get)
	s.Gauge("storyreel_refused", "Test.", nil, func() ([]metric.Sample, error) { return nil, errors.New("away") })
	for range 3 {
		text := scrape(s)
		require.NotContains(t, text, "storyreel_hanging")
		require.NotContains(t, text, "storyreel_refused")
		require.Contains(t, text, "storyreel_sandbox_level 2")
	}
	require.EqualValues(t, 1, reads.Load())
	close(answer)
	require.Eventually(t, func() bool { _, err := get(); return err == nil }, time.Minute, time.Millisecond)
	require.Contains(t, scrape(s), "storyreel_hanging 7")
	require.EqualValues(t, 1, reads.Load())
}

// TestShared_ReadsEndWithTheProcess so that a stop waits for no scrape.
func TestShared_ReadsEndWithTheProcess(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	get := metric.Shared(ctx, time.Hour, time.Hour, func(ctx context.Context) (int, error) {
		<-ctx.Done()
		ended <- ctx.Err()
		return 0, ctx.Err()
	})
	asked := make(chan error, 1)
	go func() { _, err := get(); asked <- err }()
	stop()
	require.Error(t, <-asked)
	require.ErrorIs(t, <-ended, context.Canceled)
}
