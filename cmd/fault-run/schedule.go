//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// track is what a fault befalls. Faults of one track follow each other, those
// of different tracks meet.
type track string

// The tracks.
const (
	processTrack  track = "processes"
	postgresTrack track = "PostgreSQL"
	redisTrack    track = "Redis"
	storageTrack  track = "S3"
)

func tracks() []track { return []track{processTrack, postgresTrack, redisTrack, storageTrack} }

// planned is one fault of a schedule: everything about it that chance decides.
type planned struct {
	Kind   *kind
	On     string        // process that it befalls; empty: not one process
	Before time.Duration // pause before it
	Lasts  time.Duration
	Share  int64 // every so many requests or backends
	Seed   uint64
}

func (p planned) String() string {
	s := fmt.Sprintf("%s/%s", p.Kind.track, p.Kind.name)
	if p.On != "" {
		s += " on " + p.On
	}
	if p.Lasts > 0 {
		s += " for " + p.Lasts.Round(100*time.Millisecond).String()
	}
	return s
}

// schedule is what happens in a run: first every kind by itself, then the
// tracks beside each other.
type schedule struct {
	Single []planned
	Mixed  map[track][]planned
}

func (s *schedule) total() int {
	n := len(s.Single)
	for _, t := range s.Mixed {
		n += len(t)
	}
	return n
}

// newSchedule derives a schedule from the seed alone: count faults, of them
// each kind once by itself unless the run is short. Mixed faults last for at
// most longest.
func newSchedule(seed uint64, kinds []*kind, count int, short bool, longest time.Duration) *schedule {
	rnd := rand.New(rand.NewPCG(seed, 1))
	s := &schedule{Mixed: map[track][]planned{}}
	if !short {
		for _, k := range kinds {
			s.Single = append(s.Single, drawFault(rnd, k, k.most, 0))
		}
		rnd.Shuffle(len(s.Single), func(i, j int) { s.Single[i], s.Single[j] = s.Single[j], s.Single[i] })
	}
	left := max(count-len(s.Single), 0)
	var bags []*bag
	for _, t := range tracks() {
		if of := slices.DeleteFunc(slices.Clone(kinds), func(k *kind) bool { return k.track != t }); len(of) > 0 {
			bags = append(bags, &bag{kinds: of})
		}
	}
	for i := range left {
		b := bags[i%len(bags)]
		k := b.draw(rnd)
		gap := time.Second + time.Duration(rnd.Int64N(int64(4*time.Second)))
		s.Mixed[k.track] = append(s.Mixed[k.track], drawFault(rnd, k, min(k.most, longest), gap))
	}
	return s
}

// bag gives every kind once before one comes again.
type bag struct{ kinds, left []*kind }

func (b *bag) draw(rnd *rand.Rand) *kind {
	if len(b.left) == 0 {
		b.left = slices.Clone(b.kinds)
		rnd.Shuffle(len(b.left), func(i, j int) { b.left[i], b.left[j] = b.left[j], b.left[i] })
	}
	k := b.left[0]
	b.left = b.left[1:]
	return k
}

func drawFault(rnd *rand.Rand, k *kind, most, before time.Duration) planned {
	p := planned{Kind: k, Before: before, Share: 1 + rnd.Int64N(4), Seed: rnd.Uint64()}
	least := max(k.least, most/2)
	p.Lasts = least + time.Duration(rnd.Int64N(int64(max(most, least)-least)+1))
	on := slices.DeleteFunc(names(), func(name string) bool {
		return k.on == onWorkers && !isWorker(name) || k.on == onServers && isWorker(name)
	})
	if k.on != "" {
		p.On = on[rnd.IntN(len(on))]
	}
	return p
}
