package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

// keepFingerprints replaces the values by which stories like this one are found.
func keepFingerprints(ctx context.Context, tx bun.Tx, st *story.Story) error {
	if _, err := tx.NewRaw(`DELETE FROM prints WHERE story_id = ?`, st.ID).Exec(ctx); err != nil {
		return err
	}
	type printRow struct {
		bun.BaseModel `bun:"table:prints"`
		CampaignID    string
		Value         int64
		StoryID       string
	}
	var rows []printRow
	for _, v := range review.Fingerprints(st) {
		rows = append(rows, printRow{CampaignID: st.Campaign, Value: v, StoryID: st.ID})
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}

// SharingFingerprints implements review.Store.
func (s *Store) SharingFingerprints(
	ctx context.Context, st *story.Story, values []int64, limit int,
) ([]*story.Story, error) {
	if len(values) == 0 {
		return nil, nil
	}
	return s.selectStories(ctx, s.staff.NewSelect().
		Join(`JOIN (SELECT story_id, count(*) AS shared FROM prints WHERE campaign_id = ? AND value IN (?)
			AND story_id <> ?
			GROUP BY story_id ORDER BY shared DESC, story_id LIMIT ?) AS near
			ON near.story_id = stories.id`, st.Campaign, bun.List(values), st.ID, limit).
		Where("state NOT IN ('withdrawn', 'erased')").
		OrderExpr("near.shared DESC, stories.id"))
}

// SamePerson implements review.Store.
func (s *Store) SamePerson(ctx context.Context, st *story.Story, limit int) ([]*story.Story, error) {
	if st.Contributor.Email == "" {
		return nil, nil
	}
	return s.selectStories(ctx,
		s.staff.NewSelect().Where("campaign_id = ?", st.Campaign).Where("email <> ''").
			Where("email = ?", st.Contributor.Email).Where("id <> ?", st.ID).Order("id DESC").Limit(int64(limit)))
}
