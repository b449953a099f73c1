package store

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

var _ review.Store = (*Store)(nil)

// inReview is the queue's condition; the state is spelled out so that the
// partial indices serve it.
func inReview(q *bun.SelectQuery, f review.Filter) *bun.SelectQuery {
	q = q.Where("state = 'in_review'")
	if f.Campaign != "" {
		q = q.Where("campaign_id = ?", f.Campaign)
	}
	if f.Escalated {
		q = q.Where("escalated")
	}
	return q
}

// ReviewQueue implements review.Store.
func (s *Store) ReviewQueue(ctx context.Context, f review.Filter, after string, limit int) ([]*story.Story, error) {
	return s.selectStories(ctx, inReview(s.staff.NewSelect(), f).Where("id > ?", after).Order("id").Limit(int64(limit)))
}

// ReviewStats implements review.Store.
func (s *Store) ReviewStats(ctx context.Context, f review.Filter, now time.Time) (review.Stats, error) {
	var st review.Stats
	var oldest int64
	err := inReview(s.staff.NewSelect().Table("stories"), f).
		ColumnExpr("count(*)").
		ColumnExpr("coalesce(sum(CASE WHEN claimed_until > ? THEN 1 ELSE 0 END), 0)", micros(now)).
		ColumnExpr("coalesce(sum(CASE WHEN escalated THEN 1 ELSE 0 END), 0)").
		ColumnExpr("coalesce(min(created_at), 0)").
		Scan(ctx, &st.Waiting, &st.Claimed, &st.Escalated, &oldest)
	st.Oldest = moment(oldest)
	return st, s.mapError(err)
}

// ClaimNext implements review.Store. PostgreSQL passes over rows that another
// claim holds at this moment; SQLite has one writer, so there are none.
func (s *Store) ClaimNext(ctx context.Context, f review.Filter, by account.Actor, n int, now, until time.Time,
	skip []string) ([]*story.Story, error) {
	var rows []storyRow
	err := s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		free := inReview(tx.NewSelect().Table("stories").Column("id"), f).Where("claimed_until <= ?", micros(now)).
			Order("id").Limit(int64(n))
		if !f.Escalated {
			free = free.Where("NOT escalated")
		}
		if len(skip) > 0 {
			free = free.Where("id NOT IN (?)", bun.List(skip))
		}
		if s.postgres {
			free = free.For("UPDATE SKIP LOCKED")
		}
		var ids []string
		if err := free.Scan(ctx, &ids); err != nil || len(ids) == 0 {
			return err
		}
		if _, err := tx.NewRaw(`UPDATE stories SET claimed_by = ?, claimed_name = ?, claimed_until = ? WHERE id IN (?)`,
			by.ID, by.Name, micros(until), bun.List(ids)).Exec(ctx); err != nil {
			return err
		}
		return withSlug(tx.NewSelect().Model(&rows)).Where("id IN (?)", bun.List(ids)).Order("id").Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	return storiesOf(rows)
}

// ClaimedBy implements review.Store.
func (s *Store) ClaimedBy(ctx context.Context, moderator string, now time.Time) ([]*story.Story, error) {
	return s.selectStories(ctx,
		s.staff.NewSelect().Where("state = 'in_review'").Where("claimed_by = ?", moderator).
			Where("claimed_until > ?", micros(now)).Order("id"))
}

// RenewClaims implements review.Store.
func (s *Store) RenewClaims(ctx context.Context, moderator string, now, until time.Time) (int64, error) {
	n, err := changed(
		s.w.NewRaw(
			`UPDATE stories SET claimed_until = ? WHERE state = 'in_review' AND claimed_by = ? AND claimed_until > ?`,
			micros(until), moderator, micros(now)).Exec(ctx))
	return n, s.mapError(err)
}

// ReleaseClaim implements review.Store.
func (s *Store) ReleaseClaim(ctx context.Context, id, moderator string) error {
	_, err := s.w.NewRaw(
		`UPDATE stories SET claimed_by = '', claimed_name = '', claimed_until = 0 WHERE id = ? AND claimed_by = ?`, id,
		moderator).Exec(ctx)
	return s.mapError(err)
}

// warned selects stories whose findings have the warning.
func (s *Store) warned(q *bun.SelectQuery, warning string) *bun.SelectQuery {
	if s.postgres {
		return q.Where("findings::jsonb -> 'warnings' @> to_jsonb(?::text)", warning)
	}
	return q.Where("EXISTS (SELECT 1 FROM json_each(findings, '$.warnings') AS w WHERE w.value = ?)", warning)
}

// LookupStories implements review.Store. Text and warning are looked for in
// the rows that campaign and states leave, newest first, so a page costs
// little where matches are not rare.
func (s *Store) LookupStories(
	ctx context.Context, l review.Lookup, after *review.Cursor, limit int,
) ([]*story.Story, error) {
	q := s.staff.NewSelect().Where("campaign_id = ?", l.Campaign)
	if len(l.States) > 0 {
		q = q.Where("state IN (?)", bun.List(l.States))
	}
	if l.Warning != "" {
		q = s.warned(q, l.Warning)
	}
	if l.Text != "" {
		part := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(l.Text) + "%"
		q = q.Where(
			`(song_fold LIKE ? ESCAPE '\' OR artist_fold LIKE ? ESCAPE '\' OR name_fold LIKE ? ESCAPE '\' OR id = ?)`,
			part, part, part, l.Text)
	}
	if after != nil {
		q = q.Where("(updated_at, id) < (?, ?)", micros(after.UpdatedAt), after.ID)
	}
	return s.selectStories(ctx, q.Order("updated_at DESC", "id DESC").Limit(int64(limit)))
}
