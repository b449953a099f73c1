package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestFunnel_CountsStepsAndMedians(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	mod := e.keys[account.Moderator]
	_, rejected, public := e.inReview(), e.inReview(), e.published()
	e.decide(mod, rejected.Story.ID, map[string]any{"action": "reject", "reason": "spam"})
	var f funnelView
	e.want(200, "GET", "/v1/campaigns/"+e.slug+"/funnel", mod, nil).into(t, &f)
	require.Equal(t, map[string]int64{"in_review": 1, "rejected": 1, "published": 1}, f.States)
	require.Len(t, f.Steps, 6)
	for i, reached := range []int64{3, 3, 3, 2, 1, 0} {
		require.Equal(t, reached, f.Steps[i].Reached, f.Steps[i].Name)
		if i > 0 {
			require.EqualValues(t, reached, f.Steps[i].Sample, f.Steps[i].Name)
		}
	}
	e.want(200, "PUT", "/v1/campaigns/"+e.slug+"/selection/ad-1", e.keys[account.Creative],
		map[string]any{"story": public.Story.ID})
	e.want(200, "GET", "/v1/campaigns/"+e.slug+"/funnel", mod, nil).into(t, &f)
	require.EqualValues(t, 1, f.Steps[5].Reached)
	require.Positive(t, f.Steps[5].MedianSeconds)
}
