package api

import (
	"context"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

type facetView struct {
	Name     string `json:"name" enum:"song,artist,country,orientation,duration,language,quality,tag,answer"`
	Question string `json:"question,omitempty" doc:"Of answers: the question's id."`
	Label    string `json:"label,omitempty" doc:"Of answers: the question."`
	Value    string `json:"value"`
	Count    int64  `json:"count"`
	AtLeast  bool   `json:"at_least,omitempty" doc:"Counted among the newest 10,000 stories alone: there can be more."`
}

// BoardStoryPath names a story on a campaign's board.
type BoardStoryPath struct {
	CampaignPath
	ID string `path:"id" maxLength:"36" doc:"The story's id."`
}

// BoardFilters narrow what a board shows. The values of one filter are
// alternatives; filters are combined.
type BoardFilters struct {
	Text           string   `query:"q" maxLength:"200" doc:"Words; each may be a beginning."`
	Exact          bool     `query:"exact" doc:"Look for words that no story has as they stand."`
	Song           []string `query:"song,explode" maxItems:"20" doc:"This and the next ones may be repeated: any of the values."`
	Artist         []string `query:"artist,explode" maxItems:"20"`
	Country        []string `query:"country,explode" maxItems:"20" maxLength:"2"`
	Orientation    []string `query:"orientation,explode" maxItems:"20" enum:"portrait,landscape,square"`
	Duration       []string `query:"duration,explode" maxItems:"20" enum:"0-15,15-30,30-60,60-" doc:"Seconds."`
	Language       []string `query:"language,explode" maxItems:"20" maxLength:"35" doc:"The contributor's, as the facets name it."`
	Quality        []string `query:"quality,explode" maxItems:"20" enum:"high,medium,low" doc:"Of the recording, by its technical findings."`
	Tag            []string `query:"tag,explode" maxItems:"20" maxLength:"40"`
	Answer         []string `query:"answer,explode" maxItems:"50" doc:"To a question with a fixed set of answers: its id, a colon, the answer." example:"age:18-25"`
	Shortlist      []string `query:"shortlist,explode" maxItems:"20" maxLength:"36" doc:"Ids of shortlists, or default."`
	NotSong        []string `query:"not_song,explode" maxItems:"20" doc:"This and the next ones may be repeated: none of the values."`
	NotArtist      []string `query:"not_artist,explode" maxItems:"20"`
	NotCountry     []string `query:"not_country,explode" maxItems:"20" maxLength:"2"`
	NotOrientation []string `query:"not_orientation,explode" maxItems:"20" enum:"portrait,landscape,square"`
	NotDuration    []string `query:"not_duration,explode" maxItems:"20" enum:"0-15,15-30,30-60,60-"`
	NotLanguage    []string `query:"not_language,explode" maxItems:"20" maxLength:"35"`
	NotQuality     []string `query:"not_quality,explode" maxItems:"20" enum:"high,medium,low"`
	NotTag         []string `query:"not_tag,explode" maxItems:"20" maxLength:"40"`
	NotAnswer      []string `query:"not_answer,explode" maxItems:"50"`
	NotShortlist   []string `query:"not_shortlist,explode" maxItems:"20" maxLength:"36"`
	MinMS          int64    `query:"min_duration_ms" minimum:"0" maximum:"86400000"`
	MaxMS          int64    `query:"max_duration_ms" minimum:"0" maximum:"86400000"`
	Shortlisted    bool     `query:"shortlisted" doc:"The same as shortlist=default."`
	Uncaptioned    bool     `query:"uncaptioned" doc:"Only stories without captions."`
}

// query is what the board searches for.
func (f *BoardFilters) query() (board.Query, error) {
	q := board.Query{
		Text: f.Text, Exact: f.Exact, Uncaptioned: f.Uncaptioned,
		MinDuration: time.Duration(f.MinMS) * time.Millisecond,
		MaxDuration: time.Duration(f.MaxMS) * time.Millisecond,
		Filters: []board.Filter{
			{Property: board.BySong, In: f.Song, Out: f.NotSong},
			{Property: board.ByArtist, In: f.Artist, Out: f.NotArtist},
			{Property: board.ByCountry, In: f.Country, Out: f.NotCountry},
			{Property: board.ByOrientation, In: f.Orientation, Out: f.NotOrientation},
			{Property: board.ByDuration, In: f.Duration, Out: f.NotDuration},
			{Property: board.ByLanguage, In: f.Language, Out: f.NotLanguage},
			{Property: board.ByQuality, In: f.Quality, Out: f.NotQuality},
			{Property: board.ByTag, In: f.Tag, Out: f.NotTag},
			{Property: board.ByShortlist, In: f.Shortlist, Out: f.NotShortlist},
		},
	}
	if f.Shortlisted {
		q.Filters = append(q.Filters, board.Has(board.ByShortlist, board.DefaultList))
	}
	for i, answers := range [][]string{f.Answer, f.NotAnswer} {
		for _, a := range answers {
			question, value, ok := strings.Cut(a, ":")
			if !ok {
				return q, fault.New(fault.Invalid, "search.invalid", "an answer is a question's id, a colon, a value")
			}
			by := board.Has(board.AnswerTo(question), value)
			if i == 1 {
				by.In, by.Out = nil, by.In
			}
			q.Filters = append(q.Filters, by)
		}
	}
	return q, nil
}

type searchInput struct {
	CampaignPath
	BoardFilters
	Sort string `query:"sort" enum:"newest,oldest,relevance,quality,random" default:"newest"`
	Seed string `query:"seed" maxLength:"64" doc:"Of a random order: the same seed gives the same order."`
	Page
}

type totalView struct {
	Count int64 `json:"count"`
	Exact bool  `json:"exact" doc:"False: there are at least as many."`
}

type correctionView struct {
	From string `json:"from" example:"heros"`
	To   string `json:"to" example:"heroes"`
}

// searchList is a page of the board's search.
type searchList struct {
	StoryList
	Total     *totalView       `json:"total,omitempty" doc:"Of the first page alone."`
	Corrected []correctionView `json:"corrected,omitempty" doc:"Words that no story has, and those that were looked for instead."`
}

type facetsInput struct {
	CampaignPath
	BoardFilters
	Facet    string `query:"facet" enum:"song,artist,country,orientation,duration,language,quality,tag,answer" doc:"Only this one."`
	Question string `query:"question" maxLength:"64" doc:"Of facet=answer: the question's id."`
	Prefix   string `query:"prefix" maxLength:"200" doc:"Values of the facet that have words beginning so."`
	Top      int    `query:"limit" minimum:"1" maximum:"50" default:"20" doc:"Values of each facet."`
}

func (s *server) boardRoutes() {
	handle(s, creatives, op("search", "GET /v1/campaigns/{campaign}/search", "board", "Search published stories").
		about("By words of song, artist, title, text, captions, answers, name and country (in English, German and its "+
			"own language), and by facets. A word that no story has is replaced by the nearest that stories have, "+
			"unless `exact` is set; `corrected` says so. A page looks at 10,000 stories at "+
			"most: it may be short, or empty, while `next` is given. With words, relevance, quality and random sort "+
			"the 2,000 newest matches; quality and random sort the 10,000 newest stories of a song, artist, "+
			"country, language, answer, tag or shortlist. The total is exact without filters, with one facet, and "+
			"wherever at most 10,000 stories had to be looked at; else it is a lower bound.").fails(notFound), s.search)
	handle(s, creatives, op("list-facets", "GET /v1/campaigns/{campaign}/facets", "board",
		"Count published stories by facet").
		about("Each facet is counted with all filters but its own: exactly where no other filter is set, else among "+
			"the newest 10,000 stories. A prefix is looked for in the 5,000 most frequent values, and in those of "+
			"the newest stories with the words.").fails(notFound), s.listFacets)
}

// search answers with a page of the published stories that match.
func (s *server) search(ctx context.Context, in *searchInput) (*body[searchList], error) {
	after, err := openCursor[board.Cursor](in.Cursor)
	if err != nil {
		return nil, err
	}
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	q.Sort, q.Seed = board.Sort(in.Sort), in.Seed
	found, err := s.Board.Search(ctx, in.Campaign, q, after, in.Limit)
	if err != nil {
		return nil, err
	}
	list := searchList{StoryList: StoryList{Next: sealCursor(found.Next)}}
	if found.Total != nil {
		list.Total = &totalView{found.Total.Count, found.Total.Exact}
	}
	for _, c := range found.Corrected {
		list.Corrected = append(list.Corrected, correctionView(c))
	}
	list.Items, err = s.foundViews(ctx, found.Items)
	return bodyOf(list), err
}

// foundViews are stories as a search shows them, with their tags and the
// shortlists that they are on.
func (s *server) foundViews(ctx context.Context, stories []*story.Story) ([]storyView, error) {
	out := make([]storyView, len(stories))
	if len(stories) == 0 {
		return out, nil
	}
	ids := make([]string, len(stories))
	for i, st := range stories {
		ids[i] = st.ID
	}
	tags, err := s.Board.Tags(ctx, ids...)
	if err != nil {
		return nil, err
	}
	listed, err := s.Board.OnLists(ctx, stories[0].Campaign, ids...)
	if err != nil {
		return nil, err
	}
	for i, st := range stories {
		out[i] = s.contributorView(st)
		out[i].Tags, out[i].Shortlists = tags[st.ID], listsOf(listed[st.ID])
		out[i].Findings, out[i].Release = st.Findings, nil
	}
	return out, nil
}

// listFacets counts the values of each facet, most frequent first.
func (s *server) listFacets(ctx context.Context, in *facetsInput) (*items[facetView], error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	c, err := s.Campaigns.Get(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	fq := board.FacetQuery{Query: q, Property: board.Property(in.Facet), Prefix: in.Prefix, Top: in.Top}
	if in.Facet == "answer" {
		fq.Property = board.AnswerTo(in.Question)
	}
	facets, err := s.Board.Facets(ctx, in.Campaign, fq)
	if err != nil {
		return nil, err
	}
	out := make([]facetView, len(facets))
	for i, f := range facets {
		out[i] = facetOf(c, f)
	}
	return itemsOf(out), nil
}

func facetOf(c *campaign.Campaign, f board.Facet) facetView {
	v := facetView{Name: string(f.Name), Value: f.Value, Count: f.Count, AtLeast: f.AtLeast}
	if id, ok := f.Name.Question(); ok {
		v.Name, v.Question = "answer", id
		for _, q := range c.Questions {
			if q.ID == id {
				v.Label = q.Label
			}
		}
	}
	return v
}
