package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestReports_CountByModeratorAndSampleOthersDecisions(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	mod, ben := e.keys[account.Moderator], e.newKey("moderator", "Ben")
	a, b, c := e.inReview(), e.inReview(), e.inReview()
	e.decide(mod, a.Story.ID, map[string]any{"action": "reject", "reason": "spam"})
	e.decide(mod, b.Story.ID, map[string]any{"action": "reject", "reason": "spam"})
	e.decide(ben, c.Story.ID, map[string]any{"action": "approve"})

	var report reportView
	e.want(200, "GET", "/v1/review/report?hours=1&campaign="+e.slug, mod, nil).into(t, &report)
	require.EqualValues(t, 3, report.Decided)
	require.Len(t, report.Moderators, 2)
	e.want(422, "GET", "/v1/review/report?hours=100000", mod, nil)

	var sample StoryList
	e.want(200, "GET", "/v1/review/sample?seed=7", ben, nil).into(t, &sample)
	require.Len(t, sample.Items, 2, "others' decisions only")
	e.want(200, "GET", "/v1/review/sample?seed=7&count=1", mod, nil).into(t, &sample)
	require.Equal(t, c.Story.ID, sample.Items[0].ID)
}
