package main

import (
	"context"

	"github.com/storyreel/storyreel/internal/config"
	"github.com/storyreel/storyreel/internal/metric"
	"github.com/storyreel/storyreel/internal/retention"
)

func periods(c config.Config) retention.Periods {
	return retention.Periods{
		Expired: c.KeepExpired, Failed: c.KeepFailed, Rejected: c.KeepRejected, Hidden: c.KeepHidden,
		Undecided: c.KeepUndecided, Published: c.KeepPublished, Source: c.KeepSource, Address: c.KeepAddress,
		Tombstone: c.KeepTombstone, Notice: c.KeepNotice,
	}
}

func (a *app) retention() *retention.Service {
	return retention.NewService(a.store, a.stories, periods(a.cfg), clock)
}

// dueAtMost bounds what the gauge of due stories counts of a class.
const dueAtMost = 1000

// watchRetention registers how much waits for its end, which stays near zero
// while the sweep keeps up.
func (a *app) watchRetention(ctx context.Context) {
	due := metric.Shared(ctx, keepSlowly, answerTime, func(ctx context.Context) (out []metric.Sample, err error) {
		for _, c := range periods(a.cfg).Classes() {
			if c.Keep == 0 {
				continue
			}
			ids, err := a.store.Lapsed(ctx, c, clock(), dueAtMost)
			if err != nil {
				return nil, err
			}
			out = append(out, metric.Sample{Labels: []string{c.Name}, Value: float64(len(ids))})
		}
		return out, nil
	})
	a.metrics.Gauge("storyreel_retention_due", "Stories whose retention period is over, up to 1000 of a class.",
		[]string{"class"}, due)
}
