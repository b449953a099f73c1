package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/media"
)

type facetView struct {
	Name  string `json:"name" enum:"song,artist,country,orientation,duration,language,quality,tag"`
	Value string `json:"value"`
	Count int64  `json:"count"`
}

// BoardStoryPath names a story on a campaign's board.
type BoardStoryPath struct {
	CampaignPath
	ID string `path:"id" maxLength:"36" doc:"The story's id."`
}

type searchInput struct {
	CampaignPath
	Text        string `query:"q" maxLength:"200" doc:"Words; each may be a beginning."`
	Song        string `query:"song" maxLength:"200"`
	Artist      string `query:"artist" maxLength:"200"`
	Country     string `query:"country" maxLength:"2"`
	Orientation string `query:"orientation" enum:"portrait,landscape,square"`
	MinMS       int64  `query:"min_duration_ms" minimum:"0" maximum:"86400000"`
	MaxMS       int64  `query:"max_duration_ms" minimum:"0" maximum:"86400000"`
	Language    string `query:"language" maxLength:"35" doc:"The contributor's, as the facets name it."`
	Quality     string `query:"quality" enum:"high,medium,low" doc:"Of the recording, by its technical findings."`
	Tag         string `query:"tag" maxLength:"40"`
	Shortlisted bool   `query:"shortlisted"`
	Uncaptioned bool   `query:"uncaptioned" doc:"Only stories without captions."`
	Sort        string `query:"sort" enum:"newest,oldest,relevance,quality,random" default:"newest"`
	Seed        string `query:"seed" maxLength:"64" doc:"Of a random order: the same seed gives the same order."`
	Page
}

func (s *server) boardRoutes() {
	handle(s, creatives, op("search", "GET /v1/campaigns/{campaign}/search", "board", "Search published stories").
		about("By words of song, artist, title, text and name, and by facets. A page looks at 10,000 stories at "+
			"most: it may be short, or empty, while `next` is given. With words, relevance, quality and random sort "+
			"the 2,000 newest matches; quality and random sort the 10,000 newest stories of a song, artist or "+
			"country.").fails(notFound), s.search)
	handle(s, creatives, op("list-facets", "GET /v1/campaigns/{campaign}/facets", "board",
		"Count published stories by facet").fails(notFound), s.listFacets)
}

// search answers with a page of the published stories that match.
func (s *server) search(ctx context.Context, in *searchInput) (*body[StoryList], error) {
	after, err := openCursor[board.Cursor](in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.Board.Search(ctx, in.Campaign, board.Query{
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
	ids := make([]string, len(found.Items))
	for i, st := range found.Items {
		ids[i] = st.ID
	}
	tags, err := s.Board.Tags(ctx, ids...)
	if err != nil {
		return nil, err
	}
	list := StoryList{Items: make([]storyView, len(found.Items)), Next: sealCursor(found.Next)}
	for i, st := range found.Items {
		list.Items[i] = s.contributorView(st)
		list.Items[i].Tags = tags[st.ID]
		list.Items[i].Findings, list.Items[i].Release = st.Findings, nil
	}
	return bodyOf(list), nil
}

// listFacets counts the values of each facet, most frequent first.
func (s *server) listFacets(ctx context.Context, in *CampaignPath) (*items[facetView], error) {
	facets, err := s.Board.Facets(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	out := make([]facetView, len(facets))
	for i, f := range facets {
		out[i] = facetView(f)
	}
	return itemsOf(out), nil
}
