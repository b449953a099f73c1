package worker

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/cdn"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

// TestFinish_KeepsWhatTheStoryAccepted ends attempts with the errors of a write
// whose answer was lost, and of a heartbeat that found the story moved on, after
// the story accepted their output and before.
func TestFinish_KeepsWhatTheStoryAccepted(t *testing.T) {
	t.Parallel()
	lost := fault.New(fault.Unavailable, "database.unavailable", "connection reset")
	overtaken := fault.New(fault.Conflict, "job.overtaken", "the story has moved on")
	for name, c := range map[string]struct {
		kind     story.JobKind
		err      error
		accepted bool
		outcome  attempt.Outcome
	}{
		"prepared, answer lost":   {story.Prepare, lost, true, attempt.Done},
		"prepared, beat refused":  {story.Prepare, overtaken, true, attempt.Done},
		"published, answer lost":  {story.Publish, lost, true, attempt.Done},
		"published, beat refused": {story.Publish, overtaken, true, attempt.Done},
		"scratch not cleared":     {story.Publish, os.ErrPermission, true, attempt.Done},
		"not published":           {story.Publish, lost, false, attempt.Deferred},
		"not prepared":            {story.Prepare, lost, false, attempt.Deferred},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, b := testkit.NewEnv(t), testkit.Bucket(t)
			attempts := attempt.NewService(env.DB, env.Stories, env, env.Clock, attempt.Options{})
			p := &Pipeline{attempts: attempts, bucket: b, opts: Options{
				Removal: cdn.New(env.DB, b, nil, nil, env.Clock, env.Log), Now: env.Clock, Log: env.Log,
			}}
			state := map[story.JobKind]story.State{
				story.Prepare: story.Uploaded, story.Publish: story.Approved,
			}[c.kind]
			job, due := env.Story(state).Work(env.Now, env.Now)
			require.True(t, due)
			require.Equal(t, c.kind, job.Kind)
			st, err := attempts.Start(t.Context(), job)
			require.NoError(t, err)
			r := &run{job: job, story: st, record: attempt.Record{Story: st.ID, Attempt: job.Attempt, Kind: job.Kind}}

			older := filepath.Dir(filepath.Clean(r.prefix())) + "/0/"
			for _, prefix := range []string{r.prefix(), older} {
				put(t, b, prefix)
			}
			if c.accepted {
				accept(t, attempts, job, media.Assets{Prefix: r.prefix(), MP4: "video.mp4"})
			}
			err = p.finish(t.Context(), r, c.err)
			require.Equal(t, c.outcome, r.record.Outcome)
			require.NoError(t, err)
			for prefix, there := range map[string]bool{r.prefix(): c.accepted, older: !c.accepted} {
				keys, err := b.Keys(t.Context(), prefix, "", 10)
				require.NoError(t, err)
				require.Equal(t, there, len(keys) > 0, prefix)
			}
			now, err := env.Stories.Get(t.Context(), st.ID)
			require.NoError(t, err)
			require.Zero(t, now.Failure)
		})
	}
}

// put stores one object under the prefix.
func put(t *testing.T, b *storage.Bucket, prefix string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "video.mp4"), []byte("video"), 0o600))
	_, err := b.PutTree(t.Context(), prefix, dir, nil)
	require.NoError(t, err)
}

// accept finishes the attempt as its worker would.
func accept(t *testing.T, s *attempt.Service, j story.Job, made media.Assets) {
	t.Helper()
	var err error
	if j.Kind == story.Prepare {
		_, err = s.Prepared(t.Context(), j, media.Media{}, media.Findings{}, made)
	} else {
		_, err = s.Published(t.Context(), j, made)
	}
	require.NoError(t, err)
}

// TestFinish_OfAnOvertakenAttemptIsNoFailure: a worker that was away finds that
// its source has moved on, and the story does not notice.
func TestFinish_OfAnOvertakenAttemptIsNoFailure(t *testing.T) {
	t.Parallel()
	env, b := testkit.NewEnv(t), testkit.Bucket(t)
	attempts := attempt.NewService(env.DB, env.Stories, env, env.Clock, attempt.Options{})
	p := &Pipeline{attempts: attempts, bucket: b, opts: Options{
		Removal: cdn.New(env.DB, b, nil, nil, env.Clock, env.Log), Now: env.Clock, Log: env.Log,
	}}
	first, _ := env.Story(story.Uploaded).Work(env.Now, env.Now)
	st, err := attempts.Start(t.Context(), first)
	require.NoError(t, err)
	env.Advance(2 * env.Stories.Lease())
	second := first
	second.Attempt++
	_, err = attempts.Start(t.Context(), second)
	require.NoError(t, err)
	r := &run{job: first, story: st, record: attempt.Record{Story: st.ID, Attempt: first.Attempt, Kind: first.Kind}}
	require.NoError(t, p.finish(t.Context(), r, fault.New(fault.NotFound, "object.missing", "no such object")))
	require.Equal(t, attempt.Overtaken, r.record.Outcome)
	require.Equal(t, story.Preparing, env.State(st.ID))
}

// TestFinish_AtTheEndOfItsTimeUsesATry: a job that is too slow for every machine
// must not begin again for ever, as one of a stopping worker may.
func TestFinish_AtTheEndOfItsTimeUsesATry(t *testing.T) {
	t.Parallel()
	env, b := testkit.NewEnv(t), testkit.Bucket(t)
	attempts := attempt.NewService(env.DB, env.Stories, env, env.Clock, attempt.Options{})
	p := &Pipeline{attempts: attempts, bucket: b, opts: Options{
		Removal: cdn.New(env.DB, b, nil, nil, env.Clock, env.Log), Now: env.Clock, Log: env.Log,
	}}
	job, _ := env.Story(story.Uploaded).Work(env.Now, env.Now)
	st, err := attempts.Start(t.Context(), job)
	require.NoError(t, err)
	r := &run{job: job, story: st, record: attempt.Record{Story: st.ID, Attempt: job.Attempt, Kind: job.Kind}}
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	require.NoError(t, p.finish(ctx, r, ctx.Err()))
	require.Equal(t, attempt.Deferred, r.record.Outcome)
	require.Equal(t, "worker.timeout", r.record.Code)
	st, err = env.Stories.Get(t.Context(), st.ID)
	require.NoError(t, err)
	require.Equal(t, 1, st.Tries)
}
