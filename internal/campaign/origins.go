package campaign

import (
	"context"
	"slices"
	"sync"
	"time"
)

// originsAge is how long another process's change of a campaign's origins
// may go unnoticed.
const originsAge = 10 * time.Second

// readTimeout bounds reading the campaigns inside a request that only needs
// to know an origin.
const readTimeout = 2 * time.Second

// Origins are the web origins whose pages may call the API and upload: fixed
// ones and those of every campaign. Safe for concurrent use.
type Origins struct {
	campaigns *Service
	fixed     []string
	clock     func() time.Time // monotonic, unlike the service's: ages survive a step of the wall clock

	mu   sync.Mutex
	list []string
	read time.Time
}

// NewOrigins returns the origins of all campaigns besides the fixed ones.
func NewOrigins(campaigns *Service, fixed ...string) *Origins {
	return &Origins{campaigns: campaigns, fixed: fixed, clock: time.Now, list: fixed}
}

// All returns the origins, at most originsAge old. While the database does
// not answer, the last known ones stand.
func (o *Origins) All(ctx context.Context) []string {
	o.mu.Lock()
	list, now := o.list, o.clock()
	fresh := now.Sub(o.read) < originsAge
	if !fresh {
		o.read = now // one caller reads, the others go on with what is known
	}
	o.mu.Unlock()
	if fresh {
		return list
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
	defer cancel()
	if read, err := o.Reload(ctx); err == nil {
		return read
	}
	return list
}

// Allow reports whether pages of the origin may send stories to the campaign.
func (o *Origins) Allow(c *Campaign, origin string) bool {
	return origin != "" && (slices.Contains(c.Origins, origin) || slices.Contains(o.fixed, origin) ||
		slices.Contains(o.fixed, "*"))
}

// Reload reads the origins now: for a process that has just changed them.
func (o *Origins) Reload(ctx context.Context) ([]string, error) {
	all, err := o.campaigns.List(ctx)
	if err != nil {
		return nil, err
	}
	list := slices.Clone(o.fixed)
	for _, c := range all {
		for _, origin := range c.Origins {
			if ValidOrigin(origin) { // campaigns of earlier versions may list others, which the bucket would take
				list = append(list, origin)
			}
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list, o.read = list, o.clock()
	return list, nil
}
