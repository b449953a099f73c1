package story_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestChange_RetriesAfterAConflictAndAnnouncesOnce(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	st := env.Story(story.AwaitingUpload)
	calls := 0
	got, err := env.Stories.Change(t.Context(), st.ID, func(mine *story.Story) (*story.Entry, error) {
		if calls++; calls == 1 { // another writer is faster
			other, err := env.DB.Story(t.Context(), st.ID)
			require.NoError(t, err)
			other.Title = "faster"
			require.NoError(t, env.DB.SaveStory(t.Context(), other, nil))
		}
		return mine.Apply(story.EventUploaded, account.TheSystem, env.Now)
	})
	require.NoError(t, err)
	require.Equal(t, 2, calls)
	require.Equal(t, "faster", got.Title, "neither change is lost")
	require.Equal(t, []story.Job{{Kind: story.Prepare, Story: st.ID, Attempt: 1}}, env.Announced)
}

func TestChange_WritesNothing(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]error{"unchanged": story.ErrUnchanged, "refused": errors.New("refused")} {
		t.Run(name, func(t *testing.T) {
			env := testkit.NewEnv(t)
			st := env.Story(story.Uploaded)
			_, err := env.Stories.Change(t.Context(), st.ID, func(mine *story.Story) (*story.Entry, error) {
				mine.Title = "changed"
				return nil, fails
			})
			require.Equal(t, name == "unchanged", err == nil)
			kept, err := env.Stories.Get(t.Context(), st.ID)
			require.NoError(t, err)
			require.Equal(t, st.Version, kept.Version)
			require.Equal(t, st.Title, kept.Title)
			require.Empty(t, env.Announced)
		})
	}
}

func TestChange_SucceedsWithoutAQueue(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	st := env.Story(story.AwaitingUpload)
	stories := story.NewService(env.DB, noQueue{}, env.Clock, story.Options{}, env.Log)
	_, err := stories.Change(t.Context(), st.ID, func(st *story.Story) (*story.Entry, error) {
		return st.Apply(story.EventUploaded, account.TheSystem, env.Now)
	})
	require.NoError(t, err, "the sweep announces the work")
	require.Equal(t, story.Uploaded, env.State(st.ID))
}

type noQueue struct{}

func (noQueue) Enqueue(context.Context, story.Job) error { return errors.New("Redis is away") }

func TestWithdraw(t *testing.T) {
	t.Parallel()
	owner := account.Actor{Role: account.Contributor}
	for _, state := range []story.State{story.AwaitingUpload, story.InReview, story.Published, story.Expired} {
		t.Run(string(state), func(t *testing.T) {
			env := testkit.NewEnv(t)
			st := env.Story(state)
			_, err := env.Stories.Withdraw(t.Context(), st.ID, testkit.Actor(account.Moderator, "Ana"))
			require.True(t, fault.Is(err, "story.role"), "moderators hide; only its owner and admins withdraw: %v", err)
			got, err := env.Stories.Withdraw(t.Context(), st.ID, owner)
			require.NoError(t, err)
			require.Equal(t, story.Withdrawn, got.State)
			require.Equal(t, env.Now, got.Release.WithdrawnAt)
			require.Zero(t, got.PublishedAt)
			require.Equal(t, []story.Job{{Kind: story.Remove, Story: st.ID, Attempt: 1}}, env.Announced)
			again, err := env.Stories.Withdraw(t.Context(), st.ID, owner)
			require.NoError(t, err)
			require.Equal(t, got.Version, again.Version, "twice is once")
		})
	}
}

func TestRetry_ReturnsToTheWorkThatFailed(t *testing.T) {
	t.Parallel()
	op := testkit.Actor(account.Admin, "Op")
	for kind, want := range map[story.JobKind]story.State{
		story.Prepare: story.Uploaded, story.Publish: story.Approved,
	} {
		t.Run(string(kind), func(t *testing.T) {
			env := testkit.NewEnv(t)
			st := env.Story(story.Failed, func(s *story.Story) {
				s.Failure, s.Tries = &story.Failure{Code: "storage.unavailable", Job: kind}, 5
			})
			got, err := env.Stories.Retry(t.Context(), st.ID, op)
			require.NoError(t, err)
			require.Equal(t, want, got.State)
			require.Zero(t, got.Tries)
			require.Nil(t, got.Failure)
			_, err = env.Stories.Retry(t.Context(), st.ID, op)
			require.True(t, fault.Is(err, "story.state"), err)
		})
	}
}
