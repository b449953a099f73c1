package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/story"
)

type listJobsInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

func (s *server) jobRoutes() {
	handle(s, admins, op("list-jobs", "GET /v1/admin/jobs", "admin", "See work in trouble").
		about("Stories that failed, and those whose work has used up attempts, newest first."), s.listJobs)
	handle(s, admins, op("retry-story", "POST /v1/admin/jobs/{id}/retry", "admin", "Try failed work again").
		fails(notFound, conflict), s.retryStory)
	handle(s, admins, op("retry-failed", "POST /v1/admin/jobs/retry", "admin", "Try all failed work again").
		about("Starts the work of every story again that failed since a time, at most `limit` in one call; `next`, "+
			"if there is one, continues. Stories that are no longer failed are left alone, so a repeated call is "+
			"harmless. History names the caller at each story."), s.retryFailed)
}

type retryFailedInput struct {
	Body struct {
		Since time.Time     `json:"since" doc:"When the first of them failed."`
		Code  string        `json:"code,omitempty" maxLength:"60" doc:"Only failures with this code."`
		Job   story.JobKind `json:"job,omitempty" enum:"prepare,publish" doc:"Only failures of this job."`
		Limit int           `json:"limit,omitempty" minimum:"1" maximum:"500" default:"100"`
		After string        `json:"after,omitempty" maxLength:"400" doc:"The next of the call before."`
	}
}

type retriedView struct {
	Retried int    `json:"retried" doc:"Stories whose work was started again."`
	Next    string `json:"next,omitempty" doc:"Continues after this call; absent at the end."`
}

// listJobs answers with the stories whose work needs an operator's attention.
func (s *server) listJobs(ctx context.Context, in *listJobsInput) (*items[storyView], error) {
	rows, err := s.Attempts.Troubled(ctx, in.Limit)
	if err != nil {
		return nil, err
	}
	views, err := s.staffViews(ctx, rows)
	return itemsOf(views), err
}

// retryStory starts the work of a failed story again, with all its attempts.
func (s *server) retryStory(ctx context.Context, in *StoryPath) (*storyOutput, error) {
	st, err := s.Stories.Retry(ctx, in.ID, callerOf(ctx).actor(account.Admin))
	if err != nil {
		return nil, err
	}
	v, err := s.staffView(ctx, st)
	return bodyOf(v), err
}

// retryFailed starts the work of many failed stories again.
func (s *server) retryFailed(ctx context.Context, in *retryFailedInput) (*body[retriedView], error) {
	b := in.Body
	after, err := openCursor[attempt.Position](b.After)
	if err != nil {
		return nil, err
	}
	got, err := s.Attempts.RetryFailed(ctx, attempt.FailureQuery{Since: b.Since, Code: b.Code, Job: b.Job}, after,
		b.Limit, callerOf(ctx).actor(account.Admin))
	if err != nil {
		return nil, err
	}
	return bodyOf(retriedView{got.Stories, sealCursor(got.Next)}), nil
}
