package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// eventView is a line of a story's history as its contributor may read it:
// the parts of staff carry no names.
type eventView struct {
	At     time.Time `json:"at"`
	By     string    `json:"by" doc:"contributor, staff or system."`
	Event  string    `json:"event"`
	From   string    `json:"from,omitempty"`
	To     string    `json:"to"`
	Reason string    `json:"reason,omitempty"`
	Note   string    `json:"note,omitempty" doc:"For administrators only; see withheld."`

	Message string              `json:"message,omitempty" doc:"Of a moderator to the contributor, or of the contributor to the moderators."`
	Changes []story.FieldChange `json:"changes,omitempty" doc:"What the contributor changed."`
}

// noteView is an opinion of staff about the story, without a name.
type noteView struct {
	At   time.Time `json:"at"`
	On   string    `json:"on" enum:"shortlist,selection,vote"`
	Slot string    `json:"slot,omitempty" doc:"The ad slot that the story fills."`
	Vote int       `json:"vote,omitempty" doc:"1 for, -1 against."`
	Note string    `json:"note,omitempty"`
}

type dataCaptionView struct {
	Locale string `json:"locale"`
	Label  string `json:"label,omitempty"`
	VTT    string `json:"vtt"`
}

// fileView is one stored object of the story.
type fileView struct {
	Key        string    `json:"key"`
	Bytes      int64     `json:"bytes"`
	ModifiedAt time.Time `json:"modified_at"`
	URL        string    `json:"url" doc:"Presigned for a day, or public."`
}

type dataAttemptView struct {
	attemptView
	Error string `json:"error,omitempty" doc:"For administrators only; see withheld."`
}

// dataView is everything that is kept about a story and its contributor.
type dataView struct {
	Story        storyView         `json:"story" doc:"With what was measured in the video, its fingerprints and its tags."`
	Email        string            `json:"email,omitempty"`
	Locale       string            `json:"locale,omitempty"`
	ReleaseTitle string            `json:"release_title,omitempty"`
	ReleaseText  string            `json:"release_text,omitempty" doc:"What exactly was agreed to."`
	History      []eventView       `json:"history"`
	Attempts     []dataAttemptView `json:"attempts"`
	Captions     []dataCaptionView `json:"captions"`
	Notes        []noteView        `json:"notes" doc:"What the creative team wrote about the story."`
	Reports      []noticeView      `json:"reports,omitempty" doc:"What visitors reported about the story; for administrators only, see withheld."`
	Mails        []dataMailView    `json:"mails" doc:"Which mails were sent about the story; their texts are not kept."`
	Files        []fileView        `json:"files" doc:"Every stored file: sent, replaced, and made from it."`
	SourceURL    string            `json:"source_url,omitempty" doc:"The video as it was sent; presigned for a day."`
	Withheld     []string          `json:"withheld" doc:"What is kept but only given out by the team, after weighing the rights of others."`
	ExportedAt   time.Time         `json:"exported_at"`
}

const (
	dataFor  = 24 * time.Hour // how long links to files work
	maxFiles = 2000           // of one root; the longest video has about 700
)

type storyDataOutput struct {
	Disposition string `header:"Content-Disposition"`
	Body        dataView
}

func (s *server) dataRoutes() {
	handle(s, ownerAdmin, op("get-story-data", "GET /v1/stories/{id}/data", "contributors", "Take one's data").
		about("Everything that is kept about the story and its contributor, with links to the stored files. "+
			"Administrators also get what is withheld from contributors.").
		fails(notFound).audited("story.data_read"), s.getStoryData)
}

// getStoryData answers a contributor's request for everything stored of them.
func (s *server) getStoryData(ctx context.Context, in *StoryPath) (*storyDataOutput, error) {
	callerOf(ctx).act.skip = callerOf(ctx).principal == nil // a contributor takes their own
	v, err := s.storyData(ctx, in.ID)
	return &storyDataOutput{`attachment; filename="story-` + in.ID + `.json"`, v}, err
}

