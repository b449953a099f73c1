package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/story"
)

// eventView is a line of a story's history as its contributor may read it:
// the parts of staff carry no names and no notes.
type eventView struct {
	At     time.Time `json:"at"`
	By     string    `json:"by" doc:"contributor, staff or system."`
	Event  string    `json:"event"`
	From   string    `json:"from,omitempty"`
	To     string    `json:"to"`
	Reason string    `json:"reason,omitempty"`
}

// dataView is everything that is kept about a story and its contributor.
type dataView struct {
	Story        storyView     `json:"story"`
	Email        string        `json:"email,omitempty"`
	Locale       string        `json:"locale,omitempty"`
	ReleaseTitle string        `json:"release_title,omitempty"`
	ReleaseText  string        `json:"release_text,omitempty" doc:"What exactly was agreed to."`
	History      []eventView   `json:"history"`
	Captions     []captionView `json:"captions"`
	SourceURL    string        `json:"source_url,omitempty" doc:"The video as it was sent; presigned for a day."`
	ExportedAt   time.Time     `json:"exported_at"`
}

// dataFor is how long the link to the source works.
const dataFor = 24 * time.Hour

type storyDataOutput struct {
	Disposition string `header:"Content-Disposition"`
	Body        dataView
}

func (s *server) dataRoutes() {
	handle(s, ownerAdmin, op("get-story-data", "GET /v1/stories/{id}/data", "contributors", "Take one's data").
		about("Everything that is kept about the story and its contributor, with a link to the video as it was sent.").
		fails(notFound), s.getStoryData)
}

// getStoryData answers a contributor's request for everything stored of them.
func (s *server) getStoryData(ctx context.Context, in *StoryPath) (*storyDataOutput, error) {
	v, err := s.storyData(ctx, in.ID)
	return &storyDataOutput{`attachment; filename="story-` + in.ID + `.json"`, v}, err
}

func (s *server) storyData(ctx context.Context, id string) (dataView, error) {
	st, err := s.Stories.Get(ctx, id)
	if err != nil {
		return dataView{}, err
	}
	lines, err := s.Stories.History(ctx, id)
	if err != nil {
		return dataView{}, err
	}
	captions, err := s.Captions.List(ctx, id)
	if err != nil {
		return dataView{}, err
	}
	forms, err := s.Campaigns.ReleaseForms(ctx, st.Campaign)
	if err != nil {
		return dataView{}, err
	}
	v := dataView{
		Story: s.contributorView(st), Email: st.Contributor.Email, Locale: st.Contributor.Locale,
		History: []eventView{}, Captions: s.captionViews("/v1/stories/"+id, captions[id]), ExportedAt: s.Now().UTC(),
	}
	v.Story.Media = st.Media
	for _, f := range forms {
		if f.SHA256 == st.Release.TextSHA256 {
			v.ReleaseTitle, v.ReleaseText = f.Title, f.Text
		}
	}
	for _, l := range lines {
		v.History = append(v.History,
			eventView{l.At, roleName(l.Actor.Role), string(l.Event), string(l.From), string(l.To), l.Reason})
	}
	if st.Source != nil && st.State != story.Withdrawn && st.State != story.Erased {
		v.SourceURL, err = s.Bucket.SignGet(ctx, st.Source.Key, dataFor, "story-"+id+"-source")
	}
	return v, err
}

func roleName(r account.Role) string {
	if r == account.Contributor || r == account.System {
		return string(r)
	}
	return "staff"
}
