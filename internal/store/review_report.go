package store

import (
	"context"
	"slices"
	"time"

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
	err := s.inReview(s.by(s.staff, "stories_claims"), review.Filter{Campaign: f.Campaign}).
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

// ReviewReport implements review.Store.
func (s *Store) ReviewReport(ctx context.Context, f review.Filter, since time.Time) ([]review.ModeratorStats, error) {
	var rows []struct {
		ActorID, ActorName                                         string
		Approved, Rejected, Escalated, Overturned, Unplayed, Hours int64
	}
	q := s.staff.NewSelect().Table("decision_counts").ColumnExpr("actor_id, max(actor_name) AS actor_name").
		ColumnExpr("sum(approved) AS approved, sum(rejected) AS rejected").
		ColumnExpr("sum(escalated) AS escalated, sum(overturned) AS overturned, sum(unplayed) AS unplayed").
		ColumnExpr("count(DISTINCT CASE WHEN approved + rejected + escalated > 0 THEN hour END) AS hours").
		Where("hour >= ?", micros(since)/hourMicros)
	if f.Campaign != "" {
		q = q.Where("campaign_id = ?", f.Campaign)
	}
	if err := q.Group("actor_id").OrderExpr("sum(approved) + sum(rejected) + sum(escalated) DESC, actor_id").
		Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	out := make([]review.ModeratorStats, len(rows))
	for i, r := range rows {
		out[i] = review.ModeratorStats{
			Moderator: account.Actor{Role: account.Moderator, ID: r.ActorID, Name: r.ActorName}, Approved: r.Approved,
			Rejected: r.Rejected, Escalated: r.Escalated, Overturned: r.Overturned, Unplayed: r.Unplayed,
			Hours: r.Hours,
		}
	}
	return out, nil
}

// DecidedBy implements review.Store.
func (s *Store) DecidedBy(
	ctx context.Context, f review.Filter, notBy string, since time.Time, limit int,
) ([]string, error) {
	var ids []string
	q := s.staff.NewSelect().Table("decisions").Column("story_id").Where("at >= ?", micros(since)).
		Where("event IN ('approved', 'rejected')").Where("actor_id <> ?", notBy)
	if f.Campaign != "" {
		q = q.Where("campaign_id = ?", f.Campaign)
	}
	if err := q.OrderExpr("at DESC, story_id").Limit(int64(limit)).Scan(ctx, &ids); err != nil {
		return nil, s.mapError(err)
	}
	seen := make(map[string]bool, len(ids))
	return slices.DeleteFunc(ids, func(id string) bool {
		again := seen[id]
		seen[id] = true
		return again
	}), nil
}
