package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestSearches_AreTheTeams(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	ann, bo := e.keys[account.Creative], e.newKey("creative", "Bo")
	base := "/v1/campaigns/" + e.slug
	var saved struct{ Items []searchView }
	e.want(200, "POST", base+"/searches", ann, map[string]any{"name": " Roofs ", "query": "campaign=x&q=roof"}).
		into(t, &saved)
	require.Equal(t, "Roofs", saved.Items[0].Name)
	e.want(204, "DELETE", base+"/searches/"+saved.Items[0].ID, bo, nil)
}
