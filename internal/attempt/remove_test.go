package attempt_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestRemoved(t *testing.T) {
	t.Parallel()
	t.Run("a hidden story keeps its text", func(t *testing.T) {
		env := newEnv(t)
		st := env.Story(story.Published)
		env.Move(st, story.Hidden)
		j := story.Job{Kind: story.Remove, Story: st.ID, Attempt: 1}
		started, err := env.Start(t.Context(), j)
		require.NoError(t, err)
		require.NoError(t, env.Removed(t.Context(), j, started.Removable()))
		got, err := env.Stories.Get(t.Context(), st.ID)
		require.NoError(t, err)
		require.Equal(t, story.Hidden, got.State)
		require.Nil(t, got.Public)
		require.Equal(t, st.Text, got.Text)
	})
	t.Run("a withdrawn story becomes a tombstone", func(t *testing.T) {
		env := newEnv(t)
		st := env.Story(story.Withdrawn)
		j := story.Job{Kind: story.Remove, Story: st.ID, Attempt: 1}
		started, err := env.Start(t.Context(), j)
		require.NoError(t, err)
		all := started.Removable()
		require.True(t, fault.Is(env.Removed(t.Context(), story.Job{Kind: story.Remove, Story: st.ID, Attempt: 7}, all),
			"job.overtaken"))
		require.NoError(t, env.Removed(t.Context(), j, all))
		got, err := env.Stories.Get(t.Context(), st.ID)
		require.NoError(t, err)
		require.Equal(t, story.Erased, got.State)
		require.Equal(t, story.Contributor{}, got.Contributor)
		require.Empty(t, got.Title+got.Text+got.Song.Title+got.Release.Address+got.Upload.FileName)
		require.NotEmpty(t, got.Release.TextSHA256, "what was agreed to stays evidence")
	})
}

// TestRemoved_WhileTheStoryGoesOnRecordsNoMoreThanWasRemoved: the state decides
// what else is to be removed, the attempt what is gone.
func TestRemoved_WhileTheStoryGoesOnRecordsNoMoreThanWasRemoved(t *testing.T) {
	t.Parallel()
	by := testkit.Actor(account.Moderator, "Ana")
	for name, move := range map[string]func(*env, string) error{
		"hidden": func(e *env, id string) error {
			_, err := e.Stories.Change(t.Context(), id, func(st *story.Story) (*story.Entry, error) {
				return st.Apply(story.EventHidden, by, e.Now)
			})
			return err
		},
		"withdrawn": func(e *env, id string) error {
			_, err := e.Stories.Withdraw(t.Context(), id, account.Actor{Role: account.Contributor})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			env := newEnv(t)
			before, err := env.Stories.Change(t.Context(), env.Story(story.Published).ID,
				func(st *story.Story) (*story.Entry, error) {
					st.Public.Before = media.PublicPrefix(st.ID, 1)
					return nil, nil
				})
			require.NoError(t, err)
			j := story.Job{Kind: story.Remove, Story: before.ID, Attempt: before.Attempt + 1}
			started, err := env.Start(t.Context(), j)
			require.NoError(t, err)
			require.NoError(t, move(env, before.ID))
			require.NoError(t, env.Removed(t.Context(), j, started.Removable()))

			next := story.Job{Kind: story.Remove, Story: before.ID, Attempt: j.Attempt + 1}
			require.Equal(t, next, env.Announced[len(env.Announced)-1])
			got, err := env.Start(t.Context(), next)
			require.NoError(t, err)
			require.Equal(t, before.Public, got.Public)
			require.Equal(t, before.Title, got.Title)
			require.NoError(t, env.Removed(t.Context(), next, got.Removable()))
			got, err = env.Stories.Get(t.Context(), before.ID)
			require.NoError(t, err)
			require.Nil(t, got.Public)
			require.Equal(t, name == "withdrawn", got.State == story.Erased)
		})
	}
}
