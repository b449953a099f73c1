package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/story"
)

// counterTables are the tables of counters, each with its key and counters.
var counterTables = []struct {
	name     string
	key      []string
	counters []string
}{
	{"story_counts", []string{"campaign_id", "state"}, []string{"n"}},
	{"facets", []string{"campaign_id", "name", "value"}, []string{"n"}},
	{
		"decision_counts", []string{"campaign_id", "hour", "actor_id"},
		[]string{"approved", "rejected", "escalated", "overturned", "unplayed"},
	},
}

// truth counts the rows that a table of counters is kept from.
func truth(table string) string {
	switch table {
	case "story_counts":
		return `SELECT campaign_id, state, 0 AS shard, count(*) AS n FROM stories GROUP BY campaign_id, state`
	case "facets":
		return facetTruth()
	}
	n := func(event story.Event) string {
		return fmt.Sprintf("sum(CASE WHEN event = '%s' THEN 1 ELSE 0 END) AS %s", event, event)
	}
	return fmt.Sprintf(`SELECT campaign_id, at / %d AS hour, actor_id, max(actor_name) AS actor_name, %s, %s, %s,
		sum(CASE WHEN overturned THEN 1 ELSE 0 END) AS overturned,
		sum(CASE WHEN unplayed THEN 1 ELSE 0 END) AS unplayed FROM decisions
		GROUP BY campaign_id, at / %d, actor_id`,
		hourMicros, n(story.EventApproved), n(story.EventRejected), n(story.EventEscalated), hourMicros)
}

func facetTruth() string {
	var parts []string
	for _, f := range []struct{ name, value string }{
		{"artist", "artist_fold"}, {"country", "country"}, {"duration", durationBandSQL()}, {"language", "locale"},
		{"orientation", "orientation"}, {"quality", qualityBandSQL()}, {"song", "song_fold"},
	} {
		parts = append(parts, fmt.Sprintf(`SELECT campaign_id, '%s' AS name, %s AS value FROM stories
			WHERE state = 'published'`, f.name, f.value))
	}
	parts = append(parts, `SELECT campaign_id, 'answer:' || question AS name, value FROM story_answers`,
		`SELECT campaign_id, 'tag' AS name, tag AS value FROM tags
			WHERE EXISTS (SELECT 1 FROM stories WHERE stories.id = tags.story_id AND state = 'published')`)
	return `SELECT campaign_id, name, value, count(*) AS n FROM (` + strings.Join(parts, " UNION ALL ") + `) AS each
		WHERE value <> '' GROUP BY campaign_id, name, value`
}

// recount replaces the counters of each table by what its rows count. On
// PostgreSQL the table's lock waits for transactions that have changed it; those
// that have not yet will count on from the result.
func (s *Store) recount(ctx context.Context, tables ...string) error {
	for _, table := range tables {
		err := s.untimed().RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			if s.postgres {
				if _, err := tx.NewRaw(`LOCK TABLE ? IN SHARE ROW EXCLUSIVE MODE`, bun.Ident(table)).
					Exec(ctx); err != nil {
					return err
				}
			}
			if _, err := tx.NewRaw(`DELETE FROM ?`, bun.Ident(table)).Exec(ctx); err != nil {
				return err
			}
			_, err := tx.NewRaw(`INSERT INTO ? `+columnsOf(table)+` `+truth(table), bun.Ident(table)).Exec(ctx)
			return err
		})
		if err != nil {
			return s.mapError(err)
		}
	}
	return nil
}

func columnsOf(table string) string {
	switch table {
	case "story_counts":
		return "(campaign_id, state, shard, n)"
	case "facets":
		return "(campaign_id, name, value, n)"
	}
	return "(campaign_id, hour, actor_id, actor_name, approved, rejected, escalated, overturned, unplayed)"
}

// Difference is a counter that does not have the value that the rows give.
type Difference struct {
	Table, Key, Counter string
	Kept, Counted       int64
}

// CheckCounters compares every kept counter with the rows it is kept from, in
// one view of the database. With repair it then replaces the counters of each
// table that differs.
func (s *Store) CheckCounters(ctx context.Context, repair bool) ([]Difference, error) {
	var out []Difference
	wrong := map[string]bool{}
	var opts *sql.TxOptions
	if s.postgres {
		opts = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	db := bun.NewDB(s.staff.DB, s.staff.Dialect())
	err := db.RunInTx(ctx, opts, func(ctx context.Context, tx bun.Tx) error {
		for _, t := range counterTables {
			key, columns := strings.Join(t.key, ", "), ""
			for _, c := range t.counters {
				columns += ", sum(" + c + ") AS " + c
			}
			read := func(from string) (map[string][]int64, error) {
				var rows []map[string]any
				err := tx.NewRaw(`SELECT `+key+columns+` FROM `+from+` GROUP BY `+key).Scan(ctx, &rows)
				return byKey(rows, t.key, t.counters), err
			}
			kept, err := read(t.name)
			if err != nil {
				return err
			}
			counted, err := read("(" + truth(t.name) + ") AS counted")
			if err != nil {
				return err
			}
			for _, d := range differences(t.name, t.counters, kept, counted) {
				out, wrong[t.name] = append(out, d), true
			}
		}
		return nil
	})
	if err != nil || !repair {
		return out, s.mapError(err)
	}
	return out, s.recount(ctx, slices.Sorted(maps.Keys(wrong))...)
}

// byKey reads counters into a map by their key.
func byKey(rows []map[string]any, key, counters []string) map[string][]int64 {
	out := make(map[string][]int64, len(rows))
	for _, r := range rows {
		var k []string
		for _, c := range key {
			k = append(k, plain(r[c]))
		}
		var n []int64
		for _, c := range counters {
			var v int64
			if _, err := fmt.Sscan(plain(r[c]), &v); err != nil {
				v = -1
			}
			n = append(n, v)
		}
		out[strings.Join(k, " ")] = n
	}
	return out
}

// plain is a value as a driver returns it, which may be bytes.
func plain(v any) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return fmt.Sprint(v)
}

// differences lists counters that differ; one that is missing is 0.
func differences(table string, counters []string, kept, counted map[string][]int64) []Difference {
	keys := map[string]bool{}
	for k := range kept {
		keys[k] = true
	}
	for k := range counted {
		keys[k] = true
	}
	var out []Difference
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		for i, c := range counters {
			var a, b int64
			if kept[k] != nil {
				a = kept[k][i]
			}
			if counted[k] != nil {
				b = counted[k][i]
			}
			if a != b {
				out = append(out, Difference{table, k, c, a, b})
			}
		}
	}
	return out
}
