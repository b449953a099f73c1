package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestVotes_OneAPersonOnACandidate(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	ann, bo := e.keys[account.Creative], e.newKey("creative", "Bo")
	st := e.published()
	base := "/v1/campaigns/" + e.slug
	story := base + "/stories/" + st.Story.ID
	e.want(204, "PUT", base+"/shortlist/"+st.Story.ID, ann, map[string]any{"note": "maybe"})
	e.want(204, "PUT", story+"/vote", ann, map[string]any{"value": 1, "reason": "goosebumps"})
	e.want(204, "PUT", story+"/vote", bo, map[string]any{"value": -1})
	e.want(422, "PUT", story+"/vote", bo, map[string]any{"value": 2})
	var list struct{ Items []candidateView }
	e.want(200, "GET", base+"/shortlist", bo, nil).into(t, &list)
	require.Len(t, list.Items[0].Votes, 2)
	require.False(t, list.Items[0].Votes[0].Mine)
	require.True(t, list.Items[0].Votes[1].Mine)
}
