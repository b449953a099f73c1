//go:build linux

package main

import (
	"slices"
	"sync"
)

// entry is what the runner knows of one story that the service acknowledged.
type entry struct {
	ID, Token string
	Number    int
	Plan      fate

	// want are the states in which the story may end after what was acknowledged
	// last. An intent that was sent and not answered adds to them.
	want []string
	// retries is how often an operator started the story's work again.
	retries int
	// wrong are contradictions that the story's flow met.
	wrong []string
}

// ledger holds an entry for each story; it is safe for concurrent use.
type ledger struct {
	mu      sync.Mutex
	entries []*entry
	begun   int // stories whose first request was sent
}

func (l *ledger) add(e *entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
}

// may records that a request was sent which can lead to the states.
func (l *ledger) may(e *entry, states ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range states {
		if !slices.Contains(e.want, s) {
			e.want = append(slices.Clone(e.want), s)
		}
	}
}

// must records that the service acknowledged an intent, so that the story has
// to end in one of the states.
func (l *ledger) must(e *entry, states ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.want = states
}

func (l *ledger) retried(e *entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.retries++
}

func (l *ledger) object(e *entry, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.wrong = append(e.wrong, what)
}

// all returns a copy of every entry.
func (l *ledger) all() []entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]entry, len(l.entries))
	for i, e := range l.entries {
		out[i] = *e
		out[i].want, out[i].wrong = slices.Clone(e.want), slices.Clone(e.wrong)
	}
	return out
}

// fate is what happens to a story after its upload.
type fate string

// The fates.
const (
	publish     fate = "published"
	reject      fate = "rejected"
	replace     fate = "rejected, replaced and published"
	hide        fate = "published and hidden"
	restore     fate = "hidden and restored"
	withdraw    fate = "published and withdrawn"
	recall      fate = "withdrawn while it is worked on"
	refuse      fate = "withdrawn in review"
	leave       fate = "left in review"
	abandon     fate = "never uploaded"
	disappear   fate = "uploaded by a client that went away"
	rejectTwice fate = "decided by two moderators at once"
)

// fates is the order in which fates are given to stories; its shares are those
// of the list.
func fates() []fate {
	return []fate{
		publish, publish, reject, hide, publish, withdraw, restore, publish, replace, recall, publish, rejectTwice,
		refuse, publish, leave, disappear, publish, abandon, hide, publish,
	}
}

// send is how a story's file arrives.
type send struct {
	Multipart bool // in parts; otherwise by one PUT
	Reversed  bool // the last part first
	Early     bool // completion is asked for before the file is there
	Times     int  // completions at once, from connections of their own
}

// sending gives each story its way of sending, by its number.
func sending(n int) send {
	s := send{Times: 1, Multipart: n%9 == 4, Reversed: n%2 == 0, Early: n%7 == 3}
	if n%5 == 2 {
		s.Times = 4
	}
	return s
}
