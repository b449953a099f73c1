package api

import (
	"context"

	"github.com/storyreel/storyreel/internal/account"
)

type listJobsInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

func (s *server) jobRoutes() {
	handle(s, admins, op("list-jobs", "GET /v1/admin/jobs", "admin", "See work in trouble").
		about("Stories that failed, and those whose work has used up attempts, newest first."), s.listJobs)
	handle(s, admins, op("retry-story", "POST /v1/admin/jobs/{id}/retry", "admin", "Try failed work again").
		fails(notFound, conflict), s.retryStory)
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
