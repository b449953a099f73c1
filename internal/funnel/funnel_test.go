package funnel_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/funnel"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestReport_CountsStoriesByStepAndMedianTimes(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	advance := func(st *story.Story, pause time.Duration, states ...story.State) {
		for _, to := range states {
			env.Advance(pause)
			env.Move(st, to)
		}
	}
	all := []story.State{
		story.Uploaded, story.Preparing, story.InReview, story.Approved, story.Publishing, story.Published,
	}
	for i, n := range []int{6, 6, 3, 1, 0} { // states that each story passes
		advance(env.Story(story.AwaitingUpload), time.Duration(i+1)*time.Minute, all[:n]...)
	}
	gone := env.Story(story.Published)
	env.Move(gone, story.Withdrawn)

	r, err := funnel.NewService(env.DB).Report(t.Context(), env.Campaign.ID)
	require.NoError(t, err)
	require.EqualValues(t, 2, r.States[story.Published])
	require.EqualValues(t, 1, r.States[story.Withdrawn])
	reached := map[string]int64{}
	for _, s := range r.Steps {
		reached[s.Name] = s.Reached
	}
	require.Equal(t, map[string]int64{
		"created": 6, "uploaded": 4, "prepared": 3, "reviewed": 2, "published": 2, "selected": 0,
	}, reached, "a withdrawn story counts as created only")
	prepared := r.Steps[2]
	require.Equal(t, 3, prepared.Sample)
	require.Equal(t, 4*time.Minute, prepared.Median, "of 2, 4 and 6 minutes")
}

func TestReport_TimeToSelection(t *testing.T) {
	t.Parallel()
	env := testkit.NewEnv(t)
	st := env.Story(story.Published)
	env.Advance(time.Hour)
	_, err := env.DB.AddPick(t.Context(),
		board.Pick{Campaign: env.Campaign.ID, Slot: "ad-1", Story: st.ID, At: env.Now})
	require.NoError(t, err)
	r, err := funnel.NewService(env.DB).Report(t.Context(), env.Campaign.ID)
	require.NoError(t, err)
	require.Equal(t, funnel.Step{Name: "selected", Reached: 1, Median: time.Hour, Sample: 1}, r.Steps[5])
}
