package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
)

// slotView is one ad slot and what fills it.
type slotView struct {
	Slot   string     `json:"slot"`
	Story  *storyView `json:"story,omitempty"`
	Note   string     `json:"note,omitempty"`
	By     string     `json:"by,omitempty"`
	At     *time.Time `json:"at,omitempty"`
	Usable bool       `json:"usable" doc:"The story is on the feed and its release stands."`
}

type selectionView struct {
	Slots []slotView `json:"slots"`
}

// exportView is a chosen story with everything an agency needs to use it.
type exportView struct {
	Slot          string      `json:"slot"`
	StoryID       string      `json:"story_id"`
	Usable        bool        `json:"usable" doc:"False: the story left the feed or its release was withdrawn; do not use it."`
	Name          string      `json:"name"`
	Email         string      `json:"email,omitempty"`
	Country       string      `json:"country,omitempty"`
	Title         string      `json:"title,omitempty"`
	Text          string      `json:"text,omitempty"`
	Song          songView    `json:"song"`
	DurationMS    int64       `json:"duration_ms"`
	Width         int         `json:"width"`
	Height        int         `json:"height"`
	Release       releaseView `json:"release"`
	ReleaseText   string      `json:"release_text" doc:"What exactly was agreed to."`
	Note          string      `json:"note,omitempty"`
	ChosenBy      string      `json:"chosen_by"`
	ChosenAt      time.Time   `json:"chosen_at"`
	SourceURL     string      `json:"source_url,omitempty" doc:"Presigned; absent when not usable."`
	SourceExpires *time.Time  `json:"source_expires_at,omitempty"`
	MP4           string      `json:"mp4,omitempty"`
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
		OperationID: "select-story", Method: http.MethodPut, Path: "/v1/campaigns/{campaign}/selection/{slot}", Tags: tags,
		Summary: "Fill an ad slot", Description: "With a published story. A slot or story that is taken is a conflict that says by whom.", Errors: conflict,
	}, creatives, func(ctx context.Context, in *struct {
		SlotPath
		Body struct {
			Story string `json:"story" maxLength:"36" doc:"The story's id."`
			Note  string `json:"note,omitempty" maxLength:"2000"`
		}
	}) (*struct{ Body selectionView }, error) {
		if _, err := s.Board.Select(ctx, in.Campaign, in.Slot, in.Body.Story, in.Body.Note, callerOf(ctx).actor(account.Creative)); err != nil {
			return nil, err
		}
		return s.selection(ctx, in.Campaign)
	})
	handle(s, huma.Operation{
		OperationID: "unselect-story", Method: http.MethodDelete, Path: "/v1/campaigns/{campaign}/selection/{slot}", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Empty an ad slot", Errors: conflict[:1],
	}, creatives, func(ctx context.Context, in *SlotPath) (*struct{}, error) {
		return nil, s.Board.Unselect(ctx, in.Campaign, in.Slot)
	})
	handle(s, huma.Operation{
		OperationID: "export-selection", Method: http.MethodGet, Path: "/v1/campaigns/{campaign}/selection/export", Tags: tags,
		Summary: "Export the selection", Description: "JSON, or CSV with ?format=csv: release data and presigned sources of every filled slot.", Errors: conflict[:1],
		Responses: map[string]*huma.Response{"200": {Description: "The filled slots.", Content: map[string]*huma.MediaType{"application/json": {}, "text/csv": {}}}},
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
		v := slotView{Slot: sel.Slot, Usable: sel.Usable()}
		if sel.Pick != nil {
			st := s.contributorView(sel.Story)
			v.Story, v.Note, v.By, v.At = &st, sel.Pick.Note, sel.Pick.By.Name, &sel.Pick.At
		}
		out.Body.Slots[i] = v
	}
	return out, nil
}

func (s *server) export(ctx context.Context, in *struct {
	CampaignPath
	Format string `query:"format" enum:"json,csv" default:"json"`
}) (*huma.StreamResponse, error) {
	c, selected, err := s.Board.Selection(ctx, in.Campaign)
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
		items = append(items, v)
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		name := c.Slug + "-selection." + in.Format
		hc.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		if in.Format == "csv" {
			hc.SetHeader("Content-Type", "text/csv; charset=utf-8")
			_, _ = hc.BodyWriter().Write(exportCSV(items)) // a caller who hung up wants no answer
			return
		}
		hc.SetHeader("Content-Type", "application/json")
		_ = s.huma.Marshal(hc.BodyWriter(), "application/json", map[string]any{"campaign": c.Slug, "items": items})
	}}, nil
}

func (s *server) exportView(ctx context.Context, sel board.Selected) (exportView, error) {
	st := sel.Story
	v := exportView{
		Slot: sel.Slot, StoryID: st.ID, Usable: sel.Usable(), Name: st.Contributor.Name, Email: st.Contributor.Email, Country: st.Contributor.Country,
		Title: st.Title, Text: st.Text, Song: songView(st.Song), Release: releaseOf(st.Release), Note: sel.Pick.Note, ChosenBy: sel.Pick.By.Name, ChosenAt: sel.Pick.At,
	}
	if sel.Form != nil {
		v.ReleaseText = sel.Form.Text
	}
	if !v.Usable {
		return v, nil
	}
	v.DurationMS, v.Width, v.Height = st.Public.Duration.Milliseconds(), st.Public.Width, st.Public.Height
	v.MP4 = s.publicMedia(st.Public).MP4
	if st.Source == nil {
		return v, nil
	}
	expires := time.Now().Add(exportFor).UTC()
	v.SourceExpires = &expires
	var err error
	v.SourceURL, err = s.Links.SignGet(ctx, st.Source.Key, exportFor, sel.Slot+"-"+st.ID+"-source")
	return v, err
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
	row("slot", "story_id", "usable", "name", "email", "country", "title", "text", "song_title", "song_artist", "song_isrc", "duration_ms", "width", "height",
		"release_version", "release_text_sha256", "release_locale", "release_agreed_at", "release_address", "source_sha256", "note", "chosen_by", "chosen_at", "source_url", "source_expires_at", "mp4")
	for _, v := range items {
		expires := ""
		if v.SourceExpires != nil {
			expires = v.SourceExpires.Format(time.RFC3339)
		}
		row(v.Slot, v.StoryID, strconv.FormatBool(v.Usable), v.Name, v.Email, v.Country, v.Title, v.Text, v.Song.Title, v.Song.Artist, v.Song.ISRC,
			strconv.FormatInt(v.DurationMS, 10), strconv.Itoa(v.Width), strconv.Itoa(v.Height), strconv.Itoa(v.Release.Version), v.Release.TextSHA256, v.Release.Locale,
			v.Release.AgreedAt.Format(time.RFC3339), v.Release.Address, v.Release.SourceSHA256, v.Note, v.ChosenBy, v.ChosenAt.Format(time.RFC3339), v.SourceURL, expires, v.MP4)
	}
	w.Flush()
	return b.Bytes()
}
