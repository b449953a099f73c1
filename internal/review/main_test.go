package review_test

import (
	"testing"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

var (
	ana = testkit.Actor(account.Moderator, "Ana")
	ben = testkit.Actor(account.Moderator, "Ben")
)

type env struct {
	*testkit.Env
	*review.Service
}

func newEnv(t *testing.T) *env {
	e := testkit.NewEnv(t)
	return &env{e, review.NewService(e.DB, e.Stories, e.Campaigns, e.Clock)}
}

func ids(stories []*story.Story) []string {
	out := make([]string, len(stories))
	for i, st := range stories {
		out[i] = st.ID
	}
	return out
}
