package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/storyreel/storyreel/internal/fault"
)

// Span is one piece of work that is timed. The zero Span does nothing.
type Span struct{ span trace.Span }

// Set adds attributes.
func (s Span) Set(attrs ...Attr) {
	if s.span == nil {
		return
	}
	for _, a := range attrs {
		s.span.SetAttributes(a.kv)
	}
}

// End ends the span. Of an error it records the stable code only: its text may
// quote what somebody wrote, or an address with its signature.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	if err != nil {
		s.Set(failure(fault.CodeOf(err)))
		s.span.SetStatus(codes.Error, "")
	}
	s.span.End()
}

// Begin begins a span below the one of the context, about the same story. It
// does nothing where none is recorded there, so that work which nobody asked
// for, such as the rounds of the sweep, makes no traces.
func Begin(ctx context.Context, name string, attrs ...Attr) (context.Context, Span) {
	t := tracing.Load()
	if t == nil || !Recording(ctx) {
		return ctx, Span{}
	}
	inner, span := (*t).Start(ctx, name)
	s := Span{span}
	s.Set(attrs...)
	if story, ok := ctx.Value(storyKey{}).(string); ok {
		s.Set(ofStory(story))
	}
	return inner, s
}

// Recording reports whether Begin would begin a span.
func Recording(ctx context.Context) bool {
	return tracing.Load() != nil && trace.SpanFromContext(ctx).IsRecording()
}

// Current returns the span that the context is in. The caller does not end it.
func Current(ctx context.Context) Span {
	if tracing.Load() == nil {
		return Span{}
	}
	return Span{trace.SpanFromContext(ctx)}
}

// Untraced returns a context below which nothing is traced: for what is
// repeated as long as something else takes, and for loops over many files.
func Untraced(ctx context.Context) context.Context {
	if tracing.Load() == nil {
		return ctx
	}
	return trace.ContextWithSpan(ctx, nil)
}

// Request is an HTTP request.
type Request struct {
	Operation   string
	Method      string
	Route       string // template of the path, without values
	Story       string // that the path names; empty: none
	TraceParent string // header of the caller
}

// Serve begins the span of a request. One that changes a story belongs to the
// story's trace, any other to a trace of its own. Callers are strangers, so
// what they sent as their trace is linked and not continued.
func Serve(ctx context.Context, r Request) (context.Context, Span) {
	t := tracing.Load()
	if t == nil {
		return ctx, Span{}
	}
	cause := remote(map[string]string{"traceparent": r.TraceParent})
	server := trace.WithSpanKind(trace.SpanKindServer)
	var span trace.Span
	if r.Story != "" && r.Method != "GET" {
		ctx, span = inTraceOf(ctx, *t, r.Story, r.Operation, cause, server)
	} else {
		options := []trace.SpanStartOption{server, trace.WithNewRoot()}
		if cause.IsValid() {
			options = append(options, trace.WithLinks(trace.Link{SpanContext: cause}))
		}
		ctx, span = (*t).Start(ctx, r.Operation, options...)
	}
	s := Span{span}
	s.Set(method(r.Method), route(r.Route))
	if r.Story != "" {
		ctx = context.WithValue(ctx, storyKey{}, r.Story)
		s.Set(ofStory(r.Story))
	}
	return ctx, s
}

// Answered ends the span of a request with the status of its answer.
func (s Span) Answered(status int) {
	if s.span == nil {
		return
	}
	s.Set(answer(status))
	if status >= 500 {
		s.span.SetStatus(codes.Error, "")
	}
	s.span.End()
}

// Work begins the span of a job about the story in the story's trace: below the
// span that announced it if that is in the same trace, else linked with it.
// headers are those that Headers made.
func Work(ctx context.Context, name, story string, headers map[string]string, attrs ...Attr) (context.Context, Span) {
	t := tracing.Load()
	if t == nil {
		return ctx, Span{}
	}
	cause, consumer := remote(headers), trace.WithSpanKind(trace.SpanKindConsumer)
	var span trace.Span
	if cause.TraceID() == trace.TraceID(TraceOf(story)) {
		ctx, span = (*t).Start(trace.ContextWithRemoteSpanContext(ctx, cause), name, consumer)
		ctx = context.WithValue(ctx, storyKey{}, story)
	} else {
		ctx, span = inTraceOf(ctx, *t, story, name, cause, consumer)
	}
	s := Span{span}
	s.Set(append(attrs, ofStory(story))...)
	return ctx, s
}

// propagator carries trace and span, and nothing that a caller could add.
var propagator = propagation.TraceContext{}

// Headers returns what a message carries so that Work finds the span of the
// context; nil where nothing is traced.
func Headers(ctx context.Context) map[string]string {
	if tracing.Load() == nil || !trace.SpanContextFromContext(ctx).IsValid() {
		return nil
	}
	headers := propagation.MapCarrier{}
	propagator.Inject(ctx, headers)
	return headers
}

// remote reads the span that headers name, without the state that others may
// have added to it.
func remote(headers map[string]string) trace.SpanContext {
	ctx := propagator.Extract(context.Background(), propagation.MapCarrier{"traceparent": headers["traceparent"]})
	return trace.SpanContextFromContext(ctx)
}
