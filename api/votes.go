package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
)

// voteView is one person's opinion of a candidate.
type voteView struct {
	By     string    `json:"by"`
	Mine   bool      `json:"mine"`
	Value  int       `json:"value" enum:"-1,1"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
}

type voteInput struct {
	BoardStoryPath
	Body struct {
		Value  int    `json:"value" enum:"-1,0,1"`
		Reason string `json:"reason,omitempty" maxLength:"2000"`
	}
}

func (s *server) voteRoutes() {
	handle(s, creatives, op("vote", "PUT /v1/campaigns/{campaign}/stories/{id}/vote", "board", "Vote on a story").
		about("1 for, -1 against, 0 takes the vote back. One vote a person.").noContent().fails(notFound, conflict).
		audited("vote.cast"), s.vote)
}

// vote sets, changes or takes back the caller's vote.
func (s *server) vote(ctx context.Context, in *voteInput) (*none, error) {
	return nil, s.Board.Vote(ctx, in.Campaign, in.ID, in.Body.Value, in.Body.Reason,
		callerOf(ctx).actor(account.Creative))
}

func votesOf(votes []board.Vote, me string) []voteView {
	out := make([]voteView, len(votes))
	for i, v := range votes {
		out[i] = voteView{v.By.Name, v.By.ID == me, v.Value, v.Reason, v.At}
	}
	return out
}
