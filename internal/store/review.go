package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

var _ review.Store = (*Store)(nil)

// inReview is the queue's condition; the state is spelled out so that the
// partial indices serve it.
func (s *Store) inReview(q *bun.SelectQuery, f review.Filter) *bun.SelectQuery {
	q = q.Where("stories.state = 'in_review'")
	if f.Campaign != "" {
		q = q.Where("stories.campaign_id = ?", f.Campaign)
	}
	if f.Escalated {
		q = q.Where("stories.escalated")
	}
	if f.Plain {
		q = q.Where("NOT stories.escalated")
	}
	if len(f.Languages) > 0 {
		q = q.Where("? IN (?)", s.languageOf(), bun.List(f.Languages))
	}
	if len(f.Countries) > 0 {
		q = q.Where("stories.country IN (?)", bun.List(f.Countries))
	}
	if f.MinDuration > 0 {
		q = q.Where("stories.duration_ms >= ?", f.MinDuration.Milliseconds())
	}
	if f.MaxDuration > 0 {
		q = q.Where("stories.duration_ms <= ?", f.MaxDuration.Milliseconds())
	}
	const warnings = "SELECT 1 FROM story_warnings AS w WHERE w.story_id = stories.id"
	if len(f.Warnings) > 0 {
		q = q.Where("EXISTS ("+warnings+" AND w.warning IN (?))", bun.List(f.Warnings))
	}
	if f.Unwarned {
		q = q.Where("NOT EXISTS (" + warnings + ")")
	}
	return q
}

// languageOf is the language of a story's locale, without region, as the index
// stories_free_language spells it.
func (s *Store) languageOf() bun.Safe {
	if s.postgres {
		return "split_part(locale, '-', 1)"
	}
	return "substr(locale, 1, instr(locale || '-', '-') - 1)"
}

// by selects from stories by the index. Without statistics SQLite takes the
// index with the most columns of the condition, which here is that of states.
func (s *Store) by(db bun.IDB, index string) *bun.SelectQuery {
	if s.postgres {
		return db.NewSelect().Table("stories")
	}
	return db.NewSelect().TableExpr("stories INDEXED BY ?", bun.Ident(index))
}

// queue is one walk of stories in review in the order of their ids, all of
// which one index finds.
type queue struct {
	index  string
	filter review.Filter
}

// queues splits a filter into walks that together find its stories, each once:
// one for each language or country, else one by campaign or of all. Whatever
// else the filter asks is looked for in the rows of the walk.
func queues(f review.Filter) []queue {
	index := "stories_free"
	switch {
	case f.Escalated:
		index = "stories_escalated"
	case !f.Plain && f.Narrow():
		plain, escalated := f, f
		plain.Plain, escalated.Escalated = true, true
		return append(queues(plain), queues(escalated)...)
	case !f.Plain:
		index = "stories_queue"
	}
	var out []queue
	switch {
	case f.Plain && len(f.Languages) > 0:
		for _, language := range f.Languages {
			one := f
			one.Languages = []string{language}
			out = append(out, queue{"stories_free_language", one})
		}
	case f.Plain && len(f.Countries) > 0:
		for _, country := range f.Countries {
			one := f
			one.Countries = []string{country}
			out = append(out, queue{"stories_free_country", one})
		}
	case f.Campaign != "":
		out = []queue{{index + "_campaign", f}}
	default:
		out = []queue{{index, f}}
	}
	return out
}

// oldest returns at most limit ids of stories in review for which also the
// further conditions hold, oldest first.
func (s *Store) oldest(ctx context.Context, db bun.IDB, f review.Filter, limit int,
	further func(*bun.SelectQuery) *bun.SelectQuery) ([]string, error) {
	var all []string
	walks := queues(f)
	for _, w := range walks {
		var ids []string
		walk := s.inReview(s.by(db, w.index).Column("stories.id"), w.filter).Order("stories.id").Limit(int64(limit))
		if err := further(walk).Scan(ctx, &ids); err != nil {
			return nil, err
		}
		all = append(all, ids...)
	}
	if len(walks) > 1 {
		slices.Sort(all)
		all = all[:min(len(all), limit)]
	}
	return all, nil
}

