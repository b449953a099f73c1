package api

import (
	"context"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/board"
)

type downloadsInput struct {
	CampaignPath
	IDs []string `query:"id,explode" required:"true" minItems:"1" maxItems:"100" maxLength:"36" doc:"Stories; repeat it for each."`
}

// downloadView is the file of one story as it was sent.
type downloadView struct {
	ID        string     `json:"id"`
	Name      string     `json:"name,omitempty" doc:"For the file: ASCII, at most 100 characters, distinct in the answer."`
	URL       string     `json:"url,omitempty" doc:"Presigned. It works for anybody who has it."`
	Bytes     int64      `json:"bytes,omitempty"`
	SHA256    string     `json:"sha256,omitempty"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	Refused   *Problem   `json:"refused,omitempty" doc:"Why there is no file."`
}

func (s *server) downloadRoutes() {
	handle(s, creatives, op("list-downloads", "GET /v1/campaigns/{campaign}/downloads", "board",
		"Download many sources").
		about("Presigned addresses of the files as they were sent, of up to 100 published stories, answered one by "+
			"one.").fails(notFound).audited("sources.downloaded"), s.listDownloads)
}

// listDownloads answers with addresses of stories' sources.
func (s *server) listDownloads(ctx context.Context, in *downloadsInput) (*items[downloadView], error) {
	files, err := s.Board.Downloads(ctx, in.Campaign, in.IDs)
	if err != nil {
		return nil, err
	}
	var given []string
	out := make([]downloadView, len(files))
	expires := s.Now().Add(exportFor).UTC()
	for i, f := range files {
		if out[i].ID = f.ID; f.Err != nil {
			out[i].Refused = problemOf(f.Err)
			continue
		}
		if out[i], err = s.downloadView(ctx, f, expires); err != nil {
			return nil, err
		}
		given = append(given, f.ID)
	}
	callerOf(ctx).about(in.Campaign, "stories", strings.Join(given, " "))
	return itemsOf(out), nil
}

func (s *server) downloadView(ctx context.Context, f board.Download, expires time.Time) (downloadView, error) {
	source := f.Story.Source
	url, err := s.Bucket.SignGet(ctx, source.Key, exportFor, f.Name)
	return downloadView{
		ID: f.ID, Name: f.Name, URL: url, Bytes: source.Bytes, SHA256: source.SHA256, ExpiresAt: &expires,
	}, err
}
