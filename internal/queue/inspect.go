package queue

import (
	"context"
	"errors"

	"github.com/hibiken/asynq"

	"github.com/storyreel/storyreel/internal/story"
)

// inspectPage is how many announcements EachJob passes at a time.
const inspectPage = 500

// EachJob calls f with the jobs whose announcements wait or are to be retried,
// page by page, until f fails. Announcements that come or go meanwhile can be
// passed twice, or not at all.
func (c *Client) EachJob(ctx context.Context, f func([]story.Job) error) error {
	for _, name := range Names() {
		for _, list := range []func(string, ...asynq.ListOption) ([]*asynq.TaskInfo, error){
			c.inspector.ListPendingTasks, c.inspector.ListScheduledTasks, c.inspector.ListRetryTasks,
		} {
			if err := eachJob(ctx, name, list, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func eachJob(ctx context.Context, queue string, list func(string, ...asynq.ListOption) ([]*asynq.TaskInfo, error),
	f func([]story.Job) error) error {
	for page := 1; ; page++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		tasks, err := list(queue, asynq.PageSize(inspectPage), asynq.Page(page))
		if errors.Is(err, asynq.ErrQueueNotFound) { // no job of the kind was announced yet
			return nil
		}
		if err != nil {
			return unavailable(err)
		}
		var jobs []story.Job
		for _, t := range tasks {
			if j, err := story.ParseJob(string(t.Payload)); err == nil {
				jobs = append(jobs, j)
			}
		}
		if len(jobs) > 0 {
			if err := f(jobs); err != nil {
				return err
			}
		}
		if len(tasks) < inspectPage {
			return nil
		}
	}
}
