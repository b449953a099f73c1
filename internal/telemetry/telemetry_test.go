package telemetry

import (
	"context"
	"encoding/hex"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

func quiet(t *testing.T) (context.Context, *slog.Logger) {
	t.Helper()
	for _, name := range append(endpoints, "OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_PROTOCOL") {
		t.Setenv(name, "")
	}
	return t.Context(), slog.New(slog.DiscardHandler)
}

// spans runs what a request and a job do, and reports whether anything is
// traced.
func spans(ctx context.Context) bool {
	ctx, request := Serve(ctx, Request{Operation: "decide", Method: "POST", Route: "/v1", Story: "s"})
	Created(ctx, "s")
	inner, span := Begin(ctx, "SELECT", Statement("SELECT", "stories")...)
	headers := Headers(inner)
	span.End(context.Canceled)
	job, work := Work(context.Background(), "job", "s", headers)
	Current(job).Set(Outcome("done"))
	work.End(nil)
	request.Answered(200)
	return headers != nil
}

func TestStart_WithoutAnEndpointDoesNothing(t *testing.T) {
	ctx, log := quiet(t)
	for _, off := range [][2]string{
		{"OTEL_SERVICE_NAME", "x"}, {"OTEL_SDK_DISABLED", "true"}, {"OTEL_TRACES_EXPORTER", "none"},
	} {
		if off[0] != "OTEL_SERVICE_NAME" {
			t.Setenv(endpoints[1], "http://127.0.0.1:1")
		}
		t.Setenv(off[0], off[1])
		stop, err := Start(ctx, Service{Name: "test"}, log)
		require.NoError(t, err)
		require.False(t, spans(ctx), off[0])
		require.False(t, Recording(ctx))
		require.NoError(t, stop(ctx))
		t.Setenv(off[0], "")
	}
}

// TestStart_NeedsNoReceiver: nothing waits for one that is away, neither the
// start nor the work.
func TestStart_NeedsNoReceiver(t *testing.T) {
	ctx, log := quiet(t)
	t.Setenv(endpoints[1], "http://127.0.0.1:1")
	stop, err := Start(ctx, Service{Name: "test"}, log)
	require.NoError(t, err)
	require.True(t, spans(ctx))
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_ = stop(gone) // what is left is dropped
	require.False(t, spans(ctx), "after the stop")
}

func TestStart_RefusesAnotherProtocol(t *testing.T) {
	ctx, log := quiet(t)
	t.Setenv(endpoints[0], "http://127.0.0.1:1")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	_, err := Start(ctx, Service{Name: "test"}, log)
	require.ErrorContains(t, err, "OTEL_EXPORTER_OTLP_PROTOCOL")
}

// TestStart_SamplesAStoryWhole: by a ratio, all requests and jobs of a story
// are traced or none are, in whichever process.
func TestStart_SamplesAStoryWhole(t *testing.T) {
	ctx, log := quiet(t)
	t.Setenv(endpoints[1], "http://127.0.0.1:1")
	t.Setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
	t.Setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
	stop, err := Start(ctx, Service{Name: "test"}, log)
	require.NoError(t, err)
	sampled := 0
	for n := range 400 {
		story := hex.EncodeToString([]byte{byte(n), byte(n >> 8)})
		var seen [3]bool
		first, request := Serve(ctx, Request{Operation: "decide", Method: "POST", Story: story})
		seen[0] = Recording(first)
		second, again := Serve(ctx, Request{Operation: "decide", Method: "DELETE", Story: story})
		seen[1] = Recording(second)
		third, work := Work(ctx, "job", story, Headers(first))
		seen[2] = Recording(third)
		require.Contains(t, [][3]bool{{true, true, true}, {}}, seen)
		if seen[0] {
			sampled++
		}
		work.End(nil)
		again.Answered(200)
		request.Answered(200)
	}
	require.InDelta(t, 200, sampled, 60)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_ = stop(gone)
}

// BenchmarkOff is what the marks cost that a process without traces passes.
func BenchmarkOff(b *testing.B) {
	ctx := context.Background()
	for b.Loop() {
		inner, span := Begin(ctx, "x")
		span.Set(Outcome("done"))
		span.End(nil)
		_ = Untraced(inner)
	}
}
