package api

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
)

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
	SlotTitle     string            `json:"slot_title,omitempty"`
	Warnings      []string          `json:"warnings" doc:"Why the part does not fit the slot; they block nothing."`
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

type exportSelectionInput struct {
	CampaignPath
	Format string `query:"format" enum:"json,csv,sha256" default:"json"`
}

func (s *server) exportRoutes() {
	asJSON := s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[exportBody](), true, "")
	formats := map[string]*huma.Schema{"application/json": asJSON, "text/csv": textSchema, "text/plain": textSchema}
	handle(s, creatives, op("export-selection", "GET /v1/campaigns/{campaign}/selection/export", "board",
		"Export the selection").
		about("Release data and presigned sources of every filled slot, as JSON or CSV; format=sha256 lists the "+
			"sources' checksums as sha256sum reads them.").
		fails(notFound).audited("selection.exported").responds("The filled slots.", formats), s.exportSelection)
}

// exportSelection answers with all an agency needs to use the filled slots.
func (s *server) exportSelection(ctx context.Context, in *exportSelectionInput) (*huma.StreamResponse, error) {
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
	callerOf(ctx).about(c.Slug, "format", in.Format, "stories", strings.Join(ids, " "))
	views := []exportView{}
	for _, sel := range selected {
		if sel.Pick == nil {
			continue
		}
		v, err := s.exportView(ctx, sel)
		if err != nil {
			return nil, err
		}
		v.Tags = tags[v.StoryID]
		views = append(views, v)
	}
	if err := s.Board.Exported(ctx, c.ID, in.Format, selected); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Disposition", `attachment; filename="`+c.Slug+"-selection."+in.Format+`"`)
		switch in.Format { // write errors are ignored: they mean that the caller hung up
		case "csv":
			hc.SetHeader("Content-Type", "text/csv; charset=utf-8")
			_, _ = hc.BodyWriter().Write(selectionCSV(views))
		case "sha256":
			hc.SetHeader("Content-Type", "text/plain; charset=utf-8")
			for _, v := range views {
				if v.SourceURL != "" {
					_, _ = fmt.Fprintf(hc.BodyWriter(), "%s  %s\n", v.Release.SourceSHA256,
						sourceName(v.Slot, v.StoryID))
				}
			}
		default:
			hc.SetHeader("Content-Type", "application/json")
			_ = s.huma.Marshal(hc.BodyWriter(), "application/json", exportBody{c.Slug, views})
		}
	}}, nil
}

// sourceName is what a chosen story's source is called on an agency's disk.
func sourceName(slot, story string) string { return slot + "-" + story + "-source" }

func (s *server) exportView(ctx context.Context, sel board.Selected) (exportView, error) {
	st := sel.Story
	v := exportView{
		Slot: sel.Slot, StoryID: st.ID, Usable: sel.Usable(), Song: songView(st.Song), Note: sel.Pick.Note,
		ChosenBy: sel.Pick.By.Name, ChosenAt: sel.Pick.At, FromMS: sel.Pick.FromMS, ToMS: sel.Pick.ToMS,
		ConfirmedBy: sel.Pick.ConfirmedBy.Name, ConfirmedAt: timePtr(sel.Pick.ConfirmedAt), Blocking: sel.Blocking(),
		SlotTitle: sel.About.Title, Warnings: sel.Warnings(),
	}
	if !v.Usable {
		return v, nil // nothing of a contributor whose story left the feed
	}
	v.Name, v.Email, v.Country = st.Contributor.Name, st.Contributor.Email, st.Contributor.Country
	v.Title, v.Text, v.Answers, v.Release = st.Title, st.Text, st.Answers, releaseOf(st.Release)
	if callerOf(ctx).creativeOnly() {
		v.Release.Address = ""
	}
	if sel.Form != nil {
		v.ReleaseText = sel.Form.Text
	}
	v.DurationMS, v.Width, v.Height = st.Public.Duration.Milliseconds(), st.Public.Width, st.Public.Height
	if v.ToMS == 0 {
		v.ToMS = v.DurationMS
	}
	v.SourceFromMS, v.SourceToMS = v.FromMS+st.Cut.From.Milliseconds(), v.ToMS+st.Cut.From.Milliseconds()
	v.MP4 = s.publicMedia(st.Public).MP4
	if st.Source == nil || st.Source.Erased() {
		return v, nil
	}
	expires := s.Now().Add(exportFor).UTC()
	v.SourceExpires, v.SourceBytes = &expires, st.Source.Bytes
	var err error
	v.SourceURL, err = s.Bucket.SignGet(ctx, st.Source.Key, exportFor, sourceName(sel.Slot, st.ID))
	return v, err
}
