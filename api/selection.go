package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
)

// slotView is one ad slot and what fills it.
type slotView struct {
	Slot        string     `json:"slot"`
	Story       *storyView `json:"story,omitempty"`
	Note        string     `json:"note,omitempty" doc:"Why it was chosen."`
	FromMS      int64      `json:"from_ms,omitempty" doc:"Where the ad's part of the story begins."`
	ToMS        int64      `json:"to_ms,omitempty" doc:"Where it ends; 0: with the story."`
	By          string     `json:"by,omitempty"`
	At          *time.Time `json:"at,omitempty"`
	Mine        bool       `json:"mine,omitempty" doc:"You chose it, so somebody else must confirm it."`
	ConfirmedBy string     `json:"confirmed_by,omitempty"`
	ConfirmedAt *time.Time `json:"confirmed_at,omitempty"`
	Usable      bool       `json:"usable" doc:"The story is on the feed and its release stands."`
	Blocking    []string   `json:"blocking" doc:"What stands in the way of using it: empty, not_published, release_withdrawn, release_unknown, unconfirmed."`
}

type selectionView struct {
	Slots []slotView `json:"slots"`
}

// exportView is a chosen story with everything an agency needs to use it.
type exportView struct {
	Slot          string            `json:"slot"`
	StoryID       string            `json:"story_id"`
	Usable        bool              `json:"usable" doc:"False: the story left the feed or its release was withdrawn; do not use it."`
	Name          string            `json:"name"`
	Email         string            `json:"email,omitempty"`
	Country       string            `json:"country,omitempty"`
	Title         string            `json:"title,omitempty"`
	Text          string            `json:"text,omitempty"`
	Song          songView          `json:"song"`
	DurationMS    int64             `json:"duration_ms"`
	Width         int               `json:"width"`
	Height        int               `json:"height"`
	Release       releaseView       `json:"release"`
	ReleaseText   string            `json:"release_text" doc:"What exactly was agreed to."`
	Note          string            `json:"note,omitempty"`
	FromMS        int64             `json:"from_ms" doc:"Where the ad's part of the published story begins."`
	ToMS          int64             `json:"to_ms" doc:"Where it ends."`
	Answers       []campaign.Answer `json:"answers,omitempty"`
	Tags          []string          `json:"tags,omitempty"`
	ChosenBy      string            `json:"chosen_by"`
	ChosenAt      time.Time         `json:"chosen_at"`
	ConfirmedBy   string            `json:"confirmed_by,omitempty"`
	ConfirmedAt   *time.Time        `json:"confirmed_at,omitempty"`
	Blocking      []string          `json:"blocking" doc:"What stands in the way of using it; nothing when empty."`
	SourceFromMS  int64             `json:"source_from_ms" doc:"Where the ad's part begins in the source, which may be longer than what was published."`
	SourceToMS    int64             `json:"source_to_ms" doc:"Where it ends in the source."`
	SourceBytes   int64             `json:"source_bytes,omitempty"`
	SourceURL     string            `json:"source_url,omitempty" doc:"Presigned; absent when not usable."`
	SourceExpires *time.Time        `json:"source_expires_at,omitempty"`
	MP4           string            `json:"mp4,omitempty"`
}

// exportBody is the whole export as JSON.
type exportBody struct {
	Campaign string       `json:"campaign" doc:"Slug."`
	Items    []exportView `json:"items"`
}

// exportFor is how long an export's links to sources work: a working day.
const exportFor = 12 * time.Hour

// SlotPath names the ad slot that a request is about.
type SlotPath struct {
	CampaignPath
	Slot string `path:"slot" maxLength:"64" doc:"The ad slot's name."`
}

