package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

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

// searchView is a saved search.
type searchView struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Query string    `json:"query" doc:"The board's address after '?'."`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
}

func (s *server) teamRoutes() {
	tags := []string{"board"}
	missing := []int{http.StatusNotFound}
	conflict := []int{http.StatusNotFound, http.StatusConflict}
	handle(s, huma.Operation{
		OperationID: "tag-story", Method: http.MethodPut, Path: "/v1/campaigns/{campaign}/stories/{id}/tags",
		Tags:    tags,
		Summary: "Tag a story", Description: "The tags given become those of the story, no others.", Errors: conflict,
	}, creatives, func(ctx context.Context, in *struct {
		BoardStoryPath
		Body struct {
			Tags []string `json:"tags" maxItems:"20"`
		}
	}) (*struct {
		Body struct {
			Tags []string `json:"tags"`
		}
	}, error) {
		kept, err := s.Board.SetTags(ctx, in.Campaign, in.ID, in.Body.Tags, callerOf(ctx).actor(account.Creative))
		out := &struct {
			Body struct {
				Tags []string `json:"tags"`
			}
		}{}
		out.Body.Tags = append([]string{}, kept...)
		return out, err
	})
	handle(s, huma.Operation{
		OperationID: "vote", Method: http.MethodPut, Path: "/v1/campaigns/{campaign}/stories/{id}/vote", Tags: tags,
		DefaultStatus: http.StatusNoContent,
		Summary:       "Vote on a story", Description: "1 for, -1 against, 0 takes the vote back. One vote a person.",
		Errors: conflict,
	}, creatives, func(ctx context.Context, in *struct {
		BoardStoryPath
		Body struct {
			Value  int    `json:"value" enum:"-1,0,1"`
			Reason string `json:"reason,omitempty" maxLength:"2000"`
		}
	}) (*struct{}, error) {
		return nil,
			s.Board.Vote(ctx, in.Campaign, in.ID, in.Body.Value, in.Body.Reason, callerOf(ctx).actor(account.Creative))
	})
	handle(s, huma.Operation{
		OperationID: "list-searches", Method: http.MethodGet, Path: "/v1/campaigns/{campaign}/searches", Tags: tags,
		Summary: "List saved searches", Errors: missing,
	}, creatives, func(ctx context.Context, in *CampaignPath) (*items[searchView], error) {
		return s.searches(ctx, in.Campaign)
	})
	handle(s, huma.Operation{
		OperationID: "save-search", Method: http.MethodPost, Path: "/v1/campaigns/{campaign}/searches", Tags: tags,
		Summary: "Save a search", Description: "For the whole team; one of the same name is replaced.",
		Errors: conflict,
	}, creatives, func(ctx context.Context, in *struct {
		CampaignPath
		Body struct {
			Name  string `json:"name" minLength:"1" maxLength:"80"`
			Query string `json:"query" maxLength:"2000"`
		}
	}) (*items[searchView], error) {
		if err := s.Board.SaveSearch(ctx, in.Campaign, in.Body.Name, in.Body.Query,
			callerOf(ctx).actor(account.Creative)); err != nil {
			return nil, err
		}
		return s.searches(ctx, in.Campaign)
	})
	handle(s, huma.Operation{
		OperationID: "delete-search", Method: http.MethodDelete, Path: "/v1/campaigns/{campaign}/searches/{search}",
		Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Delete a saved search", Errors: missing,
	}, creatives, func(ctx context.Context, in *struct {
		CampaignPath
		Search string `path:"search" maxLength:"36"`
	}) (*struct{}, error) {
		return nil, s.Board.DeleteSearch(ctx, in.Campaign, in.Search)
	})
}

func (s *server) searches(ctx context.Context, slug string) (*items[searchView], error) {
	saved, err := s.Board.SavedSearches(ctx, slug)
	if err != nil {
		return nil, err
	}
	out := make([]searchView, len(saved))
	for i, v := range saved {
		out[i] = searchView{v.ID, v.Name, v.Query, v.By.Name, v.At}
	}
	return itemsOf(out), nil
}

func votesOf(votes []board.Vote, me string) []voteView {
	out := make([]voteView, len(votes))
	for i, v := range votes {
		out[i] = voteView{v.By.Name, v.By.ID == me, v.Value, v.Reason, v.At}
	}
	return out
}
