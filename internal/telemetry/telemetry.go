// Package telemetry traces what happens to stories across processes, and is
// the only package that knows OpenTelemetry. A span holds what this package has
// an attribute for and nothing else: no text of an error, statement or request,
// and no value that a person chose.
package telemetry

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"
)

// Service is what a process says of itself. OTEL_SERVICE_NAME and
// OTEL_RESOURCE_ATTRIBUTES replace it.
type Service struct {
	Name     string // such as storyreel-api
	Version  string
	Instance string // unique among the processes
}

// tracing makes spans while this process traces; nil: it does not.
var tracing atomic.Pointer[api.Tracer]

// endpoints are the variables of which one turns tracing on.
var endpoints = []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"}

// wanted reports whether the environment asks for traces.
func wanted() bool {
	return os.Getenv("OTEL_SDK_DISABLED") != "true" && os.Getenv("OTEL_TRACES_EXPORTER") != "none" &&
		slices.ContainsFunc(endpoints, func(name string) bool { return os.Getenv(name) != "" })
}

// Start begins to trace this process if OTEL_EXPORTER_OTLP_ENDPOINT or
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set, as the other OTEL_ variables say.
// It connects to nothing: spans that cannot be sent are dropped, and the log
// says so. The returned function sends what is left, at most until its context
// ends. At most one call of a process may be in force.
func Start(ctx context.Context, s Service, log *slog.Logger) (stop func(context.Context) error, err error) {
	if !wanted() {
		return func(context.Context) error { return nil }, nil
	}
	protocol := cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"),
		"http/protobuf")
	if protocol != "http/protobuf" {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: %q is not spoken; http/protobuf is", protocol)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", s.Name),
			attribute.String("service.version", s.Version), attribute.String("service.instance.id", s.Instance)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces not sent", "err", err) }))
	p := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about), trace.WithIDGenerator(ids{}))
	t := p.Tracer("github.com/storyreel/storyreel", api.WithInstrumentationVersion(s.Version))
	tracing.Store(&t)
	return func(ctx context.Context) error {
		tracing.Store(nil)
		return p.Shutdown(ctx)
	}, nil
}
