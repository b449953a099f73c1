package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
)

// SetTags implements board.Store.
func (s *Store) SetTags(ctx context.Context, campaignID, storyID string, tags []string, by account.Actor,
	at time.Time) error {
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		gone := tx.NewDelete().Table("tags").Where("campaign_id = ?", campaignID).Where("story_id = ?", storyID)
		if len(tags) > 0 {
			gone = gone.Where("tag NOT IN (?)", bun.List(tags))
		}
		if _, err := gone.Exec(ctx); err != nil {
			return err
		}
		for _, t := range tags {
			if _, err := tx.NewRaw(
				`INSERT INTO tags (campaign_id, tag, story_id, actor_id, actor_name, at)
					VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				campaignID, t, storyID, by.ID, by.Name, micros(at)).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Tags implements board.Store.
func (s *Store) Tags(ctx context.Context, stories []string) (map[string][]string, error) {
	var rows []struct{ StoryID, Tag string }
	if err := s.staff.NewRaw(`SELECT story_id, tag FROM tags WHERE story_id IN (?) ORDER BY story_id, tag`,
		bun.List(stories)).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	out := map[string][]string{}
	for _, r := range rows {
		out[r.StoryID] = append(out[r.StoryID], r.Tag)
	}
	return out, nil
}

// PutVote implements board.Store.
func (s *Store) PutVote(ctx context.Context, v board.Vote) error {
	if v.Value == 0 {
		_, err := s.w.NewRaw(`DELETE FROM votes WHERE campaign_id = ? AND story_id = ? AND actor_id = ?`, v.Campaign,
			v.Story, v.By.ID).Exec(ctx)
		return s.mapError(err)
	}
	_, err := s.w.NewRaw(`INSERT INTO votes (campaign_id, story_id, actor_id, actor_name, value, reason, at)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (campaign_id, story_id, actor_id) DO UPDATE
		SET value = excluded.value, reason = excluded.reason, at = excluded.at`,
		v.Campaign, v.Story, v.By.ID, v.By.Name, v.Value, v.Reason, micros(v.At)).Exec(ctx)
	return s.mapError(err)
}

// Votes implements board.Store.
func (s *Store) Votes(ctx context.Context, campaignID string) (map[string][]board.Vote, error) {
	return s.votes(ctx, campaignID, "")
}

func (s *Store) votes(ctx context.Context, campaignID, storyID string) (map[string][]board.Vote, error) {
	var rows []struct {
		markRow
		Value  int
		Reason string
	}
	if err := s.staff.NewRaw(
		`SELECT story_id, actor_id, actor_name, at, value, reason FROM votes WHERE campaign_id = ? AND `+ofStory+`
			ORDER BY at, actor_id`, campaignID, storyID, storyID).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	out := map[string][]board.Vote{}
	for _, r := range rows {
		out[r.StoryID] = append(out[r.StoryID],
			board.Vote{
				Campaign: campaignID, Story: r.StoryID, By: r.by(), Value: r.Value, Reason: r.Reason, At: moment(r.At),
			})
	}
	return out, nil
}
