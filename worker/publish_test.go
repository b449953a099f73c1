package worker

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

// files returns the names of the objects under a prefix.
func (s *station) files(t *testing.T, prefix string) []string {
	t.Helper()
	objects, err := s.bucket.Keys(t.Context(), prefix, "", 1000)
	require.NoError(t, err)
	var out []string
	for _, o := range objects {
		out = append(out, o.Key[len(prefix):])
	}
	return out
}

// TestPublish_FirstSetThenLadder follows a story from its approval to the
// removal of what players no longer need.
func TestPublish_FirstSetThenLadder(t *testing.T) {
	t.Parallel()
	s := newStation(t, "landscape")
	p := s.pipeline(t, t.TempDir(), 1<<40)
	st, _ := s.work(t, p, s.uploaded(t))
	require.Equal(t, story.InReview, st.State)
	st, err := s.Stories.Change(t.Context(), st.ID, func(st *story.Story) (*story.Entry, error) {
		return st.Apply(story.EventApproved, testkit.Actor(account.Moderator, "Ana"), s.Now)
	})
	require.NoError(t, err)

	st, record := s.work(t, p, st)
	require.Equal(t, attempt.Done, record.Outcome, record.Error)
	require.Equal(t, story.Published, st.State)
	require.True(t, st.Public.First)
	require.Equal(t, st.Review.PosterColor, st.Public.PosterColor)
	require.Len(t, st.Public.Renditions, 1)
	first := st.Public.Prefix
	require.Subset(t, s.files(t, first), []string{st.Public.MP4, st.Public.HLS, st.Public.Poster, st.Public.Storyboard,
		st.Public.StoryboardVTT})
	require.Equal(t, story.Ladder, st.WorkKind())

	st, record = s.work(t, p, st)
	require.Equal(t, attempt.Done, record.Outcome, record.Error)
	require.False(t, st.Public.First)
	require.NotEmpty(t, st.Public.Preview)
	require.Equal(t, first, st.Public.Before)
	ladder := st.Public.Prefix
	require.NotEmpty(t, s.files(t, first), "players may read it for a while")

	s.Advance(2 * time.Hour)
	st, record = s.work(t, p, st)
	require.Equal(t, attempt.Done, record.Outcome, record.Error)
	require.Empty(t, s.files(t, first))
	require.NotEmpty(t, s.files(t, ladder))
	require.Equal(t, story.JobKind(""), st.WorkKind())
}

// TestPublish_MakesTheLadderWithoutAReviewedCopy: bytes that nobody reviewed
// are not published, however they came there.
func TestPublish_MakesTheLadderWithoutAReviewedCopy(t *testing.T) {
	t.Parallel()
	s := newStation(t, "landscape")
	p := s.pipeline(t, t.TempDir(), 1<<40)
	prepared, _ := s.work(t, p, s.uploaded(t))
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, prepared.Review.MP4), s.clip, 0o600))
	for name, spoil := range map[string]func(*story.Story){
		"never made": func(st *story.Story) { st.Review = nil },
		"removed": func(st *story.Story) {
			gone := *st.Review
			gone.Prefix = media.ReviewPrefix(st.ID, 9)
			st.Review = &gone
		},
		"changed": func(*story.Story) {
			_, err := s.bucket.PutTree(t.Context(), prepared.Review.Prefix, dir, nil)
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			st := s.approved(prepared)
			st, err := s.Stories.Change(t.Context(), st.ID, func(st *story.Story) (*story.Entry, error) {
				spoil(st)
				return nil, nil
			})
			require.NoError(t, err)
			st, record := s.work(t, p, st)
			require.Equal(t, attempt.Done, record.Outcome, record.Error)
			require.False(t, st.Public.First)
			require.NotEmpty(t, st.Public.Preview)
			require.Equal(t, story.JobKind(""), st.WorkKind())
		})
	}
}

// TestMakeRoom_ReservesTheLadderInsteadOfTheFirstSet: what was reserved for
// copying the reviewed video is a fraction of what encoding it takes.
func TestMakeRoom_ReservesTheLadderInsteadOfTheFirstSet(t *testing.T) {
	t.Parallel()
	s := newStation(t, "landscape")
	p := s.pipeline(t, t.TempDir(), 1<<40)
	prepared, _ := s.work(t, p, s.uploaded(t))
	st := s.approved(prepared)
	job := story.Job{Kind: story.Publish, Story: st.ID, Attempt: 1}
	first, err := p.need(t.Context(), job)
	require.NoError(t, err)
	dir, err := p.scratch.folder(job.String())
	require.NoError(t, err)
	require.NoError(t, p.gate.take(dir, first))
	unmade := filepath.Join(dir, copyFolder)
	require.NoError(t, os.Mkdir(unmade, 0o700))

	r := &run{job: job, story: st, dir: dir}
	require.NoError(t, p.makeRoom(r))
	require.NoDirExists(t, unmade)
	require.Equal(t, p.ladderNeed(st), p.gate.held[dir])

	p.gate.spaceAt = func(string) (machine.Space, error) {
		return machine.Space{Total: 1 << 40, Free: max(p.opts.MinFree, p.ladderNeed(st)) - 1, Files: -1}, nil
	}
	require.True(t, fault.IsLocal(p.makeRoom(r)), "another worker, or this one later, has the room")
}
