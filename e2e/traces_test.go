package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	wire "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/storyreel/storyreel/internal/telemetry"
	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// span is a span as a receiver gets it.
type span struct {
	*wire.Span
	service string
	attrs   map[string]string
}

// receiver is a server of OTLP over HTTP with protobuf.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*span
	raw   bytes.Buffer // everything that arrived, decoded, as text
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if err := r.receive(req); err != nil {
			t.Errorf("OTLP: %v", err)
			w.WriteHeader(http.StatusBadRequest)
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) receive(req *http.Request) error {
	if req.URL.Path != "/v1/traces" || req.Header.Get("X-Tenant") != "storyreel" {
		return fmt.Errorf("%s with tenant %q", req.URL.Path, req.Header.Get("X-Tenant"))
	}
	body := io.Reader(req.Body)
	if req.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			return err
		}
		body = z
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var in collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(b, &in); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.raw.WriteString(in.String())
	for _, of := range in.ResourceSpans {
		service := texts(of.Resource.Attributes)["service.name"]
		for _, scope := range of.ScopeSpans {
			for _, s := range scope.Spans {
				r.spans = append(r.spans, &span{s, service, texts(s.Attributes)})
			}
		}
	}
	return nil
}

func texts(attrs []*common.KeyValue) map[string]string {
	out := map[string]string{}
	for _, a := range attrs {
		switch v := a.Value.Value.(type) {
		case *common.AnyValue_StringValue:
			out[a.Key] = v.StringValue
		case *common.AnyValue_IntValue:
			out[a.Key] = fmt.Sprint(v.IntValue)
		case *common.AnyValue_DoubleValue:
			out[a.Key] = fmt.Sprint(v.DoubleValue)
		default:
			out[a.Key] = a.Value.String()
		}
	}
	return out
}

// of returns the spans that have the value in the attribute, and their names.
func of(all []*span, key, value string) (out []*span, names []string) {
	for _, s := range all {
		if s.attrs[key] == value {
			out, names = append(out, s), append(names, s.Name)
		}
	}
	return out, names
}

// tree prints spans below each other, with the names of those that repeat
// given once.
func tree(all []*span, parent []byte, indent string) string {
	var b strings.Builder
	var last string
	for _, s := range all {
		if !bytes.Equal(s.ParentSpanId, parent) {
			continue
		}
		line := indent + s.Name
		for _, key := range []string{
			"http.route", "http.response.status_code", "storyreel.job", "storyreel.outcome", "storyreel.end",
			"storyreel.files",
		} {
			if v := s.attrs[key]; v != "" {
				line += " " + v
			}
		}
		below := tree(all, s.SpanId, indent+"  ")
		if line != last || below != "" {
			b.WriteString(line + "\n" + below)
		}
		last = line
	}
	return b.String()
}

// traced runs a story from begin to publication with traces, and returns them
// with everything that must not be in them.
func traced(t *testing.T) (r *receiver, id string, private []string) {
	t.Helper()
	e, _, _ := external(t)
	r = newReceiver(t)
	e.vars = append(e.vars, "OTEL_EXPORTER_OTLP_ENDPOINT="+r.URL, "OTEL_EXPORTER_OTLP_HEADERS=x-tenant=storyreel",
		"STORYREEL_SWEEP_EVERY=10m") // so that no sweep announces first
	serve := e.up("serve")
	work := e.start("work")
	private = []string{
		"Zo\u00eb Quist", "zoe.quist@mail.example", "roof that summer", "Heroes", "David Bowie", "X-Amz-",
	}
	st, err := e.submit(clips.Get(t, "no-audio"), "in_review", "--name", private[0], "--email", private[1],
		"--title", private[2])
	require.NoError(t, err)
	e.decide(st.ID, "approve")
	e.await(st.ID, "published")
	e.awaitAttempts(st.ID, "prepare done", "publish done")
	e.feed()
	work.stop(syscall.SIGINT)
	serve.stop(syscall.SIGINT)
	return r, st.ID, append(private, st.token, e.key("moderator"), e.key("admin"), "moderator@e2e.example")
}

