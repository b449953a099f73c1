package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/storyreel/storyreel/client"
)

// Pauses of the visitors between two things that they do.
const (
	readPause   = 200 * time.Millisecond // of each reader of the feed
	lookPause   = time.Second            // of a moderator who looks at the queue
	beginPause  = 2 * time.Second        // between stories that are never sent
	uploadPause = 5 * time.Second        // after a story that was followed to its end
	statePause  = 200 * time.Millisecond // of a contributor who waits for a state
)

// keptPublic is how many stories stay on the feed; older ones are withdrawn, so
// that everything that is measured can stay as it is.
const keptPublic = 20

// traffic is what visitors did.
type traffic struct {
	requests, failed, begun, published, rejected, withdrawn int64

	followed, lost int64 // stories followed to their end, and those among them that did not get there
}

// judge states whether few enough requests failed, and whether stories went their
// way. Followers are few beside readers, so that they are judged apart: a pipeline
// that stands still fails one request in minutes.
func (t traffic) judge() (requests, stories string) {
	requests = verdict()
	if float64(t.failed) > soakFailures*float64(t.requests) {
		requests = verdict("requests failed")
	}
	var missed []string
	if float64(t.lost) > soakFailures*float64(t.followed) {
		missed = append(missed, "stories did not go their way")
	}
	if t.published == 0 {
		missed = append(missed, "no story was published")
	}
	if t.rejected == 0 {
		missed = append(missed, "no story was rejected")
	}
	return requests, verdict(missed...)
}

// String names the figures.
func (t traffic) String() string {
	return fmt.Sprintf("%d requests of visitors and staff, %d of them failed; %d stories begun, %d published, "+
		"%d rejected, %d withdrawn; %d stories followed, %d of them not to their end", t.requests, t.failed, t.begun,
		t.published, t.rejected, t.withdrawn, t.followed, t.lost)
}

// visitors send mixed traffic to an installation.
type visitors struct {
	in   *installation
	clip []byte

	requests, failed, begun, published, rejected, withdrawn, followed, lost atomic.Int64

	mu      sync.Mutex
	failure error // the first
	public  []client.Ref
}

func (in *installation) newVisitors(ctx context.Context) (*visitors, error) {
	path := filepath.Join(in.dir, "clip.mp4")
	if err := makeClip(ctx, path, "320x240", 2, h264()); err != nil {
		return nil, err
	}
	clip, err := os.ReadFile(path)
	return &visitors{in: in, clip: clip}, err
}

// run sends traffic until ctx ends.
func (v *visitors) run(ctx context.Context) {
	var all sync.WaitGroup
	repeat := func(every time.Duration, do func(context.Context) error) {
		all.Go(func() {
			for pause(ctx, every) {
				v.note(ctx, do(ctx))
			}
		})
	}
	for range 4 {
		repeat(readPause, v.readFeed)
	}
	repeat(lookPause, v.lookAtQueue)
	repeat(beginPause, func(ctx context.Context) error {
		_, err := v.in.begin(ctx, tenParts)
		v.begun.Add(1)
		return err
	})
	for n := range 2 {
		approve := n == 0
		repeat(uploadPause, func(ctx context.Context) error {
			err := v.follow(ctx, approve)
			if ctx.Err() == nil { // the end of the soak interrupts some
				v.followed.Add(1)
				if err != nil {
					v.lost.Add(1)
				}
			}
			return err
		})
	}
	all.Wait()
}

// note counts a request; what the end of the soak interrupts is none.
func (v *visitors) note(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	v.requests.Add(1)
	if err == nil {
		return
	}
	v.failed.Add(1)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.failure == nil {
		v.failure = err
	}
}

func (v *visitors) first() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.failure
}

func (v *visitors) count() traffic {
	return traffic{
		v.requests.Load(), v.failed.Load(), v.begun.Load(), v.published.Load(), v.rejected.Load(), v.withdrawn.Load(),
		v.followed.Load(), v.lost.Load(),
	}
}

func (v *visitors) readFeed(ctx context.Context) error {
	return call(ctx, http.MethodGet, v.in.url+"/v1/campaigns/"+slug+"/feed", "", nil, nil)
}

func (v *visitors) lookAtQueue(ctx context.Context) error {
	return call(ctx, http.MethodGet, v.in.url+"/v1/review/queue", v.in.moderator, nil, nil)
}

// follow sends a video and decides on it: approved ones are followed to the
// feed, and the oldest of those withdrawn.
func (v *visitors) follow(ctx context.Context, approve bool) error {
	file := append(bytes.Clone(v.clip), fmt.Sprint(time.Now().UnixNano())...) // no two are the same
	u, err := v.in.begin(ctx, int64(len(file)))
	if err != nil {
		return err
	}
	v.begun.Add(1)
	if err := v.in.client.Upload(ctx, u, bytes.NewReader(file), client.UploadOptions{}); err != nil {
		return err
	}
	if err := v.in.await(ctx, u.Ref, "in_review", statePause); err != nil {
		return err
	}
	if !approve {
		err := v.in.decide(ctx, u.Story, map[string]string{"action": "reject", "reason": "other"})
		if err == nil {
			v.rejected.Add(1)
		}
		return err
	}
	if err := v.in.decide(ctx, u.Story, map[string]string{"action": "approve"}); err != nil {
		return err
	}
	if err := v.in.await(ctx, u.Ref, "published", statePause); err != nil {
		return err
	}
	v.published.Add(1)
	v.public = append(v.public, u.Ref) // by the one goroutine that approves
	if len(v.public) <= keptPublic {
		return nil
	}
	oldest := v.public[0]
	v.public = v.public[1:]
	if err := v.in.withdraw(ctx, oldest); err != nil {
		return err
	}
	v.withdrawn.Add(1)
	return nil
}
