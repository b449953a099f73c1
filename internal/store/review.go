package store

import (
	"context"
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
	if f.Plain {
		q = q.Where("NOT escalated")
	}
	return q
}

// by selects from stories by the index. Without statistics SQLite takes the
// index with the most columns of the condition, which here is that of states.
func (s *Store) by(db bun.IDB, index string) *bun.SelectQuery {
	if s.postgres {
		return db.NewSelect().Table("stories")
	}
	return db.NewSelect().TableExpr("stories INDEXED BY ?", bun.Ident(index))
}

// ReviewQueue implements review.Store.
func (s *Store) ReviewQueue(ctx context.Context, f review.Filter, after string, limit int) ([]*story.Story, error) {
	return s.selectStories(ctx, inReview(s.staff.NewSelect(), f).Where("id > ?", after).Order("id").Limit(int64(limit)))
}

// ReviewStats implements review.Store. Waiting stories are counted by their
// counter; claimed and escalated ones are few, and each has an index of its own.
func (s *Store) ReviewStats(ctx context.Context, f review.Filter, now time.Time) (review.Stats, error) {
	var st review.Stats
	waiting := s.staff.NewSelect().Table("story_counts").ColumnExpr("coalesce(sum(n), 0)").Where("state = 'in_review'")
	if f.Campaign != "" {
		waiting = waiting.Where("campaign_id = ?", f.Campaign)
	}
	claimed := inReview(s.by(s.staff, "stories_claims"), f).ColumnExpr("count(*)").Where("claimed_by <> ''").
		Where("claimed_until > ?", micros(now))
	few := "stories_escalated"
	if f.Campaign != "" {
		few += "_campaign"
	}
	escalated := inReview(s.by(s.staff, few), review.Filter{Campaign: f.Campaign, Escalated: true}).
		ColumnExpr("count(*)")
	oldest := inReview(s.staff.NewSelect().Table("stories"), f).Column("created_at").Order("id").Limit(1)
	var begun int64
	err := s.staff.NewSelect().ColumnExpr("(?), (?), (?), coalesce((?), 0)", waiting, claimed, escalated, oldest).
		Scan(ctx, &st.Waiting, &st.Claimed, &st.Escalated, &begun)
	switch {
	case f.Escalated:
		st.Waiting = st.Escalated
	case f.Plain:
		st.Waiting -= st.Escalated
	}
	st.Waiting = max(st.Waiting, 0) // it may lag while the counters are filled after an update
	st.Oldest = moment(begun)
	return st, s.mapError(err)
}

// Revisions implements review.Store.
func (s *Store) Revisions(ctx context.Context, ids []string) (map[string][]*story.Entry, error) {
	var rows []historyRow
	if err := s.staff.NewSelect().Model(&rows).Where("story_id IN (?)", bun.List(ids)).Where("event = 'revised'").
		Order("story_id", "id").Scan(ctx); err != nil {
		return nil, s.mapError(err)
	}
	out := map[string][]*story.Entry{}
	for i := range rows {
		e, err := rows[i].entry()
		if err != nil {
			return nil, err
		}
		out[e.Story] = append(out[e.Story], e)
	}
	return out, nil
}

// ClaimNext implements review.Store. PostgreSQL passes over rows that another
// claim holds at this moment; SQLite has one writer, so there are none.
func (s *Store) ClaimNext(ctx context.Context, f review.Filter, by account.Actor, n int, now, until time.Time,
	skip []string) ([]*story.Story, error) {
	var rows []storyRow
	err := s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		index := "stories_free"
		if f.Escalated {
			index = "stories_escalated"
		}
		if f.Campaign != "" {
			index += "_campaign"
		}
		free := inReview(s.by(tx, index).Column("id"), f).Where("claimed_until <= ?", micros(now)).
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
		s.staff.NewSelect().Where("state = 'in_review'").Where("claimed_by <> ''").Where("claimed_by = ?", moderator).
			Where("claimed_until > ?", micros(now)).Order("id"))
}

// RenewClaims implements review.Store.
func (s *Store) RenewClaims(ctx context.Context, moderator string, now, until time.Time) (int64, error) {
	n, err := changed(
		s.w.NewRaw(
			`UPDATE stories SET claimed_until = ? WHERE state = 'in_review' AND claimed_by <> '' AND claimed_by = ?
				AND claimed_until > ?`,
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
