package store

import (
	"fmt"
	"hash/fnv"

	"github.com/uptrace/bun"
)

// shufflePrime is the modulus of shuffled orders.
const shufflePrime = 1<<31 - 1

// shuffleKey is hashed from a story's id and stored with it.
func shuffleKey(id string) int64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return int64(h.Sum64() % shufflePrime)
}

// shuffleExpr is a story's place in the order of a seed. Multiplying modulo a
// prime permutes the keys, and of two stories each is as likely to come first.
func shuffleExpr(seed string) bun.Safe {
	h := fnv.New64a()
	h.Write([]byte(seed))
	n := h.Sum64()
	return bun.Safe(fmt.Sprintf("((dice * %d + %d) %% %d)", 1+n%(shufflePrime-1), n>>33, shufflePrime))
}
