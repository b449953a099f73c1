package api

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/api/front"
	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/testkit"
)

// oddTexts are put into every place of a request that takes text.
var oddTexts = []string{
	"\x00", "a\x00b", "\xff", "\xc3\x28", "\ufffd\u202e\u200b", strings.Repeat("é", 5000), "' OR 1=1 --", "%", "..",
	"/",
	"-1", "9223372036854775808", "18446744073710", "1e400", "NaN", "null", "2026-02-31",
	"9999-12-31T23:59:59Z", "🎬",
}

// oddCursors are places in lists that no list gave out.
var oddCursors = []string{
	`{"t":"0001-01-01T00:00:00Z","i":"a\u0000"}`, `{"t":"9999-12-31T23:59:59Z","i":"\ud800"}`, "{\"i\":\"\xff\"}",
	`{"t":"-0001-01-01T00:00:00Z"}`, `{"o":-1}`, `{"o":9223372036854775807}`, `{"o":1e400}`, `null`, `[]`, `7`, `{}`,
	`{"t":"2026-01-01T00:00:00Z","i":"' OR 1=1"}`,
}

// oddJSON are put into the place of every value of a body.
var oddJSON = []string{
	`null`, `true`, `-1`, `1.5`, `1e400`, `9223372036854775807`, `9223372036854775808`, `18446744073710`, `[]`,
	`[null]`, `{}`, `""`, `"\u0000"`, `"\ud800"`, "\"\xff\"", `"a\u0000b"`, `"\u202e\u200b"`, `"9999-12-31T23:59:59Z"`,
	`"0000-01-01T00:00:00Z"`, `"` + strings.Repeat("é", 5000) + `"`,
}

// fuzzer sends requests that the OpenAPI document describes, each with one
// odd value.
type fuzzer struct {
	*env
	story  begunStory
	doomed begunStory // the one that is withdrawn
	sent   *atomic.Int64
}

// TestRequests_OddValuesNeverFailInside holds every operation of the document
// on PostgreSQL, which takes less text than SQLite: whatever a caller sends is
// the caller's mistake, never ours.
func TestRequests_OddValuesNeverFailInside(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{
		database: testkit.PostgresURL(t), intake: intake.Options{
			BeginsPerHour: 1 << 20, BytesPerHour: 1 << 50, LinkHosts: []string{"*"},
		},
		front: front.Options{Proxies: []string{"127.0.0.1"}}, pages: builtPages(),
	})
	f := &fuzzer{env: e, story: e.published(), doomed: e.begin(5), sent: new(atomic.Int64)}
	paths := e.api.huma.OpenAPI().Paths
	operations := 0
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := paths[path]
		for method, op := range map[string]*huma.Operation{
			"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete,
		} {
			if op == nil || strings.HasSuffix(path, "/events") {
				continue
			}
			operations++
			t.Run(method+" "+path, func(t *testing.T) {
				t.Parallel()
				f.operation(t, method, path, op)
			})
		}
	}
	require.Greater(t, operations, 50)
	for _, path := range []string{"/v/", "/c/", "/s/", "/assets/", "/oembed?url=http://stories.test/v/", "/none/"} {
		for _, odd := range oddTexts {
			f.send(t, "GET", path+url.PathEscape(odd), "", nil)
		}
	}
}

// operation varies every parameter, header and value of the body.
func (f *fuzzer) operation(t *testing.T, method, path string, op *huma.Operation) {
	var body []byte
	if op.RequestBody != nil {
		body = f.example(op.RequestBody.Content["application/json"].Schema)
	}
	if method == http.MethodDelete && path == "/v1/stories/{id}" { // the others need theirs
		f = &fuzzer{env: f.env, story: f.doomed, sent: f.sent}
	}
	plain := f.fill(path, "", "")
	bearer := f.bearer(op)
	f.send(t, method, plain, bearer, body)
	for _, p := range op.Parameters {
		values := oddTexts
		if p.Name == "cursor" {
			for _, c := range oddCursors {
				values = append(slices.Clone(values), base64.RawURLEncoding.EncodeToString([]byte(c)))
			}
		}
		for _, odd := range values {
			switch p.In {
			case "path":
				f.send(t, method, f.fill(path, p.Name, odd), bearer, body)
			case "query":
				f.send(t, method, plain+"?"+url.Values{p.Name: {odd}}.Encode(), bearer, body)
			case "header", "cookie":
				f.send(t, method, plain, bearer, body, p.Name, odd)
			}
		}
	}
	for _, header := range []string{"Authorization", "Content-Type", "Origin", "Accept", "Cookie"} {
		f.send(t, method, plain, bearer, body, header, "Bearer \xff"+sessionCookie+"=\xff")
	}
	var parsed any
	if body == nil || json.Unmarshal(body, &parsed) != nil {
		return
	}
	for _, odd := range oddJSON {
		for _, changed := range replaced(parsed, odd) {
			f.send(t, method, plain, bearer, changed)
		}
	}
}

