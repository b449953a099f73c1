package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/api/front"
	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

// failPrepare plays a worker that finds the file unusable.
func (e *env) failPrepare(id string, attempt int) {
	e.t.Helper()
	j := story.Job{Kind: story.Prepare, Story: id, Attempt: attempt}
	_, err := e.attempts.Start(ctx, j)
	require.NoError(e.t, err)
	_, err = e.attempts.Fail(ctx, j, errSignIn) // any permanent fault
	require.NoError(e.t, err)
}

func TestLimits_ReplacementsCountLikeBegins(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{intake: intake.Options{BeginsPerHour: 3, BytesPerHour: 1 << 30}})
	b := e.uploaded()
	for attempt := range 2 {
		e.failPrepare(b.Story.ID, attempt+1)
		var again begunStory
		e.want(201, "POST", "/v1/stories/"+b.Story.ID+"/upload", b.Token,
			map[string]any{"file": map[string]any{"bytes": 5}}).into(t, &again)
		require.Equal(t, 200, put(t, again.Upload.Requests[0], []byte("bytes")))
		e.want(200, "POST", "/v1/stories/"+b.Story.ID+"/upload/complete", b.Token, nil)
	}
	e.failPrepare(b.Story.ID, 3)
	a := e.want(429, "POST", "/v1/stories/"+b.Story.ID+"/upload", b.Token,
		map[string]any{"file": map[string]any{"bytes": 5}})
	require.Equal(t, "rate_limited", a.code(t))
	require.NotEmpty(t, a.header.Get("Retry-After"))
	e.want(429, "POST", "/v1/campaigns/"+e.slug+"/stories", "", beginBody(5))
	require.Equal(t, "failed", e.state(b.Story.ID))
}

func TestLimits_BytesOfReplacementsCount(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{intake: intake.Options{BeginsPerHour: 100, BytesPerHour: 1000}})
	b := e.uploaded()
	e.failPrepare(b.Story.ID, 1)
	replace := func(bytes int) int {
		return e.do("POST", "/v1/stories/"+b.Story.ID+"/upload", b.Token,
			map[string]any{"file": map[string]any{"bytes": bytes}}).status
	}
	require.Equal(t, 429, replace(996))
	require.Equal(t, 201, replace(995))
}

func TestLimits_RefusedBeginsUseUpNothing(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{intake: intake.Options{BeginsPerHour: 2, BytesPerHour: 3 << 30}})
	path := "/v1/campaigns/" + e.slug + "/stories"
	for range 5 {
		e.want(413, "POST", path, "", beginBody(2<<30+1))
		e.want(422, "POST", path, "", patch(beginBody(1<<30), false, "release", "agreed"))
		e.want(404, "POST", "/v1/campaigns/none/stories", "", beginBody(1<<30))
	}
	e.want(201, "POST", path, "", beginBody(5))
	e.want(201, "POST", path, "", beginBody(5))
	require.Equal(t, "rate_limited", e.want(429, "POST", path, "", beginBody(5)).code(t))
}

func TestLimits_RefusedBeginsAreBoundedToo(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{intake: intake.Options{BeginsPerHour: 1, BytesPerHour: 1 << 30}})
	path := "/v1/campaigns/" + e.slug + "/stories"
	for range 10 {
		e.want(413, "POST", path, "", beginBody(2<<30+1))
	}
	e.want(429, "POST", path, "", beginBody(2<<30+1))
}

func TestLimits_AddressesBehindAProxyHaveTheirOwn(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{
		intake: intake.Options{BeginsPerHour: 1}, front: front.Options{Proxies: []string{"127.0.0.1"}},
	})
	begin := func(from string) int {
		return e.do("POST", "/v1/campaigns/"+e.slug+"/stories", "", beginBody(5), "X-Forwarded-For", from).status
	}
	require.Equal(t, 201, begin("203.0.113.10:4444"))
	require.Equal(t, 201, begin("[2001:db8:1:2::3]:4444"))
	require.Equal(t, 429, begin("203.0.113.10:5555"))
	require.Equal(t, 429, begin("198.51.100.1, 203.0.113.10"))
	require.Equal(t, 429, begin("2001:db8:1:2:ffff::4"))
	require.Equal(t, 201, begin("2001:db8:1:3::3"))
}

