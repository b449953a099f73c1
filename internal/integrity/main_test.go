package integrity_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/cdn"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/integrity"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/queue"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/worker"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// world is a service with real database, bucket and queue, whose audits may look
// at it from a later time.
type world struct {
	t        *testing.T
	db       *store.Store
	raw      *sql.DB
	config   storage.Config
	bucket   *storage.Bucket
	queue    *queue.Client
	stories  *story.Service
	attempts *attempt.Service
	trail    *audit.Log
	scratch  string
	campaign *campaign.Campaign
	later    time.Duration
	deps     integrity.Deps

	waiting, reviewed, published *story.Story
}

// eachWorld runs a test on both databases, with a story that waits for its
// upload, one in review and one that is published.
func eachWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Parallel()
	for dialect, address := range map[string]func() string{
		"sqlite":   func() string { return "sqlite:" + filepath.Join(t.TempDir(), "test.db") },
		"postgres": func() string { return testkit.PostgresURL(t) },
	} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect, address())
			w.waiting, w.reviewed, w.published = w.story(story.AwaitingUpload), w.story(story.InReview),
				w.story(story.Published)
			test(t, w)
		})
	}
}

func clock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func newWorld(t *testing.T, dialect, address string) *world {
	w := &world{t: t, config: testkit.BucketConfig(t), scratch: t.TempDir()}
	log := slog.New(slog.DiscardHandler)
	var err error
	w.db, err = store.Open(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.db.Close()) })
	_, err = w.db.Migrate(t.Context())
	require.NoError(t, err)
	driver := map[string]string{"sqlite": "sqlite", "postgres": "pgx"}[dialect]
	w.raw, err = sql.Open(driver, strings.TrimPrefix(address, "sqlite:"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.raw.Close()) })
	w.bucket = w.open(func(*storage.Config) {})
	require.NoError(t, w.bucket.Setup(t.Context()))
	redis, err := queue.Redis(testkit.RedisURL(t))
	require.NoError(t, err)
	w.queue = queue.NewClient(redis)
	t.Cleanup(func() { require.NoError(t, w.queue.Close()) })
	w.stories = story.NewService(w.db, silent{}, clock, story.Options{}, log)
	w.attempts = attempt.NewService(w.db, w.stories, silent{}, clock, attempt.Options{})
	w.trail = audit.NewLog(w.db, clock, audit.Options{}, log)
	campaigns := campaign.NewService(w.db, clock)
	w.campaign = &campaign.Campaign{Slug: "song", Title: "Song"}
	require.NoError(t, campaigns.Create(t.Context(), w.campaign))
	w.deps = integrity.Deps{
		Store: w.db, Bucket: w.bucket, Queue: w.queue, Scratch: worker.Scratch(w.scratch),
		Removal: cdn.New(w.db, w.bucket, nil, func(bool) {}, clock, log),
		Trail: func(ctx context.Context) (string, error) {
			v, err := w.trail.Verify(ctx, audit.Link{})
			return v.Broken, err
		},
		Now: func() time.Time { return clock().Add(w.later) },
	}
	return w
}

// silent announces nothing: no worker listens.
type silent struct{}

func (silent) Enqueue(context.Context, story.Job) error { return nil }

func (silent) Held(context.Context, story.JobKind) (waiting, running int, err error) {
	return 0, 0, nil
}

func (w *world) open(change func(*storage.Config)) *storage.Bucket {
	c := w.config
	change(&c)
	b, err := storage.Open(w.t.Context(), c)
	require.NoError(w.t, err)
	return b
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	if w.db.Dialect() == "postgres" {
		for i := range args {
			query = strings.Replace(query, "?", "$"+string(rune('1'+i)), 1)
		}
	}
	r, err := w.raw.ExecContext(w.t.Context(), query, args...)
	require.NoError(w.t, err)
	n, err := r.RowsAffected()
	require.NoError(w.t, err)
	if !strings.HasPrefix(query, "ALTER") {
		require.NotZero(w.t, n, query)
	}
}

