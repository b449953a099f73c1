package store

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// erasure is what EraseStory does to each table about stories, by name; a test
// compares it with the schema. The empty statement keeps the rows.
var erasure = map[string]string{
	"attempts":          `UPDATE attempts SET error = '' WHERE story_id = ?`,
	"captions":          `DELETE FROM captions WHERE story_id = ?`,
	"decisions":         "", // as history; it has no notes
	"holds":             `UPDATE holds SET reason = '' WHERE story_id = ?`,
	"history":           `UPDATE history SET note = '', message = '', changes = '' WHERE story_id = ?`,
	"idempotency":       `DELETE FROM idempotency WHERE story_id = ?`,
	"invalidations":     "",                                     // a story is erased once caches have dropped its media
	"listings":          "",                                     // the row went when the story left the feed
	"lookup_texts":      "",                                     // keepLookup deletes it
	"mails":             `DELETE FROM mails WHERE story_id = ?`, // the one about the erasure follows
	"notices":           `UPDATE notices SET body = '', email = '', reply = '' WHERE story_id = ?`,
	"old_prints":        `DELETE FROM old_prints WHERE story_id = ?`,
	"prints":            `DELETE FROM prints WHERE story = ?`,
	"purges":            "", // added by EraseStory, deleted by Purge
	"selection":         `DELETE FROM selection WHERE story_id = ?`,
	"shortlist":         `DELETE FROM shortlist WHERE story_id = ?`,
	"shortlist_entries": `DELETE FROM shortlist_entries WHERE story_id = ?`,
	"story_answers":     "", // the rows went when the story left the feed
	"story_search":      "", // the row went when the story left the feed
	"story_tokens":      "", // for the contributor to see that the story was erased
	"story_warnings":    `DELETE FROM story_warnings WHERE story_id = ?`,
	"tags":              `DELETE FROM tags WHERE story_id = ?`,
	"votes":             `DELETE FROM votes WHERE story_id = ?`,
	"webhook_events":    "", // they hold nothing that a person wrote
}

// EraseStory implements attempt.Store.
func (s *Store) EraseStory(ctx context.Context, st *story.Story, line *story.Entry) error {
	before, err := s.Story(ctx, st.ID)
	if err != nil {
		return err
	}
	w, err := s.traceOf(ctx, before)
	if err != nil {
		return err
	}
	err = s.save(ctx, st, line, func(ctx context.Context, tx bun.Tx) error {
		if err := freeSlots(ctx, tx, st, line.At); err != nil {
			return err
		}
		for _, table := range slices.Sorted(maps.Keys(erasure)) {
			if erasure[table] == "" {
				continue
			}
			id := any(st.ID)
			if table == "prints" {
				id = s.printID(st.ID)
			}
			if _, err := tx.NewRaw(erasure[table], id).Exec(ctx); err != nil {
				return err
			}
		}
		if err := s.forgetSearches(ctx, tx, st.Campaign, w); err != nil {
			return err
		}
		if err := keepErasure(ctx, tx, before, line.At); err != nil {
			return err
		}
		_, err := tx.NewRaw(`INSERT INTO purges (story_id, at) VALUES (?, ?)`, st.ID, micros(line.At)).Exec(ctx)
		return err
	})
	if err == nil && !s.postgres {
		_ = s.Purge(ctx, line.At) // the row in purges makes the sweep try again
	}
	return err
}

// trace is what saved searches can hold of a story.
type trace struct {
	words  []string // terms by which searches find it, sorted
	tags   []string
	person []string // terms of name and e-mail
}

func (s *Store) traceOf(ctx context.Context, st *story.Story) (trace, error) {
	id := st.ID
	texts, err := captionTexts(ctx, s.r, id)
	if err != nil {
		return trace{}, err
	}
	tags, err := s.Tags(ctx, []string{id})
	t := trace{
		words: text.Terms(strings.Join(append(texts, searchText(st)), "\n")), tags: tags[id],
		person: text.Terms(st.Contributor.Name + " " + st.Contributor.Email),
	}
	slices.Sort(t.words)
	t.person = slices.DeleteFunc(t.person, func(w string) bool { return len(w) < 3 })
	return t, err
}

// has reports whether each of the words begins one of the story's.
func (t trace) has(words []string) bool {
	for _, w := range words {
		if i, _ := slices.BinarySearch(t.words, w); i == len(t.words) || !strings.HasPrefix(t.words[i], w) {
			return false
		}
	}
	return len(words) > 0
}

// forgetSearches deletes saved searches about an erased story: those that found
// it and now find no other, and those that name its contributor where no
// published story does.
func (s *Store) forgetSearches(ctx context.Context, tx bun.Tx, campaignID string, t trace) error {
	var rows []struct{ ID, Name, Query string }
	if err := tx.NewRaw(`SELECT id, name, query FROM saved_searches WHERE campaign_id = ?`, campaignID).
		Scan(ctx, &rows); err != nil {
		return err
	}
	for _, r := range rows {
		gone, err := s.searchesFor(ctx, tx, campaignID, t, r.Name, r.Query)
		if err != nil {
			return err
		}
		if !gone {
			continue
		}
		if _, err := tx.NewRaw(`DELETE FROM saved_searches WHERE id = ?`, r.ID).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// searchesFor reports whether a saved search is about the erased story alone.
func (s *Store) searchesFor(
	ctx context.Context, tx bun.Tx, campaignID string, t trace, name, query string,
) (bool, error) {
	q, err := url.ParseQuery(query)
	if err != nil {
		q = url.Values{"q": {query}} // stored as it came
	}
	alternatives := values(q, "song", "not_song", "artist", "not_artist")
	terms := strings.Join(append(alternatives, q.Get("q")), " ")
	together := strings.Join([]string{q.Get("q"), q.Get("song"), q.Get("artist")}, " ")
	var lost [][]string // words that may have found the erased story only
	for _, one := range append(alternatives, together) {
		if words := text.Query(one, maxWords); t.has(words) {
			lost = append(lost, words)
		}
	}
	for _, w := range text.Terms(name + " " + terms) {
		if slices.Contains(t.person, w) {
			lost = append(lost, []string{w})
		}
	}
	for _, words := range lost {
		if others, err := s.anyMatch(ctx, tx, campaignID, words); err != nil || !others {
			return err == nil, err
		}
	}
	for _, tag := range values(q, "tag", "not_tag") {
		if tag = text.Fold(tag); !slices.Contains(t.tags, tag) {
			continue
		}
		others, err := tx.NewSelect().Table("tags").Where("campaign_id = ?", campaignID).Where("tag = ?", tag).
			Exists(ctx)
		if err != nil || !others {
			return err == nil, err
		}
	}
	return false, nil
}

// values returns every value of parameters of a query.
func values(q url.Values, names ...string) []string {
	var out []string
	for _, name := range names {
		out = append(out, q[name]...)
	}
	return out
}
