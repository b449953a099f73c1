package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/funnel"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit/million"
)

const perPage = 50

// reader performs the reads of the campaign's pages.
type reader struct {
	ctx       context.Context
	db        *store.Store
	campaigns *campaign.Service
	stories   *story.Service
	feed      *feed.Service
	board     *board.Service
	review    *review.Service
	funnel    *funnel.Service
	queue     review.Filter
	ids       []string // of published stories
}

func newReader(ctx context.Context, db *store.Store) (*reader, error) {
	campaigns := campaign.NewService(db, time.Now)
	stories := story.NewService(db, nil, time.Now, story.Options{}, nil)
	r := &reader{
		ctx: ctx, db: db, campaigns: campaigns, stories: stories, feed: feed.NewService(db, campaigns),
		board: board.NewService(db, campaigns, time.Now), review: review.NewService(db, stories, campaigns, time.Now),
		funnel: funnel.NewService(db), queue: review.Filter{Campaign: million.Campaign},
	}
	newest, err := r.feed.List(ctx, million.Slug, feed.Filter{}, nil, 100)
	if err != nil {
		return nil, err
	}
	for _, it := range newest.Items {
		r.ids = append(r.ids, it.ID)
	}
	return r, nil
}

// all lists the reads.
func (r *reader) all() []operation {
	return append(append(r.public(), r.searches()...), r.moderation()...)
}

func (r *reader) anyID() string { return r.ids[rand.IntN(len(r.ids))] }

func (r *reader) public() []operation {
	list := func(name string, f feed.Filter, after *feed.Cursor) operation {
		return operation{name: "feed, " + name, do: func() error {
			_, err := r.feed.List(r.ctx, million.Slug, f, after, perPage)
			return err
		}}
	}
	return []operation{
		list("first page", feed.Filter{}, nil),
		list("deep page", feed.Filter{}, &feed.Cursor{PublishedAt: time.UnixMicro(1_700_001_000_000_000), ID: "z"}),
		list("song common", feed.Filter{Song: million.CommonSong}, nil),
		list("song rare", feed.Filter{Song: million.RareSong}, nil),
		list("artist common", feed.Filter{Artist: million.CommonArtist}, nil),
		list("artist rare", feed.Filter{Artist: million.RareArtist}, nil),
		list("artist unknown", feed.Filter{Artist: "nobody"}, nil),
		list("country common", feed.Filter{Country: million.CommonCountry}, nil),
		list("country rare", feed.Filter{Country: million.RareCountry}, nil),
		list("song and country", feed.Filter{Song: million.CommonSong, Country: million.RareCountry}, nil),
		list("artist and country", feed.Filter{Artist: million.CommonArtist, Country: million.RareCountry}, nil),
		{name: "feed, one story", do: func() error {
			_, err := r.feed.Get(r.ctx, r.anyID())
			return err
		}},
	}
}

func (r *reader) searches() []operation {
	page := func(name string, q board.Query, after *board.Cursor) operation {
		return operation{name: "search, " + name, do: func() error {
			if q.Sort == board.Random {
				q.Seed = fmt.Sprint(rand.Int())
			}
			_, err := r.board.Search(r.ctx, million.Slug, q, after, perPage)
			return err
		}}
	}
	var out []operation
	words := map[string]string{
		"common word": million.CommonWord, "middle word": "middle", "rare word": million.RareWord,
		"two words": million.CommonWord + " middle", "beginning of two letters": "ba", "one letter": "b",
		"nothing found": million.CommonWord + " zzzz",
	}
	sorts := []board.Sort{board.Relevance, board.Newest, board.Oldest, board.Quality, board.Random}
	for _, name := range []string{
		"common word", "middle word", "rare word", "two words", "beginning of two letters", "one letter",
		"nothing found",
	} {
		for _, by := range sorts {
			out = append(out, page(name+", "+string(by), board.Query{Text: words[name], Sort: by}, nil))
		}
	}
	rare := narrowed(board.Newest, board.Has(board.ByCountry, million.RareCountry))
	rare.Text = million.CommonWord
	spoken := narrowed(board.Newest, board.Has(board.ByLanguage, "xx"))
	spoken.Uncaptioned = true
	square := narrowed("", board.Has(board.ByOrientation, string(media.Square)))
	deep := &board.Cursor{ID: r.ids[len(r.ids)/2]}
	return append(out,
		page("common word and rare country", rare, nil),
		page("square, newest", narrowed(board.Newest, board.Has(board.ByOrientation, string(media.Square))), nil),
		page("quality", board.Query{Sort: board.Quality}, nil),
		page("quality, square", narrowed(board.Quality, board.Has(board.ByOrientation, string(media.Square))), nil),
		page("uncaptioned, unknown language", spoken, nil),
		page("three countries, not an artist", narrowed(board.Newest,
			board.Has(board.ByCountry, million.CommonCountry, million.RareCountry, "AB"),
			board.Filter{Property: board.ByArtist, Out: []string{million.CommonArtist}}), nil),
		page("answer, square", narrowed(board.Newest, board.Has(board.AnswerTo(million.Question), million.CommonAnswer),
			board.Has(board.ByOrientation, string(media.Square))), nil),
		page("artist rare, oldest", narrowed(board.Oldest, board.Has(board.ByArtist, million.RareArtist)), nil),
		page("artist common, quality", narrowed(board.Quality, board.Has(board.ByArtist, million.CommonArtist)), nil),
		page("random", board.Query{Sort: board.Random}, nil),
		page("random, deep", board.Query{Sort: board.Random}, deep),
		page("random, square", narrowed(board.Random, board.Has(board.ByOrientation, string(media.Square))), nil),
		r.facets("facets", board.FacetQuery{}),
		r.facets("facets, square", board.FacetQuery{Query: square}),
		r.facets("facets, common word", board.FacetQuery{Query: board.Query{Text: million.CommonWord}}),
		r.facets("facet song, prefix", board.FacetQuery{Property: board.BySong, Prefix: "s194"}))
}

