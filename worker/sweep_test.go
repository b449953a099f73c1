package worker

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/cdn"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	testkit.Main(m)
}

func objects(t *testing.T, b *storage.Bucket, id string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.mp4"), []byte("video"), 0o600))
	for _, prefix := range []string{media.PublicPrefix(id, 1), media.ReviewPrefix(id, 1), media.SourcePrefix(id)} {
		_, err := b.PutTree(t.Context(), prefix, dir, nil)
		require.NoError(t, err)
	}
}

// TestReconcile_RemovesTheOutputOfEarlierAttempts: the worker of the attempt
// before was lost, and the one that finished ended before it tidied up.
func TestReconcile_RemovesTheOutputOfEarlierAttempts(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	env, b := testkit.NewEnv(t), testkit.Bucket(t)
	env.Now = time.Now().UTC().Truncate(time.Microsecond)
	sweeper := newSweeper(env, b)
	left := func(st *story.Story, numbers ...int) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "x.mp4"), []byte("video"), 0o600))
		for _, n := range numbers {
			for _, prefix := range []string{media.PublicPrefix(st.ID, n), media.ReviewPrefix(st.ID, n)} {
				_, err := b.PutTree(ctx, prefix, dir, nil)
				require.NoError(t, err)
			}
		}
	}
	folders := func(root string, st *story.Story) []string {
		found, err := b.Folders(ctx, media.StoryPrefix(root, st.ID), "", 10)
		require.NoError(t, err)
		return found
	}
	attempts := func(n int) func(*story.Story) { return func(st *story.Story) { st.Attempt = n } }
	rejected := env.Story(story.Rejected)                // listed first; has nothing public
	published := env.Story(story.Published, attempts(3)) // names review/1 and public/2
	left(rejected, 1)
	left(published, 1, 2, 3, 4)
	busy := env.Story(story.Publishing, attempts(3))
	left(busy, 1, 2, 3)
	require.NoError(t, sweeper.Reconcile(ctx))
	require.Empty(t, folders(media.PublicRoot, rejected))
	public := func(n int) string { return media.PublicPrefix(published.ID, n) }
	require.Equal(t, []string{public(2), public(4)}, folders(media.PublicRoot, published))
	require.Equal(t, []string{media.ReviewPrefix(published.ID, 1), media.ReviewPrefix(published.ID, 4)},
		folders(media.ReviewRoot, published))
	require.Len(t, folders(media.PublicRoot, busy), 3, "its next attempt tidies up")

	set := func(beat time.Time) {
		_, err := env.Stories.Change(ctx, published.ID, func(st *story.Story) (*story.Entry, error) {
			st.Public.Before, st.HeartbeatAt = media.PublicPrefix(st.ID, 1), beat
			return nil, nil
		})
		require.NoError(t, err)
	}
	set(env.Now)
	left(published, 1, 3)
	require.NoError(t, sweeper.Reconcile(ctx))
	require.Len(t, folders(media.PublicRoot, published), 4, "a replaced set, and what a worker makes")
	set(time.Time{})
	require.NoError(t, sweeper.Reconcile(ctx))
	require.Equal(t, []string{public(1), public(2), public(4)}, folders(media.PublicRoot, published))

	for i, kind := range story.JobKinds() { // an attempt at each
		require.NoError(t, env.DB.RecordAttempt(ctx, &attempt.Record{
			Story: published.ID, Attempt: i + 1, Kind: kind, StartedAt: env.Now, Outcome: attempt.Done,
		}))
	}
	left(published, 3)
	require.NoError(t, sweeper.Reconcile(ctx))
	require.Len(t, folders(media.PublicRoot, published), 4, "a story with one attempt at each job costs no request")
}

func newSweeper(env *testkit.Env, b *storage.Bucket) *Sweeper {
	return NewSweeper(SweepDeps{
		Stories:  env.Stories,
		Uploads:  intake.NewService(env.DB, env.Stories, b, env.Campaigns, nil, env.Clock, intake.Options{}, env.Log),
		Attempts: attempt.NewService(env.DB, env.Stories, env, env.Clock, attempt.Options{}),
		Ending: []Ending{
			account.NewService(env.DB, env.Clock, account.Options{}),
			audit.NewLog(env.DB, env.Clock, audit.Options{}, env.Log),
		},
		Bucket: b, Leases: env.DB,
		Database: env.DB, Removal: cdn.New(env.DB, b, nil, nil, env.Clock, env.Log),
	}, SweepOptions{Name: "test", Now: env.Clock, Log: env.Log})
}

