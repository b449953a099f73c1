package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/feed"
	"github.com/storyreel/storyreel/internal/notice"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/million"
)

// dispatching begins the statements that mark work as announced.
const dispatching = "UPDATE stories SET dispatched_at"

// planned is how many stories the plans are made for.
const planned = 5000

// seeded is a database with stories, and its connection for EXPLAIN.
type seeded struct {
	*store.Store
	raw *sql.DB
}

// explain returns the plans of the statements that read executes.
func (s *seeded) explain(t *testing.T, read func() error) string {
	t.Helper()
	queries := s.Record(func() { require.NoError(t, read()) })
	require.NotEmpty(t, queries)
	var plans []string
	for _, q := range queries {
		if set, ok := strings.CutPrefix(q, "SET LOCAL "); ok {
			_, err := s.raw.ExecContext(ctx, "SET "+set)
			require.NoError(t, err)
			defer func() {
				_, err := s.raw.ExecContext(ctx, "SET enable_bitmapscan = on")
				require.NoError(t, err)
			}()
		}
		if !strings.HasPrefix(q, "SELECT") && !strings.HasPrefix(q, "WITH") && !strings.HasPrefix(q, dispatching) {
			continue
		}
		prefix := "EXPLAIN QUERY PLAN "
		if s.Dialect() == "postgres" {
			prefix = "EXPLAIN "
		}
		rows, err := s.raw.QueryContext(ctx, prefix+q)
		require.NoError(t, err, q)
		columns, err := rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			line := make([]any, len(columns))
			for i := range line {
				line[i] = new(any)
			}
			require.NoError(t, rows.Scan(line...))
			plans = append(plans, fmt.Sprint(*line[len(line)-1].(*any)))
		}
		require.NoError(t, rows.Err())
	}
	return strings.Join(plans, "\n")
}

// wholeTable matches a plan that reads a large table from one end to the
// other.
var wholeTable = map[string]*regexp.Regexp{
	"sqlite": regexp.MustCompile(
		`SCAN (stories|listings|history|decisions|prints|story_warnings|story_answers|tags|` +
			`vocabulary|spellings|old_prints|mails)\b`),
	"postgres": regexp.MustCompile(
		`Seq Scan on (stories|listings|history|decisions|prints|story_warnings|story_answers|tags|vocabulary|` +
			`spellings|story_search|lookup_texts|mails)\b`),
}

// plan is a read of a page and the index that must serve it.
type plan struct {
	name string
	read func(db *store.Store) error
	// index is a pattern of the index; for SQLite, lite is where it differs
	index, lite string
}

func TestPlans_NoPageReadsAWholeTable(t *testing.T) {
	t.Parallel()
	for dialect, address := range map[string]func() string{
		"sqlite":   func() string { return "sqlite:" + filepath.Join(t.TempDir(), "test.db") },
		"postgres": func() string { return testkit.PostgresURL(t) },
	} {
		t.Run(dialect, func(t *testing.T) {
			db := seed(t, address())
			for _, p := range plans() {
				t.Run(p.name, func(t *testing.T) {
					got := db.explain(t, func() error { return p.read(db.Store) })
					want := p.index
					if dialect == "sqlite" && p.lite != "" {
						want = p.lite
					}
					require.Regexp(t, want, got)
					require.NotRegexp(t, wholeTable[dialect], got)
				})
			}
		})
	}
}

// seed makes the campaign and fills what is kept from it.
func seed(t *testing.T, address string) *seeded {
	t.Helper()
	db := openMigrated(t, address)
	driver, source := "pgx", address
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)"
	}
	raw, err := sql.Open(driver, source)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, raw.Close()) })
	exec := func(query string) error {
		_, err := raw.ExecContext(ctx, query)
		return err
	}
	require.NoError(t, million.Seed(exec, driver == "pgx", planned))
	fill(t, db)
	if driver == "pgx" { // as it plans where the tables are too large to be read and hashed
		raw.SetMaxOpenConns(1)
		for _, q := range []string{
			"VACUUM ANALYZE", "SET enable_seqscan = off", "SET enable_hashjoin = off", "SET enable_mergejoin = off",
		} {
			require.NoError(t, exec(q))
		}
	}
	return &seeded{db, raw}
}

