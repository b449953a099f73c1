package store

import (
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/media"
)

// narrow adds the conditions of a search but its text to a query of listings
// called l.
func (s *Store) narrow(sel *bun.SelectQuery, k *seek) *bun.SelectQuery {
	for _, f := range k.Filters {
		if len(f.In) > 0 {
			sel = sel.Where("?", s.having(k.campaign, f.Property, f.In))
		}
		if len(f.Out) > 0 {
			sel = sel.Where("NOT ?", s.having(k.campaign, f.Property, f.Out))
		}
	}
	if k.MinDuration > 0 {
		sel = sel.Where("l.duration_ms >= ?", k.MinDuration.Milliseconds())
	}
	if k.MaxDuration > 0 {
		sel = sel.Where("l.duration_ms <= ?", k.MaxDuration.Milliseconds())
	}
	if k.Uncaptioned {
		sel = sel.Where("NOT EXISTS (SELECT 1 FROM captions WHERE captions.story_id = l.story_id)")
	}
	return sel
}

// having is the condition that a listing called l has one of the values.
func (s *Store) having(campaignID string, p board.Property, values []string) *bun.RawQuery {
	question, answer := p.Question()
	switch {
	case answer:
		return s.staff.NewRaw(`EXISTS (SELECT 1 FROM story_answers AS n
			WHERE n.story_id = l.story_id AND n.question = ? AND n.value IN (?))`, question, bun.List(values))
	case p == board.ByTag:
		return s.staff.NewRaw(`EXISTS (SELECT 1 FROM tags AS n
			WHERE n.campaign_id = ? AND n.tag IN (?) AND n.story_id = l.story_id)`, campaignID, bun.List(values))
	case p == board.ByShortlist:
		return s.staff.NewRaw(`EXISTS (SELECT 1 FROM (?) AS n WHERE n.story_id = l.story_id)`,
			s.onLists(campaignID, values))
	case p == board.ByDuration, p == board.ByQuality:
		return s.staff.NewRaw(`(`+bandOf(p)+`) IN (?)`, bun.List(values))
	}
	return s.staff.NewRaw(`l.? IN (?)`, bun.Ident(listingColumns[p]), bun.List(values))
}

// listingColumns are the columns of properties that listings have as they are.
var listingColumns = map[board.Property]string{
	board.BySong: "song_fold", board.ByArtist: "artist_fold", board.ByCountry: "country", board.ByLanguage: "locale",
	board.ByOrientation: "orientation",
}

// bandOf is the expression of the band of a duration or quality.
func bandOf(p board.Property) string {
	if p == board.ByDuration {
		return durationBandSQL()
	}
	return qualityBandSQL()
}

func durationBandSQL() string {
	var names []string
	var ends []int64
	for _, d := range durationBands {
		names, ends = append(names, d.name), append(ends, d.below)
	}
	return bandSQL("duration_ms", names, ends)
}

func qualityBandSQL() string {
	var names []string
	var ends []int64
	for _, name := range []string{"low", "medium", "high"} {
		_, below := media.QualityRange(name)
		names, ends = append(names, name), append(ends, int64(below))
	}
	return bandSQL("quality", names, ends)
}

// bandSQL is the expression of the first band whose end is above a column.
func bandSQL(column string, names []string, below []int64) string {
	var b strings.Builder
	b.WriteString("CASE")
	for i, name := range names {
		b.WriteString(" WHEN " + column + " < " + strconv.FormatInt(below[i], 10) + " THEN '" + name + "'")
	}
	return b.String() + " END"
}
