package queue

import (
	"slices"
	"time"

	"github.com/hibiken/asynq"
)

// Depth is what one queue holds, by Asynq's states, and who works on it.
type Depth struct {
	Queue                                       string
	Pending, Active, Scheduled, Retry, Archived int
	Latency                                     time.Duration // age of the oldest pending announcement
	// Workers are processes that take work of the queue now; a paused or stopping
	// one does not.
	Workers int
}

// Names lists the queues.
func Names() []string { return []string{reviewQueue, publishQueue, ladderQueue, housekeepingQueue} }

// Depths returns the depth of every queue, in the order of Names.
func (c *Client) Depths() ([]Depth, error) {
	used, err := c.inspector.Queues()
	if err != nil {
		return nil, unavailable(err)
	}
	servers, err := c.inspector.Servers()
	if err != nil {
		return nil, unavailable(err)
	}
	out := make([]Depth, 0, len(Names()))
	for _, name := range Names() {
		d := Depth{Queue: name, Workers: working(servers, name)}
		if slices.Contains(used, name) { // Asynq knows a queue from its first task on
			q, err := c.inspector.GetQueueInfo(name)
			if err != nil {
				return nil, unavailable(err)
			}
			d.Pending, d.Active, d.Scheduled, d.Retry = q.Pending, q.Active, q.Scheduled, q.Retry
			d.Archived, d.Latency = q.Archived, q.Latency
		}
		out = append(out, d)
	}
	return out, nil
}

// working counts the servers that take work of the queue.
func working(servers []*asynq.ServerInfo, queue string) int {
	n := 0
	for _, s := range servers {
		if s.Queues[queue] > 0 && s.Status == "active" {
			n++
		}
	}
	return n
}