func plans() []plan {
	list := func(f feed.Filter) func(*store.Store) error {
		return func(db *store.Store) error {
			_, err := db.Feed(ctx, million.Campaign, f, nil, 51)
			return err
		}
	}
	search := func(q board.Query) func(*store.Store) error {
		return func(db *store.Store) error {
			_, _, err := db.SearchStories(ctx, million.Campaign, q, nil, 51)
			return err
		}
	}
	having := func(p board.Property, by board.Sort, values ...string) func(*store.Store) error {
		return search(board.Query{Sort: by, Filters: []board.Filter{board.Has(p, values...)}})
	}
	text := func(words string, by board.Sort) func(*store.Store) error {
		return search(board.Query{Text: words, Sort: by})
	}
	const fts, walked = "story_search_text", "Index Scan using story_search_time"
	const lite = "story_search VIRTUAL TABLE INDEX"
	return append([]plan{
		{"feed", list(feed.Filter{}), "stories_feed ", ""},
		{"feed, oldest first", list(feed.Filter{Sort: feed.Oldest}), "stories_feed ", ""},
		{"feed by country, oldest first", list(feed.Filter{Country: million.RareCountry, Sort: feed.Oldest}),
			"stories_feed_country ", ""},
		{"feed by song", list(feed.Filter{Song: million.RareSong}), "stories_feed_song ", ""},
		{"feed by artist", list(feed.Filter{Artist: million.RareArtist}), "stories_feed_artist ", ""},
		{"feed by common artist", list(feed.Filter{Artist: million.CommonArtist}), "stories_feed_artist ", ""},
		{"feed by country", list(feed.Filter{Country: million.RareCountry}), "stories_feed_country ", ""},
		{"search newest", search(board.Query{Sort: board.Newest}), "listings_time ", ""},
		{"search oldest", search(board.Query{Sort: board.Oldest}), "listings_time ", ""},
		{"search squares", having(board.ByOrientation, board.Newest, "square"), "listings_time ", ""},
		{
			"search by artist", having(board.ByArtist, board.Oldest, million.RareArtist),
			"listings_artist ", "",
		},
		{"search by song", having(board.BySong, board.Newest, million.RareSong), "listings_song ", ""},
		{
			"search by country", having(board.ByCountry, board.Newest, million.RareCountry),
			"listings_country ", "",
		},
		{"search by quality", search(board.Query{Sort: board.Quality}), "listings_quality ", ""},
		{
			"random", search(board.Query{Sort: board.Random, Seed: "a"}),
			"listings_bucket", "COVERING INDEX listings_bucket",
		},
		{"words, relevance", text(million.CommonWord, board.Relevance), walked, lite},
		{"words, newest", text(million.CommonWord, board.Newest), walked, lite},
		{"words, oldest", text(million.RareWord, board.Oldest), fts, lite},
		{"words, quality", text(million.CommonWord, board.Quality), walked, lite},
		{"words, random", text("ba", board.Random), walked, lite},
	}, slices.Concat(boardPlans(having), reviewPlans(), mailPlans(), noticePlans(), workPlans())...)
}

func queuePlans() []plan {
	queue := review.Filter{Campaign: million.Campaign}
	now := time.UnixMicro(1_700_000_000_000_000)
	plain, escalated := queue, queue
	plain.Plain, escalated.Escalated = true, true
	page := func(f review.Filter) func(*store.Store) error {
		return func(db *store.Store) error {
			_, err := db.ReviewQueue(ctx, f, "", 51)
			return err
		}
	}
	stats := func(f review.Filter) func(*store.Store) error {
		return func(db *store.Store) error {
			_, err := db.ReviewStats(ctx, f, now)
			return err
		}
	}
	return []plan{
		{"queue", page(queue), "stories_queue", ""},
		{"queue, escalated", page(escalated), "stories_escalated", ""},
		{"queue, not escalated", page(plain), "stories_free", ""},
		{"queue counts, not escalated", stats(plain), "stories_claims ", ""},
		{"queue counts", stats(queue), "stories_claims ", ""},
		{"claims of one", func(db *store.Store) error {
			_, err := db.ClaimedBy(ctx, "moderator 1", now)
			return err
		}, "stories_claims ", ""},
		{"claimants", func(db *store.Store) error {
			_, err := db.Claimants(ctx, queue, now)
			return err
		}, "stories_claims ", ""},
	}
}

func reviewPlans() []plan {
	queue := review.Filter{Campaign: million.Campaign}
	now := time.UnixMicro(1_700_000_000_000_000)
	of := func(read func(context.Context, *store.Store) error) func(*store.Store) error {
		return func(db *store.Store) error { return read(ctx, db) }
	}
	return append([]plan{
		{"same person", of(func(ctx context.Context, db *store.Store) error {
			from := story.Contributor{Email: "p5@mail.example"}
			_, err := db.SamePerson(ctx, &story.Story{ID: "x", Campaign: million.Campaign, Contributor: from}, 20)
			return err
		}), "stories_email ", ""},
		{"duplicates", of(func(ctx context.Context, db *store.Store) error {
			st := &story.Story{ID: "01900001-0000-7001-8000-000000000001", Campaign: million.Campaign}
			_, err := db.SharingFingerprints(ctx, st, []int32{65_536 + 5, 9}, 50)
			return err
		}), "prints_pkey", `SEARCH prints USING PRIMARY KEY \(campaign=\? AND value=\?\)`},
		{"funnel", of(func(ctx context.Context, db *store.Store) error {
			_, err := db.Entries(ctx, million.Campaign, 1000)
			return err
		}), "stories_(campaign|pkey) ", "stories_campaign "}, // all stories of the test are of one campaign
		{"report", of(func(ctx context.Context, db *store.Store) error {
			_, err := db.ReviewReport(ctx, queue, now)
			return err
		}), "decision_counts", ""},
		{"backlog", of(func(ctx context.Context, db *store.Store) error {
			_, err := db.Backlog(ctx)
			return err
		}), "(?s)(stories_waiting .*){5}", ""},
		{"sample", of(func(ctx context.Context, db *store.Store) error {
			_, err := db.DecidedBy(ctx, queue, "moderator 1", now, 5000)
			return err
		}), "decisions_campaign ", ""},
	}, slices.Concat(queuePlans(), filterPlans(), lookupPlans())...)
}

