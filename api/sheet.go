package api

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/xuri/excelize/v2"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/story"
)

const sheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// sheetRow is one line of a sheet for people. It never has what the evidence of
// a release has: e-mail, network address, form, checksum.
type sheetRow struct {
	place []string // slot's name, title and market, or the status on a list
	story *story.Story
	from  int64 // ms of the published story
	to    int64 // 0: to the end
	note  string
	by    string
	state []string // codes of what blocks the slot, and of warnings
}

// sheetWords are the headings, by language.
var sheetWords = map[string][]string{
	"en": {
		"Title", "Name", "Country", "Song", "Artist", "From", "To", "Length", "Size", "Answers", "Note", "By", "State",
		"Poster", "Video", "Story",
	},
	"de": {
		"Titel", "Name", "Land", "Song", "Interpret", "Von", "Bis", "Länge", "Größe", "Antworten", "Notiz", "Von wem",
		"Stand", "Poster", "Video", "Geschichte",
	},
}

var (
	slotWords = map[string][]string{
		"en": {"Slot", "Slot's title", "Market"}, "de": {"Platz", "Titel des Platzes", "Markt"},
	}
	listWords = map[string][]string{"en": {"Status"}, "de": {"Status"}}
)

type sheetInput struct {
	CampaignPath
	Lang string `query:"lang" enum:"en,de" default:"en" doc:"Of the headings."`
}

type listSheetInput struct {
	ListPath
	Lang string `query:"lang" enum:"en,de" default:"en" doc:"Of the headings."`
}

func (s *server) sheetRoutes() {
	binary := map[string]*huma.Schema{sheetType: {Type: huma.TypeString, Format: "binary"}}
	handle(s, creatives, op("selection-sheet", "GET /v1/campaigns/{campaign}/selection/sheet", "board",
		"Download the selection as a sheet").
		about("XLSX for people, without e-mail, network address and evidence of releases; the export has those.").
		fails(notFound).audited("selection.sheet").responds("The sheet.", binary), s.selectionSheet)
	handle(s, creatives, op("shortlist-sheet", "GET /v1/campaigns/{campaign}/shortlists/{list}/sheet", "board",
		"Download a shortlist as a sheet").about("XLSX for people, as that of the selection.").
		fails(notFound).audited("shortlist.sheet").responds("The sheet.", binary), s.shortlistSheet)
}

// selectionSheet answers with every ad slot, a line each.
func (s *server) selectionSheet(ctx context.Context, in *sheetInput) (*huma.StreamResponse, error) {
	c, selected, err := s.Board.Selection(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	rows := make([]sheetRow, len(selected))
	for i, sel := range selected {
		rows[i] = sheetRow{
			place: []string{sel.Slot, sel.About.Title, sel.About.Market}, story: sel.Story,
			state: append(sel.Blocking(), sel.Warnings()...),
		}
		if p := sel.Pick; p != nil {
			rows[i].from, rows[i].to, rows[i].note, rows[i].by = p.FromMS, p.ToMS, p.Note, p.By.Name
		}
	}
	return s.sheet(c.Slug+"-selection", slotWords[in.Lang], in.Lang, rows)
}

// shortlistSheet answers with the stories of a shortlist, a line each.
func (s *server) shortlistSheet(ctx context.Context, in *listSheetInput) (*huma.StreamResponse, error) {
	callerOf(ctx).about(in.Campaign, "shortlist", in.List)
	p, err := s.Board.Listed(ctx, in.Campaign, in.List, "", nil, board.MaxListed)
	if err != nil {
		return nil, err
	}
	rows := make([]sheetRow, len(p.Items))
	for i, l := range p.Items {
		rows[i] = sheetRow{place: []string{string(l.Status)}, story: l.Story, note: l.Note, by: l.By.Name}
	}
	return s.sheet(strings.Trim(in.Campaign+"-shortlist-"+p.List.FileName(), "-"), listWords[in.Lang], in.Lang, rows)
}

// sheet answers with an XLSX file.
func (s *server) sheet(name string, first []string, lang string, rows []sheetRow) (*huma.StreamResponse, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // it has no temporary files: nothing is read
	const tab = "Sheet1"
	cells := [][]string{append(append([]string{}, first...), sheetWords[lang]...)}
	for _, r := range rows {
		cells = append(cells, append(append([]string{}, r.place...), s.sheetCells(r)...))
	}
	for y, row := range cells {
		for x, value := range row {
			at, err := excelize.CoordinatesToCellName(x+1, y+1)
			if err != nil {
				return nil, err
			}
			if err := f.SetCellStr(tab, at, defuse(value)); err != nil {
				return nil, err
			}
			if y > 0 && strings.HasPrefix(value, "http") && x >= len(row)-3 {
				if err := f.SetCellHyperLink(tab, at, value, "External"); err != nil {
					return nil, err
				}
			}
		}
	}
	if err := f.SetPanes(tab, &excelize.Panes{
		Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
	}); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Disposition", `attachment; filename="`+name+`.xlsx"`)
		hc.SetHeader("Content-Type", sheetType)
		_, _ = hc.BodyWriter().Write(b.Bytes()) // a failure means that the caller hung up
	}}, nil
}

// sheetCells are the cells below sheetWords: nothing of a contributor whose
// story left the board.
func (s *server) sheetCells(r sheetRow) []string {
	out := make([]string, len(sheetWords["en"]))
	if r.story == nil {
		out[12] = strings.Join(r.state, ", ")
		return out
	}
	st := r.story
	out[3], out[4], out[10], out[11], out[12], out[15] = st.Song.Title, st.Song.Artist, r.note, r.by,
		strings.Join(r.state, ", "), st.ID
	if !board.Shows(st.State) {
		return out
	}
	out[0], out[1], out[2], out[9] = st.Title, st.Contributor.Name, st.Contributor.Country, answersText(st.Answers)
	if st.State != story.Published || st.Public == nil {
		return out
	}
	to := st.Public.Duration.Milliseconds()
	if r.to > 0 {
		to = r.to
	}
	public := s.publicMedia(st.Public)
	out[5], out[6], out[7] = clockTime(r.from), clockTime(to), clockTime(to-r.from)
	out[8] = strconv.Itoa(st.Public.Width) + "×" + strconv.Itoa(st.Public.Height)
	out[13], out[14] = public.Poster, public.MP4
	return out
}

// clockTime writes milliseconds as minutes and seconds, with tenths: 1:05.3.
func clockTime(ms int64) string {
	return fmt.Sprintf("%d:%02d.%d", ms/60_000, ms/1000%60, ms/100%10)
}