func (s *server) selectionRoutes() {
	tags := []string{"board"}
	conflict := []int{http.StatusNotFound, http.StatusConflict}
	handle(s, huma.Operation{
		OperationID: "get-selection", Method: http.MethodGet, Path: "/v1/campaigns/{campaign}/selection", Tags: tags,
		Summary: "Read the selection", Description: "Every ad slot in order, filled or not.", Errors: conflict[:1],
	}, creatives, func(ctx context.Context, in *CampaignPath) (*struct{ Body selectionView }, error) {
		return s.selection(ctx, in.Campaign)
	})
	handle(s, huma.Operation{
		OperationID: "select-story", Method: http.MethodPut, Path: "/v1/campaigns/{campaign}/selection/{slot}",
		Tags:        tags,
		Summary:     "Fill an ad slot",
		Description: "With a published story. A slot or story that is taken is a conflict that says by whom.",
		Errors:      conflict,
	}, creatives, func(ctx context.Context, in *struct {
		SlotPath
		Body struct {
			Story  string `json:"story" maxLength:"36" doc:"The story's id."`
			Note   string `json:"note,omitempty" maxLength:"2000" doc:"Why."`
			FromMS int64  `json:"from_ms,omitempty" minimum:"0"`
			ToMS   int64  `json:"to_ms,omitempty" minimum:"0" doc:"0: to the end."`
		}
	}) (*struct{ Body selectionView }, error) {
		if _, err := s.Board.Select(ctx, in.Campaign, in.Slot, board.Choice(in.Body),
			callerOf(ctx).actor(account.Creative)); err != nil {
			return nil, err
		}
		return s.selection(ctx, in.Campaign)
	})
	handle(s, huma.Operation{
		OperationID: "unselect-story", Method: http.MethodDelete, Path: "/v1/campaigns/{campaign}/selection/{slot}",
		Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Empty an ad slot", Errors: conflict[:1],
	}, creatives, func(ctx context.Context, in *SlotPath) (*struct{}, error) {
		return nil, s.Board.Unselect(ctx, in.Campaign, in.Slot)
	})
	handle(s, huma.Operation{
		OperationID: "confirm-story", Method: http.MethodPost,
		Path: "/v1/campaigns/{campaign}/selection/{slot}/confirmation", Tags: tags,
		Summary:     "Confirm what fills an ad slot",
		Description: "By a second person; who chose it can't. Changing the choice voids the confirmation.",
		Errors:      conflict,
	}, creatives, func(ctx context.Context, in *SlotPath) (*struct{ Body selectionView }, error) {
		if err := s.Board.Confirm(ctx, in.Campaign, in.Slot, callerOf(ctx).actor(account.Creative)); err != nil {
			return nil, err
		}
		return s.selection(ctx, in.Campaign)
	})
	handle(s, huma.Operation{
		OperationID: "export-selection", Method: http.MethodGet, Path: "/v1/campaigns/{campaign}/selection/export",
		Tags:    tags,
		Summary: "Export the selection",
		Description: "Release data and presigned sources of every filled slot, as JSON or CSV; format=sha256 lists " +
			"the sources' checksums as sha256sum reads them.", Errors: conflict[:1],
		Responses: map[string]*huma.Response{
			"200": {
				Description: "The filled slots.",
				Content: map[string]*huma.MediaType{
					"application/json": {
						Schema: s.huma.OpenAPI().
							Components.Schemas.Schema(reflect.TypeFor[exportBody](), true, "ExportBody"),
					},
					"text/csv":   {Schema: &huma.Schema{Type: huma.TypeString}},
					"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}},
				},
			},
		},
	}, creatives, s.export)
}

func (s *server) selection(ctx context.Context, slug string) (*struct{ Body selectionView }, error) {
	_, selected, err := s.Board.Selection(ctx, slug)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body selectionView }{}
	out.Body.Slots = make([]slotView, len(selected))
	for i, sel := range selected {
		v := slotView{Slot: sel.Slot, Usable: sel.Usable(), Blocking: sel.Blocking()}
		if p := sel.Pick; p != nil {
			st := s.contributorView(sel.Story)
			v.Story, v.Note, v.FromMS, v.ToMS, v.By, v.At = &st, p.Note, p.FromMS, p.ToMS, p.By.Name, &p.At
			v.Mine, v.ConfirmedBy, v.ConfirmedAt = p.By.ID == callerOf(ctx).principal.ID, p.ConfirmedBy.Name,
				timePtr(p.ConfirmedAt)
		}
		out.Body.Slots[i] = v
	}
	return out, nil
}

func (s *server) export(ctx context.Context, in *struct {
	CampaignPath
	Format string `query:"format" enum:"json,csv,sha256" default:"json"`
}) (*huma.StreamResponse, error) {
	c, selected, err := s.Board.Selection(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, sel := range selected {
		if sel.Pick != nil {
			ids = append(ids, sel.Pick.Story)
		}
	}
	tags, err := s.Board.Tags(ctx, ids...)
	if err != nil {
		return nil, err
	}
	items := []exportView{}
	for _, sel := range selected {
		if sel.Pick == nil {
			continue
		}
		v, err := s.exportView(ctx, sel)
		if err != nil {
			return nil, err
		}
		v.Tags = tags[v.StoryID]
		items = append(items, v)
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		name := c.Slug + "-selection." + in.Format
		hc.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		switch in.Format { // a caller who hung up wants no answer
		case "csv":
			hc.SetHeader("Content-Type", "text/csv; charset=utf-8")
			_, _ = hc.BodyWriter().Write(exportCSV(items))
		case "sha256":
			hc.SetHeader("Content-Type", "text/plain; charset=utf-8")
			for _, v := range items {
				if v.SourceURL != "" {
					_, _ = fmt.Fprintf(hc.BodyWriter(), "%s  %s\n", v.Release.SourceSHA256,
						sourceName(v.Slot, v.StoryID))
				}
			}
		default:
			hc.SetHeader("Content-Type", "application/json")
			_ = s.huma.Marshal(hc.BodyWriter(), "application/json", exportBody{c.Slug, items})
		}
	}}, nil
}

