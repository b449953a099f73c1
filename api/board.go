package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/media"
)

type facetView struct {
	Name  string `json:"name" enum:"song,artist,country,orientation,duration,language,quality,tag"`
	Value string `json:"value"`
	Count int64  `json:"count"`
}

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

// BoardStoryPath names a story on a campaign's board.
type BoardStoryPath struct {
	CampaignPath
	ID string `path:"id" maxLength:"36" doc:"The story's id."`
}

func (s *server) boardRoutes() {
	tags := []string{"board"}
	missing := []int{http.StatusNotFound}
	handle(s, huma.Operation{
		OperationID: "search", Method: http.MethodGet, Path: "/v1/campaigns/{campaign}/search", Tags: tags,
		Summary:     "Search published stories",
		Description: "By words of song, artist, title, text and name, and by facets.", Errors: missing,
	}, creatives, s.search)
	handle(s, huma.Operation{
		OperationID: "list-facets", Method: http.MethodGet, Path: "/v1/campaigns/{campaign}/facets", Tags: tags,
		Summary: "Count published stories by facet", Errors: missing,
	}, creatives, func(ctx context.Context, in *CampaignPath) (*struct {
		Body struct {
			Items []facetView `json:"items"`
		}
	}, error) {
		facets, err := s.Board.Facets(ctx, in.Campaign)
		if err != nil {
			return nil, err
		}
		out := &struct {
			Body struct {
				Items []facetView `json:"items"`
			}
		}{}
		out.Body.Items = make([]facetView, len(facets))
		for i, f := range facets {
			out.Body.Items[i] = facetView(f)
		}
		return out, nil
	})
	handle(s, huma.Operation{
		OperationID: "list-shortlist", Method: http.MethodGet, Path: "/v1/campaigns/{campaign}/shortlist", Tags: tags,
		Summary: "Read the shortlist", Errors: missing,
	}, creatives, func(ctx context.Context, in *CampaignPath) (*struct {
		Body struct {
			Items []candidateView `json:"items"`
		}
	}, error) {
		listed, err := s.Board.Shortlist(ctx, in.Campaign)
		if err != nil {
			return nil, err
		}
		votes, err := s.Board.Votes(ctx, in.Campaign)
		if err != nil {
			return nil, err
		}
		out := &struct {
			Body struct {
				Items []candidateView `json:"items"`
			}
		}{}
		out.Body.Items = make([]candidateView, len(listed))
		for i, l := range listed {
			out.Body.Items[i] = candidateView{
				Story: s.contributorView(l.Story), Note: l.Note, By: l.By.Name, At: l.At,
				Votes: votesOf(votes[l.Candidate.Story], callerOf(ctx).principal.ID),
			}
		}
		return out, nil
	})
	handle(s, huma.Operation{
		OperationID: "shortlist-story", Method: http.MethodPut, Path: "/v1/campaigns/{campaign}/shortlist/{id}",
		Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Put a story on the shortlist", Description: "Again replaces the note.",
		Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, creatives, func(ctx context.Context, in *struct {
		BoardStoryPath
		Body noteBody
	}) (*struct{}, error) {
		_, err := s.Board.Add(ctx, in.Campaign, in.ID, in.Body.Note, callerOf(ctx).actor(account.Creative))
		return nil, err
	})
	handle(s, huma.Operation{
		OperationID: "unshortlist-story", Method: http.MethodDelete, Path: "/v1/campaigns/{campaign}/shortlist/{id}",
		Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Take a story off the shortlist", Errors: missing,
	}, creatives, func(ctx context.Context, in *BoardStoryPath) (*struct{}, error) {
		return nil, s.Board.Drop(ctx, in.Campaign, in.ID)
	})
}

func (s *server) search(ctx context.Context, in *struct {
	CampaignPath
	Text        string `query:"q" maxLength:"200" doc:"Words; each may be a beginning."`
	Song        string `query:"song" maxLength:"200"`
	Artist      string `query:"artist" maxLength:"200"`
	Country     string `query:"country" maxLength:"2"`
	Orientation string `query:"orientation" enum:"portrait,landscape,square"`
	MinMS       int64  `query:"min_duration_ms" minimum:"0"`
	MaxMS       int64  `query:"max_duration_ms" minimum:"0"`
	Language    string `query:"language" maxLength:"35" doc:"The contributor's, as the facets name it."`
	Quality     string `query:"quality" enum:"high,medium,low" doc:"Of the recording, by its technical findings."`
	Tag         string `query:"tag" maxLength:"40"`
	Shortlisted bool   `query:"shortlisted"`
	Uncaptioned bool   `query:"uncaptioned" doc:"Only stories without captions."`
	Sort        string `query:"sort" enum:"newest,oldest,relevance,quality,random" default:"newest"`
	Seed        string `query:"seed" maxLength:"64" doc:"Of a random order: the same seed gives the same order."`
	Cursor      string `query:"cursor" maxLength:"300"`
	Limit       int    `query:"limit" minimum:"1" maximum:"100" default:"24"`
}) (*struct{ Body StoryList }, error) {
	after, err := openCursor[board.Cursor](in.Cursor)
	if err != nil {
		return nil, err
	}
	rows, next, err := s.Board.Search(ctx, in.Campaign, board.Query{
		Text: in.Text, Song: in.Song, Artist: in.Artist, Country: in.Country,
		Orientation: media.Orientation(in.Orientation),
		MinDuration: time.Duration(in.MinMS) * time.Millisecond,
		MaxDuration: time.Duration(in.MaxMS) * time.Millisecond,
		Language:    in.Language, Quality: in.Quality, Tag: in.Tag, Shortlisted: in.Shortlisted,
		Uncaptioned: in.Uncaptioned, Sort: board.Sort(in.Sort), Seed: in.Seed,
	}, after, in.Limit)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, st := range rows {
		ids[i] = st.ID
	}
	tags, err := s.Board.Tags(ctx, ids...)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body StoryList }{StoryList{Items: make([]storyView, len(rows)), Next: sealCursor(next)}}
	for i, st := range rows {
		out.Body.Items[i] = s.contributorView(st)
		out.Body.Items[i].Tags = tags[st.ID]
		out.Body.Items[i].Findings, out.Body.Items[i].Release = st.Findings, nil
	}
	return out, nil
}
