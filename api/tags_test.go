package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestTags_AreFoldedAndFound(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	ann, bo := e.keys[account.Creative], e.newKey("creative", "Bo")
	st := e.published()
	base := "/v1/campaigns/" + e.slug
	story := base + "/stories/" + st.Story.ID
	var tags struct{ Tags []string }
	e.want(200, "PUT", story+"/tags", ann, map[string]any{"tags": []string{" #Roof  top", "Night", "night", ""}}).
		into(t, &tags)
	require.Equal(t, []string{"night", "roof top"}, tags.Tags)
	e.want(422, "PUT", story+"/tags", ann, map[string]any{"tags": []string{strings.Repeat("x", 41)}})
	var found StoryList
	e.want(200, "GET", base+"/search?tag=Night&sort=random&seed=x", bo, nil).into(t, &found)
	require.Len(t, found.Items, 1)
	require.Equal(t, []string{"night", "roof top"}, found.Items[0].Tags)
}
