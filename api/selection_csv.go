package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/campaign"
)

// selectionColumns are the columns of the CSV export, in order. New ones go
// to the end: agencies' scripts count columns.
var selectionColumns = []struct {
	name  string
	value func(v *exportView) string
}{
	{"slot", func(v *exportView) string { return v.Slot }},
	{"story_id", func(v *exportView) string { return v.StoryID }},
	{"usable", func(v *exportView) string { return strconv.FormatBool(v.Usable) }},
	{"name", func(v *exportView) string { return v.Name }},
	{"email", func(v *exportView) string { return v.Email }},
	{"country", func(v *exportView) string { return v.Country }},
	{"title", func(v *exportView) string { return v.Title }},
	{"text", func(v *exportView) string { return v.Text }},
	{"song_title", func(v *exportView) string { return v.Song.Title }},
	{"song_artist", func(v *exportView) string { return v.Song.Artist }},
	{"song_isrc", func(v *exportView) string { return v.Song.ISRC }},
	{"duration_ms", func(v *exportView) string { return number(v.DurationMS) }},
	{"width", func(v *exportView) string { return strconv.Itoa(v.Width) }},
	{"height", func(v *exportView) string { return strconv.Itoa(v.Height) }},
	{"release_version", func(v *exportView) string { return strconv.Itoa(v.Release.Version) }},
	{"release_text_sha256", func(v *exportView) string { return v.Release.TextSHA256 }},
	{"release_locale", func(v *exportView) string { return v.Release.Locale }},
	{"release_agreed_at", func(v *exportView) string { return v.Release.AgreedAt.Format(time.RFC3339) }},
	{"release_address", func(v *exportView) string { return v.Release.Address }},
	{"source_sha256", func(v *exportView) string { return v.Release.SourceSHA256 }},
	{"note", func(v *exportView) string { return v.Note }},
	{"from_ms", func(v *exportView) string { return number(v.FromMS) }},
	{"to_ms", func(v *exportView) string { return number(v.ToMS) }},
	{"source_from_ms", func(v *exportView) string { return number(v.SourceFromMS) }},
	{"source_to_ms", func(v *exportView) string { return number(v.SourceToMS) }},
	{"answers", func(v *exportView) string { return answersText(v.Answers) }},
	{"chosen_by", func(v *exportView) string { return v.ChosenBy }},
	{"chosen_at", func(v *exportView) string { return v.ChosenAt.Format(time.RFC3339) }},
	{"confirmed_by", func(v *exportView) string { return v.ConfirmedBy }},
	{"confirmed_at", func(v *exportView) string { return timestamp(v.ConfirmedAt) }},
	{"blocking", func(v *exportView) string { return strings.Join(v.Blocking, " ") }},
	{"tags", func(v *exportView) string { return strings.Join(v.Tags, ", ") }},
	{"source_url", func(v *exportView) string { return v.SourceURL }},
	{"source_expires_at", func(v *exportView) string { return timestamp(v.SourceExpires) }},
	{"mp4", func(v *exportView) string { return v.MP4 }},
	{"slot_title", func(v *exportView) string { return v.SlotTitle }},
	{"warnings", func(v *exportView) string { return strings.Join(v.Warnings, " ") }},
}

// selectionCSV writes the export for a spreadsheet, one story a row.
func selectionCSV(views []exportView) []byte {
	rows := make([][]string, 1, len(views)+1)
	for _, c := range selectionColumns {
		rows[0] = append(rows[0], c.name)
	}
	for _, v := range views {
		var row []string
		for _, c := range selectionColumns {
			row = append(row, c.value(&v))
		}
		rows = append(rows, row)
	}
	return csvFile(rows)
}

// answersText joins label and value of each answer, one a line.
func answersText(answers []campaign.Answer) string {
	lines := make([]string, len(answers))
	for i, a := range answers {
		lines[i] = a.Label + ": " + a.Value
	}
	return strings.Join(lines, "\n")
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// timestamp is RFC 3339, or empty for nil.
func timestamp(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.RFC3339)
}
