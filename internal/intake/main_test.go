package intake_test

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/limit"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var owner = account.Actor{Role: account.Contributor}

// env is intake over a real bucket.
type env struct {
	*testkit.Env
	*intake.Service
	t      *testing.T
	bucket *storage.Bucket
	quota  *counters
	sent   map[intake.Stage]int64 // bytes
}

// counters are limits that never run out: what was counted, by rule.
type counters struct {
	mu      sync.Mutex
	counted map[string]int64
}

func (c *counters) add(sign int64, uses []limit.Use) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, u := range uses {
		c.counted[u.Rule.Name] += sign * u.N
	}
}

func (c *counters) Take(_ context.Context, _ string, uses ...limit.Use) error {
	c.add(1, uses)
	return nil
}

func (c *counters) Return(_ context.Context, _ string, uses ...limit.Use) { c.add(-1, uses) }

func newEnv(t *testing.T, change ...func(*campaign.Campaign)) *env {
	t.Helper()
	e := &env{Env: testkit.NewEnv(t, change...), t: t, bucket: testkit.Bucket(t)}
	e.quota, e.sent = &counters{counted: map[string]int64{}}, map[intake.Stage]int64{}
	e.Service = intake.NewService(e.DB, e.Stories, e.bucket, e.Campaigns, e.quota, e.Clock,
		intake.Options{Sent: func(stage intake.Stage, bytes int64) { e.sent[stage] += bytes }}, e.Log)
	return e
}

// request begins a story with a file of n bytes.
func request(n int64) intake.BeginRequest {
	return intake.BeginRequest{
		Campaign: "song", Contributor: story.Contributor{Name: "Zoë"},
		Song:      story.Song{Title: "Heroes", Artist: "David Bowie"},
		Agreement: intake.Agreement{Version: 1, Agreed: true, OfAge: true, OthersAgreed: true},
		File:      intake.File{Bytes: n, ContentType: "video/mp4"},
	}
}

func (e *env) begin(n int64) *intake.Begun {
	e.t.Helper()
	begun, err := e.Begin(e.t.Context(), request(n))
	require.NoError(e.t, err)
	return begun
}

// put sends n bytes as a presigned request asks.
func (e *env) put(r media.SignedRequest, n int64) {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), r.Method, r.URL, bytes.NewReader(make([]byte, n)))
	require.NoError(e.t, err)
	for k, v := range r.Headers {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(e.t, err)
	require.NoError(e.t, resp.Body.Close())
	require.Equal(e.t, http.StatusOK, resp.StatusCode)
}
