package arch

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/story"
)

func TestTransitions_MatchTheTable(t *testing.T) {
	t.Parallel()
	var want [][]string
	for _, tr := range story.Transitions() {
		var by []string
		for _, r := range tr.By {
			by = append(by, string(r))
		}
		want = append(want, []string{string(tr.From), string(tr.Event), string(tr.To), strings.Join(by, ", ")})
	}
	require.Equal(t, want, tableRows(t, "from"))
}

// TestTransitions_GuaranteeApprovalAndWithdrawal checks properties of the whole
// state machine: every state is reachable, nothing is public without an
// approval, and every story can be withdrawn.
func TestTransitions_GuaranteeApprovalAndWithdrawal(t *testing.T) {
	t.Parallel()
	next := map[story.State][]story.Transition{}
	for _, tr := range story.Transitions() {
		for _, other := range next[tr.From] {
			require.NotEqual(t, other.Event, tr.Event, "%s: %s leads to two states", tr.From, tr.Event)
		}
		next[tr.From] = append(next[tr.From], tr)
	}
	reach := func(avoid story.Event) map[story.State]bool {
		reached := map[story.State]bool{story.AwaitingUpload: true}
		for todo := []story.State{story.AwaitingUpload}; len(todo) > 0; todo = todo[1:] {
			for _, tr := range next[todo[0]] {
				if tr.Event != avoid && tr.Event != story.EventPublishRetried && !reached[tr.To] {
					reached[tr.To] = true
					todo = append(todo, tr.To)
				}
			}
		}
		return reached
	}
	all := reach("")
	for _, s := range story.States() {
		require.True(t, all[s], "%s cannot be reached", s)
	}
	unapproved := reach(story.EventApproved)
	for _, s := range []story.State{story.Approved, story.Publishing, story.Published, story.Hidden} {
		require.False(t, unapproved[s], "%s can be reached without an approval", s)
	}
	for _, s := range story.States() {
		if s == story.Withdrawn || s == story.Erased {
			continue
		}
		withdrawable := slices.ContainsFunc(next[s], func(tr story.Transition) bool { return tr.To == story.Withdrawn })
		require.True(t, withdrawable, "%s cannot be withdrawn", s)
	}
	require.Empty(t, next[story.Erased])
}
