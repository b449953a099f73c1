package board_test

import (
	"testing"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

const slug = "song"

var (
	ana = person("Ana")
	ben = person("Ben")
)

// person is a signed-in creative.
func person(name string) account.Actor {
	a := testkit.Actor(account.Creative, name)
	a.Person = true
	return a
}

type env struct {
	*testkit.Env
	*board.Service
}

func newEnv(t *testing.T) *env {
	e := testkit.NewEnv(t)
	return &env{e, board.NewService(e.DB, e.Campaigns, e.Clock)}
}

func ids(stories []*story.Story) []string {
	out := make([]string, len(stories))
	for i, st := range stories {
		out[i] = st.ID
	}
	return out
}
