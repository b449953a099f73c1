package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

var _ caption.Store = (*Store)(nil)

type captionRow struct {
	bun.BaseModel `bun:"table:captions"`

	StoryID   string
	Locale    string
	Label     string
	VTT       string `bun:"vtt"`
	Version   string
	ActorID   string
	ActorName string
	At        int64
	Pending   bool
}

func (r captionRow) track() caption.Track {
	return caption.Track{
		Story: r.StoryID, Locale: r.Locale, Label: r.Label, VTT: r.VTT, Version: r.Version, Pending: r.Pending,
		By: account.Actor{ID: r.ActorID, Name: r.ActorName}, At: moment(r.At),
	}
}

// PutCaption implements caption.Store.
func (s *Store) PutCaption(ctx context.Context, c *caption.Track) error {
	return s.updateCaptions(ctx, c.Story, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().
			Model(
				&captionRow{
					StoryID: c.Story, Locale: c.Locale, Label: c.Label, VTT: c.VTT, Version: c.Version,
					ActorID: c.By.ID, ActorName: c.By.Name, At: micros(c.At), Pending: c.Pending,
				}).
			On("CONFLICT (story_id, locale) DO UPDATE").
			Set(
				"label = EXCLUDED.label, vtt = EXCLUDED.vtt, version = EXCLUDED.version, actor_id = " +
					"EXCLUDED.actor_id, actor_name = EXCLUDED.actor_name, at = EXCLUDED.at, " +
					"pending = EXCLUDED.pending").Exec(ctx)
		return err
	})
}

// updateCaptions changes a story's captions and, where it is published, the
// text that searches look through; in review, it raises the version. The row is
// locked first, so that it can't be decided on, published or hidden meanwhile.
func (s *Store) updateCaptions(ctx context.Context, id string, change func(context.Context, bun.Tx) error) error {
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := s.lockStory(ctx, tx, id)
		if err != nil {
			return err
		}
		if row.State == string(story.Erased) {
			return fault.New(fault.Conflict, "story.state", "this story is %s", row.State)
		}
		if err := change(ctx, tx); err != nil {
			return err
		}
		switch story.State(row.State) {
		case story.InReview:
			_, err := tx.NewRaw(`UPDATE stories SET version = version + 1 WHERE id = ?`, id).Exec(ctx)
			return err
		case story.Published:
		default:
			return nil
		}
		st, err := row.story()
		if err != nil {
			return err
		}
		return s.indexText(ctx, tx, st, row.PublishedAt)
	})
}

// lockStory reads a story that nothing else changes until the end of tx.
func (s *Store) lockStory(ctx context.Context, tx bun.Tx, id string) (*storyRow, error) {
	var row storyRow
	q := withSlug(tx.NewSelect().Model(&row)).Where("id = ?", id)
	if s.postgres {
		q = q.For("UPDATE")
	}
	return &row, q.Scan(ctx)
}

// DeleteCaption implements caption.Store.
func (s *Store) DeleteCaption(ctx context.Context, id, locale string) error {
	return s.updateCaptions(ctx, id, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(`DELETE FROM captions WHERE story_id = ? AND locale = ?`, id, locale).Exec(ctx)
		return err
	})
}

// ApproveCaption implements caption.Store.
func (s *Store) ApproveCaption(ctx context.Context, id, locale, version string) (bool, error) {
	n, err := changed(
		s.w.NewRaw(`UPDATE captions SET pending = ? WHERE story_id = ? AND locale = ? AND version = ?`,
			false, id, locale, version).Exec(ctx))
	return n == 1, s.mapError(err)
}

// approveCaptions makes public what the approved story was shown with.
func approveCaptions(ctx context.Context, tx bun.Tx, id string) error {
	_, err := tx.NewRaw(`UPDATE captions SET pending = ? WHERE story_id = ? AND pending`, false, id).Exec(ctx)
	return err
}

// PendingCaptions implements caption.Store.
func (s *Store) PendingCaptions(ctx context.Context, limit int) ([]caption.Track, error) {
	var rows []captionRow
	if err := s.r.NewSelect().Model(&rows).ExcludeColumn("vtt").Where("pending").
		Where(`EXISTS (SELECT 1 FROM stories WHERE stories.id = story_id
			AND stories.state IN ('approved', 'publishing', 'published'))`).
		Order("at", "story_id", "locale").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, s.mapError(err)
	}
	return tracksOf(rows), nil
}

// Captions implements caption.Store.
func (s *Store) Captions(ctx context.Context, ids []string) ([]caption.Track, error) {
	var rows []captionRow
	if err := s.r.NewSelect().Model(&rows).ExcludeColumn("vtt").Where("story_id IN (?)", bun.List(ids)).
		Order("story_id", "locale").Scan(ctx); err != nil {
		return nil, s.mapError(err)
	}
	return tracksOf(rows), nil
}

func tracksOf(rows []captionRow) []caption.Track {
	out := make([]caption.Track, len(rows))
	for i, r := range rows {
		out[i] = r.track()
	}
	return out
}

// Caption implements caption.Store.
func (s *Store) Caption(ctx context.Context, id, locale string) (*caption.Track, error) {
	var row captionRow
	err := s.r.NewSelect().Model(&row).Where("story_id = ?", id).Where("locale = ?", locale).Scan(ctx)
	if noRows(err) {
		return nil, fault.New(fault.NotFound, "caption.unknown", "this story has no captions in that language")
	}
	if err != nil {
		return nil, s.mapError(err)
	}
	t := row.track()
	return &t, nil
}