func TestLimits_SignInsAndSearchesOfOneAddress(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for range signIns.Max {
		e.want(401, "POST", "/v1/sessions", "", map[string]any{"link": "none"})
	}
	a := e.want(429, "POST", "/v1/sessions", "", map[string]any{"link": "none"})
	require.Equal(t, "rate_limited", a.code(t))
	for range searchesPerMinute {
		e.want(200, "GET", "/v1/songs?q=her", "", nil)
	}
	require.Equal(t, "rate_limited", e.want(429, "GET", "/v1/songs?q=her", "", nil).code(t))
}

// TestLimits_PlaysOfOneAddress: reports of plays are taken from the campaign's
// websites, whether or not there is such a story.
func TestLimits_PlaysOfOneAddress(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	path := "/v1/campaigns/" + e.slug + "/feed/" + id.New() + "/plays"
	e.want(403, "POST", path, "", nil, "Origin", "https://other.example")
	for range playsPerMinute {
		e.want(204, "POST", path, "", nil, "Origin", "https://brand.example")
	}
	require.Equal(t, "rate_limited", e.want(429, "POST", path, "", nil).code(t))
}

func TestLimits_ListsAreBounded(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for path, item := range e.api.huma.OpenAPI().Paths {
		if item.Get == nil {
			continue
		}
		for _, p := range item.Get.Parameters {
			if p.Name != "limit" {
				continue
			}
			require.NotNil(t, p.Schema.Maximum, path)
			require.LessOrEqual(t, *p.Schema.Maximum, 500.0, path)
			path := strings.ReplaceAll(path, "{campaign}", e.slug) + fmt.Sprintf("?limit=%.0f", *p.Schema.Maximum+1)
			require.Equal(t, "invalid", e.want(422, "GET", path, e.keys[account.Admin], nil).code(t), path)
		}
	}
}

func TestBodies_ProblemsOfTheFrontAreProblems(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	path := "/v1/campaigns/" + e.slug + "/stories"
	a := e.want(413, "POST", path, "", strings.Repeat("x", 300_000), "Origin", "https://brand.example")
	require.Equal(t, "body_too_large", a.code(t))
	require.Contains(t, string(a.body), "urn:storyreel:request:")
	require.Equal(t, "https://brand.example", a.header.Get("Access-Control-Allow-Origin"), "the brand's page reads it")
	require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
	require.Equal(t, "media_type", e.want(415, "POST", path, "", beginBody(5), "Content-Type", "text/plain").code(t))
	require.Equal(t, "malformed", e.want(400, "GET", "/v1/feed/%00", "", nil).code(t))
	for _, query := range []string{
		"?song=%zz", "?song=%", "?a=1;song=x", "?limit=5&song=%c3%28", "?%zz", "?song=%u00e9",
	} {
		feed := "/v1/campaigns/" + e.slug + "/feed" + query
		require.Equal(t, "malformed", e.want(400, "GET", feed, "", nil).code(t), query)
	}
	e.want(200, "GET", "/c/"+e.slug+"?utm_campaign=50%", "", nil)
}

// stream opens the events of a story and returns what it answers with.
func (e *env) stream(id string, headers ...string) *http.Response {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), "GET", e.url+"/v1/stories/"+id+"/events", nil)
	require.NoError(e.t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(e.t, err)
	e.t.Cleanup(func() { _ = resp.Body.Close() }) // some are closed by the test
	return resp
}