// facets counts, for the filters of the board.
func (r *reader) facets(name string, q board.FacetQuery) operation {
	return operation{name: name, do: func() error {
		_, err := r.board.Facets(r.ctx, million.Slug, q)
		return err
	}}
}

func (r *reader) queues() []operation {
	queue := func(name string, f review.Filter) operation {
		return operation{name: "queue, " + name, do: func() error {
			if _, err := r.review.Queue(r.ctx, f, nil, perPage); err != nil {
				return err
			}
			if _, err := r.review.Stats(r.ctx, f); err != nil {
				return err
			}
			_, err := r.review.Claimants(r.ctx, f)
			return err
		}}
	}
	return []operation{
		queue("listing", r.queue), queue("all campaigns", review.Filter{}),
		queue("escalated", review.Filter{Campaign: million.Campaign, Escalated: true}),
		queue("a language", review.Filter{Plain: true, Languages: []string{"de"}}),
		queue("a rare country", review.Filter{Plain: true, Countries: []string{million.RareCountry}}),
		queue("a language that nobody has", review.Filter{Plain: true, Languages: []string{"zu"}}),
		queue("a length that no story has", review.Filter{Plain: true, MinDuration: 10 * time.Minute}),
		queue("a warning that no story has", review.Filter{Plain: true, Warnings: []string{"flashing"}}),
	}
}

func (r *reader) moderation() []operation {
	lookup := func(name string, l review.Lookup) operation {
		l.Campaign = million.Campaign
		return operation{name: "lookup, " + name, do: func() error {
			_, err := r.review.Lookup(r.ctx, l, nil, perPage)
			return err
		}}
	}
	since := func() time.Time { return time.Now().Add(-review.ReportMax) }
	return append(r.queues(),
		lookup("first page", review.Lookup{}),
		lookup("rejected", review.Lookup{States: []story.State{story.Rejected}}),
		lookup("rare states", review.Lookup{States: []story.State{story.Withdrawn, story.Hidden, story.Expired}}),
		lookup("rare song", review.Lookup{Text: million.RareSong}),
		lookup("common song", review.Lookup{Text: million.CommonSong}),
		lookup("part of a word", review.Lookup{Text: "ong"}),
		lookup("nothing found", review.Lookup{Text: "zzzzzz"}),
		lookup("id", review.Lookup{Text: r.ids[0]}),
		lookup("warning", review.Lookup{Warning: "dark"}),
		lookup("warning, rare state", review.Lookup{Warning: "dark", States: []story.State{story.Hidden}}),
		operation{name: "related", do: func() error {
			_, err := r.review.Related(r.ctx, r.anyID())
			return err
		}},
		operation{name: "funnel", do: func() error {
			_, err := r.funnel.Report(r.ctx, million.Campaign)
			return err
		}},
		operation{name: "report", do: func() error {
			_, err := r.review.Report(r.ctx, r.queue, since())
			return err
		}},
		operation{name: "sample", do: func() error {
			_, err := r.db.DecidedBy(r.ctx, r.queue, "moderator 1", time.UnixMicro(1), 5000)
			return err
		}},
		operation{name: "history", do: func() error {
			_, err := r.stories.History(r.ctx, r.anyID())
			return err
		}},
		operation{name: "jobs in trouble", do: func() error {
			_, err := r.db.Troubled(r.ctx, perPage)
			return err
		}})
}

// narrowed is a query in an order, with filters.
func narrowed(by board.Sort, filters ...board.Filter) board.Query {
	return board.Query{Sort: by, Filters: filters}
}
