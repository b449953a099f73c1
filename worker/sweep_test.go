package worker

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	testkit.Main(m)
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// deaf takes announcements and forgets them, as a wiped Redis does.
type deaf struct{}

func (deaf) Enqueue(context.Context, story.Job) error { return nil }

// keep stores a story in the state, and objects of it under every prefix.
func keep(t *testing.T, db *store.Store, b *storage.Bucket, c *campaign.Campaign, state story.State) string {
	t.Helper()
	ctx := context.Background()
	st := &story.Story{ID: id.New(), Campaign: c.ID, State: state, Version: 1, CreatedAt: now(), UpdatedAt: now()}
	require.NoError(t,
		db.CreateStory(ctx, st, &story.Entry{ID: id.New(), Story: st.ID, At: now(), To: state}, account.NewToken(),
			nil))
	objects(t, b, st.ID)
	return st.ID
}

func objects(t *testing.T, b *storage.Bucket, id string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.mp4"), []byte("film"), 0o600))
	for _, prefix := range []string{media.PublicPrefix(id, 1), media.ReviewPrefix(id, 1), media.SourcePrefix(id)} {
		_, err := b.PutTree(context.Background(), prefix, dir, nil)
		require.NoError(t, err)
	}
}

// TestReconcile_RemovesWhatNoStateAllows walks a bucket in which every kind
// of leftover lies, and keeps all that is right.
func TestReconcile_RemovesWhatNoStateAllows(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	log := slog.New(slog.DiscardHandler)
	db, err := store.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Migrate(ctx)
	require.NoError(t, err)
	b := testkit.Bucket(t)
	camps := campaign.NewService(db, now)
	c := &campaign.Campaign{Slug: "song", Title: "Song"}
	require.NoError(t, camps.Create(ctx, c))
	stories := story.NewService(db, deaf{}, now, story.Options{}, log)
	sweeper := NewSweeper(SweepDeps{
		Stories: stories, Uploads: intake.NewService(db, stories, b, camps, now, intake.Options{}, log),
		Attempts: attempt.NewService(db, stories, deaf{}, now, attempt.Options{}),
		Sessions: account.NewService(db, now), Bucket: b, Leases: db,
	}, SweepOptions{Name: "test", Now: now, Log: log})

	want := map[string]map[string]bool{}
	for _, state := range story.States() {
		id := keep(t, db, b, c, state)
		public := state == story.Approved || state == story.Publishing || state == story.Published ||
			state == story.Withdrawn
		rest := state != story.Erased
		want[id] = map[string]bool{media.PublicRoot: public, media.ReviewRoot: rest, media.SourcesRoot: rest}
	}
	stranger := id.New()
	objects(t, b, stranger)
	want[stranger] = map[string]bool{media.PublicRoot: false, media.ReviewRoot: true, media.SourcesRoot: true}
	_, err = b.StartMultipart(ctx, media.IncomingKey(stranger, "u"), "video/mp4")
	require.NoError(t, err)

	require.NoError(t, sweeper.Reconcile(ctx))
	require.NoError(t, sweeper.Reconcile(ctx), "again is harmless")
	for id, roots := range want {
		for root, kept := range roots {
			found, err := b.Keys(ctx, root+id+"/", "", 10)
			require.NoError(t, err)
			require.Equal(t, kept, len(found) > 0, "%s of %s", root, id)
		}
	}
	open, err := b.PartialUploads(ctx, time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Len(t, open, 1, "an upload an hour young may still be wanted")
}

func TestScratch_LeftoversOfTheDeadGoOfTheLivingStay(t *testing.T) {
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
	require.NoError(t, third.close())
	require.NoError(t, alive.close())
	left, err := os.ReadDir(root)
	require.NoError(t, err)
	require.Empty(t, left)
}
