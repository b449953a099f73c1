package store

import (
	"context"

	"github.com/storyreel/storyreel/internal/board"
)

// SavedSearches implements board.Store.
func (s *Store) SavedSearches(ctx context.Context, campaignID string) ([]board.SavedSearch, error) {
	var rows []struct {
		markRow
		ID, Name, Query string
	}
	if err := s.staff.NewRaw(
		`SELECT id, name, query, actor_id, actor_name, at FROM saved_searches WHERE campaign_id = ? ORDER BY name`,
		campaignID).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	out := make([]board.SavedSearch, len(rows))
	for i, r := range rows {
		out[i] = board.SavedSearch{
			ID: r.ID, Campaign: campaignID, Name: r.Name, Query: r.Query, By: r.by(), At: moment(r.At),
		}
	}
	return out, nil
}

// SaveSearch implements board.Store.
func (s *Store) SaveSearch(ctx context.Context, v board.SavedSearch) error {
	_, err := s.w.NewRaw(`INSERT INTO saved_searches (id, campaign_id, name, query, actor_id, actor_name, at)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (campaign_id, name) DO UPDATE SET query = excluded.query, actor_id = excluded.actor_id,
		actor_name = excluded.actor_name, at = excluded.at`,
		v.ID, v.Campaign, v.Name, v.Query, v.By.ID, v.By.Name, micros(v.At)).Exec(ctx)
	return s.mapError(err)
}

// DeleteSearch implements board.Store.
func (s *Store) DeleteSearch(ctx context.Context, campaignID, id string) error {
	_, err := s.w.NewRaw(`DELETE FROM saved_searches WHERE campaign_id = ? AND id = ?`, campaignID, id).Exec(ctx)
	return s.mapError(err)
}
