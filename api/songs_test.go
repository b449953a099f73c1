package api

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSongs(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	var found struct{ Items []songView }
	e.want(200, "GET", "/v1/songs?q=bow+her&limit=3", "", nil).into(t, &found)
	require.Equal(t, []songView{{Title: "Heroes", Artist: "David Bowie"}}, found.Items)
	e.want(200, "GET", "/v1/songs?q=", "", nil).into(t, &found)
	require.Empty(t, found.Items)
	e.want(422, "GET", "/v1/songs?limit=100", "", nil)
}
