package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

// Work is what waits for workers and people at a moment, and who works.
type Work struct {
	Queues []QueueState `json:"queues"`
	Waits  []WaitState  `json:"waits"`
}

// QueueState is what one queue holds. Numbers are of announcements, of which a
// lost one is made again from the database.
type QueueState struct {
	Queue     string  `json:"queue" enum:"review,publish,ladder,housekeeping" doc:"Review copies, publications, ladders of published stories, or removals. Of ladders, only the next few wait here."`
	Pending   int     `json:"pending" doc:"Waiting for a worker."`
	Active    int     `json:"active" doc:"Under way."`
	Scheduled int     `json:"scheduled"`
	Retry     int     `json:"retry" doc:"Failed or put off, and to be tried again."`
	Archived  int     `json:"archived" doc:"Given up by the queue; the sweep announces what is still due."`
	Oldest    float64 `json:"oldest_seconds" doc:"Age of the oldest that is pending; 0 without one."`
	Workers   int     `json:"workers" doc:"Processes that take work of the queue; a paused one does not."`
}

// WaitState is the longest wait for one thing.
type WaitState struct {
	For   story.Wait `json:"for" enum:"review_copy,decision,publication" doc:"What stories wait for."`
	Count int64      `json:"stories" doc:"Stories that wait for it."`
	Since *time.Time `json:"since,omitempty" doc:"Since when the first of them does; absent without one."`
}

func (s *server) queueRoutes() {
	handle(s, admins, op("list-queues", "GET /v1/admin/queues", "admin", "See the queues and their workers").
		about("What each queue holds, how many processes work on it, and how long stories wait. At most five seconds "+
			"old. While Redis is away: 503 `queue.unavailable`.").fails(unavailable), s.listQueues)
}

// listQueues answers with what waits and who works.
func (s *server) listQueues(ctx context.Context, _ *none) (*body[Work], error) {
	if s.Monitoring.Work == nil {
		return nil, fault.New(fault.Unavailable, "queue.unavailable", "this process has no queue")
	}
	w, err := s.Monitoring.Work(ctx)
	return bodyOf(w), err
}
