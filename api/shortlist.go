package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
)

type candidateView struct {
	List      string     `json:"list" doc:"The shortlist's id, or default."`
	Story     storyView  `json:"story"`
	Status    string     `json:"status" enum:"considering,needs_edit,approved,declined"`
	Note      string     `json:"note,omitempty"`
	Version   int64      `json:"version" doc:"Send it with a change, so that nobody overwrites what they have not seen."`
	By        string     `json:"by" doc:"Who added it."`
	At        time.Time  `json:"at"`
	ChangedBy string     `json:"changed_by,omitempty" doc:"Who changed note or status since."`
	ChangedAt *time.Time `json:"changed_at,omitempty"`
	Votes     []voteView `json:"votes"`
}

type noteBody struct {
	Note    *string `json:"note,omitempty" maxLength:"2000" doc:"Absent: as it is."`
	Version int64   `json:"version,omitempty" minimum:"0" doc:"As you saw it; absent: the note is replaced whatever it is."`
}

type shortlistStoryInput struct {
	BoardStoryPath
	Body noteBody
}

func (s *server) shortlistRoutes() {
	handle(s, creatives, op("list-shortlist", "GET /v1/campaigns/{campaign}/shortlist", "board",
		"Read the default shortlist").fails(notFound), s.listShortlist)
	handle(s, creatives, op("shortlist-story", "PUT /v1/campaigns/{campaign}/shortlist/{id}", "board",
		"Put a story on the default shortlist").about("Again replaces the note, if one is given.").noContent().
		fails(notFound, conflict).audited("shortlist.added"), s.shortlistStory)
	handle(s, creatives, op("unshortlist-story", "DELETE /v1/campaigns/{campaign}/shortlist/{id}", "board",
		"Take a story off the default shortlist").noContent().fails(notFound).audited("shortlist.removed"),
		s.unshortlistStory)
}

// listShortlist answers with every candidate and the votes on it.
func (s *server) listShortlist(ctx context.Context, in *CampaignPath) (*items[candidateView], error) {
	listed, err := s.Board.Shortlist(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	out, err := s.candidateViews(ctx, in.Campaign, listed)
	return itemsOf(out), err
}

// candidateViews are candidates with the votes on them.
func (s *server) candidateViews(ctx context.Context, slug string, listed []board.Listed) ([]candidateView, error) {
	votes, err := s.Board.Votes(ctx, slug)
	if err != nil {
		return nil, err
	}
	out := make([]candidateView, len(listed))
	for i, l := range listed {
		out[i] = candidateView{
			List: l.Ref(), Story: s.boardView(l.Story), Status: string(l.Status), Note: l.Note, Version: l.Version,
			By: l.By.Name, At: l.At, ChangedBy: l.ChangedBy.Name, ChangedAt: timePtr(l.ChangedAt),
			Votes: votesOf(votes[l.Candidate.Story], callerOf(ctx).id()),
		}
	}
	return out, nil
}

// shortlistStory adds a published story to the default shortlist.
func (s *server) shortlistStory(ctx context.Context, in *shortlistStoryInput) (*none, error) {
	ch := board.Change{Note: in.Body.Note, Version: in.Body.Version, Replace: in.Body.Version == 0}
	_, err := s.Board.Add(ctx, in.Campaign, in.ID, ch, callerOf(ctx).actor(account.Creative))
	return nil, err
}

// unshortlistStory removes a story from the default shortlist.
func (s *server) unshortlistStory(ctx context.Context, in *BoardStoryPath) (*none, error) {
	return nil, s.Board.Drop(ctx, in.Campaign, in.ID)
}
