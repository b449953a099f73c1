package store

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/story"
)

var _ board.Store = (*Store)(nil)

// facetNames are the facets that are counted by publication, in the order in
// which they are listed.
var facetNames = []string{"song", "artist", "country", "orientation", "duration", "language", "quality"}

// Facets implements board.Store. One query asks the index of counters for the
// top of each facet, and counts the tags.
func (s *Store) Facets(ctx context.Context, campaignID string, top int) ([]board.Facet, error) {
	var parts []string
	var args []any
	for i, name := range facetNames {
		parts = append(parts, `SELECT * FROM (SELECT ? AS place, name, value, n AS count FROM facets
			WHERE campaign_id = ? AND name = ? AND n > 0 ORDER BY n DESC, value LIMIT ?) AS counted`)
		args = append(args, i, campaignID, name, top)
	}
	parts = append(parts, `SELECT * FROM (SELECT ? AS place, 'tag' AS name, tag AS value, count(*) AS count FROM tags
		WHERE campaign_id = ?
		AND EXISTS (SELECT 1 FROM stories WHERE stories.id = tags.story_id AND state = 'published')
		GROUP BY tag ORDER BY count(*) DESC, tag LIMIT ?) AS counted`)
	args = append(args, len(facetNames), campaignID, top)
	var out []board.Facet
	err := s.staff.NewRaw(`SELECT name, value, count FROM (`+strings.Join(parts, " UNION ALL ")+`) AS facets
		ORDER BY place, count DESC, value`, args...).Scan(ctx, &out)
	for i := range out {
		if err == nil {
			out[i].Value, err = s.asWritten(ctx, campaignID, out[i])
		}
	}
	return out, s.mapError(err)
}

// asWritten returns a song or artist as one of the stories counted writes it;
// counters are kept under the folded form.
func (s *Store) asWritten(ctx context.Context, campaignID string, f board.Facet) (string, error) {
	if f.Name != "song" && f.Name != "artist" {
		return f.Value, nil
	}
	var songs []string
	if err := s.staff.NewSelect().Table("stories").Column("song").Where("campaign_id = ?", campaignID).
		Where("state = 'published'").Where("? = ?", bun.Ident(f.Name+"_fold"), f.Value).
		OrderExpr("published_at DESC, id DESC").Limit(1).Scan(ctx, &songs); err != nil || len(songs) == 0 {
		return f.Value, err
	}
	var song story.Song
	if err := json.Unmarshal([]byte(songs[0]), &song); err != nil {
		return "", err
	}
	if f.Name == "artist" {
		return song.Artist, nil
	}
	return song.Title, nil
}

// PutCandidate implements board.Store.
func (s *Store) PutCandidate(ctx context.Context, c board.Candidate) error {
	_, err := s.w.NewRaw(`INSERT INTO shortlist (campaign_id, story_id, note, actor_id, actor_name, at)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (campaign_id, story_id) DO UPDATE SET note = excluded.note, actor_id = excluded.actor_id,
		actor_name = excluded.actor_name`,
		c.Campaign, c.Story, c.Note, c.By.ID, c.By.Name, micros(c.At)).Exec(ctx)
	return s.mapError(err)
}

// DeleteCandidate implements board.Store.
func (s *Store) DeleteCandidate(ctx context.Context, campaignID, storyID string) error {
	_, err := s.w.NewRaw(`DELETE FROM shortlist WHERE campaign_id = ? AND story_id = ?`, campaignID, storyID).Exec(ctx)
	return s.mapError(err)
}

// markRow is what shortlist and selection have in common.
type markRow struct {
	Slot      string
	StoryID   string
	Note      string
	ActorID   string
	ActorName string
	At        int64
}

func (r markRow) by() account.Actor {
	return account.Actor{Role: account.Creative, ID: r.ActorID, Name: r.ActorName}
}

// Shortlist implements board.Store.
func (s *Store) Shortlist(ctx context.Context, campaignID string) ([]board.Candidate, error) {
	return s.candidates(ctx, campaignID, "")
}

// ofStory selects rows about one story; all where the id is empty.
const ofStory = `(? = '' OR story_id = ?)`

func (s *Store) candidates(ctx context.Context, campaignID, storyID string) ([]board.Candidate, error) {
	var rows []markRow
	if err := s.staff.NewRaw(
		`SELECT story_id, note, actor_id, actor_name, at FROM shortlist WHERE campaign_id = ? AND `+ofStory+`
			ORDER BY at DESC, story_id DESC`, campaignID, storyID, storyID).Scan(ctx, &rows); err != nil {
		return nil, s.mapError(err)
	}
	out := make([]board.Candidate, len(rows))
	for i, r := range rows {
		out[i] = board.Candidate{Campaign: campaignID, Story: r.StoryID, Note: r.Note, By: r.by(), At: moment(r.At)}
	}
	return out, nil
}

// Marks implements board.Store.
func (s *Store) Marks(ctx context.Context, campaignID, storyID string) (*board.Marks, error) {
	tags, err := s.Tags(ctx, []string{storyID})
	if err != nil {
		return nil, err
	}
	votes, err := s.votes(ctx, campaignID, storyID)
	if err != nil {
		return nil, err
	}
	m := &board.Marks{Tags: tags[storyID], Votes: votes[storyID]}
	listed, err := s.candidates(ctx, campaignID, storyID)
	if err != nil {
		return nil, err
	}
	picked, err := s.picks(ctx, campaignID, storyID)
	if len(listed) > 0 {
		m.Candidate = &listed[0]
	}
	if len(picked) > 0 {
		m.Pick = &picked[0]
	}
	return m, err
}
