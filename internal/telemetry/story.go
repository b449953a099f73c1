package telemetry

import (
	"context"
	"crypto/rand"
	"crypto/sha256"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// TraceOf is the id of the trace that a story has for all its life: the first
// 16 bytes of the SHA-256 of "storyreel story " and its id. Each process finds
// it by itself, nothing of it is stored, and the last bytes are even enough for
// samplers that go by them.
func TraceOf(story string) [16]byte {
	sum := sha256.Sum256([]byte("storyreel story " + story))
	return [16]byte(sum[:16])
}

type (
	storyKey struct{} // string: the story that spans of the context are about
	traceKey struct{} // trace.TraceID: of the next root
)

// ids are random but for roots that have a trace of their own.
type ids struct{}

// NewIDs implements trace.IDGenerator.
func (g ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	t, ok := ctx.Value(traceKey{}).(trace.TraceID)
	if !ok {
		rand.Read(t[:])
	}
	return t, g.NewSpanID(ctx, t)
}

// NewSpanID implements trace.IDGenerator.
func (ids) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	var s trace.SpanID
	for !s.IsValid() {
		rand.Read(s[:])
	}
	return s
}

// inTraceOf begins a root in the story's trace, with a link to where it was
// caused, if that is known.
func inTraceOf(ctx context.Context, t trace.Tracer, story, name string, cause trace.SpanContext,
	options ...trace.SpanStartOption) (context.Context, trace.Span) {
	options = append(options, trace.WithNewRoot())
	if cause.IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: cause}))
	}
	outer, span := t.Start(context.WithValue(ctx, traceKey{}, trace.TraceID(TraceOf(story))), name, options...)
	return context.WithValue(outer, storyKey{}, story), span
}

// Created ties the request under way to the story that it made: the request's
// span names the story and is linked with a span of the same time that begins
// the story's trace.
func Created(ctx context.Context, story string) {
	t, request := tracing.Load(), trace.SpanFromContext(ctx)
	if t == nil || !request.IsRecording() {
		return
	}
	var options []trace.SpanStartOption
	if r, ok := request.(sdk.ReadOnlySpan); ok {
		options = append(options, trace.WithTimestamp(r.StartTime()))
	}
	begun, span := inTraceOf(ctx, *t, story, "story begun", request.SpanContext(), options...)
	Span{span}.Set(ofStory(story))
	span.End()
	request.SetAttributes(ofStory(story).kv)
	request.AddLink(trace.Link{SpanContext: trace.SpanContextFromContext(begun)})
}
