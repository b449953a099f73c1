package main

import (
	"context"
	"slices"
	"time"
)

// originsEvery is how often a process of the API looks whether another one, or
// the command line, has changed what may embed a campaign.
const originsEvery = 10 * time.Second

// followOrigins keeps the bucket's upload rules to the origins of the
// campaigns until ctx ends.
func (a *app) followOrigins(ctx context.Context) {
	tick := time.NewTicker(originsEvery)
	defer tick.Stop()
	var allowed []string
	for failed := false; ; {
		list, err := a.origins.Reload(ctx)
		if err == nil && !slices.Equal(list, allowed) {
			if err = a.bucket.AllowOrigins(ctx, list); err == nil {
				allowed = list
			}
		}
		if err != nil && !failed && ctx.Err() == nil {
			a.log.Warn("bucket does not take uploads from new origins yet; storyreel doctor says why", "err", err)
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
