package worker

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/cdn"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

// cached is a story published behind a caching proxy that keeps media for a
// year, so that nothing expires during a test.
type cached struct {
	*testkit.Env
	t        *testing.T
	bucket   *storage.Bucket
	attempts *attempt.Service
	story    *story.Story
}

func newCached(t *testing.T) *cached {
	t.Helper()
	c := testkit.BucketConfig(t)
	c.MediaURL = testkit.Varnish(t, c.Endpoint) + "/" + c.Bucket
	c.PublicCache = "public, max-age=31536000"
	b, err := storage.Open(t.Context(), c)
	require.NoError(t, err)
	require.NoError(t, b.Setup(t.Context()))
	env := testkit.NewEnv(t)
	x := &cached{
		Env: env, t: t, bucket: b, story: env.Story(story.Published),
		attempts: attempt.NewService(env.DB, env.Stories, env, env.Clock, attempt.Options{}),
	}
	dir := t.TempDir()
	for _, name := range []string{"video.mp4", "master.m3u8", "poster.jpg"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600))
	}
	_, err = b.PutTree(t.Context(), x.story.Public.Prefix, dir, nil)
	require.NoError(t, err)
	for _, want := range []string{"miss", "hit"} {
		for _, address := range x.addresses() {
			status, cache := x.get(address)
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, want, cache)
		}
	}
	return x
}

func (x *cached) addresses() []string {
	var out []string
	for _, name := range []string{"video.mp4", "master.m3u8", "poster.jpg"} {
		out = append(out, x.bucket.PublicURL(x.story.Public.Prefix+name))
	}
	return out
}

func (x *cached) get(address string) (status int, cache string) {
	x.t.Helper()
	resp, err := http.Get(address)
	require.NoError(x.t, err)
	require.NoError(x.t, resp.Body.Close())
	return resp.StatusCode, resp.Header.Get("X-Cache")
}

// end makes the story leave the feed and runs the job that follows.
func (x *cached) end(event story.Event, by account.Role, c cdn.Config) error {
	x.t.Helper()
	_, err := x.Stories.Change(x.t.Context(), x.story.ID, func(st *story.Story) (*story.Entry, error) {
		return st.Apply(event, testkit.Actor(by, "Ana"), x.Now)
	})
	require.NoError(x.t, err)
	return x.run(c)
}

// run runs the remove job with a hook of this form.
func (x *cached) run(c cdn.Config) error {
	x.t.Helper()
	c.Media = x.bucket.PublicURL
	hook, err := cdn.NewHook(c)
	require.NoError(x.t, err)
	p := &Pipeline{attempts: x.attempts, bucket: x.bucket, opts: Options{
		Log: x.Log, Now: x.Clock, Removal: cdn.New(x.DB, x.bucket, hook, func(bool) {}, x.Clock, x.Log),
	}}
	st, err := x.DB.Story(x.t.Context(), x.story.ID)
	require.NoError(x.t, err)
	job := story.Job{Kind: story.Remove, Story: st.ID, Attempt: st.Attempt + 1}
	st, err = x.attempts.Start(x.t.Context(), job)
	require.NoError(x.t, err)
	if err := p.remove(x.t.Context(), &run{job: job, story: st}); err != nil {
		_, failed := x.attempts.Fail(x.t.Context(), job, err)
		require.NoError(x.t, failed)
		return err
	}
	return nil
}

// gone waits until no address is answered any more.
func (x *cached) gone() {
	x.t.Helper()
	for _, address := range x.addresses() {
		testkit.Eventually(x.t, time.Minute, func() bool {
			status, _ := x.get(address)
			return status == http.StatusForbidden || status == http.StatusNotFound
		})
	}
}

var purgeEach = cdn.Config{URLs: "{url}", Method: "PURGE"}

func TestRemove_PurgesACachingProxy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		event story.Event
		by    account.Role
		state story.State
	}{
		"withdrawn": {story.EventWithdrawn, account.Contributor, story.Erased},
		"hidden":    {story.EventHidden, account.Moderator, story.Hidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newCached(t)
			require.NoError(t, x.end(c.event, c.by, purgeEach))
			x.gone()
			require.Equal(t, c.state, x.State(x.story.ID))
			left, err := x.DB.Invalidations(t.Context(), x.story.ID)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// TestRemove_IsNotDoneBeforeThePurge has a cache that refuses at first: its
// objects are gone from the bucket by then, and are purged nevertheless.
func TestRemove_IsNotDoneBeforeThePurge(t *testing.T) {
	t.Parallel()
	x := newCached(t)
	var asked atomic.Int64
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	t.Cleanup(refusing.Close)
	err := x.end(story.EventWithdrawn, account.Contributor, cdn.Config{
		URLs: refusing.URL + "/{object}?token=hunter2", Headers: "Authorization: Bearer hunter2",
	})
	require.Equal(t, []string{"cdn.failed", "unavailable"}, []string{fault.CodeOf(err), fault.KindOf(err).String()})
	require.NotContains(t, err.Error(), "hunter2")
	require.Positive(t, asked.Load())
	require.Equal(t, story.Withdrawn, x.State(x.story.ID))
	objects, err := x.bucket.Keys(t.Context(), media.StoryPrefix(media.PublicRoot, x.story.ID), "", 10)
	require.NoError(t, err)
	require.Empty(t, objects)
	for _, address := range x.addresses() {
		status, cache := x.get(address)
		require.Equal(t, []any{http.StatusOK, "hit"}, []any{status, cache}, "the cache still plays it")
	}

	x.Advance(time.Hour) // the pause before the next try
	require.NoError(t, x.run(purgeEach))
	x.gone()
	require.Equal(t, story.Erased, x.State(x.story.ID))
}

// TestRetry_PurgesWhatNoJobRepeats removes leftovers of another attempt, whose
// purge fails, and leaves the rest to the sweep.
func TestRetry_PurgesWhatNoJobRepeats(t *testing.T) {
	t.Parallel()
	x := newCached(t)
	removal := func(c cdn.Config) *cdn.Service {
		c.Media = x.bucket.PublicURL
		hook, err := cdn.NewHook(c)
		require.NoError(t, err)
		return cdn.New(x.DB, x.bucket, hook, func(bool) {}, x.Clock, x.Log)
	}
	_, err := removal(cdn.Config{URLs: "http://127.0.0.1:1/{object}"}).Remove(t.Context(), x.story.Public.Prefix)
	require.Equal(t, "cdn.failed", fault.CodeOf(err))
	require.NoError(t, removal(purgeEach).Retry(t.Context()))
	status, _ := x.get(x.addresses()[0])
	require.Equal(t, http.StatusOK, status, "the removal itself may be under way")
	x.Advance(2 * time.Minute)
	require.NoError(t, removal(purgeEach).Retry(t.Context()))
	x.gone()
}
