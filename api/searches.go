package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
)

// searchView is a saved search.
type searchView struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Query string    `json:"query" doc:"The board's address after '?'."`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
}

type saveSearchInput struct {
	CampaignPath
	Body struct {
		Name  string `json:"name" minLength:"1" maxLength:"80"`
		Query string `json:"query" maxLength:"2000"`
	}
}

type deleteSearchInput struct {
	CampaignPath
	Search string `path:"search" maxLength:"36"`
}

func (s *server) searchRoutes() {
	handle(s, creatives, op("list-searches", "GET /v1/campaigns/{campaign}/searches", "board", "List saved searches").
		fails(notFound), s.listSearches)
	handle(s, creatives, op("save-search", "POST /v1/campaigns/{campaign}/searches", "board", "Save a search").
		about("For the whole team; one of the same name is replaced.").
		fails(notFound, conflict).audited("search.saved"), s.saveSearch)
	handle(s, creatives, op("delete-search", "DELETE /v1/campaigns/{campaign}/searches/{search}", "board",
		"Delete a saved search").noContent().fails(notFound).audited("search.deleted"), s.deleteSearch)
}

// listSearches answers with the team's saved searches.
func (s *server) listSearches(ctx context.Context, in *CampaignPath) (*items[searchView], error) {
	saved, err := s.Board.SavedSearches(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	out := make([]searchView, len(saved))
	for i, v := range saved {
		out[i] = searchView{v.ID, v.Name, v.Query, v.By.Name, v.At}
	}
	return itemsOf(out), nil
}

// saveSearch saves a search under a name and answers with all of them.
func (s *server) saveSearch(ctx context.Context, in *saveSearchInput) (*items[searchView], error) {
	if err := s.Board.SaveSearch(ctx, in.Campaign, in.Body.Name, in.Body.Query,
		callerOf(ctx).actor(account.Creative)); err != nil {
		return nil, err
	}
	return s.listSearches(ctx, &in.CampaignPath)
}

// deleteSearch deletes a saved search, whoever saved it.
func (s *server) deleteSearch(ctx context.Context, in *deleteSearchInput) (*none, error) {
	return nil, s.Board.DeleteSearch(ctx, in.Campaign, in.Search)
}
