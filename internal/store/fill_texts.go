package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// fillTexts brings the stories after the id, and not after last, up to the
// present rules of package text: what they are compared by, their tags and
// their part of the search index. It returns what fillEach does.
func (s *Store) fillTexts(ctx context.Context, after, last string, mend func(*story.Song)) (string, error) {
	return s.fillEach(ctx, after, last, func(ctx context.Context, tx bun.Tx, id string) error {
		return s.refold(ctx, tx, id, mend)
	})
}

// fillEach writes the stories after the id, and not after last, each in a
// transaction. It returns the last one's id; at the end, once the facets are
// counted anew, none.
func (s *Store) fillEach(ctx context.Context, after, last string,
	write func(context.Context, bun.Tx, string) error) (string, error) {
	var ids []string
	if err := s.w.NewRaw(`SELECT id FROM stories WHERE id > ? AND id <= ? ORDER BY id LIMIT ?`, after, last,
		s.textsAtOnce).Scan(ctx, &ids); err != nil {
		return "", err
	}
	if len(ids) == 0 {
		return "", s.recount(ctx, "facets")
	}
	for _, id := range ids {
		if err := s.tx(ctx, func(ctx context.Context, tx bun.Tx) error { return write(ctx, tx, id) }); err != nil {
			return "", err
		}
	}
	return ids[len(ids)-1], nil
}

// refold writes the story's columns that package text decides about.
func (s *Store) refold(ctx context.Context, tx bun.Tx, id string, mend func(*story.Song)) error {
	row, err := s.lockStory(ctx, tx, id)
	if err != nil {
		return err
	}
	st, err := row.story()
	if err != nil {
		return err
	}
	before := st.PublicFields()
	mend(&st.Song)
	cleanTexts(st)
	raise := 0 // the version, where somebody may be looking at what changes
	if st.PublicFields() != before {
		raise = 1
	}
	now, err := newStoryRow(st)
	if err != nil {
		return err
	}
	now.Version += int64(raise)
	if _, err := tx.NewUpdate().Model(now).Column("name", "title", "body", "song", "song_fold", "artist_fold", "email",
		"locale", "version").WherePK().Exec(ctx); err != nil {
		return err
	}
	if err := s.keepLookup(ctx, tx, now); err != nil {
		return err
	}
	if err := refoldTags(ctx, tx, id); err != nil || row.State != string(story.Published) {
		return err
	}
	if _, err := tx.NewInsert().Model(newListing(now)).On("CONFLICT (story_id) DO UPDATE").
		Set("song_fold = EXCLUDED.song_fold, artist_fold = EXCLUDED.artist_fold, locale = EXCLUDED.locale").
		Exec(ctx); err != nil {
		return err
	}
	return s.indexText(ctx, tx, st, row.PublishedAt)
}

// cleanTexts brings what was written into the form in which texts are stored.
// A text of which nothing can be seen stays: some are required.
func cleanTexts(st *story.Story) {
	for field, clean := range map[*string]func(string) string{
		&st.Contributor.Name: text.Line, &st.Title: text.Line, &st.Text: text.Block, &st.Song.Title: text.Line,
		&st.Song.Artist: text.Line, &st.Contributor.Email: strings.ToLower,
	} {
		if seen := clean(*field); seen != "" {
			*field = seen
		}
	}
	if locale, ok := text.Language(st.Contributor.Locale); ok {
		st.Contributor.Locale = locale
	}
}

// refoldTags renames the story's tags to their present form.
func refoldTags(ctx context.Context, tx bun.Tx, id string) error {
	var tags []string
	if err := tx.NewRaw(`SELECT tag FROM tags WHERE story_id = ?`, id).Scan(ctx, &tags); err != nil {
		return err
	}
	for _, tag := range tags {
		if text.Fold(tag) == tag {
			continue
		}
		if _, err := tx.NewRaw(`INSERT INTO tags (campaign_id, tag, story_id, actor_id, actor_name, at)
			SELECT campaign_id, ?, story_id, actor_id, actor_name, at FROM tags WHERE story_id = ? AND tag = ?
			ON CONFLICT DO NOTHING`, text.Fold(tag), id, tag).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewRaw(`DELETE FROM tags WHERE story_id = ? AND tag = ?`, id, tag).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
