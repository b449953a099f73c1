package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/api/front"
	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/catalog"
	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/funnel"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/limit"
	"github.com/storyreel/storyreel/internal/mail"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/notice"
	"github.com/storyreel/storyreel/internal/queue"
	"github.com/storyreel/storyreel/internal/retention"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/webhook"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var ctx = context.Background()

// env is the API over a real database, bucket and Redis; only the workers'
// part is played by the test, through the same service.
type env struct {
	t        *testing.T
	url      string
	engine   *gin.Engine
	api      *server
	stories  *story.Service
	attempts *attempt.Service
	bucket   *storage.Bucket
	slug     string
	keys     map[account.Role]string
	users    map[account.Role]*account.User
	db       *store.Store
	file     string // of a SQLite database

	beginWith func(body map[string]any) // changes what begin sends; may be nil
	findings  media.Findings            // of stories that reach review
}

func clock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// settings are what a test may change of the service.
type settings struct {
	database string // address; empty: SQLite
	intake   intake.Options
	streams  StreamQuota
	front    front.Options
	accounts account.Options
	signIn   SignIn
	pages    fs.FS
	mail     bool // a mail server is set up
}

func newEnv(t *testing.T, change ...func(*campaign.Campaign)) *env {
	t.Helper()
	return newEnvWith(t, settings{intake: intake.Options{BeginsPerHour: 1000, BytesPerHour: 1 << 30}}, change...)
}

func newEnvWith(t *testing.T, set settings, change ...func(*campaign.Campaign)) *env {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	file := filepath.Join(t.TempDir(), "test.db")
	db, err := store.Open(ctx, cmp.Or(set.database, "sqlite:"+file))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Migrate(ctx)
	require.NoError(t, err)
	redisURL := testkit.RedisURL(t)
	redis, err := queue.Redis(redisURL)
	require.NoError(t, err)
	jobs := queue.NewClient(redis)
	t.Cleanup(func() { require.NoError(t, jobs.Close()) })
	limiter, err := limit.New(redisURL, log)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, limiter.Close()) })

	e := &env{
		t: t, db: db, file: file, bucket: testkit.Bucket(t), slug: "thatsongwhen", keys: map[account.Role]string{},
		users: map[account.Role]*account.User{},
	}
	campaigns := campaign.NewService(db, clock)
	set.accounts.Words = campaigns.Names
	accounts := account.NewService(db, clock, set.accounts)
	e.open(campaigns, change...)
	e.hire(accounts)
	e.stories = story.NewService(db, jobs, clock, story.Options{}, log)
	e.attempts = attempt.NewService(db, e.stories, jobs, clock, attempt.Options{})
	e.api, e.engine, err = build(Deps{
		Services: Services{
			Stories:  e.stories,
			Intake:   intake.NewService(db, e.stories, e.bucket, campaigns, limiter, clock, set.intake, log),
			Attempts: e.attempts, Captions: caption.NewService(db, e.stories, clock), Funnel: funnel.NewService(db),
			Retention: retention.NewService(db, e.stories, retention.Periods{}, clock),
			Campaigns: campaigns, Accounts: accounts, Audit: audit.NewLog(db, clock, audit.Options{}, log),
			Review: review.NewService(db, e.stories, campaigns, clock), Feed: feed.NewService(db, campaigns),
			Watched: feed.NewWatched(db, clock),
			Board:   board.NewService(db, campaigns, clock), Songs: catalog.Demo(),
			Webhooks: webhook.NewService(db, campaigns, clock, webhook.Options{}),
			Mails:    mail.NewService(db, campaigns, clock, set.mail),
			Notices:  notice.NewService(db, e.stories, limiter, clock, 0),
		},
		Origins: campaign.NewOrigins(campaigns), Bucket: e.bucket, Limit: limiter,
		Streams: set.streams, Front: set.front, Pages: set.pages, SignIn: set.signIn,
		Addresses: Addresses{Pages: "http://stories.test"},
		Monitoring: Monitoring{Work: func(context.Context) (Work, error) {
			return Work{[]QueueState{}, []WaitState{}}, nil
		}},
		Version: "test", Now: clock, Log: log,
	})
	require.NoError(t, err)
	srv := httptest.NewServer(e.api.handler)
	t.Cleanup(srv.Close)
	e.url = srv.URL
	return e
}