func refused(t *testing.T, resp *http.Response, status int, code string) {
	t.Helper()
	require.Equal(t, status, resp.StatusCode)
	require.NotEmpty(t, resp.Header.Get("Retry-After"))
	var p Problem
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&p))
	require.Equal(t, code, p.Code)
}

func TestStreams_AreBoundedPerTokenAddressAndProcess(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, settings{streams: StreamQuota{PerAddress: streamsPerToken + 1, Total: streamsPerToken + 2},
		front: front.Options{Proxies: []string{"127.0.0.1"}}})
	one, two := e.begin(5), e.begin(5)
	bearer := func(b begunStory) []string { return []string{"Authorization", "Bearer " + b.Token} }
	var open []*http.Response
	for range streamsPerToken {
		resp := e.stream(one.Story.ID, bearer(one)...)
		require.Equal(t, 200, resp.StatusCode)
		open = append(open, resp)
	}
	refused(t, e.stream(one.Story.ID, bearer(one)...), 429, "events.too_many")
	require.Equal(t, 200, e.stream(two.Story.ID, bearer(two)...).StatusCode)
	refused(t, e.stream(two.Story.ID, bearer(two)...), 429, "events.too_many")
	elsewhere := append(bearer(two), "X-Forwarded-For", "192.0.2.1")
	require.Equal(t, 200, e.stream(two.Story.ID, elsewhere...).StatusCode)
	refused(t, e.stream(two.Story.ID, elsewhere...), 503, "events.full")

	require.NoError(t, open[0].Body.Close())
	testkit.Eventually(t, 30*time.Second, func() bool {
		return e.stream(one.Story.ID, bearer(one)...).StatusCode == 200
	})
}

func TestStreams_EndWithTheSessionOrKey(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.inReview()
	in := e.want(201, "POST", "/v1/sessions", "",
		map[string]any{"email": "moderator@example.com", "password": "correct horse battery"})
	cookie, _, _ := strings.Cut(in.header.Get("Set-Cookie"), ";")
	var key struct{ ID, Key string }
	e.want(201, "POST", "/v1/admin/keys", e.keys[account.Admin], map[string]any{"role": "moderator", "name": "x"}).
		into(t, &key)
	signedIn := e.stream(b.Story.ID, "Cookie", cookie)
	withKey := e.stream(b.Story.ID, "authorization", "bearer "+key.Key)
	for _, resp := range []*http.Response{signedIn, withKey} {
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, "no", resp.Header.Get("X-Accel-Buffering"))
		line, err := bufio.NewReaderSize(resp.Body, 16).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "event: story\n", line)
	}
	e.want(204, "DELETE", "/v1/sessions/me", "", nil, "Cookie", cookie)
	e.want(204, "DELETE", "/v1/admin/keys/"+key.ID, e.keys[account.Admin], nil)
	e.want(200, "DELETE", "/v1/stories/"+b.Story.ID, b.Token, nil)
	for _, resp := range []*http.Response{signedIn, withKey} {
		rest, err := io.ReadAll(resp.Body) // returns when the service ends the stream
		require.NoError(t, err)
		require.NotContains(t, string(rest), "withdrawn", "nothing is sent of what happens afterwards")
		require.NotContains(t, string(rest), "erased")
	}
}

