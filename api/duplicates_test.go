package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestRelated_ListsOtherStoriesOfTheSamePerson(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	first, second := e.inReview(), e.inReview()
	var related relatedView
	e.want(200, "GET", "/v1/stories/"+second.Story.ID+"/related", e.keys[account.Moderator], nil).into(t, &related)
	require.Len(t, related.SamePerson, 1)
	require.Equal(t, first.Story.ID, related.SamePerson[0].ID)
	require.Empty(t, related.Alike)
}
