package store

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

// sharingAmong is how many of the stories begun last are compared of those
// that share one value: more than some of a caption or a title card that many
// videos begin with say nothing.
const sharingAmong = 1000

// printRow is a row of the table prints.
type printRow struct {
	bun.BaseModel `bun:"table:prints"`

	Campaign int32
	Value    int32
	Story    any // see printID
}

// printID is how prints name a story: 16 bytes in both databases.
func (s *Store) printID(storyID string) any {
	if b, ok := uuidBytes(storyID); ok && !s.postgres {
		return b
	}
	return storyID
}

// keepFingerprints replaces the values by which stories like this one are found.
func (s *Store) keepFingerprints(ctx context.Context, tx bun.Tx, st *story.Story) error {
	// the old table first: whoever copies a row of it holds the row's lock
	if _, err := tx.NewRaw(`DELETE FROM old_prints WHERE story_id = ?`, st.ID).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.NewRaw(`DELETE FROM prints WHERE story = ?`, s.printID(st.ID)).Exec(ctx); err != nil {
		return err
	}
	var rows []printRow
	for _, v := range review.Fingerprints(st) {
		rows = append(rows, printRow{Campaign: campaignHash(st.Campaign), Value: v, Story: s.printID(st.ID)})
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}

// SharingFingerprints implements review.Store.
func (s *Store) SharingFingerprints(
	ctx context.Context, st *story.Story, values []int32, limit int,
) ([]*story.Story, error) {
	if len(values) == 0 {
		return nil, nil
	}
	var parts []string
	var args []any
	for _, v := range values {
		parts = append(parts, `SELECT * FROM (SELECT story FROM prints WHERE campaign = ? AND value = ?
			ORDER BY story DESC LIMIT ?) AS one`)
		args = append(args, campaignHash(st.Campaign), v, sharingAmong)
	}
	name := "hex(story)"
	if s.postgres {
		name = "story"
	}
	var ids []string
	if err := s.staff.NewRaw(`SELECT `+name+` FROM (`+strings.Join(parts, " UNION ALL ")+`) AS shared
		WHERE story <> ? GROUP BY story ORDER BY count(*) DESC, story LIMIT ?`,
		append(args, s.printID(st.ID), limit)...).Scan(ctx, &ids); err != nil {
		return nil, s.mapError(err)
	}
	for i, id := range ids {
		if b, err := hex.DecodeString(id); err == nil && len(b) == 16 {
			ids[i] = uuidText(b)
		}
	}
	found, err := s.Stories(ctx, ids)
	return slices.DeleteFunc(found, func(other *story.Story) bool {
		return other.Campaign != st.Campaign || other.State == story.Withdrawn || other.State == story.Erased
	}), err
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