func TestNumbers_ThatOverflowAreRefused(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	path := "/v1/campaigns/" + e.slug
	cut := func(from, to any) any { return map[string]any{"from_ms": from, "to_ms": to} }
	begin := func(value any, at ...string) answer {
		body := beginBody(5)
		body["cut"] = nil
		return e.do("POST", path+"/stories", "", patch(body, value, at...))
	}
	const wraps = 18446744073710 // milliseconds that are 0.4 s in nanoseconds of 64 bits
	for name, a := range map[string]answer{
		"cut":           begin(cut(wraps, wraps+1000), "cut"),
		"cut to":        begin(cut(0, uint64(wraps+4000)), "cut"),
		"cut of 2^63":   begin(cut(0, json.Number("9223372036854775808")), "cut"),
		"cut of 1e30":   begin(cut(0, json.Number("1e30")), "cut"),
		"bytes of 2^63": begin(json.Number("9223372036854775808"), "file", "bytes"),
		"version":       begin(json.Number("9223372036854775808"), "release", "version"),
		"search from":   e.do("GET", path+"/search?min_duration_ms=18446744073710", e.keys[account.Creative], nil),
		"search to":     e.do("GET", path+"/search?max_duration_ms=9223372036854775", e.keys[account.Creative], nil),
		"hours":         e.do("GET", "/v1/review/report?hours=2562048", e.keys[account.Moderator], nil),
		"limit":         e.do("GET", path+"/feed?limit=18446744073709551617", "", nil),
		"campaign limit": e.do("PUT", path, e.keys[account.Admin], map[string]any{"limits": map[string]any{
			"max_bytes": 1 << 20, "min_duration_ms": wraps, "max_duration_ms": wraps + 2000, "min_age": 18,
		}}),
		"slot": e.do("PUT", path+"/selection/ad-1", e.keys[account.Creative],
			map[string]any{"story": e.published().Story.ID, "from_ms": wraps, "to_ms": wraps + 2000}),
	} {
		require.Contains(t, []int{400, 422}, a.status, "%s: %s", name, a.body)
		for _, leak := range []string{"Go ", "unmarshal", "strconv", "922337", "184467", "1e30", "fileInput"} {
			require.NotContains(t, string(a.body), leak, name)
		}
	}
}

func TestErrors_NameNoTypesAndRepeatNoValues(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	send := func(method, path, body string, headers ...string) answer {
		req, err := http.NewRequestWithContext(ctx, method, e.url+path, strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+e.keys[account.Admin])
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return answer{resp.StatusCode, resp.Header, b}
	}
	campaign := "/v1/campaigns/" + e.slug
	for name, a := range map[string]answer{
		"a number where text is due": send("POST", campaign+"/stories", `{"contributor":{"name":12345678}}`),
		"text where a number is due": send("POST", campaign+"/stories", `{"file":{"bytes":"SECRET-VALUE"}}`),
		"a large number":             send("POST", campaign+"/stories", `{"file":{"bytes":12345678901234567890}}`),
		"no JSON":                    send("POST", campaign+"/stories", `{"SECRET-VALUE`),
		"no JSON value":              send("POST", campaign+"/stories", `{"title":SECRET-VALUE}`),
		"a list":                     send("POST", campaign+"/stories", `["SECRET-VALUE"]`),
		"no time":                    send("PUT", campaign, `{"opens_at":"SECRET-VALUE"}`),
		"a time out of range":        send("PUT", campaign, `{"opens_at":"2026-02-31T12:34:56.12345678Z"}`),
		"no e-mail address":          send("POST", "/v1/admin/users", `{"email":"SECRET-VALUE","roles":["admin"]}`),
		"no origin":                  send("PUT", campaign, `{"origins":["SECRET-VALUE"]}`),
		"no country":                 send("PUT", campaign, `{"countries":["SECRET-VALUE"]}`),
		"no number in a query":       send("GET", campaign+"/feed?limit=SECRET-VALUE", ""),
		"no cursor":                  send("GET", campaign+"/feed?cursor=SECRET-VALUE", ""),
		"no choice":                  send("GET", campaign+"/search?sort=SECRET-VALUE", ""),
	} {
		require.Contains(t, []int{400, 422}, a.status, "%s: %s", name, a.body)
		require.NotEmpty(t, a.code(t))
		for _, leak := range []string{
			"SECRET-VALUE", "12345678", "Go ", "unmarshal", "strconv", "parsing", "json:", "struct", "fileInput",
		} {
			require.NotContains(t, string(a.body), leak, name)
		}
	}
}