// put stores files under a prefix and returns their bytes.
func (w *world) put(prefix string, files map[string]string) int64 {
	w.t.Helper()
	dir := w.t.TempDir()
	for name, text := range files {
		require.NoError(w.t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	n, err := w.bucket.PutTree(w.t.Context(), prefix, dir, nil)
	require.NoError(w.t, err)
	return n
}

func (w *world) assets(prefix string) media.Assets {
	a := media.Assets{
		Prefix: prefix, MP4: "video.mp4", Poster: "poster.jpg", Width: 1080, Height: 1920, Duration: 20 * time.Second,
	}
	files := map[string]string{"video.mp4": "video", "poster.jpg": "poster"}
	if media.IsPublic(prefix) {
		a.HLS = "master.m3u8"
		files["master.m3u8"] = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\"audio.m3u8\"\n#EXT-X-STREAM-INF:\n720.m3u8\n"
		files["720.m3u8"] = "#EXTM3U\n#EXT-X-MAP:URI=\"720.mp4\"\n#EXTINF:6,\n720.mp4\n"
		files["audio.m3u8"], files["720.mp4"], files["audio.mp4"] = "#EXTM3U\naudio.mp4\n", "frames", "audio"
	}
	a.Bytes = w.put(prefix, files)
	return a
}

// story takes a new story to the state as the service would.
func (w *world) story(to story.State) *story.Story {
	w.t.Helper()
	ctx, now := w.t.Context(), clock()
	st := &story.Story{
		ID: id.New(), Campaign: w.campaign.ID, State: story.AwaitingUpload, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	st.Upload = story.Upload{
		ID: "u1", Key: media.IncomingKey(st.ID, "u1"), Bytes: 6, ExpiresAt: now.Add(24 * time.Hour),
	}
	contributor := account.Actor{Role: account.Contributor}
	require.NoError(w.t, w.db.CreateStory(ctx, st, st.Created(contributor), "token-"+st.ID, nil))
	if to == story.AwaitingUpload {
		return st
	}
	w.put(media.IncomingPrefix(st.ID), map[string]string{"u1": "source"})
	st = w.apply(st, story.EventUploaded, contributor)
	if to == story.Uploaded {
		return st
	}
	job := story.Job{Kind: story.Prepare, Story: st.ID, Attempt: 1}
	st, err := w.attempts.Start(ctx, job)
	require.NoError(w.t, err)
	if to == story.Preparing {
		return st
	}
	key, sum := media.SourceKey(st.ID, "u1"), sha256.Sum256([]byte("source"))
	w.put(media.SourceFolder(st.ID, "u1"), map[string]string{"source": "source"})
	o, err := w.bucket.Head(ctx, key)
	require.NoError(w.t, err)
	require.NoError(w.t, w.attempts.Pin(ctx, job,
		story.Source{Key: key, Bytes: o.Bytes, ETag: o.ETag, SHA256: hex.EncodeToString(sum[:])}))
	require.NoError(w.t, w.bucket.Delete(ctx, st.Upload.Key))
	st, err = w.attempts.Prepared(ctx, job, media.Media{}, media.Findings{}, w.assets(media.ReviewPrefix(st.ID, 1)))
	require.NoError(w.t, err)
	if to == story.InReview {
		return st
	}
	w.apply(st, story.EventApproved, testkit.Actor(account.Moderator, "Ana"))
	job = story.Job{Kind: story.Publish, Story: st.ID, Attempt: 2}
	_, err = w.attempts.Start(ctx, job)
	require.NoError(w.t, err)
	st, err = w.attempts.Published(ctx, job, w.assets(media.PublicPrefix(st.ID, 2)))
	require.NoError(w.t, err)
	require.Equal(w.t, to, st.State)
	return st
}

func (w *world) apply(st *story.Story, e story.Event, by account.Actor) *story.Story {
	w.t.Helper()
	st, err := w.stories.Change(w.t.Context(), st.ID, func(st *story.Story) (*story.Entry, error) {
		return st.Apply(e, by, clock())
	})
	require.NoError(w.t, err)
	return st
}

func (w *world) audit(o integrity.Options) *integrity.Report {
	w.t.Helper()
	o.Probe, o.Deep = integrity.All, integrity.All
	r, err := integrity.Audit(w.t.Context(), w.deps, o)
	require.NoError(w.t, err)
	return r
}

// codes are those of which something was found.
func codes(r *integrity.Report) []integrity.Code {
	var out []integrity.Code
	for _, c := range r.Checks {
		if c.Count > 0 {
			out = append(out, c.Code)
		}
	}
	return out
}
