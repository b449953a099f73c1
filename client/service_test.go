package client_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/api"
	"github.com/storyreel/storyreel/client"
	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/limit"
	"github.com/storyreel/storyreel/internal/queue"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// startService is the API over a real database, bucket and Redis, with a
// campaign named songs. It returns its address.
func startService(t *testing.T) (string, *storage.Bucket, *story.Service) {
	t.Helper()
	clock := func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
	log := slog.New(slog.DiscardHandler)
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Migrate(t.Context())
	require.NoError(t, err)
	redis, err := queue.Redis(testkit.RedisURL(t))
	require.NoError(t, err)
	jobs := queue.NewClient(redis)
	t.Cleanup(func() { require.NoError(t, jobs.Close()) })
	limiter, err := limit.New(testkit.RedisURL(t), log)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, limiter.Close()) })
	bucket := testkit.Bucket(t)
	campaigns := campaign.NewService(db, clock)
	require.NoError(t, campaigns.Create(t.Context(), &campaign.Campaign{Slug: "songs", Title: "Songs"}))
	_, err = campaigns.AddReleaseForm(t.Context(), "songs",
		campaign.ReleaseForm{Text: "You may use my video in advertising for two years."})
	require.NoError(t, err)
	stories := story.NewService(db, jobs, clock, story.Options{}, log)
	h, err := api.New(api.Deps{
		Services: api.Services{
			Stories: stories, Intake: intake.NewService(db, stories, bucket, campaigns, limiter, clock,
				intake.Options{BeginsPerHour: 1000, BytesPerHour: 1 << 30}, log),
			Campaigns: campaigns, Accounts: account.NewService(db, clock, account.Options{}),
			Audit: audit.NewLog(db, clock, audit.Options{}, log),
		},
		Origins: campaign.NewOrigins(campaigns), Bucket: bucket, Limit: limiter,
		Addresses: api.Addresses{Pages: "http://stories.test"},
		Version:   "test", Now: clock, Log: log,
	})
	require.NoError(t, err)
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL, bucket, stories
}

// stopAfter is a transport that loses the connection for good after some
// requests to storage.
type stopAfter struct {
	puts int
	stop context.CancelFunc
}

// RoundTrip implements http.RoundTripper.
func (s *stopAfter) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPut {
		if s.puts--; s.puts < 0 {
			s.stop()
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestClient_SendsAndResumesAgainstTheRealService(t *testing.T) {
	t.Parallel()
	address, bucket, stories := startService(t)
	video := bytes.Repeat([]byte("storyreel"), 19<<20/9) // three parts
	ctx, stop := context.WithCancel(t.Context())
	c := client.New(address, client.Options{HTTP: &http.Client{Transport: &stopAfter{1, stop}}})
	found, err := c.Campaign(t.Context(), "songs")
	require.NoError(t, err)
	require.True(t, found.Open)
	s := submission(string(video))
	s.Release.Version, s.Cut = found.ReleaseForms[0].Version, client.CutBetween(time.Second, 9*time.Second)
	u, err := c.Begin(t.Context(), "songs", s)
	require.NoError(t, err)
	require.ErrorIs(t, c.Upload(ctx, u, bytes.NewReader(video), client.UploadOptions{Parallel: 1}), context.Canceled)
	st, err := c.Story(t.Context(), u.Ref)
	require.NoError(t, err)
	require.Equal(t, "awaiting_upload", st.State)

	c = client.New(address, client.Options{})
	again, err := c.Resume(t.Context(), u.Ref)
	require.NoError(t, err)
	first := int64(-1)
	require.NoError(t, c.Upload(t.Context(), again, bytes.NewReader(video),
		client.UploadOptions{Progress: func(sent, _ int64) {
			if first < 0 {
				first = sent
			}
		}}))
	require.EqualValues(t, 8<<20, first, "the part that had arrived is not sent again")
	st, err = c.Wait(t.Context(), u.Ref, "uploaded", nil)
	require.NoError(t, err)
	require.Equal(t, "uploaded", st.State)
	_, err = c.Resume(t.Context(), u.Ref)
	require.ErrorIs(t, err, client.ErrClosed)

	kept, err := stories.Get(t.Context(), u.Story)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "back")
	_, n, err := bucket.Fetch(t.Context(), kept.Upload.Key, kept.Upload.ETag, path)
	require.NoError(t, err)
	require.EqualValues(t, len(video), n)
}

func TestClient_ReportsTheServicesCodes(t *testing.T) {
	t.Parallel()
	address, _, _ := startService(t)
	c := client.New(address, client.Options{})
	for code, change := range map[string]func(*client.Submission){
		"release.required": func(s *client.Submission) { s.Release.Agreed = false },
		"release.outdated": func(s *client.Submission) { s.Release.Version = 9 },
		"empty_file":       func(s *client.Submission) { s.File.Bytes = 0 },
	} {
		t.Run(code, func(t *testing.T) {
			s := submission("bytes")
			s.Release.Version = 1
			change(&s)
			_, err := c.Begin(t.Context(), "songs", s)
			var e *client.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, code, e.Code)
		})
	}
}
