package website

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// installation is a database, a bucket, and a brand's website and a service
// that answer as a test wants.
type installation struct {
	*testkit.Env
	t       *testing.T
	site    *httptest.Server
	service *httptest.Server
	options Options

	html   string      // of the page; SERVICE stands for the service's address
	header http.Header // of the page
	answer func(w http.ResponseWriter, r *http.Request)
}

// healthy is an installation in which the website's page works.
func healthy(t *testing.T) *installation {
	t.Helper()
	i := &installation{
		t: t, Env: testkit.NewEnv(t), header: http.Header{}, answer: func(http.ResponseWriter, *http.Request) {},
		html: `<!doctype html><script type="module" crossorigin src="SERVICE/embed.js"></script>` +
			`<storyreel-upload campaign="song"></storyreel-upload><storyreel-feed campaign="song"></storyreel-feed>`,
	}
	i.site, i.service = httptest.NewServer(http.HandlerFunc(i.page)), httptest.NewServer(http.HandlerFunc(i.api))
	t.Cleanup(i.site.Close)
	t.Cleanup(i.service.Close)
	i.change(func(c *campaign.Campaign) { c.Origins = []string{i.site.URL} })
	s3 := testkit.BucketConfig(t)
	s3.Origins = []string{i.site.URL}
	b, err := storage.Open(t.Context(), s3)
	require.NoError(t, err)
	require.NoError(t, b.Setup(t.Context()))
	i.options = Options{
		Page: i.site.URL, Service: i.service.URL, Upload: b.UploadOrigin(), Media: b.PublicURL(""),
		Campaigns: i.Campaigns, Origins: campaign.NewOrigins(i.Campaigns), Now: i.Clock,
		SignUpload: func(ctx context.Context) (media.SignedRequest, error) {
			return b.SignPut(ctx, media.IncomingKey("doctor", "1"), 1, "video/mp4", strings.Repeat("A", 43)+"=",
				time.Minute)
		},
	}
	return i
}

func (i *installation) change(change func(*campaign.Campaign)) {
	i.t.Helper()
	_, err := i.Campaigns.Update(i.t.Context(), "song", change)
	require.NoError(i.t, err)
}

// page is the website.
func (i *installation) page(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/moved":
		http.Redirect(w, r, "/", http.StatusFound)
	case "/round":
		http.Redirect(w, r, "/round", http.StatusFound)
	case "/data":
		w.Header().Set("Content-Type", "application/json")
	case "/":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for name, values := range i.header {
			w.Header()[name] = values
		}
		fmt.Fprint(w, strings.ReplaceAll(i.html, "SERVICE", i.service.URL))
	default:
		http.NotFound(w, r)
	}
}

// api is the service; what a test's answer sets prevails.
func (i *installation) api(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key")
	if r.URL.Path == "/embed.js" {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	}
	i.answer(w, r)
}

// problems are the findings that are not in order, as a line each.
func problems(found []Finding) []string {
	out := []string{}
	for _, f := range found {
		switch {
		case !f.OK:
			out = append(out, "FAIL "+f.Name+": "+f.Detail+" → "+f.Fix)
		case f.Fix != "":
			out = append(out, "warn "+f.Name+": "+f.Detail+" → "+f.Fix)
		}
	}
	return out
}

// finds requires exactly these problems, each by words of its line in order.
func (i *installation) finds(want ...string) {
	i.t.Helper()
	requireProblems(i.t, problems(Check(i.t.Context(), i.options)), want)
}

func requireProblems(t *testing.T, got, want []string) {
	t.Helper()
	require.Len(t, got, len(want), strings.Join(got, "\n"))
	for n, line := range want {
		at := got[n]
		for _, part := range strings.Split(line, "…") {
			_, rest, ok := strings.Cut(at, part)
			require.True(t, ok, "%q is not in %q", part, got[n])
			at = rest
		}
	}
}

// spoilt is a healthy installation with something changed, and the problems
// that are then found.
type spoilt struct {
	change func(*installation)
	want   []string
}

func findEach(t *testing.T, cases map[string]spoilt) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := healthy(t)
			c.change(i)
			i.finds(c.want...)
		})
	}
}

