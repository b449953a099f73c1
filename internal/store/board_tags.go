package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/story"
)

// stateRow is a story's id and state.
type stateRow struct{ ID, State string }

// lockStates locks stories of the campaign in the order of their ids, and
// returns their states. Nobody else changes them or their tags meanwhile.
func (s *Store) lockStates(ctx context.Context, tx bun.Tx, campaignID string, ids []string) (
	map[string]story.State, error,
) {
	var rows []stateRow
	q := tx.NewSelect().Table("stories").Column("id", "state").Where("campaign_id = ?", campaignID).
		Where("id IN (?)", bun.List(ids)).Order("id")
	if s.postgres {
		q = q.For("UPDATE")
	}
	err := q.Scan(ctx, &rows)
	out := make(map[string]story.State, len(rows))
	for _, r := range rows {
		out[r.ID] = story.State(r.State)
	}
	return out, err
}

// tagRow is a row of the table tags.
type tagRow struct {
	bun.BaseModel `bun:"table:tags"`

	CampaignID string
	Tag        string
	StoryID    string
	ActorID    string
	ActorName  string
	At         int64
}

// EditTags implements board.Store. Counters are written last, in the order of
// facetsOf.
func (s *Store) EditTags(ctx context.Context, campaignID string, stories []string,
	edit func(board.Tagged) ([]string, error), by account.Actor, at time.Time) ([]error, error) {
	refused := make([]error, len(stories))
	err := s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		states, err := s.lockStates(ctx, tx, campaignID, stories)
		if err != nil {
			return err
		}
		tags, err := tagsOf(ctx, tx, stories)
		if err != nil {
			return err
		}
		var added []*tagRow
		changes := map[string]int64{} // of the number of published stories with a tag
		for i, id := range stories {
			next, err := edit(board.Tagged{Story: id, State: states[id], Tags: tags[id]})
			if refused[i] = err; err != nil {
				continue
			}
			for _, t := range next {
				if !slices.Contains(tags[id], t) {
					added = append(added, &tagRow{
						CampaignID: campaignID, Tag: t, StoryID: id, ActorID: by.ID, ActorName: by.Name, At: micros(at),
					})
					changes[t]++
				}
			}
			gone := slices.DeleteFunc(slices.Clone(tags[id]), func(t string) bool { return slices.Contains(next, t) })
			if err := deleteTags(ctx, tx, id, gone); err != nil {
				return err
			}
			for _, t := range gone {
				changes[t]--
			}
		}
		for part := range slices.Chunk(added, tagsAtOnce) {
			if _, err := tx.NewInsert().Model(&part).Exec(ctx); err != nil {
				return err
			}
		}
		for _, t := range slices.Sorted(maps.Keys(changes)) {
			if err := countFacet(ctx, tx, campaignID, facetKey{board.ByTag, t}, changes[t]); err != nil {
				return err
			}
		}
		return nil
	})
	return refused, err
}

// tagsAtOnce is how many tags one statement adds; each has six values, and
// databases take some 30,000 in a statement.
const tagsAtOnce = 1000

func deleteTags(ctx context.Context, tx bun.Tx, storyID string, tags []string) error {
	if len(tags) == 0 {
		return nil
	}
	_, err := tx.NewRaw(`DELETE FROM tags WHERE story_id = ? AND tag IN (?)`, storyID, bun.List(tags)).Exec(ctx)
	return err
}

// Tags implements board.Store.
func (s *Store) Tags(ctx context.Context, stories []string) (map[string][]string, error) {
	tags, err := tagsOf(ctx, s.staff, stories)
	return tags, s.mapError(err)
}

func tagsOf(ctx context.Context, db bun.IDB, stories []string) (map[string][]string, error) {
	var rows []struct{ StoryID, Tag string }
	if err := db.NewRaw(`SELECT story_id, tag FROM tags WHERE story_id IN (?) ORDER BY story_id, tag`,
		bun.List(stories)).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, r := range rows {
		out[r.StoryID] = append(out[r.StoryID], r.Tag)
	}
	for _, tags := range out {
		slices.Sort(tags) // PostgreSQL sorts as its locale does
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