// open makes the campaign of the tests, which takes stories.
func (e *env) open(campaigns *campaign.Service, change ...func(*campaign.Campaign)) {
	e.t.Helper()
	c := &campaign.Campaign{Slug: e.slug, Title: "That song when", Origins: []string{"https://brand.example"}}
	for _, f := range change {
		f(c)
	}
	require.NoError(e.t, campaigns.Create(ctx, c))
	_, err := campaigns.AddReleaseForm(ctx, e.slug,
		campaign.ReleaseForm{Text: "You may use my video in advertising for two years."})
	require.NoError(e.t, err)
}

// hire makes a user of each role, with a key.
func (e *env) hire(accounts *account.Service) {
	e.t.Helper()
	for _, r := range account.StaffRoles() {
		u, err := accounts.CreateUser(ctx, string(r)+"@example.com", "", password, []account.Role{r})
		require.NoError(e.t, err)
		e.users[r] = u
		e.keys[r], _, err = accounts.CreateKey(ctx,
			account.NewKey{Name: "key of " + string(r), Role: r, Owner: u.ID})
		require.NoError(e.t, err)
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) into(t *testing.T, v any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(a.body, v), string(a.body))
}

// code returns the problem's code.
func (a answer) code(t *testing.T) string {
	t.Helper()
	var p Problem
	a.into(t, &p)
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
	require.Equal(t, a.status, p.Status)
	require.NotEmpty(t, p.Detail)
	return p.Code
}

// do sends a request; bearer may be empty, in may be nil.
func (e *env) do(method, path, bearer string, in any, headers ...string) answer {
	e.t.Helper()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		require.NoError(e.t, err)
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, e.url+path, body)
	require.NoError(e.t, err)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(e.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(e.t, err)
	if resp.Header.Get("Content-Type") == "application/problem+json" {
		require.Regexp(e.t, `"instance":"urn:storyreel:request:[0-9a-f]{16}"`, string(b))
	}
	return answer{resp.StatusCode, resp.Header, b}
}

// want sends a request that must be answered with the status.
func (e *env) want(status int, method, path, bearer string, in any, headers ...string) answer {
	e.t.Helper()
	a := e.do(method, path, bearer, in, headers...)
	require.Equal(e.t, status, a.status, "%s %s: %s", method, path, a.body)
	return a
}

// beginBody is a request that begins a story of n bytes.
func beginBody(n int64) map[string]any {
	return map[string]any{
		"contributor": map[string]any{"name": "Zoë", "email": "zoe@private.example", "country": "DE"},
		"title":       "That summer", "text": "We danced on the roof.",
		"song":    map[string]any{"title": "Heroes", "artist": "David Bowie"},
		"release": map[string]any{"version": 1, "agreed": true, "of_age": true, "others_agreed": true},
		"file":    map[string]any{"name": "clip.mp4", "bytes": n, "content_type": "video/mp4"},
	}
}

type begunStory struct {
	Story  storyView  `json:"story"`
	Token  string     `json:"token"`
	Upload uploadView `json:"upload"`
}

func (e *env) begin(n int64) begunStory {
	e.t.Helper()
	var b begunStory
	body := beginBody(n)
	if e.beginWith != nil {
		e.beginWith(body)
	}
	e.want(201, "POST", "/v1/campaigns/"+e.slug+"/stories", "", body).into(e.t, &b)
	return b
}