func TestCheck_NothingIsWrongWithAHealthyPage(t *testing.T) {
	t.Parallel()
	i := healthy(t)
	i.finds()
	i.options.Page += "/moved"
	i.finds()
	i.header.Add("Content-Security-Policy",
		fmt.Sprintf("default-src 'none'; script-src %[1]s; connect-src %[1]s %[2]s; "+
			"img-src %[2]s; media-src %[2]s blob:; require-trusted-types-for 'script'; trusted-types 'none'",
			i.service.URL, i.options.Upload))
	i.finds()
}

func TestCheck_Pages(t *testing.T) {
	t.Parallel()
	findEach(t, map[string]spoilt{
		"missing": {func(i *installation) { i.options.Page += "/nope" }, []string{"FAIL page: …status 404"}},
		"no HTML": {func(i *installation) { i.options.Page += "/data" },
			[]string{"FAIL page: it is not HTML…json"}},
		"endless redirect": {func(i *installation) { i.options.Page += "/round" },
			[]string{"FAIL page: it redirects more than"}},
		"no address": {func(i *installation) { i.options.Page = "www.example.com" },
			[]string{"FAIL page: the address must"}},
		"other scheme": {func(i *installation) { i.options.Page = "file:///etc/passwd" },
			[]string{"FAIL page: the address must"}},
		"nobody there": {func(i *installation) { i.site.Close() }, []string{"FAIL page: "}},
		"too long": {func(i *installation) { i.html += strings.Repeat(" ", maxPage) },
			[]string{"warn page: …→ only its first 2 MiB"}},
		"elements after the bound": {func(i *installation) { i.html = strings.Repeat(" ", maxPage) + i.html },
			[]string{"warn page", "FAIL elements", "warn script"}},
	})
}

func TestCheck_ErrorsHoldNoPassword(t *testing.T) {
	t.Parallel()
	i := healthy(t)
	withPassword := strings.Replace(i.site.URL, "://", "://staging:hunter2@", 1)
	for _, path := range []string{"", "/nope", "/round", "/data"} {
		i.options.Page = withPassword + path
		require.NotContains(t, fmt.Sprint(Check(t.Context(), i.options)), "hunter2")
	}
	i.site.Close()
	require.NotContains(t, fmt.Sprint(Check(t.Context(), i.options)), "hunter2")
}

func TestCheck_Campaigns(t *testing.T) {
	t.Parallel()
	only := func(change func(*campaign.Campaign)) func(*installation) {
		return func(i *installation) { i.change(change) }
	}
	findEach(t, map[string]spoilt{
		"unlisted": {only(func(c *campaign.Campaign) { c.Origins = []string{"https://x.example"} }),
			[]string{"FAIL origin: song takes no…set song --origin https://x.example --origin http://127.0.0.1"}},
		"paused": {only(func(c *campaign.Campaign) { c.Standing = campaign.Paused }),
			[]string{"warn campaign song: …for the time being"}},
		"archived": {only(func(c *campaign.Campaign) { c.Standing = campaign.Archived }),
			[]string{"warn campaign song: …has ended"}},
		"not open yet": {func(i *installation) {
			i.change(func(c *campaign.Campaign) { c.OpensAt = i.Now.Add(time.Hour) })
		}, []string{"warn campaign song: …opens on"}},
		"feed only, unlisted and paused": {func(i *installation) {
			i.change(func(c *campaign.Campaign) { c.Origins, c.Standing = nil, campaign.Paused })
			i.html = `<script type=module src=SERVICE/embed.js></script><storyreel-feed campaign=song></storyreel-feed>`
		}, nil},
		"two campaigns": {func(i *installation) {
			i.NewCampaign("other")
			i.html += `<storyreel-upload campaign="other"></storyreel-upload>`
		}, []string{"FAIL origin: other takes no stories…set other --origin http://127.0.0.1"}},
		"another campaign's feed": {func(i *installation) {
			i.NewCampaign("other", func(c *campaign.Campaign) { c.Standing = campaign.Archived })
			i.html += `<storyreel-feed campaign="other"></storyreel-feed>`
		}, nil},
		"unknown": {func(i *installation) { i.html = strings.ReplaceAll(i.html, "song", "nope") },
			[]string{"FAIL campaign nope: there is no such"}},
		"by a script": {func(i *installation) {
			i.html, i.options.Campaign = `<script>import("SERVICE/embed.js")</script>`, "song"
		}, []string{"warn elements: neither…", "warn script: …not seen here"}},
		"by a script, unknown": {func(i *installation) { i.html, i.options.Campaign = "", "nope" },
			[]string{"warn elements", "warn script", "FAIL campaign nope"}},
	})
}