// TestReconcile_RemovesWhatNoStateAllows fills a bucket with every kind of
// leftover, beside objects that must stay.
func TestReconcile_RemovesWhatNoStateAllows(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	env, b := testkit.NewEnv(t), testkit.Bucket(t)
	env.Now = time.Now().UTC().Truncate(time.Microsecond) // as the bucket's
	sweeper := newSweeper(env, b)

	want := map[string]map[string]bool{}
	for _, state := range story.States() {
		id := env.Story(state).ID
		objects(t, b, id)
		public := state == story.Approved || state == story.Publishing || state == story.Published ||
			state == story.Withdrawn
		rest := state != story.Erased
		want[id] = map[string]bool{media.PublicRoot: public, media.ReviewRoot: rest, media.SourcesRoot: rest}
	}
	stranger := id.New()
	objects(t, b, stranger)
	want[stranger] = map[string]bool{media.PublicRoot: false, media.ReviewRoot: true, media.SourcesRoot: true}
	_, err := b.StartMultipart(ctx, media.IncomingKey(stranger, "u"), "video/mp4")
	require.NoError(t, err)

	require.NoError(t, sweeper.Reconcile(ctx))
	require.NoError(t, sweeper.Reconcile(ctx), "again is harmless")
	for id, roots := range want {
		for root, kept := range roots {
			found, err := b.Keys(ctx, media.StoryPrefix(root, id), "", 10)
			require.NoError(t, err)
			require.Equal(t, kept, len(found) > 0, "%s of %s", root, id)
		}
	}
	open, err := b.PartialUploads(ctx, time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Len(t, open, 1, "an upload younger than an hour may still be under way")
}

// unlisted is a bucket whose credentials may not list multipart uploads.
type unlisted struct{ *storage.Bucket }

func (unlisted) PartialUploads(context.Context, time.Time) ([]media.PartialUpload, error) {
	return nil, fault.New(fault.Forbidden, "storage.forbidden", "not allowed")
}

func TestReconcile_OneRefusalKeepsNothingElseFromBeingDone(t *testing.T) {
	t.Parallel()
	env, b := testkit.NewEnv(t), testkit.Bucket(t)
	sweeper := newSweeper(env, b)
	sweeper.Bucket = unlisted{b}
	st := env.Story(story.Hidden)
	objects(t, b, st.ID)
	require.Equal(t, "storage.forbidden", fault.CodeOf(sweeper.Reconcile(t.Context())))
	left, err := b.Keys(t.Context(), media.StoryPrefix(media.PublicRoot, st.ID), "", 10)
	require.NoError(t, err)
	require.Empty(t, left)
}

// TestClearIncoming_RemovesWhatNoStoryNeeds uses signed addresses again, as
// whoever kept one can within its hour.
func TestClearIncoming_RemovesWhatNoStoryNeeds(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	env, b := testkit.NewEnv(t), testkit.Bucket(t)
	drift := 0
	sweeper := NewSweeper(SweepDeps{Stories: env.Stories, Bucket: b},
		SweepOptions{Now: env.Clock, Log: env.Log, Drift: func(_ string, n int) { drift += n }})
	put := func(key string) {
		s, err := b.SignPut(ctx, key, 5, "video/mp4", "", time.Minute)
		require.NoError(t, err)
		req, err := http.NewRequestWithContext(ctx, s.Method, s.URL, strings.NewReader("video"))
		require.NoError(t, err)
		for name, value := range s.Headers {
			req.Header.Set(name, value)
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusOK, resp.StatusCode)
	}
	want := map[string]bool{}
	add := func(state story.State, source *story.Source, kept bool) {
		var key string
		st := env.Story(state, func(st *story.Story) {
			key = media.IncomingKey(st.ID, "u1")
			st.Upload.Key, st.Source = key, source
		})
		put(key)
		want[key] = kept
		replaced := media.IncomingKey(st.ID, "u0")
		put(replaced)
		want[replaced] = false
	}
	pinned := &story.Source{Key: "sources/x/u1/source", ETag: "e", SHA256: "s", Bytes: 5}
	for _, state := range story.States() {
		add(state, nil, slices.Contains(
			[]story.State{story.AwaitingUpload, story.Uploaded, story.Preparing, story.Failed}, state))
	}
	for _, state := range []story.State{story.Preparing, story.Failed, story.InReview, story.Published} {
		add(state, pinned, false)
	}
	unknown := media.IncomingKey(id.New(), "u")
	put(unknown)
	want[unknown] = true

	require.NoError(t, sweeper.ClearIncoming(ctx))
	removed := 0
	for key, kept := range want {
		_, err := b.Head(ctx, key)
		require.Equal(t, kept, err == nil, key)
		if !kept {
			removed++
		}
	}
	require.Equal(t, removed, drift)
}

// TestReportLost_LetsStoriesOfADeadProcessGoOnAtOnce: the next process on the
// same disk knows what the one before was working on.
func TestReportLost_LetsStoriesOfADeadProcessGoOnAtOnce(t *testing.T) {
	t.Parallel()
	env, root := testkit.NewEnv(t), t.TempDir()
	attempts := attempt.NewService(env.DB, env.Stories, env, env.Clock, attempt.Options{})
	job, due := env.Story(story.Approved).Work(env.Now, env.Now)
	require.True(t, due)
	_, err := attempts.Start(t.Context(), job)
	require.NoError(t, err)
	dead, err := openScratch(root)
	require.NoError(t, err)
	for _, name := range []string{job.String(), "prepare:unknown:1", "else"} {
		_, err = dead.folder(name)
		require.NoError(t, err)
	}
	require.NoError(t, dead.lock.Close()) // as when its process dies
	next, err := New(attempts, nil, nil, Options{Scratch: root, Now: env.Clock, Log: env.Log})
	require.NoError(t, err)
	next.ReportLost(t.Context())
	require.Equal(t, story.Job{Kind: story.Publish, Story: job.Story, Attempt: job.Attempt + 1},
		env.Announced[len(env.Announced)-1])
	announced := len(env.Announced)
	next.ReportLost(t.Context())
	require.Len(t, env.Announced, announced, "once")
	require.NoError(t, next.Close())
}

func TestScratch_RemovesOnlyWhatDeadProcessesLeft(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	alive, err := openScratch(root)
	require.NoError(t, err)
	job, err := alive.folder("prepare:x:1")
	require.NoError(t, err)
	dead, err := openScratch(root)
	require.NoError(t, err)
	_, err = dead.folder("prepare:y:1")
	require.NoError(t, err)
	require.NoError(t, dead.lock.Close()) // as when its process dies
	third, err := openScratch(root)
	require.NoError(t, err)
	require.DirExists(t, job)
	require.NoDirExists(t, dead.dir)
	require.Equal(t, []string{"prepare-y-1"}, third.lost)
	require.NoError(t, third.close())
	require.NoError(t, alive.close())
	left, err := os.ReadDir(root)
	require.NoError(t, err)
	require.Empty(t, left)
}
