package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/media"
)

// requestView is a request the client sends to storage as it stands.
type requestView struct {
	Part      int               `json:"part" doc:"Part number from 1; 0: the whole file in one PUT."`
	Method    string            `json:"method"`
	URL       string            `json:"url" doc:"A password until it expires: do not log or share it."`
	Headers   map[string]string `json:"headers" doc:"To be sent exactly so."`
	ExpiresAt time.Time         `json:"expires_at"`
}

func requestsOf(signed []media.SignedRequest) []requestView {
	out := make([]requestView, len(signed))
	for i, r := range signed {
		out[i] = requestView{r.Part, r.Method, r.URL, r.Headers, r.ExpiresAt}
		if r.Headers == nil {
			out[i].Headers = map[string]string{}
		}
	}
	return out
}

type uploadView struct {
	Bytes     int64         `json:"bytes"`
	PartSize  int64         `json:"part_size" doc:"Bytes of every part but the last; 0: one PUT."`
	PartCount int           `json:"part_count" doc:"0: one PUT."`
	Received  []media.Part  `json:"received" doc:"What storage has."`
	Requests  []requestView `json:"requests" doc:"The first missing parts, signed; ask for more as they are sent."`
	ExpiresAt time.Time     `json:"expires_at" doc:"An upload not complete by then is given up."`
}

func uploadOf(p *intake.UploadPlan) uploadView {
	v := uploadView{
		Bytes: p.Bytes, PartSize: p.PartSize, PartCount: p.PartCount, Received: p.Received,
		Requests: requestsOf(p.Requests), ExpiresAt: p.ExpiresAt,
	}
	if v.Received == nil {
		v.Received = []media.Part{}
	}
	return v
}

type signPartsInput struct {
	StoryPath
	Body struct {
		Parts []int `json:"parts" maxItems:"100" doc:"Numbers from 1; empty for an upload by one PUT."`
	}
}

type signedPartsView struct {
	Requests []requestView `json:"requests"`
}

type replaceUploadInput struct {
	StoryPath
	Body struct {
		File fileInput `json:"file"`
		Cut  *cutView  `json:"cut,omitempty"`
	}
}

type replaceUploadView struct {
	Story  storyView  `json:"story"`
	Upload uploadView `json:"upload"`
}

func (s *server) uploadRoutes() {
	handle(s, contributor, op("get-upload", "GET /v1/stories/{id}/upload", "contributors",
		"See what storage has received").
		about("For resuming: the parts that are there, and the first missing ones signed.").
		fails(notFound, conflict), s.getUpload)
	handle(s, contributor, op("sign-parts", "POST /v1/stories/{id}/upload/parts", "contributors", "Sign parts").
		about("Signs the numbered parts, or signs them again after they expired.").
		fails(notFound, conflict), s.signParts)
	handle(s, contributor, op("complete-upload", "POST /v1/stories/{id}/upload/complete", "contributors",
		"Complete the upload").
		about("Decided by what storage itself reports. Completing again is one completion; a conflict names the "+
			"missing parts.").fails(notFound, conflict), s.completeUpload)
	handle(s, contributor, op("replace-upload", "POST /v1/stories/{id}/upload", "contributors", "Send another file").
		about("Opens a new upload for a story whose file failed, was rejected, or never came. It counts like another "+
			"story of the address, and a story's file may be replaced only so often.").
		created().fails(notFound, conflict, tooLarge, tooMany), s.replaceUpload)
}

// getUpload answers with what is left to send.
func (s *server) getUpload(ctx context.Context, _ *StoryPath) (*body[uploadView], error) {
	p, err := s.Intake.UploadPlan(ctx, callerOf(ctx).story)
	if err != nil {
		return nil, err
	}
	return bodyOf(uploadOf(p)), nil
}

// signParts presigns requests for the numbered parts.
func (s *server) signParts(ctx context.Context, in *signPartsInput) (*body[signedPartsView], error) {
	signed, err := s.Intake.SignParts(ctx, callerOf(ctx).story, in.Body.Parts)
	if err != nil {
		return nil, err
	}
	return bodyOf(signedPartsView{requestsOf(signed)}), nil
}

// completeUpload ends the upload if storage has the whole file.
func (s *server) completeUpload(ctx context.Context, in *StoryPath) (*storyOutput, error) {
	st, err := s.Intake.Complete(ctx, in.ID, account.Actor{Role: account.Contributor})
	if err != nil {
		return nil, err
	}
	return bodyOf(s.contributorView(st)), nil
}

// replaceUpload opens an upload for another file of the same story.
func (s *server) replaceUpload(ctx context.Context, in *replaceUploadInput) (*body[replaceUploadView], error) {
	st, p, err := s.Intake.Replace(ctx, intake.ReplaceRequest{
		Story: in.ID, File: in.Body.File.file(), Cut: in.Body.Cut.cut(), Address: callerOf(ctx).address,
	})
	if err != nil {
		return nil, err
	}
	return bodyOf(replaceUploadView{s.contributorView(st), uploadOf(p)}), nil
}
