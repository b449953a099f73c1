package story

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// Chained is the place of a line in the chain of its story's history. It is zero
// for lines that were stored before there was a chain.
type Chained struct {
	Seq  int64  // from 1 on, without gaps
	Hash string // SHA-256, hex
}

// Seal makes the line the next one of the chain, after the line with this link.
func (e *Entry) Seal(last Chained) {
	e.Chain = Chained{Seq: last.Seq + 1}
	e.Chain.Hash = e.sum(last.Hash)
}

// sum is the SHA-256, in hex, of the line as a JSON list: number, hash of the
// line before, id, story, microseconds since 1970, role and id of the actor,
// event, states before and after, reason, and whether it was decided unplayed.
// What people wrote and are called is not in it, since it is erased or corrected
// while the line stays.
func (e *Entry) sum(before string) string {
	b, _ := json.Marshal([]any{ // strings, numbers and a boolean always have a form
		e.Chain.Seq, before, e.ID, e.Story, e.At.UnixMicro(), e.Actor.Role, e.Actor.ID, e.Event, e.From, e.To, e.Reason,
		e.Unplayed,
	})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// CheckChain returns where the chain of a history is broken: a line was changed,
// removed or put between others. That the newest lines were removed shows in the
// state that they led to. Lines that are in no chain are passed over.
func CheckChain(lines []*Entry) (flaws []Flaw) {
	chained := slices.DeleteFunc(slices.Clone(lines), func(e *Entry) bool { return e.Chain.Seq == 0 })
	slices.SortFunc(chained, func(a, b *Entry) int { return cmp.Compare(a.Chain.Seq, b.Chain.Seq) })
	var last Chained
	for _, e := range chained {
		switch {
		case e.Chain.Seq != last.Seq+1:
			flaws = append(flaws, Flaw{FlawChain, e.ID, "the line before this one is missing, or there twice"})
		case e.Chain.Hash != e.sum(last.Hash):
			flaws = append(flaws, Flaw{FlawChain, e.ID, "this line or the one before is not what was stored"})
		}
		last = e.Chain
	}
	return flaws
}