// without lets the service answer requests of the method without the header.
func without(header, method string) func(*installation) {
	return func(i *installation) {
		i.answer = func(w http.ResponseWriter, r *http.Request) {
			if r.Method == method {
				w.Header().Del(header)
			}
		}
	}
}

func TestCheck_ServiceAndStorage(t *testing.T) {
	t.Parallel()
	findEach(t, map[string]spoilt{
		"down": {func(i *installation) { i.service.Close() }, []string{"FAIL service: "}},
		"script unread": {without("Access-Control-Allow-Origin", "GET"),
			[]string{"FAIL service: …/embed.js…no Access-Control"}},
		"no script": {without("Content-Type", "GET"), []string{"FAIL service: …Content-Type"}},
		"calls refused": {without("Access-Control-Allow-Origin", "OPTIONS"),
			[]string{"FAIL service: the API takes no calls"}},
		"headers refused": {without("Access-Control-Allow-Headers", "OPTIONS"),
			[]string{"FAIL service: …authorization"}},
		"preflight failed": {func(i *installation) {
			i.answer = func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodOptions {
					w.WriteHeader(http.StatusMethodNotAllowed)
				}
			}
		}, []string{"FAIL service: …status 405"}},
		"preflight redirected": {func(i *installation) {
			i.answer = func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodOptions && r.URL.Path != "/moved" {
					http.Redirect(w, r, "/moved", http.StatusTemporaryRedirect)
				}
			}
		}, []string{"FAIL service: …status 307"}},
		"playlist unreadable": {func(i *installation) {
			i.answer = func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasSuffix(r.URL.Path, "/feed"):
					fmt.Fprintf(w, `{"items":[{"hls":"%s/list.m3u8"}]}`, i.service.URL)
				case r.URL.Path == "/list.m3u8":
					w.Header().Set("Access-Control-Allow-Origin",
						"https://first.example") // as caches do that ignore Vary
				}
			}
		}, []string{"warn media: …https://first.example"}},
		"upload refused": {func(i *installation) {
			sign := i.options.SignUpload
			i.options.SignUpload = func(ctx context.Context) (media.SignedRequest, error) {
				r, err := sign(ctx)
				r.URL = strings.Replace(r.URL, "/test-", "/other-", 1) // a bucket without rules
				return r, err
			}
		}, []string{"FAIL upload: …takes no uploads from…storyreel bucket"}},
	})
}

func TestCheck_APageOfAStrangerIsBoundedAndSteersNoTerminal(t *testing.T) {
	t.Parallel()
	i := healthy(t)
	i.html = strings.Repeat(`<storyreel-feed campaign="song"></storyreel-feed>`, maxElements-1) +
		"<storyreel-\x1b[2J\u202e a=" + strings.Repeat("x", 3*maxText) + "></storyreel-\x1b[2J\u202e>" +
		`<storyreel-feed campaign="other"></storyreel-feed>`
	found := Check(t.Context(), i.options)
	require.Contains(t, fmt.Sprint(found), "only the first 50 were looked at")
	require.Contains(t, fmt.Sprint(found), "there is no element")
	require.NotContains(t, fmt.Sprint(found), "other")
	for _, f := range found {
		require.False(t, strings.ContainsAny(f.Name+f.Detail+f.Fix, "\x1b\n\u202e"), f)
		require.LessOrEqual(t, len([]rune(f.Detail)), maxText)
	}
	i.html = strings.Repeat("<b>", maxPage/3)
	require.Contains(t, fmt.Sprint(problems(Check(t.Context(), i.options))), "FAIL")
}
