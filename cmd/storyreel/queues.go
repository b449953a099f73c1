package main

import (
	"context"

	"github.com/storyreel/storyreel/api"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

// underWay is what the queues hold and how long stories wait, as the metrics
// of this moment have it.
func (a *app) underWay(context.Context) (api.Work, error) {
	depths, err := a.depths()
	if fault.As(err) == nil && err != nil { // it did not answer in time
		err = fault.New(fault.Unavailable, "queue.unavailable", "the queue cannot be reached").Because(err)
	}
	if err != nil {
		return api.Work{}, err
	}
	backlog, err := a.backlog()
	if fault.As(err) == nil && err != nil {
		err = fault.New(fault.Unavailable, "database.timeout",
			"the database did not answer in time; try again later, or ask for less").Because(err)
	}
	if err != nil {
		return api.Work{}, err
	}
	var out api.Work
	for _, d := range depths {
		out.Queues = append(out.Queues, api.QueueState{
			Queue: d.Queue, Pending: d.Pending, Active: d.Active, Scheduled: d.Scheduled, Retry: d.Retry,
			Archived: d.Archived, Oldest: d.Latency.Seconds(), Workers: d.Workers,
		})
	}
	at := map[story.Wait]int{}
	for _, state := range story.WaitingStates() {
		i, known := at[state.Wait()]
		if !known {
			i = len(out.Waits)
			at[state.Wait()] = i
			out.Waits = append(out.Waits, api.WaitState{For: state.Wait()})
		}
		w := &out.Waits[i]
		w.Count += backlog.Stories[state]
		if since := backlog.Oldest[state]; !since.IsZero() && (w.Since == nil || since.Before(*w.Since)) {
			w.Since = &since
		}
	}
	return out, nil
}
