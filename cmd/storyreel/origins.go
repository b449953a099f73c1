package main

import (
	"context"
	"sync"
	"time"

	"github.com/storyreel/storyreel/internal/storage"
)

// originsFor is how long another process's change of a campaign's origins
// may go unnoticed here.
const originsFor = 10 * time.Second

// origins are the web origins whose pages may call and upload: the pages'
// own, the configured ones, and every campaign's.
type origins struct {
	base   *base
	bucket *storage.Bucket

	mu   sync.Mutex
	list []string
	read time.Time
}

// all returns the origins, at most originsFor old. When the database does not
// answer, the last known ones stand.
func (o *origins) all(ctx context.Context) []string {
	o.mu.Lock()
	list, fresh := o.list, time.Since(o.read) < originsFor
	if !fresh {
		o.read = time.Now() // one asks, the others go on with what is known
	}
	o.mu.Unlock()
	if fresh {
		return list
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	c, err := o.base.storageConfig(ctx)
	if err != nil {
		return list
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = c.Origins
	return o.list
}

// changed makes a change of a campaign's origins count at once, here and in
// the bucket's rules.
func (o *origins) changed(ctx context.Context) {
	o.mu.Lock()
	o.read = time.Time{}
	o.mu.Unlock()
	if err := o.bucket.AllowOrigins(ctx, o.all(ctx)); err != nil {
		o.base.log.Warn("bucket does not take uploads from new origins yet; storyreel doctor says why", "err", err)
	}
}
