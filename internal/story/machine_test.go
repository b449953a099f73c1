package story_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/story"
)

// TestMachine_RandomWalks applies random events in random roles and checks
// what must hold in any order.
func TestMachine_RandomWalks(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var events []story.Event
	for _, tr := range story.Transitions() {
		if !slices.Contains(events, tr.Event) {
			events = append(events, tr.Event)
		}
	}
	for range 2000 {
		w := walk{st: &story.Story{ID: "s", State: story.AwaitingUpload}}
		for range 40 {
			w.step(t, events[r.IntN(len(events))], roles[r.IntN(len(roles))])
		}
	}
}

var roles = []account.Role{
	account.Contributor, account.Moderator, account.Creative, account.Admin, account.System,
}

type walk struct {
	st       *story.Story
	approved bool
}

func (w *walk) step(t *testing.T, e story.Event, role account.Role) {
	t.Helper()
	from := w.st.State
	line, err := w.st.Apply(e, account.Actor{Role: role}, time.Now())
	if err != nil {
		require.Equal(t, from, w.st.State, "a refused event changes nothing")
		return
	}
	require.Equal(t, from, line.From)
	require.Equal(t, w.st.State, line.To)
	require.NotEqual(t, story.Erased, from)
	if e == story.EventApproved {
		require.Equal(t, account.Moderator, role)
		w.approved = true
	}
	if e == story.EventReplaced {
		w.approved = false
	}
	if e == story.EventFailed {
		w.st.Failure = &story.Failure{Job: story.Prepare}
		if from == story.Publishing {
			w.st.Failure.Job = story.Publish
		}
	}
	if slices.Contains([]story.State{story.Approved, story.Publishing, story.Published, story.Hidden}, w.st.State) {
		require.True(t, w.approved, "%s without an approval", w.st.State)
	}
}

func TestJob_SurvivesItsText(t *testing.T) {
	t.Parallel()
	j := story.Job{Kind: story.Publish, Story: "s", Attempt: 3}
	got, err := story.ParseJob(j.String())
	require.NoError(t, err)
	require.Equal(t, j, got)
	for _, text := range []string{
		"", "publish:s", "publish:s:0", "publish:s:x", "publish::1", "bake:s:1", "publish:s:1:1",
	} {
		t.Run(text, func(t *testing.T) {
			_, err := story.ParseJob(text)
			require.Error(t, err)
		})
	}
}
