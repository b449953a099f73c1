package review

import (
	"context"
	"encoding/hex"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/storyreel/storyreel/internal/story"
)

// A film sent twice seldom has the same bytes: messengers encode it anew. So
// stories are compared by the 64-bit difference hashes of their frames. Two
// hashes within alikeBits of each other show the same picture; by the
// pigeonhole principle those within 3 bits share one of four quarters
// exactly, and of the eight frames of a copy some do, so quarters are what
// the database looks for.
const (
	alikeBits   = 10  // of 64; pictures of different scenes differ in some 32
	alikeShare  = 0.5 // of the frames must be found again
	quarterBits = 16
	fileBits    = 40 // of the source's SHA-256, kept beside the quarters
)

// Prints returns the values by which stories like this one are found: no
// value is negative, none is of a flat picture, which are all alike.
func Prints(st *story.Story) []int64 {
	var out []int64
	if sum, err := hex.DecodeString(st.Release.SourceSHA256); err == nil && len(sum) >= fileBits/8 {
		v := int64(1) << 60
		for i := range fileBits / 8 {
			v |= int64(sum[i]) << (8 * i)
		}
		out = append(out, v)
	}
	for _, h := range frameHashes(st) {
		for q := range 4 {
			part := int64(h>>(q*quarterBits)) & (1<<quarterBits - 1)
			if part != 0 && part != 1<<quarterBits-1 {
				out = append(out, int64(q)<<quarterBits|part)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func frameHashes(st *story.Story) []uint64 {
	if st.Findings == nil {
		return nil
	}
	var out []uint64
	for _, text := range st.Findings.FrameHashes {
		if h, err := strconv.ParseUint(text, 16, 64); err == nil {
			out = append(out, h)
		}
	}
	return out
}

// similarity is the share of a's frames that b shows too, weighted by how
// near they are: 1 for the same picture throughout.
func similarity(a, b []uint64) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	sum := 0.0
	for _, x := range a {
		nearest := 64
		for _, y := range b {
			nearest = min(nearest, bits.OnesCount64(x^y))
		}
		if nearest <= alikeBits {
			sum += 1 - float64(nearest)/64
		}
	}
	return sum / float64(len(a))
}

// Alike is a story that shows what another shows.
type Alike struct {
	Story      *story.Story
	SameFile   bool    // byte for byte
	Similarity float64 // 0.5…1
}

// Related is what a moderator should know besides the story itself.
type Related struct {
	Alike      []Alike        // most similar first, at most 10
	SamePerson []*story.Story // other stories sent with the same e-mail address, newest first, at most 20
}

// Related finds likely duplicates of the story and other stories of its
// contributor, in the same campaign.
func (s *Service) Related(ctx context.Context, id string) (*Related, error) {
	st, err := s.stories.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	found, err := s.store.SharePrints(ctx, st, Prints(st), 50)
	if err != nil {
		return nil, err
	}
	out := &Related{}
	mine := frameHashes(st)
	for _, other := range found {
		a := Alike{
			Story:    other,
			SameFile: other.Release.SourceSHA256 != "" && other.Release.SourceSHA256 == st.Release.SourceSHA256,
		}
		a.Similarity = math.Round(similarity(mine, frameHashes(other))*1000) / 1000
		if a.SameFile {
			a.Similarity = 1
		}
		if a.Similarity >= alikeShare {
			out.Alike = append(out.Alike, a)
		}
	}
	slices.SortStableFunc(out.Alike, func(a, b Alike) int { return int(1000 * (b.Similarity - a.Similarity)) })
	out.Alike = out.Alike[:min(len(out.Alike), 10)]
	out.SamePerson, err = s.store.SamePerson(ctx, st, 20)
	return out, err
}
