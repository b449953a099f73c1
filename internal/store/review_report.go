package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/review"
)

// Claimants implements review.Store.
func (s *Store) Claimants(ctx context.Context, f review.Filter, now time.Time) ([]review.Claimant, error) {
	var rows []struct {
		Name    string
		Holding int64
		Until   int64
	}
	err := inReview(s.staff.NewSelect().Table("stories"), review.Filter{Campaign: f.Campaign}).
		ColumnExpr("claimed_name AS name, count(*) AS holding, max(claimed_until) AS until").
		Where("claimed_by <> ''").Where("claimed_until > ?", micros(now)).
		Group("claimed_by", "claimed_name").Order("claimed_name").Scan(ctx, &rows)
	if err != nil {
		return nil, s.mapError(err)
	}
	out := make([]review.Claimant, len(rows))
	for i, r := range rows {
		out[i] = review.Claimant{Name: r.Name, Holding: r.Holding, Until: moment(r.Until)}
	}
	return out, nil
}

// staffRoles spells out the condition of the index on decisions.
const staffRoles = "h.actor_role IN ('moderator', 'admin')"

// ReviewReport implements review.Store.
func (s *Store) ReviewReport(ctx context.Context, f review.Filter, since time.Time) ([]review.ModeratorStats, error) {
	var rows []struct {
		ActorID    string
		ActorName  string
		Approved   int64
		Rejected   int64
		Escalated  int64
		Overturned int64
	}
	q := s.staff.NewSelect().TableExpr("history AS h").
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
		return nil, s.mapError(err)
	}
	out := make([]review.ModeratorStats, len(rows))
	for i, r := range rows {
		out[i] = review.ModeratorStats{
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
	q := s.staff.NewSelect().TableExpr("history AS h").ColumnExpr("h.story_id").
		Where(staffRoles).Where("h.at >= ?", micros(since)).Where("h.event IN ('approved', 'rejected')").
		Where("h.actor_id <> ?", notBy)
	err := decisionsOf(q, f).Group("h.story_id").OrderExpr("max(h.at) DESC, h.story_id").Limit(int64(limit)).
		Scan(ctx, &ids)
	return ids, s.mapError(err)
}

func decisionsOf(q *bun.SelectQuery, f review.Filter) *bun.SelectQuery {
	if f.Campaign == "" {
		return q
	}
	return q.Where("h.story_id IN (SELECT id FROM stories WHERE campaign_id = ?)", f.Campaign)
}
