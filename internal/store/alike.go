package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

// keepPrints replaces the values by which stories like this one are found.
func keepPrints(ctx context.Context, tx bun.Tx, st *story.Story) error {
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
	for _, v := range review.Prints(st) {
		rows = append(rows, printRow{CampaignID: st.Campaign, Value: v, StoryID: st.ID})
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}

// SharePrints implements review.Store.
func (s *Store) SharePrints(ctx context.Context, st *story.Story, values []int64, limit int) ([]*story.Story, error) {
	if len(values) == 0 {
		return nil, nil
	}
	var rows []storyRow
	err := s.r.NewSelect().Model(&rows).
		Join(`JOIN (SELECT story_id, count(*) AS shared FROM prints WHERE campaign_id = ? AND value IN (?)
			AND story_id <> ?
			GROUP BY story_id ORDER BY shared DESC, story_id LIMIT ?) AS near
			ON near.story_id = stories.id`, st.Campaign, bun.List(values), st.ID, limit).
		Where("state NOT IN ('withdrawn', 'erased')").
		OrderExpr("near.shared DESC, stories.id").Scan(ctx)
	if err != nil {
		return nil, s.explain(err)
	}
	return storiesOf(rows)
}

// SamePerson implements review.Store.
func (s *Store) SamePerson(ctx context.Context, st *story.Story, limit int) ([]*story.Story, error) {
	if st.Contributor.Email == "" {
		return nil, nil
	}
	return s.selectStories(ctx,
		s.r.NewSelect().Where("campaign_id = ?", st.Campaign).Where("email <> ''").
			Where("email = ?", st.Contributor.Email).Where("id <> ?", st.ID).Order("id DESC").Limit(int64(limit)))
}

// Claimants implements review.Store.
func (s *Store) Claimants(ctx context.Context, f review.Filter, now time.Time) ([]review.Colleague, error) {
	var rows []struct {
		Name    string
		Holding int64
		Until   int64
	}
	err := inReview(s.r.NewSelect().Table("stories"), review.Filter{Campaign: f.Campaign}).
		ColumnExpr("claimed_name AS name, count(*) AS holding, max(claimed_until) AS until").
		Where("claimed_by <> ''").Where("claimed_until > ?", micros(now)).
		Group("claimed_by", "claimed_name").Order("claimed_name").Scan(ctx, &rows)
	if err != nil {
		return nil, s.explain(err)
	}
	out := make([]review.Colleague, len(rows))
	for i, r := range rows {
		out[i] = review.Colleague{Name: r.Name, Holding: r.Holding, Until: moment(r.Until)}
	}
	return out, nil
}

// staffRoles spells out the condition of the index on decisions.
const staffRoles = "h.actor_role IN ('moderator', 'admin')"

// ReviewReport implements review.Store.
func (s *Store) ReviewReport(ctx context.Context, f review.Filter, since time.Time) ([]review.Share, error) {
	var rows []struct {
		ActorID    string
		ActorName  string
		Approved   int64
		Rejected   int64
		Escalated  int64
		Overturned int64
	}
	q := s.r.NewSelect().TableExpr("history AS h").
		ColumnExpr("h.actor_id, max(h.actor_name) AS actor_name").
		ColumnExpr("sum(CASE WHEN h.event = 'approved' THEN 1 ELSE 0 END) AS approved").
		ColumnExpr("sum(CASE WHEN h.event = 'rejected' THEN 1 ELSE 0 END) AS rejected").
		ColumnExpr("sum(CASE WHEN h.event = 'escalated' THEN 1 ELSE 0 END) AS escalated").
		ColumnExpr(`sum(CASE WHEN h.event IN ('approved', 'rejected') AND EXISTS (SELECT 1 FROM history AS later
			WHERE later.story_id = h.story_id AND later.id > h.id
			AND later.actor_id <> h.actor_id AND later.event = CASE h.event WHEN 'approved' THEN 'hidden' ELSE
			'restored' END) THEN 1 ELSE 0 END) AS overturned`).
		Where(staffRoles).Where("h.at >= ?", micros(since)).Where("h.event IN ('approved', 'rejected', 'escalated')")
	if err := decisionsOf(q, f).Group("h.actor_id").OrderExpr("count(*) DESC, h.actor_id").
		Scan(ctx, &rows); err != nil {
		return nil, s.explain(err)
	}
	out := make([]review.Share, len(rows))
	for i, r := range rows {
		out[i] = review.Share{
			Moderator: account.Actor{Role: account.Moderator, ID: r.ActorID, Name: r.ActorName}, Approved: r.Approved,
			Rejected: r.Rejected, Escalated: r.Escalated, Overturned: r.Overturned,
		}
	}
	return out, nil
}

// DecidedBy implements review.Store.
func (s *Store) DecidedBy(
	ctx context.Context, f review.Filter, notBy string, since time.Time, limit int,
) ([]string, error) {
	var ids []string
	q := s.r.NewSelect().TableExpr("history AS h").ColumnExpr("h.story_id").
		Where(staffRoles).Where("h.at >= ?", micros(since)).Where("h.event IN ('approved', 'rejected')").
		Where("h.actor_id <> ?", notBy)
	err := decisionsOf(q, f).Group("h.story_id").OrderExpr("max(h.at) DESC, h.story_id").Limit(int64(limit)).
		Scan(ctx, &ids)
	return ids, s.explain(err)
}

func decisionsOf(q *bun.SelectQuery, f review.Filter) *bun.SelectQuery {
	if f.Campaign == "" {
		return q
	}
	return q.Where("h.story_id IN (SELECT id FROM stories WHERE campaign_id = ?)", f.Campaign)
}
