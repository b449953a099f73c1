package store_test

import (
	"slices"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/testkit/million"
)

// boardPlans are those of filters with several values, of lists and of counts.
// SQLite merges the parts of an index without a sort; PostgreSQL sorts them while
// they are as few as here.
func boardPlans(having func(board.Property, board.Sort, ...string) func(*store.Store) error) []plan {
	mood := board.AnswerTo(million.Question)
	count := func(filters ...board.Filter) func(*store.Store) error {
		return func(db *store.Store) error {
			_, err := db.CountStories(ctx, million.Campaign, narrowed("", filters...))
			return err
		}
	}
	facets := func(names []board.Property, q board.FacetQuery) func(*store.Store) error {
		q.Top = 20
		return func(db *store.Store) error {
			_, err := db.Facets(ctx, million.Campaign, names, q)
			return err
		}
	}
	square := narrowed("", board.Has(board.ByOrientation, string(media.Square)))
	all := append(slices.Clone(properties), mood)
	return []plan{
		{
			"search by countries", having(board.ByCountry, board.Newest, million.RareCountry, million.CommonCountry),
			"(?s)Append.*listings_country ", "(?s)MERGE .UNION ALL..*listings_country ",
		},
		{
			"search by answers", having(mood, board.Oldest, million.CommonAnswer, million.RareAnswer),
			"(?s)Append.*story_answers_time ", "(?s)MERGE .UNION ALL..*story_answers_time ",
		},
		{"search by answer", having(mood, board.Newest, million.CommonAnswer), "story_answers_time ", ""},
		{"search by language", having(board.ByLanguage, board.Newest, "fr"), "listings_locale ", ""},
		{"search by tag", having(board.ByTag, board.Newest, "t3"), "tags_pkey ", "sqlite_autoindex_tags_1 "},
		{
			"search by list", having(board.ByShortlist, board.Newest, million.Campaign, "l"),
			"(?s)shortlist_entries.*listings_pkey ", "(?s)shortlist_entries.*sqlite_autoindex_listings_1 ",
		},
		{"words that no story has", func(db *store.Store) error {
			_, err := db.Unknown(ctx, million.Campaign, []string{"heros", "zainb"})
			return err
		}, "vocabulary_pkey ", "SEARCH vocabulary USING PRIMARY KEY .campaign_id=. AND term>. AND term<.."},
		{"nearest words", func(db *store.Store) error {
			_, err := db.Spelled(ctx, million.Campaign, []string{"heros", "hero"})
			return err
		}, "(?s)spellings_pkey .*vocabulary_pkey ", "SEARCH spellings USING PRIMARY KEY .campaign_id=. AND key=.."},
		{"count all", count(), "story_counts", ""},
		{
			"count one facet", count(board.Has(board.BySong, million.RareSong)), "facets_pkey ",
			"sqlite_autoindex_facets_1 ",
		},
		{"count more", count(square.Filters[0], board.Has(mood, million.CommonAnswer)), "story_answers_time ", ""},
		{"facets", facets(all, board.FacetQuery{}), "facets_top ", ""},
		{
			"facets, narrowed", facets(all, board.FacetQuery{Query: square}),
			"(?s)listings_time .*tags_story .*story_answers_pkey ", "(?s)listings_time .*tags_story .*story_answers_1 ",
		},
		{
			"facet, prefix", facets([]board.Property{board.BySong}, board.FacetQuery{Prefix: "s19"}),
			"facets_top ", "",
		},
	}
}