// TestTraces_ShowAStoryFromBeginToPublication in one trace, found by the
// story's id alone, and nothing that somebody wrote.
func TestTraces_ShowAStoryFromBeginToPublication(t *testing.T) {
	t.Parallel()
	r, id, private := traced(t)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range private {
		require.NotEmpty(t, p)
		require.NotContains(t, r.raw.String(), p)
	}
	documented, err := os.ReadFile("../docs/operate/traces.md")
	require.NoError(t, err)
	for _, s := range r.spans {
		for key := range s.attrs {
			require.Contains(t, string(documented), "`"+key+"`", s.Name)
		}
	}
	trace := telemetry.TraceOf(id)
	slices.SortFunc(r.spans, func(a, b *span) int { return int(a.StartTimeUnixNano) - int(b.StartTimeUnixNano) })
	var mine []*span
	for _, s := range r.spans {
		if bytes.Equal(s.TraceId, trace[:]) {
			mine = append(mine, s)
			require.Equal(t, id, s.attrs["storyreel.story_id"], s.Name)
		}
	}
	shape := tree(mine, nil, "")
	t.Log("trace " + hex.EncodeToString(trace[:]) + "\n" + shape)
	require.Equal(t, len(mine), len(flat(mine, nil)), "every span is below a root of the trace")

	roots, _ := of(mine, "", "")
	roots = slices.DeleteFunc(roots, func(s *span) bool { return len(s.ParentSpanId) > 0 })
	var names []string
	for _, s := range roots {
		names = append(names, s.Name)
	}
	require.Subset(t, names, []string{"story begun", "complete-upload", "decide"})
	require.Equal(t, "story begun", names[0])
	checkBegin(t, r.spans, roots[0], id)
	for job, cause := range map[string]string{"job prepare": "complete-upload", "job publish": "decide"} {
		checkJob(t, mine, job, cause)
	}
}

// flat is every span that is below the parent.
func flat(all []*span, parent []byte) (out []*span) {
	for _, s := range all {
		if bytes.Equal(s.ParentSpanId, parent) {
			out = append(append(out, s), flat(all, s.SpanId)...)
		}
	}
	return out
}

// checkBegin: the request that began the story has a trace of its own, and
// both lead to each other.
func checkBegin(t *testing.T, all []*span, begun *span, id string) {
	t.Helper()
	require.Len(t, begun.Links, 1)
	i := slices.IndexFunc(all, func(s *span) bool { return bytes.Equal(s.SpanId, begun.Links[0].SpanId) })
	require.GreaterOrEqual(t, i, 0)
	request := all[i]
	require.Equal(t, "begin-story", request.Name)
	require.Equal(t, "storyreel-api", request.service)
	require.Equal(t, id, request.attrs["storyreel.story_id"])
	require.Equal(t, "/v1/campaigns/{campaign}/stories", request.attrs["http.route"])
	require.Equal(t, "201", request.attrs["http.response.status_code"])
	require.Equal(t, begun.SpanId, request.Links[0].SpanId)
	require.Equal(t, begun.StartTimeUnixNano, request.StartTimeUnixNano)
	_, names := of(flat(all, request.SpanId), "storyreel.pool", "write")
	require.Contains(t, names, "INSERT stories")
	_, names = of(flat(all, request.SpanId), "storyreel.limit", "begin")
	require.Equal(t, []string{"Redis count"}, names)
}

// checkJob: the job is below the announcement that is below the request, and
// has its calls of storage, statements and runs below it.
func checkJob(t *testing.T, mine []*span, name, cause string) {
	t.Helper()
	i := slices.IndexFunc(mine, func(s *span) bool { return s.Name == name && s.attrs["storyreel.outcome"] == "done" })
	require.GreaterOrEqual(t, i, 0, name)
	job := mine[i]
	require.Equal(t, "storyreel-worker", job.service)
	parent := func(s *span) *span {
		i := slices.IndexFunc(mine, func(p *span) bool { return bytes.Equal(p.SpanId, s.ParentSpanId) })
		require.GreaterOrEqual(t, i, 0, s.Name)
		return mine[i]
	}
	announced := parent(job)
	require.Equal(t, "announce "+strings.TrimPrefix(name, "job "), announced.Name)
	request := announced
	for len(request.ParentSpanId) > 0 {
		request = parent(request)
	}
	require.Equal(t, cause, request.Name)
	below := flat(mine, job.SpanId)
	for key, value := range map[string]string{
		"rpc.method": "GetObject", "db.operation.name": "UPDATE", "process.executable.name": "ffmpeg",
	} {
		found, _ := of(below, key, value)
		require.NotEmpty(t, found, "%s has no %s", name, value)
	}
	_, names := of(below, "storyreel.pool", "write")
	require.Contains(t, names, "UPDATE stories")
	runs, _ := of(below, "process.executable.name", "ffmpeg")
	for _, s := range runs {
		require.Equal(t, "done", s.attrs["storyreel.end"], s.Name)
		require.Equal(t, "0", s.attrs["process.exit.code"], s.Name)
		require.NotEmpty(t, s.attrs["storyreel.cpu_seconds"], s.Name)
		require.NotEmpty(t, s.attrs["storyreel.step"], s.Name)
	}
}
