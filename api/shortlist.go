package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
)

type candidateView struct {
	Story storyView  `json:"story"`
	Note  string     `json:"note,omitempty"`
	By    string     `json:"by"`
	At    time.Time  `json:"at"`
	Votes []voteView `json:"votes"`
}

type noteBody struct {
	Note string `json:"note,omitempty" maxLength:"2000"`
}

type shortlistStoryInput struct {
	BoardStoryPath
	Body noteBody
}

func (s *server) shortlistRoutes() {
	handle(s, creatives, op("list-shortlist", "GET /v1/campaigns/{campaign}/shortlist", "board", "Read the shortlist").
		fails(notFound), s.listShortlist)
	handle(s, creatives, op("shortlist-story", "PUT /v1/campaigns/{campaign}/shortlist/{id}", "board",
		"Put a story on the shortlist").about("Again replaces the note.").noContent().fails(notFound, conflict).
		audited("shortlist.added"), s.shortlistStory)
	handle(s, creatives, op("unshortlist-story", "DELETE /v1/campaigns/{campaign}/shortlist/{id}", "board",
		"Take a story off the shortlist").noContent().fails(notFound).audited("shortlist.removed"), s.unshortlistStory)
}

// listShortlist answers with every candidate and the votes on it.
func (s *server) listShortlist(ctx context.Context, in *CampaignPath) (*items[candidateView], error) {
	listed, err := s.Board.Shortlist(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	votes, err := s.Board.Votes(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	out := make([]candidateView, len(listed))
	for i, l := range listed {
		out[i] = candidateView{
			Story: s.boardView(l.Story), Note: l.Note, By: l.By.Name, At: l.At,
			Votes: votesOf(votes[l.Candidate.Story], callerOf(ctx).id()),
		}
	}
	return itemsOf(out), nil
}

// shortlistStory adds a published story to the shortlist.
func (s *server) shortlistStory(ctx context.Context, in *shortlistStoryInput) (*none, error) {
	_, err := s.Board.Add(ctx, in.Campaign, in.ID, in.Body.Note, callerOf(ctx).actor(account.Creative))
	return nil, err
}

// unshortlistStory removes a story from the shortlist.
func (s *server) unshortlistStory(ctx context.Context, in *BoardStoryPath) (*none, error) {
	return nil, s.Board.Drop(ctx, in.Campaign, in.ID)
}