func (s *server) storyData(ctx context.Context, id string) (dataView, error) {
	st, err := s.Stories.Get(ctx, id)
	if err != nil {
		return dataView{}, err
	}
	marks, err := s.Board.Marks(ctx, st)
	if err != nil {
		return dataView{}, err
	}
	forms, err := s.Campaigns.ReleaseForms(ctx, st.Campaign)
	if err != nil {
		return dataView{}, err
	}
	v := dataView{
		Story: s.contributorView(st), Email: st.Contributor.Email, Locale: st.Contributor.Locale,
		History: []eventView{}, Attempts: []dataAttemptView{}, Captions: []dataCaptionView{}, Notes: notesOf(marks),
		Files: []fileView{}, Withheld: []string{}, ExportedAt: s.Now().UTC(),
	}
	v.Story.Media, v.Story.Findings, v.Story.Tags, v.Story.Attempt = st.Media, st.Findings, marks.Tags, st.Attempt
	for _, f := range forms {
		if f.SHA256 == st.Release.TextSHA256 {
			v.ReleaseTitle, v.ReleaseText = f.Title, f.Text
		}
	}
	if err := s.addRecords(ctx, id, &v); err != nil {
		return v, err
	}
	if st.State == story.Withdrawn || st.State == story.Erased {
		return v, nil // its files are on their way out
	}
	if st.Source != nil && !st.Source.Erased() {
		v.SourceURL, err = s.Bucket.SignGet(ctx, st.Source.Key, dataFor, "story-"+id+"-source")
		if err != nil {
			return v, err
		}
	}
	v.Files, err = s.filesOf(ctx, id)
	return v, err
}

// addRecords adds history, attempts and captions. The notes of moderators can
// be about others, such as who reported a story, and errors name our machines:
// both are for a person to give out.
func (s *server) addRecords(ctx context.Context, id string, v *dataView) error {
	all := callerOf(ctx).principal != nil
	lines, err := s.Stories.History(ctx, id)
	if err != nil {
		return err
	}
	attempts, err := s.Attempts.List(ctx, id)
	if err != nil {
		return err
	}
	notes, failures := false, false
	for _, l := range lines {
		e := eventView{l.At, roleName(l.Actor.Role), string(l.Event), string(l.From), string(l.To), l.Reason, l.Note,
			l.Message, l.Changes}
		if !all {
			notes, e.Note = notes || e.Note != "" && e.By == "staff", ""
			if l.Event == story.EventEscalated { // its kind may be a suspicion
				notes, e.Reason = notes || e.Reason != "", ""
			}
		}
		v.History = append(v.History, e)
	}
	for _, a := range attempts {
		d := dataAttemptView{attemptOf(a), a.Error}
		if !all {
			failures, d.Error, d.Worker = failures || a.Error != "", "", ""
		}
		v.Attempts = append(v.Attempts, d)
	}
	if notes {
		v.Withheld = append(v.Withheld, "notes of moderators")
	}
	if failures {
		v.Withheld = append(v.Withheld, "technical details of failed attempts")
	}
	if err := s.addReports(ctx, id, v); err != nil {
		return err
	}
	if v.Mails, err = s.mailsOf(ctx, id); err != nil {
		return err
	}
	tracks, err := s.Captions.List(ctx, id)
	if err != nil {
		return err
	}
	for _, t := range tracks[id] {
		full, err := s.Captions.Get(ctx, id, t.Locale)
		if err != nil {
			return err
		}
		v.Captions = append(v.Captions, dataCaptionView{full.Locale, full.Label, full.VTT})
	}
	return nil
}

// addReports adds what visitors reported, which can name who they are.
func (s *server) addReports(ctx context.Context, id string, v *dataView) error {
	reports, err := s.Notices.About(ctx, id)
	if err != nil || len(reports) == 0 {
		return err
	}
	if callerOf(ctx).principal == nil {
		v.Withheld = append(v.Withheld, "reports of visitors")
		return nil
	}
	for _, n := range reports {
		v.Reports = append(v.Reports, noticeOf(n))
	}
	return nil
}

func notesOf(m *board.Marks) []noteView {
	out := []noteView{}
	for _, c := range m.Listed {
		out = append(out, noteView{At: c.At, On: "shortlist", Note: c.Note})
	}
	if p := m.Pick; p != nil {
		out = append(out, noteView{At: p.At, On: "selection", Slot: p.Slot, Note: p.Note})
	}
	for _, v := range m.Votes {
		out = append(out, noteView{At: v.At, On: "vote", Vote: v.Value, Note: v.Reason})
	}
	return out
}

func (s *server) filesOf(ctx context.Context, id string) ([]fileView, error) {
	out := []fileView{}
	for _, root := range media.Roots() {
		objects, err := s.Bucket.Keys(ctx, media.StoryPrefix(root, id), "", maxFiles)
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			f := fileView{Key: o.Key, Bytes: o.Bytes, ModifiedAt: o.ModifiedAt, URL: s.Bucket.PublicURL(o.Key)}
			if !media.IsPublic(o.Key) {
				if f.URL, err = s.Bucket.SignGet(ctx, o.Key, dataFor, ""); err != nil {
					return nil, err
				}
			}
			out = append(out, f)
		}
	}
	return out, nil
}

func roleName(r account.Role) string {
	if r == account.Contributor || r == account.System {
		return string(r)
	}
	return "staff"
}
