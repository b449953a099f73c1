package api

import (
	"cmp"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/limit"
)

// StreamQuota is how many event streams may be open at a time in this
// process. Zero values take the defaults given per field.
type StreamQuota struct {
	PerAddress int // of one network address: an office behind one; 100
	Total      int // some 60 kB of memory each; 2,000
}

// streamsPerToken is how many event streams one token, key or session may
// have open: the tabs of one person.
const streamsPerToken = 8

// streamWait is when a client that found no free stream may try again, in seconds.
const streamWait = 30

// streams counts open event streams. Safe for concurrent use.
type streams struct {
	quota StreamQuota

	mu    sync.Mutex
	total int
	open  map[string]int // by credential and by address
}

func newStreams(q StreamQuota) *streams {
	q.PerAddress, q.Total = cmp.Or(q.PerAddress, 100), cmp.Or(q.Total, 2000)
	return &streams{quota: q, open: map[string]int{}}
}

// take counts one more stream until release is called.
func (s *streams) take(credential, address string) (release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	credential, address = "token "+credential, "address "+address
	switch {
	case s.total >= s.quota.Total:
		return nil, fault.New(fault.Unavailable, "events.full",
			"this server has no event stream left; ask for the story from time to time instead").
			With("retry_after", streamWait)
	case s.open[credential] >= streamsPerToken, s.open[address] >= s.quota.PerAddress:
		return nil, fault.New(fault.TooMany, "events.too_many",
			"too many event streams are open; close some, or ask for the story from time to time instead").
			With("retry_after", streamWait)
	}
	s.count(1, credential, address)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.count(-1, credential, address)
	}, nil
}

func (s *streams) count(n int, keys ...string) {
	s.total += n
	for _, k := range keys {
		if s.open[k] += n; s.open[k] == 0 {
			delete(s.open, k)
		}
	}
}

// limitStreams holds a stream's caller to the limits.
func (s *server) limitStreams(hc huma.Context, next func(huma.Context)) {
	who := callerOf(hc.Context())
	release, err := s.streams.take(who.credential, limit.Key(who.address))
	if err != nil {
		s.fail(humagin.Unwrap(hc), hc.Operation().OperationID, err)
		return
	}
	defer release()
	next(hc)
}
