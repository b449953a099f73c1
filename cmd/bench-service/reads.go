package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
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
	reports   *review.Service // whose time is that of the stories
	newest    time.Time       // when the last story was published
	ids       []string        // of published stories
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
	if len(newest.Items) > 0 {
		r.newest = newest.Items[0].PublishedAt
	}
	r.reports = review.NewService(db, stories, campaigns, func() time.Time { return r.newest })
	return r, nil
}

// all lists the reads.
func (r *reader) all() []operation {
	return append(append(r.public(), r.searches()...), r.moderation()...)
}

func (r *reader) anyID() string { return r.ids[rand.IntN(len(r.ids))] }

func (r *reader) public() []operation {
	list := func(name string, f feed.Filter, after *feed.Cursor) operation {
		return reading("feed, "+name, func() (int, error) {
			found, err := r.feed.List(r.ctx, million.Slug, f, after, perPage)
			return len(found.Items), err
		})
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
		reading("feed, one story", func() (int, error) {
			_, err := r.feed.Get(r.ctx, r.anyID())
			return 1, err // an error if it is not there
		}),
	}
}

func (r *reader) searches() []operation {
	page := func(name string, q board.Query, after *board.Cursor) operation {
		return reading("search, "+name, func() (int, error) {
			if q.Sort == board.Random {
				q.Seed = fmt.Sprint(rand.Int())
			}
			found, err := r.board.Search(r.ctx, million.Slug, q, after, perPage)
			if err != nil {
				return 0, err
			}
			return len(found.Items), nil
		})
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
	return reading(name, func() (int, error) {
		found, err := r.board.Facets(r.ctx, million.Slug, q)
		return len(found), err
	})
}

func (r *reader) queues() []operation {
	queue := func(name string, f review.Filter) operation {
		return reading("queue, "+name, func() (int, error) {
			found, err := r.review.Queue(r.ctx, f, nil, perPage)
			if err != nil {
				return 0, err
			}
			if _, err := r.review.Stats(r.ctx, f); err != nil {
				return 0, err
			}
			_, err = r.review.Claimants(r.ctx, f) // nobody holds a story
			return len(found.Items), err
		})
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
		return reading("lookup, "+name, func() (int, error) {
			found, err := r.review.Lookup(r.ctx, l, nil, perPage)
			return len(found.Items), err
		})
	}
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
		reading("related", func() (int, error) {
			found, err := r.review.Related(r.ctx, r.anyID())
			if err != nil {
				return 0, err
			}
			return len(found.Duplicates) + len(found.SamePerson), nil
		}),
		reading("funnel", func() (int, error) {
			found, err := r.funnel.Report(r.ctx, million.Campaign)
			if err != nil {
				return 0, err
			}
			return len(found.States), nil
		}),
		reading("report", func() (int, error) {
			found, err := r.reports.Report(r.ctx, r.queue, r.newest.Add(-review.ReportMax))
			return len(found), err
		}),
		reading("sample", func() (int, error) {
			found, err := r.db.DecidedBy(r.ctx, r.queue, "moderator 1", time.UnixMicro(1), 5000)
			return len(found), err
		}),
		reading("history", func() (int, error) {
			found, err := r.stories.History(r.ctx, r.anyID())
			return len(found), err
		}),
		reading("jobs in trouble", func() (int, error) {
			found, err := r.db.Troubled(r.ctx, perPage)
			return len(found), err
		}))
}

// reading is an operation that notes the most that it found.
func reading(name string, do func() (int, error)) operation {
	o := operation{name: name, found: new(int)}
	o.do = func() error {
		n, err := do()
		*o.found = max(*o.found, n)
		return err
	}
	return o
}

// findsNothing matches the names of reads of what no story has. One letter is a
// word, not the beginning of one.
var findsNothing = regexp.MustCompile(`nothing found|nobody has|no story has|unknown|one letter`)

// checkFound is an error where the operation is a read that never found what the
// database has.
func (o operation) checkFound() error {
	if o.found == nil || *o.found > 0 || findsNothing.MatchString(o.name) {
		return nil
	}
	return fmt.Errorf("%s: found nothing in a large database", o.name)
}

// narrowed is a query in an order, with filters.
func narrowed(by board.Sort, filters ...board.Filter) board.Query {
	return board.Query{Sort: by, Filters: filters}
}