// ReviewQueue implements review.Store.
func (s *Store) ReviewQueue(ctx context.Context, f review.Filter, after string, limit int) ([]*story.Story, error) {
	ids, err := s.oldest(ctx, s.staff, f, limit, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("stories.id > ?", after)
	})
	if err != nil {
		return nil, s.mapError(err)
	}
	return s.Stories(ctx, ids)
}

// ReviewStats implements review.Store. Waiting stories are counted by their
// counter, or one by one for a narrow filter; claimed and escalated ones are
// few, and each has an index of its own.
func (s *Store) ReviewStats(ctx context.Context, f review.Filter, now time.Time) (review.Stats, error) {
	var st review.Stats
	waiting := s.staff.NewSelect().Table("story_counts").ColumnExpr("coalesce(sum(n), 0)").Where("state = 'in_review'")
	if f.Campaign != "" {
		waiting = waiting.Where("campaign_id = ?", f.Campaign)
	}
	claimed := s.inReview(s.by(s.staff, "stories_claims"), f).ColumnExpr("count(*)").Where("claimed_by <> ''").
		Where("claimed_until > ?", micros(now))
	few := "stories_escalated"
	if f.Campaign != "" {
		few += "_campaign"
	}
	escalatedOnes := f
	escalatedOnes.Escalated, escalatedOnes.Plain = true, false
	escalated := s.inReview(s.by(s.staff, few), escalatedOnes).ColumnExpr("count(*)")
	err := s.staff.NewSelect().ColumnExpr("(?), (?), (?)", waiting, claimed, escalated).
		Scan(ctx, &st.Waiting, &st.Claimed, &st.Escalated)
	if err == nil && f.Narrow() && !f.Escalated {
		st.Waiting, err = s.countWaiting(ctx, f)
	}
	if err != nil {
		return st, s.mapError(err)
	}
	switch {
	case f.Escalated:
		st.Waiting = st.Escalated
	case f.Plain && !f.Narrow():
		st.Waiting -= st.Escalated
	}
	st.Waiting = max(st.Waiting, 0) // it may lag while the counters are filled after an update
	st.Oldest, err = s.oldestBegun(ctx, f)
	return st, s.mapError(err)
}

// oldestBegun is when the first story of a filter was begun; zero: none waits.
func (s *Store) oldestBegun(ctx context.Context, f review.Filter) (time.Time, error) {
	var oldest time.Time
	for _, w := range queues(f) {
		var begun []int64
		first := s.inReview(s.by(s.staff, w.index).Column("created_at"), w.filter).Order("stories.id").Limit(1)
		if err := first.Scan(ctx, &begun); err != nil {
			return oldest, err
		}
		if len(begun) > 0 && (oldest.IsZero() || moment(begun[0]).Before(oldest)) {
			oldest = moment(begun[0])
		}
	}
	return oldest, nil
}

// countWaiting counts the stories of a filter up to review.MaxCounted.
func (s *Store) countWaiting(ctx context.Context, f review.Filter) (int64, error) {
	var total int64
	for _, w := range queues(f) {
		var n int64
		found := s.inReview(s.by(s.staff, w.index).ColumnExpr("1"), w.filter).Limit(review.MaxCounted)
		err := s.staff.NewSelect().TableExpr("(?) AS found", found).ColumnExpr("count(*)").Scan(ctx, &n)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return min(total, review.MaxCounted), nil
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
	f.Plain = !f.Escalated
	var rows []storyRow
	err := s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		ids, err := s.oldest(ctx, tx, f, n, func(q *bun.SelectQuery) *bun.SelectQuery {
			q = q.Where("stories.claimed_until <= ?", micros(now))
			if len(skip) > 0 {
				q = q.Where("stories.id NOT IN (?)", bun.List(skip))
			}
			if s.postgres {
				q = q.For("UPDATE OF stories SKIP LOCKED")
			}
			return q
		})
		if err != nil || len(ids) == 0 {
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
	claimed := s.by(s.staff, "stories_claims").Column("id").Where("state = 'in_review'").Where("claimed_by <> ''").
		Where("claimed_by = ?", moderator).Where("claimed_until > ?", micros(now))
	return s.selectStories(ctx, s.staff.NewSelect().Where("id IN (?)", claimed).Order("id"))
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