// bearer is the token of somebody who may call the operation.
func (f *fuzzer) bearer(op *huma.Operation) string {
	who, _ := allowedOf(op)
	if slices.Contains(who, account.Contributor) && !slices.Contains(who, account.Admin) {
		return f.story.Token
	}
	return f.keys[account.Admin]
}

// fill puts what exists into the path, and value into the parameter of the name.
func (f *fuzzer) fill(path, name, value string) string {
	for parameter, known := range map[string]string{
		"campaign": f.slug, "id": f.story.Story.ID, "slot": "ad-1", "locale": "en", "key": f.story.Story.ID,
		"search": f.story.Story.ID, "user": f.story.Story.ID,
	} {
		if parameter == name {
			known = value
		}
		path = strings.ReplaceAll(path, "{"+parameter+"}", url.PathEscape(known))
	}
	return path
}

// send sends a request from an address of its own and holds its answer.
func (f *fuzzer) send(t *testing.T, method, path, bearer string, body []byte, headers ...string) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, f.url+path, strings.NewReader(string(body)))
	if err != nil {
		return // net/url refuses it, so a router never sees it
	}
	n := f.sent.Add(1)
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255))
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := plainTransport.RoundTrip(req)
	if err != nil {
		if strings.Contains(err.Error(), "invalid header field") {
			return // net/http sends no NUL, and takes none
		}
		t.Errorf("%s %q: %v", method, path, err)
		return
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Errorf("%s %q: %v", method, path, err)
	}
	if resp.StatusCode >= 500 {
		t.Errorf("%s %q %q %.200q: %d %s", method, path, headers, body, resp.StatusCode, text)
	}
	if resp.StatusCode >= 400 && !json.Valid(text) && method != "HEAD" && strings.HasPrefix(path, "/v1/") {
		t.Errorf("%s %q: %d without a problem: %.200q", method, path, resp.StatusCode, text)
	}
}

// example is a body that fits the schema, more or less.
func (f *fuzzer) example(s *huma.Schema) []byte {
	b, err := json.Marshal(f.value(s))
	if err != nil {
		panic(err) // maps, lists and plain values
	}
	return b
}

// fitting are values of properties that must be more than of their type.
var fitting = map[string]any{
	"max_bytes": 1 << 20, "min_duration_ms": 1000, "max_duration_ms": 60_000, "min_age": 18, "to_ms": 15_000,
	"from_ms": 0, "reason": "quality",
	"locale": "en", "country": "DE", "countries": []any{"DE"}, "origins": []any{"https://x.example"}, "opens_at": nil,
	"email": "zoe@example.com", "content_type": "video/mp4", "sha256": "", "isrc": "GBAYE7700123", "cover": "",
	"link": "https://open.spotify.com/1", "vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n", "hashtag": "song",
	"answers": map[string]any{}, "questions": []any{}, "ad_slots": []any{"ad-1", "ad-2"}, "roles": []any{"moderator"},
	"password": "correct horse battery staple", "closes_at": nil, "version": 1, "bytes": 5, "query": "q=roof",
}

func (f *fuzzer) value(s *huma.Schema) any {
	if s.Ref != "" {
		s = f.api.huma.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type == huma.TypeObject:
		out := map[string]any{}
		for name, property := range s.Properties {
			known, fits := fitting[name]
			switch {
			case name == "story" || name == "id":
				out[name] = f.story.Story.ID
			case name == "campaign":
				out[name] = f.slug
			case fits && known != nil:
				out[name] = known
			case !fits:
				out[name] = f.value(property)
			}
		}
		return out
	case s.Type == huma.TypeArray:
		return []any{f.value(s.Items)}
	case s.Type == huma.TypeInteger, s.Type == huma.TypeNumber:
		return 1
	case s.Type == huma.TypeBoolean:
		return true
	case s.Format == "date-time":
		return "2026-01-01T00:00:00Z"
	}
	length := 3
	if s.MinLength != nil {
		length = max(length, *s.MinLength)
	}
	return strings.Repeat("a", length)
}

// replaced returns copies of the body, each with one value replaced.
func replaced(body any, odd string) [][]byte {
	const mark = `"THE ODD VALUE"`
	var out [][]byte
	var walk func(at any, put func(any))
	walk = func(at any, put func(any)) {
		put(json.RawMessage(mark))
		if b, err := json.Marshal(body); err == nil {
			out = append(out, []byte(strings.Replace(string(b), mark, odd, 1)))
		}
		put(at)
		switch at := at.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(at)) {
				walk(at[name], func(v any) { at[name] = v })
			}
		case []any:
			for i := range at {
				walk(at[i], func(v any) { at[i] = v })
			}
		}
	}
	if fields, ok := body.(map[string]any); ok {
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			walk(fields[name], func(v any) { fields[name] = v })
		}
	}
	return append(out, []byte(odd))
}
