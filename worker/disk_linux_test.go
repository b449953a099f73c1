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
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// everyStep makes the test try each step of 50 kB, which takes minutes;
// `make test-disk` sets it.
const everyStep = "STORYREEL_TEST_EVERY_DISK_SIZE"

// station is a worker's pipeline and all it needs, with a clip to work on.
type station struct {
	*testkit.Env
	bucket     *storage.Bucket
	attempts   *attempt.Service
	transcoder *transcode.Transcoder
	clip       []byte
}

func newStation(t *testing.T, clip string) *station {
	t.Helper()
	s := &station{Env: testkit.NewEnv(t), bucket: testkit.Bucket(t)}
	s.attempts = attempt.NewService(s.DB, s.Stories, s, s.Clock, attempt.Options{})
	var err error
	s.transcoder, err = transcode.New(transcode.Options{Threads: 1, Sandbox: sandbox.Require})
	require.NoError(t, err)
	s.clip, err = os.ReadFile(clips.Get(t, clip))
	require.NoError(t, err)
	return s
}

// pipeline returns one with its scratch folder in dir, on a disk of that size.
func (s *station) pipeline(t *testing.T, dir string, size int64) *Pipeline {
	t.Helper()
	limits := func(context.Context, string) (refusal.Limits, error) { return refusal.DefaultLimits(), nil }
	hook, err := cdn.NewHook(cdn.Config{Media: s.bucket.PublicURL})
	require.NoError(t, err)
	p, err := New(s.attempts, s.bucket, s.transcoder, Options{
		Removal: cdn.New(s.DB, s.bucket, hook, func(bool) {}, s.Clock, s.Log),
		Scratch: filepath.Join(dir, "scratch"), MinFree: 64 << 20, Name: "test", Limits: limits, Now: s.Clock,
		Log: s.Log,
	})
	require.NoError(t, err)
	p.gate.spaceAt = func(path string) (machine.Space, error) { // a part of a disk may stand in for a small one
		s, err := machine.SpaceAt(path)
		s.Total = min(s.Total, size)
		return s, err
	}
	return p
}

// uploaded is a story whose upload of the clip is complete.
func (s *station) uploaded(t *testing.T) *story.Story {
	t.Helper()
	return s.Story(story.Uploaded, func(st *story.Story) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, st.Upload.ID), s.clip, 0o600))
		_, err := s.bucket.PutTree(t.Context(), media.IncomingPrefix(st.ID), dir, nil)
		require.NoError(t, err)
		st.Upload.Key = media.IncomingKey(st.ID, st.Upload.ID)
		o, err := s.bucket.Head(t.Context(), st.Upload.Key)
		require.NoError(t, err)
		st.Upload.Bytes, st.Upload.ETag = o.Bytes, o.ETag
	})
}

// approved is a story that was prepared as of was, and approved.
func (s *station) approved(of *story.Story) *story.Story {
	return s.Story(story.Approved, func(st *story.Story) {
		st.Source, st.Media, st.Findings, st.Review = of.Source, of.Media, of.Findings, of.Review
	})
}

// work runs the story's job and returns the story after it, and the record of
// the attempt.
func (s *station) work(t *testing.T, p *Pipeline, st *story.Story) (*story.Story, *attempt.Record) {
	t.Helper()
	require.NoError(t, p.Run(t.Context(), story.Job{Kind: st.WorkKind(), Story: st.ID, Attempt: 1}))
	st, err := s.Stories.Get(t.Context(), st.ID)
	require.NoError(t, err)
	records, err := s.attempts.List(t.Context(), st.ID)
	require.NoError(t, err)
	require.Len(t, records, 1)
	return st, records[0]
}

// TestPipeline_OnAFillingDisk runs review and publish jobs on disks of growing
// size, so that the disk fills at every write of a job. Each job ends with the
// result that it has on a large disk, or is tried again without a try used up.
func TestPipeline_OnAFillingDisk(t *testing.T) {
	if !testkit.OwnMounts(t) {
		return
	}
	steps := map[string]int64{"landscape": 400 << 10} // remuxed for review, one rung
	if os.Getenv(everyStep) != "" {
		steps = map[string]int64{
			"landscape": 50 << 10, "interlaced-ts": 150 << 10, "portrait-hevc": 500 << 10, "no-audio": 50 << 10,
		}
	}
	for clip, step := range steps {
		t.Run(clip, func(t *testing.T) { growDisk(t, newStation(t, clip), step) })
	}
}

