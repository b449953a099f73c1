package worker

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/transcode/plan"
)

// everyStep makes the test try each step of 50 kB, which takes minutes;
// `make test-disk` sets it.
const everyStep = "STORYREEL_TEST_EVERY_DISK_SIZE"

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

// growDisk runs each job on disks whose size grows by step, until they have
// found enough room twice.
func growDisk(t *testing.T, s *station, step int64) {
	t.Helper()
	large := s.pipeline(t, t.TempDir(), 1<<40)
	prepared, _ := s.work(t, large, s.uploaded(t))
	require.Equal(t, story.InReview, prepared.State)
	published, _ := s.work(t, large, s.approved(prepared))
	require.Equal(t, story.Published, published.State)
	refined, _ := s.work(t, large, s.published(t, published))
	require.False(t, refined.Public.First)
	jobs := []struct {
		story func() *story.Story
		right *story.Story
		done  int
	}{
		{story: func() *story.Story { return s.uploaded(t) }, right: prepared},
		{story: func() *story.Story { return s.approved(prepared) }, right: published},
		{story: func() *story.Story { return s.published(t, published) }, right: refined},
	}
	deferred := 0
	for size := step / 4; jobs[0].done < 2 || jobs[1].done < 2 || jobs[2].done < 2; size += step {
		dir, remove := testkit.SmallDisk(t, size)
		p := s.pipeline(t, dir, size)
		for i := range jobs {
			if s.requireRightOrDeferred(t, p, jobs[i].story(), jobs[i].right, size) {
				jobs[i].done++
			} else {
				deferred++
			}
			requireEmptied(t, dir, size)
			p.gate.why, p.gate.pause = nil, 0 // the next job meets the disk as well
		}
		left, err := os.ReadDir(p.scratch.dir)
		require.NoError(t, err)
		require.Empty(t, left)
		require.NoError(t, p.Close())
		remove()
	}
	require.Greater(t, deferred, 2)
	t.Logf("%d jobs found no room, %d succeeded", deferred, jobs[0].done+jobs[1].done+jobs[2].done)
}

// requireRightOrDeferred runs the story's job and reports whether it succeeded.
func (s *station) requireRightOrDeferred(t *testing.T, p *Pipeline, st, right *story.Story, size int64) bool {
	t.Helper()
	before := st.State
	st, record := s.work(t, p, st)
	if record.Outcome == attempt.Done {
		require.Equal(t, right.State, st.State)
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

		first := s.approved(prepared)
		need, err = large.need(t.Context(), story.Job{Kind: story.Publish, Story: first.ID, Attempt: 1})
		require.NoError(t, err)
		require.NoError(t, p.Close())
		remove()
		dir, remove = testkit.SmallDisk(t, need)
		p = s.pipeline(t, dir, need)
		published, record := s.work(t, p, first)
		require.Equal(t, story.Published, published.State, "%s: %s", clip, record.Error)
		require.True(t, published.Public.First)

		ladder := s.published(t, published)
		need, err = large.need(t.Context(), story.Job{Kind: story.Ladder, Story: ladder.ID, Attempt: 1})
		require.NoError(t, err)
		require.Equal(t, need-int64(len(s.clip)), plan.LadderScratch(*ladder.Media, plan.Options{}))
		require.NoError(t, p.Close())
		remove()
		dir, remove = testkit.SmallDisk(t, need)
		p = s.pipeline(t, dir, need)
		refined, record := s.work(t, p, ladder)
		require.False(t, refined.Public.First, "%s: %s", clip, record.Error)
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
