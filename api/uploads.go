package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

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

func requestsOf(signed []media.Signed) []requestView {
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

type uploadOutput struct{ Body uploadView }

func (s *server) uploadRoutes() {
	tags := []string{"contributors"}
	handle(s, huma.Operation{
		OperationID: "get-upload", Method: http.MethodGet, Path: "/v1/stories/{id}/upload", Tags: tags,
		Summary:     "See what storage has received",
		Description: "For resuming: the parts that are there, and the first missing ones signed.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, contributor, func(ctx context.Context, _ *StoryPath) (*uploadOutput, error) {
		p, err := s.Intake.UploadPlan(ctx, callerOf(ctx).story)
		if err != nil {
			return nil, err
		}
		return &uploadOutput{uploadOf(p)}, nil
	})
	handle(s, huma.Operation{
		OperationID: "sign-parts", Method: http.MethodPost, Path: "/v1/stories/{id}/upload/parts", Tags: tags,
		Summary: "Sign parts", Description: "Signs the numbered parts, or signs them again after they expired.",
		Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, contributor, func(ctx context.Context, in *struct {
		StoryPath
		Body struct {
			Parts []int `json:"parts" maxItems:"100" doc:"Numbers from 1; empty for an upload by one PUT."`
		}
	}) (*struct {
		Body struct {
			Requests []requestView `json:"requests"`
		}
	}, error) {
		signed, err := s.Intake.SignParts(ctx, callerOf(ctx).story, in.Body.Parts)
		if err != nil {
			return nil, err
		}
		out := &struct {
			Body struct {
				Requests []requestView `json:"requests"`
			}
		}{}
		out.Body.Requests = requestsOf(signed)
		return out, nil
	})
	handle(s, huma.Operation{
		OperationID: "complete-upload", Method: http.MethodPost, Path: "/v1/stories/{id}/upload/complete", Tags: tags,
		Summary: "Complete the upload",
		Description: "Decided by what storage itself reports. Completing again is one completion; a conflict names " +
			"the missing parts.", Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, contributor, func(ctx context.Context, in *StoryPath) (*storyOutput, error) {
		st, err := s.Intake.Complete(ctx, in.ID, account.Actor{Role: account.Contributor})
		if err != nil {
			return nil, err
		}
		return &storyOutput{s.contributorView(st)}, nil
	})
	handle(s, huma.Operation{
		OperationID: "replace-upload", Method: http.MethodPost, Path: "/v1/stories/{id}/upload", Tags: tags,
		DefaultStatus: http.StatusCreated,
		Summary:       "Send another file",
		Description:   "Opens a new upload for a story whose file failed, was rejected, or never came.",
		Errors:        []int{http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge},
	}, contributor, func(ctx context.Context, in *struct {
		StoryPath
		Body struct {
			File fileInput `json:"file"`
			Cut  *cutView  `json:"cut,omitempty"`
		}
	}) (*struct {
		Body struct {
			Story  storyView  `json:"story"`
			Upload uploadView `json:"upload"`
		}
	}, error) {
		st, p, err := s.Intake.Replace(ctx, in.ID, in.Body.File.file(), in.Body.Cut.cut())
		if err != nil {
			return nil, err
		}
		out := &struct {
			Body struct {
				Story  storyView  `json:"story"`
				Upload uploadView `json:"upload"`
			}
		}{}
		out.Body.Story, out.Body.Upload = s.contributorView(st), uploadOf(p)
		return out, nil
	})
}