// sourceName is what a chosen story's source is called on an agency's disk.
func sourceName(slot, story string) string { return slot + "-" + story + "-source" }

func (s *server) exportView(ctx context.Context, sel board.Selected) (exportView, error) {
	st := sel.Story
	v := exportView{
		Slot: sel.Slot, StoryID: st.ID, Usable: sel.Usable(), Name: st.Contributor.Name, Email: st.Contributor.Email,
		Country: st.Contributor.Country,
		Title:   st.Title, Text: st.Text, Song: songView(st.Song), Release: releaseOf(st.Release), Note: sel.Pick.Note,
		ChosenBy: sel.Pick.By.Name, ChosenAt: sel.Pick.At,
		FromMS: sel.Pick.FromMS, ToMS: sel.Pick.ToMS, Answers: st.Answers, ConfirmedBy: sel.Pick.ConfirmedBy.Name,
		ConfirmedAt: timePtr(sel.Pick.ConfirmedAt), Blocking: sel.Blocking(),
	}
	if sel.Form != nil {
		v.ReleaseText = sel.Form.Text
	}
	if !v.Usable {
		return v, nil
	}
	v.DurationMS, v.Width, v.Height = st.Public.Duration.Milliseconds(), st.Public.Width, st.Public.Height
	if v.ToMS == 0 {
		v.ToMS = v.DurationMS
	}
	v.SourceFromMS, v.SourceToMS = v.FromMS+st.Cut.From.Milliseconds(), v.ToMS+st.Cut.From.Milliseconds()
	v.MP4 = s.publicMedia(st.Public).MP4
	if st.Source == nil {
		return v, nil
	}
	expires := time.Now().Add(exportFor).UTC()
	v.SourceExpires, v.SourceBytes = &expires, st.Source.Bytes
	var err error
	v.SourceURL, err = s.Links.SignGet(ctx, st.Source.Key, exportFor, sourceName(sel.Slot, st.ID))
	return v, err
}

// answersText is what was answered, for one cell.
func answersText(answers []campaign.Answer) string {
	lines := make([]string, len(answers))
	for i, a := range answers {
		lines[i] = a.Label + ": " + a.Value
	}
	return strings.Join(lines, "\n")
}

// stamp writes a time for a spreadsheet; nothing for none.
func stamp(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.RFC3339)
}

// exportCSV writes what a spreadsheet can open. Cells that a spreadsheet
// would take for a formula get an apostrophe first.
func exportCSV(items []exportView) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	row := func(cells ...string) {
		for i, c := range cells {
			if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
				cells[i] = "'" + c
			}
		}
		_ = w.Write(cells) // a bytes.Buffer takes everything
	}
	row("slot", "story_id", "usable", "name", "email", "country", "title", "text", "song_title", "song_artist",
		"song_isrc", "duration_ms", "width", "height",
		"release_version", "release_text_sha256", "release_locale", "release_agreed_at", "release_address",
		"source_sha256", "note", "from_ms", "to_ms", "source_from_ms", "source_to_ms", "answers", "chosen_by",
		"chosen_at", "confirmed_by", "confirmed_at", "blocking", "tags", "source_url", "source_expires_at",
		"mp4")
	for _, v := range items {
		row(v.Slot, v.StoryID, strconv.FormatBool(v.Usable), v.Name, v.Email, v.Country, v.Title, v.Text, v.Song.Title,
			v.Song.Artist, v.Song.ISRC,
			strconv.FormatInt(v.DurationMS, 10), strconv.Itoa(v.Width), strconv.Itoa(v.Height),
			strconv.Itoa(v.Release.Version), v.Release.TextSHA256, v.Release.Locale,
			v.Release.AgreedAt.Format(time.RFC3339), v.Release.Address, v.Release.SourceSHA256, v.Note,
			strconv.FormatInt(v.FromMS, 10), strconv.FormatInt(v.ToMS, 10), strconv.FormatInt(v.SourceFromMS, 10),
			strconv.FormatInt(v.SourceToMS, 10), answersText(v.Answers), v.ChosenBy, v.ChosenAt.Format(time.RFC3339),
			v.ConfirmedBy, stamp(v.ConfirmedAt), strings.Join(v.Blocking, " "), strings.Join(v.Tags, ", "), v.SourceURL,
			stamp(v.SourceExpires), v.MP4)
	}
	w.Flush()
	return b.Bytes()
}
