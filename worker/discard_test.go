package worker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/cdn"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

// failing is a bucket that fails to delete after so many prefixes.
type failing struct {
	*storage.Bucket
	after int
}

var errAway = errors.New("storage is away")

func (f *failing) DeletePrefix(ctx context.Context, prefix string) (int, error) {
	if f.after--; f.after < 0 {
		return 0, errAway
	}
	return f.Bucket.DeletePrefix(ctx, prefix)
}

// TestDiscard_RemovesReplacedFilesAndNothingElse also ends between two
// removals, after which the next attempt does the rest.
func TestDiscard_RemovesReplacedFilesAndNothingElse(t *testing.T) {
	t.Parallel()
	env, b := testkit.NewEnv(t), testkit.Bucket(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.mp4"), []byte("video"), 0o600))
	fill := func(prefix string) {
		_, err := b.PutTree(t.Context(), prefix, dir, nil)
		require.NoError(t, err)
	}
	left := func(prefix string) int {
		keys, err := b.Keys(t.Context(), prefix, "", 10)
		require.NoError(t, err)
		return len(keys)
	}
	st := env.Story(story.Uploaded)
	old := []string{media.SourceFolder(st.ID, "u0"), media.ReviewPrefix(st.ID, 1), media.SourceFolder(st.ID, "u1")}
	kept := []string{
		media.SourceFolder(st.ID, "u2"), media.ReviewPrefix(st.ID, 2),
		media.SourceFolder(env.Story(story.Failed).ID, "u0"),
	}
	for _, prefix := range append(append([]string{}, old...), kept...) {
		fill(prefix)
	}
	st, err := env.Stories.Change(t.Context(), st.ID, func(s *story.Story) (*story.Entry, error) {
		s.Upload.Discards = old
		return nil, nil
	})
	require.NoError(t, err)

	attempts := attempt.NewService(env.DB, env.Stories, env, env.Clock, attempt.Options{})
	job, due := st.Work(env.Now, env.Now)
	require.True(t, due)
	st, err = attempts.Start(t.Context(), job)
	require.NoError(t, err)
	removal := cdn.New(env.DB, &failing{b, 1}, nil, nil, env.Clock, env.Log)
	p := &Pipeline{attempts: attempts, bucket: b, opts: Options{Removal: removal}}
	require.ErrorIs(t, p.discard(t.Context(), &run{job: job, story: st}), errAway)
	st, err = env.Stories.Get(t.Context(), st.ID)
	require.NoError(t, err)
	require.Equal(t, old, st.Upload.Discards, "the row still names all of them")

	p.opts.Removal = cdn.New(env.DB, b, nil, nil, env.Clock, env.Log)
	require.NoError(t, p.discard(t.Context(), &run{job: job, story: st}))
	for _, prefix := range old {
		require.Zero(t, left(prefix), prefix)
	}
	for _, prefix := range kept {
		require.Equal(t, 1, left(prefix), prefix)
	}
	st, err = env.Stories.Get(t.Context(), st.ID)
	require.NoError(t, err)
	require.Empty(t, st.Upload.Discards)
	require.NoError(t, p.discard(t.Context(), &run{job: job, story: st}), "nothing is left to do")
}

// TestTidy_KeepsTheOutputOfLaterAttempts, which finished while the process was
// suspended, and a first set that the ladder replaced.
func TestTidy_KeepsTheOutputOfLaterAttempts(t *testing.T) {
	t.Parallel()
	env, b := testkit.NewEnv(t), testkit.Bucket(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.mp4"), []byte("video"), 0o600))
	st := env.Story(story.Published)
	of := func(n int) string { return media.PublicPrefix(st.ID, n) }
	for n := range 5 {
		_, err := b.PutTree(t.Context(), of(n+1), dir, nil)
		require.NoError(t, err)
	}
	st.Public.Prefix = of(2)
	p := &Pipeline{bucket: b, opts: Options{Removal: cdn.New(env.DB, b, nil, nil, env.Clock, env.Log), Log: env.Log}}
	tidied := func(kind story.JobKind) []string {
		p.tidy(t.Context(), &run{job: story.Job{Kind: kind, Story: st.ID, Attempt: 4}, story: st})
		found, err := b.Folders(t.Context(), media.StoryPrefix(media.PublicRoot, st.ID), "", 10)
		require.NoError(t, err)
		return found
	}
	require.Equal(t, []string{of(2), of(4), of(5)}, tidied(story.Ladder))
	require.Equal(t, []string{of(4), of(5)}, tidied(story.Publish))
}
