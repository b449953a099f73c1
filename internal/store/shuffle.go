package store

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/board"
)

// shufflePrime is the modulus of shuffled orders.
const shufflePrime = 1<<31 - 1

// A shuffled order visits the buckets of keys in an order of its own, so that a
// page reads its own buckets only, however many stories there are.
const (
	buckets    = 1024
	bucketBits = 31 - 10
)

// shuffleKey is hashed from a story's id and stored with it.
func shuffleKey(id string) int64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return int64(h.Sum64() % shufflePrime)
}

func bucketOf(dice int64) int64 { return dice >> bucketBits }

// shuffling is the order of one seed.
type shuffling struct {
	factor, shift int64
	order         []int64      // buckets
	turn          [buckets]int // the inverse of order
}

// newShuffling derives the order from the seed alone.
func newShuffling(seed string) *shuffling {
	h := fnv.New64a()
	h.Write([]byte(seed))
	n := h.Sum64()
	s := &shuffling{factor: int64(1 + n%(shufflePrime-1)), shift: int64(n >> 33), order: make([]int64, buckets)}
	place := make([]uint64, buckets)
	for i := range s.order {
		s.order[i], place[i] = int64(i), mix(n+uint64(i)*0x9e3779b97f4a7c15)
	}
	slices.SortFunc(s.order, func(a, b int64) int { return cmp.Compare(place[a], place[b]) })
	for turn, b := range s.order {
		s.turn[b] = turn
	}
	return s
}

// mix is the finalizer of splitmix64: every bit of n changes half of the result.
func mix(n uint64) uint64 {
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// compare orders two keys. Within a bucket, multiplying modulo a prime permutes
// the keys, and of two stories each is as likely to come first.
func (s *shuffling) compare(a, b candidate) int {
	place := func(c candidate) int64 { return (c.Dice*s.factor + s.shift) % shufflePrime }
	return cmp.Or(cmp.Compare(s.turn[bucketOf(a.Dice)], s.turn[bucketOf(b.Dice)]), cmp.Compare(place(a), place(b)),
		cmp.Compare(a.StoryID, b.StoryID))
}

// page sorts the candidates and returns at most limit after the cursor.
func (s *shuffling) page(found []candidate, after *board.Cursor, limit int) []candidate {
	slices.SortFunc(found, s.compare)
	if after != nil && after.ID != "" {
		last := candidate{StoryID: after.ID, Dice: shuffleKey(after.ID)}
		found = slices.DeleteFunc(found, func(c candidate) bool { return s.compare(c, last) <= 0 })
	}
	return found[:min(limit, len(found))]
}

// shuffled walks all published stories in the order of the query's seed. It
// reads the buckets that hold about twice the page where the query leaves out
// nothing, else those that hold searchAmong stories, and reports where a
// page that these did not fill goes on.
func (s *Store) shuffled(ctx context.Context, k *seek, after *board.Cursor, limit int) (
	[]string, *board.Cursor, error,
) {
	among := int64(s.searchAmong)
	narrowed := k.Narrowed()
	if !narrowed {
		among = int64(2 * limit)
	}
	order := newShuffling(k.Seed)
	step := int(min(buckets, 1+among*buckets/max(k.among, 1)))
	turn := 0
	if after != nil && after.ID != "" {
		turn = order.turn[bucketOf(shuffleKey(after.ID))]
	} else if after != nil {
		turn = min(max(after.Offset, 0), buckets)
	}
	var ids []string
	for turn < buckets && len(ids) < limit {
		end := min(turn+step, buckets)
		var found []candidate
		sel := s.staff.NewSelect().TableExpr("listings AS l").Column("l.story_id", "l.dice").
			Where("l.campaign_id = ?", k.campaign).Where("l.bucket IN (?)", bun.List(order.order[turn:end]))
		if err := s.narrow(sel, k).Scan(ctx, &found); err != nil {
			return nil, nil, s.mapError(err)
		}
		for _, c := range order.page(found, after, limit-len(ids)) {
			ids = append(ids, c.StoryID)
		}
		turn = end
		if narrowed {
			break
		}
	}
	if len(ids) < limit && turn < buckets {
		return ids, &board.Cursor{Offset: turn}, nil
	}
	return ids, nil, nil
}