// growDisk runs both jobs on disks whose size grows by step, until they have
// found enough room twice.
func growDisk(t *testing.T, s *station, step int64) {
	t.Helper()
	large := s.pipeline(t, t.TempDir(), 1<<40)
	prepared, _ := s.work(t, large, s.uploaded(t))
	require.Equal(t, story.InReview, prepared.State)
	published, _ := s.work(t, large, s.approved(prepared))
	require.Equal(t, story.Published, published.State)
	reviewed, laddered, deferred := 0, 0, 0
	for size := step / 4; reviewed < 2 || laddered < 2; size += step {
		dir, remove := testkit.SmallDisk(t, size)
		p := s.pipeline(t, dir, size)
		if s.requireRightOrDeferred(t, p, s.uploaded(t), prepared, size) {
			reviewed++
		} else {
			deferred++
		}
		requireEmptied(t, dir, size)
		p.gate.why, p.gate.pause = nil, 0 // the second job meets the disk as well
		if s.requireRightOrDeferred(t, p, s.approved(prepared), published, size) {
			laddered++
		} else {
			deferred++
		}
		left, err := os.ReadDir(p.scratch.dir)
		require.NoError(t, err)
		require.Empty(t, left)
		require.NoError(t, p.Close())
		remove()
	}
	require.Greater(t, deferred, 2)
	t.Logf("%d jobs found no room, %d succeeded", deferred, reviewed+laddered)
}

// requireRightOrDeferred runs the story's job and reports whether it succeeded.
func (s *station) requireRightOrDeferred(t *testing.T, p *Pipeline, st, right *story.Story, size int64) bool {
	t.Helper()
	before := st.State
	st, record := s.work(t, p, st)
	if st.State == right.State {
		requireSameResult(t, right, st)
		return true
	}
	require.Equal(t, before, st.State, "%d bytes: %s", size, record.Error)
	require.Equal(t, attempt.Deferred, record.Outcome)
	require.Contains(t, []string{"disk.full", "transcode.disk_full"}, record.Code, "%d bytes: %s", size, record.Error)
	require.Zero(t, st.Tries)
	require.Nil(t, st.Failure)
	require.Error(t, p.Ready(), "the worker pauses")
	return false
}

// requireEmptied waits until the space of removed files is free again: the
// rules of a sandbox that has ended keep its files for a moment.
func requireEmptied(t *testing.T, dir string, size int64) {
	t.Helper()
	testkit.Eventually(t, time.Minute, func() bool {
		s, err := machine.SpaceAt(dir)
		require.NoError(t, err)
		return s.Free >= size*9/10
	})
}

// requireSameResult compares the results of two jobs but for their place.
func requireSameResult(t *testing.T, want, got *story.Story) {
	t.Helper()
	require.Equal(t, want.Findings, got.Findings)
	require.Equal(t, want.Media, got.Media)
	require.Equal(t, want.Review.Digest, got.Review.Digest)
	if want.Public != nil {
		require.Equal(t, want.Public.Digest, got.Public.Digest)
	}
}

// TestPipeline_NeedsNoMoreRoomThanItReserves measures the smallest disk that is
// enough for a job against what the worker reserves for it.
func TestPipeline_NeedsNoMoreRoomThanItReserves(t *testing.T) {
	if !testkit.OwnMounts(t) {
		return
	}
	for _, clip := range []string{"landscape", "portrait-hevc"} {
		s := newStation(t, clip)
		reviewed := s.uploaded(t)
		prepare := story.Job{Kind: story.Prepare, Story: reviewed.ID, Attempt: 1}
		large := s.pipeline(t, t.TempDir(), 1<<40)
		need, err := large.need(t.Context(), prepare)
		require.NoError(t, err)
		dir, remove := testkit.SmallDisk(t, need)
		p := s.pipeline(t, dir, need)
		prepared, record := s.work(t, p, reviewed)
		require.Equal(t, story.InReview, prepared.State, "%s: %s", clip, record.Error)

		ladder := s.approved(prepared)
		publish := story.Job{Kind: story.Publish, Story: ladder.ID, Attempt: 1}
		need, err = large.need(t.Context(), publish)
		require.NoError(t, err)
		require.Equal(t, need-int64(len(s.clip)), plan.LadderScratch(*ladder.Media, plan.Options{}))
		require.NoError(t, p.Close())
		remove()
		dir, remove = testkit.SmallDisk(t, need)
		p = s.pipeline(t, dir, need)
		published, record := s.work(t, p, ladder)
		require.Equal(t, story.Published, published.State, "%s: %s", clip, record.Error)
		require.NoError(t, p.Close())
		remove()
	}
}

// TestPipeline_RemovesOnAFullDisk: an erasure does not wait for the disk.
func TestPipeline_RemovesOnAFullDisk(t *testing.T) {
	if !testkit.OwnMounts(t) {
		return
	}
	s := newStation(t, "no-audio")
	dir, remove := testkit.SmallDisk(t, 1<<20)
	p := s.pipeline(t, dir, 1<<20)
	st := s.uploaded(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 900<<10), 0o600))
	err := p.Run(t.Context(), story.Job{Kind: story.Prepare, Story: st.ID, Attempt: 1})
	require.True(t, fault.Is(err, "job.not_taken"), "%v", err)
	require.Equal(t, story.Uploaded, s.State(st.ID))
	withdrawn := s.Story(story.Withdrawn)
	require.NoError(t, p.Run(t.Context(), story.Job{Kind: story.Remove, Story: withdrawn.ID, Attempt: 1}))
	require.Equal(t, story.Erased, s.State(withdrawn.ID))
	require.NoError(t, os.Remove(filepath.Join(dir, "filler")))
	require.NoError(t, p.Ready(), "the worker resumes by itself")
	require.NoError(t, p.Close())
	remove()
}