// put sends bytes as a presigned request asks.
func put(t *testing.T, r requestView, body []byte) int {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(body))
	require.NoError(t, err)
	for k, v := range r.Headers {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// uploaded is a story whose (tiny) file has arrived.
func (e *env) uploaded() begunStory {
	e.t.Helper()
	b := e.begin(5)
	require.Equal(e.t, 200, put(e.t, b.Upload.Requests[0], []byte("bytes")))
	e.want(200, "POST", "/v1/stories/"+b.Story.ID+"/upload/complete", b.Token, nil)
	return b
}

// inReview plays the worker's part of prepare.
func (e *env) inReview() begunStory {
	e.t.Helper()
	b := e.uploaded()
	j := story.Job{Kind: story.Prepare, Story: b.Story.ID, Attempt: 1}
	_, err := e.attempts.Start(ctx, j)
	require.NoError(e.t, err)
	require.NoError(e.t,
		e.attempts.Pin(ctx, j, story.Source{Key: media.SourceKey(j.Story, "u"), Bytes: 5, SHA256: "abc"}))
	m := media.Media{Duration: 20 * time.Second, Video: media.Video{Width: 1080, Height: 1920}}
	set := media.Assets{
		Prefix: media.ReviewPrefix(j.Story, 1), MP4: "review.mp4", Poster: "poster.jpg", Width: 480, Height: 854,
		Duration: 20 * time.Second,
	}
	_, err = e.attempts.Prepared(ctx, j, m, e.findings, set)
	require.NoError(e.t, err)
	return b
}

// published plays moderator and worker.
func (e *env) published() begunStory {
	e.t.Helper()
	b := e.inReview()
	e.want(200, "POST", "/v1/stories/"+b.Story.ID+"/decisions", e.keys[account.Moderator],
		map[string]any{"action": "approve"})
	j := story.Job{Kind: story.Publish, Story: b.Story.ID, Attempt: 2}
	_, err := e.attempts.Start(ctx, j)
	require.NoError(e.t, err)
	_, err = e.attempts.Published(ctx, j,
		media.Assets{
			Prefix: media.PublicPrefix(j.Story, 2), HLS: "master.m3u8", MP4: "story.mp4", Poster: "poster.jpg",
			Width: 1080, Height: 1920, Duration: 20 * time.Second,
		})
	require.NoError(e.t, err)
	return b
}

func (e *env) state(id string) string {
	e.t.Helper()
	st, err := e.stories.Get(ctx, id)
	require.NoError(e.t, err)
	return string(st.State)
}

func (e *env) feedIDs(query string) []string {
	e.t.Helper()
	var page struct{ Items []struct{ ID string } }
	e.want(200, "GET", "/v1/campaigns/"+e.slug+"/feed"+query, "", nil).into(e.t, &page)
	out := []string{}
	for _, it := range page.Items {
		out = append(out, it.ID)
	}
	return out
}

// patch returns the body with one field replaced, by path.
func patch(body map[string]any, value any, path ...string) map[string]any {
	at := body
	for _, p := range path[:len(path)-1] {
		next, ok := at[p].(map[string]any)
		if !ok {
			panic(fmt.Sprint("no ", path))
		}
		at = next
	}
	at[path[len(path)-1]] = value
	return body
}

// newKey makes one more member of staff, with a key.
func (e *env) newKey(role, name string) string {
	e.t.Helper()
	u, err := e.api.Accounts.CreateUser(ctx, strings.ToLower(name)+"@example.com", name, "",
		[]account.Role{account.Role(role)})
	require.NoError(e.t, err)
	secret, _, err := e.api.Accounts.CreateKey(ctx,
		account.NewKey{Name: "script", Role: account.Role(role), Owner: u.ID})
	require.NoError(e.t, err)
	return secret
}

// decide records a moderator's decision with the key.
func (e *env) decide(key, id string, decision map[string]any) {
	e.t.Helper()
	e.want(200, "POST", "/v1/stories/"+id+"/decisions", key, decision)
}
