package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/sse"

	"github.com/storyreel/storyreel/internal/story"
)

const (
	eventsEvery = time.Second      // how often the row is looked at
	eventsPing  = 15 * time.Second // silence after which proxies may hang up
	eventsMax   = 30 * time.Minute // then the browser connects again by itself
	eventsCheck = 3 * time.Second  // how often it is checked that the caller may still listen
)

// pingEvent keeps the connection alive while nothing changes.
type pingEvent struct {
	At time.Time `json:"at"`
}

// streamKey marks operations whose answer goes on.
const streamKey = "stream"

func (s *server) eventRoutes() {
	o := huma.Operation(op("story-events", "GET /v1/stories/{id}/events", "contributors", "Follow a story").
		about("Server-sent events: `story` at once and whenever state or progress change, `ping` in between. The "+
			"stream ends when nothing more can happen by itself, or the caller may listen no more.").
		fails(notFound, tooMany, unavailable))
	o = huma.Operation(operation(o).marked(streamKey, true))
	declare(&o, ownerStaff)
	o.Middlewares = huma.Middlewares{s.limitStreams}
	sse.Register(s.huma, o, map[string]any{"story": storyView{}, "ping": pingEvent{}}, s.storyEvents)
}

// storyEvents sends a story's changes until it is final or eventsMax passed.
func (s *server) storyEvents(ctx context.Context, in *StoryPath, send sse.Sender) {
	ctx, cancel := context.WithTimeout(ctx, eventsMax)
	defer cancel()
	s.follow(ctx, in.ID, send)
}

// follow sends the story whenever it moved. Reading the row each second asks
// less of the database than one page of the feed and needs no event bus.
func (s *server) follow(ctx context.Context, id string, send sse.Sender) {
	tick := time.NewTicker(eventsEvery)
	defer tick.Stop()
	var last storyView
	sent, checked := time.Time{}, time.Now()
	for {
		if time.Since(checked) > eventsCheck { // signed out, revoked or withdrawn in the meantime
			if callerOf(ctx).still(ctx) != nil {
				return
			}
			checked = time.Now()
		}
		st, err := s.Stories.Get(ctx, id)
		if err != nil {
			return
		}
		v := s.contributorView(st)
		if callerOf(ctx).creativeOnly() {
			v.withoutAddress()
		}
		if v, err = s.withReason(ctx, st, v); err != nil {
			return
		}
		changed := v.Version != last.Version || v.Progress != last.Progress
		switch {
		case changed && !sent.IsZero() && callerOf(ctx).still(ctx) != nil: // since the check above
			return
		case changed:
			last, sent = v, time.Now()
			if send.Data(v) != nil {
				return
			}
		case time.Since(sent) > eventsPing:
			sent = time.Now()
			if send.Data(pingEvent{At: s.Now()}) != nil {
				return
			}
		}
		if final(st.State) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// final reports whether nothing follows by itself.
func final(st story.State) bool {
	return st == story.Failed || st == story.Expired || st == story.Erased
}