// filterPlans are those of a queue that is narrowed by what stories are.
func filterPlans() []plan {
	now := time.UnixMicro(1_700_000_000_000_000)
	return []plan{
		{"queue by languages", func(db *store.Store) error {
			f := review.Filter{Campaign: million.Campaign, Plain: true, Languages: []string{"de", "ja"}}
			_, err := db.ReviewQueue(ctx, f, "", 4)
			return err
		}, "(?s)(stories_free_language.*){2}", ""},
		{"queue by countries", func(db *store.Store) error {
			f := review.Filter{Plain: true, Countries: []string{"DE", "JP"}}
			_, err := db.ReviewQueue(ctx, f, "", 4)
			return err
		}, "(?s)(stories_free_country.*){2}", ""},
		{"queue by length and warning", func(db *store.Store) error {
			f := review.Filter{Plain: true, Warnings: []string{"dark"}, MinDuration: 20 * time.Second}
			_, err := db.ReviewQueue(ctx, f, "", 4)
			return err
		}, `(?s)stories_free .*Index Cond: \([^\n]*duration_ms`, "stories_free "},
		{"queue counts by language", func(db *store.Store) error {
			f := review.Filter{Campaign: million.Campaign, Plain: true, Languages: []string{"de"}}
			_, err := db.ReviewStats(ctx, f, now)
			return err
		}, "stories_free_language", ""},
	}
}

func noticePlans() []plan {
	return []plan{
		{"reports", func(db *store.Store) error {
			_, err := db.Notices(ctx, notice.Filter{}, nil, 51)
			return err
		}, "notices_open", ""},
		{"reports that ended", func(db *store.Store) error {
			_, err := db.Notices(ctx, notice.Filter{Ended: true}, nil, 51)
			return err
		}, "notices_ended", ""},
		{"revisions", func(db *store.Store) error {
			_, err := db.Revisions(ctx, []string{"a", "b"})
			return err
		}, "history_story", ""},
	}
}

func workPlans() []plan {
	return []plan{
		{"work", func(db *store.Store) error {
			_, err := db.Due(ctx, start, start, 10)
			return err
		}, "stories_due", ""},
		{"ladders", func(db *store.Store) error {
			_, err := db.DueLadders(ctx, attempt.LadderQuery{Now: start, Stale: start, Announced: start}, 10)
			return err
		}, "(?s)stories_pkey.*stories_pkey.*stories_watched.*stories_ladder.*stories_ladder",
			"(?s)autoindex_stories_1.*autoindex_stories_1.*stories_watched.*stories_ladder.*stories_ladder"},
	}
}

func mailPlans() []plan {
	return []plan{
		{"due mails", func(db *store.Store) error {
			_, err := db.DueMails(ctx, start, 50)
			return err
		}, "mails_due", ""},
		{"oldest mail", func(db *store.Store) error {
			_, err := db.OldestMail(ctx, start)
			return err
		}, "mails_age", ""},
		{"mails of a story", func(db *store.Store) error {
			_, err := db.StoryMails(ctx, "s")
			return err
		}, "mails_once", ""},
		{"who stops mails", func(db *store.Store) error {
			_, _, err := db.RecipientByToken(ctx, "t")
			return err
		}, "mail_recipients_stop_token_key", "sqlite_autoindex_mail_recipients"},
	}
}

func lookupPlans() []plan {
	lookup := func(l review.Lookup) func(*store.Store) error {
		l.Campaign = million.Campaign
		return func(db *store.Store) error {
			_, err := db.LookupStories(ctx, l, nil, 51)
			return err
		}
	}
	return []plan{
		{"lookup", lookup(review.Lookup{}), "stories_changed ", ""},
		{"lookup by state", lookup(review.Lookup{States: []story.State{story.Rejected}}), "stories_state ", ""},
		{
			"lookup by states", lookup(review.Lookup{States: []story.State{story.Hidden, story.Withdrawn}}),
			"stories_state ", "",
		},
		{
			"lookup by words", lookup(review.Lookup{Text: million.RareSong}), "lookup_texts_",
			"lookup_texts VIRTUAL TABLE INDEX",
		},
		{
			"lookup by a common part", lookup(review.Lookup{Text: "ong"}), "lookup_texts_",
			`SEARCH stories USING INDEX sqlite_autoindex_stories_1 \(id=\?\)`,
		},
		{"lookup by warning", lookup(review.Lookup{Warning: "dark"}), "story_warnings_lookup ", ""},
		{
			"lookup by id", lookup(review.Lookup{Text: "01900001-0000-7001-8000-000000000001"}), "stories_pkey ",
			"sqlite_autoindex_stories_1",
		},
	}
}
