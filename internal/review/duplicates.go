package review

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/storyreel/storyreel/internal/story"
)

// A video sent twice seldom has the same bytes: messengers encode it again. So
// stories are compared by the 64-bit difference hashes of their frames. Two
// hashes that differ in at most maxDistance bits show the same frame. Those
// within 3 bits have one of four quarters in common, by the pigeonhole
// principle, and of the eight frames of a copy some are; so the database looks
// for equal quarters.
const (
	maxDistance   = 10  // of 64 bits; frames of different scenes differ in some 32
	minSimilarity = 0.5 // share of the frames that must be found again
	quarterBits   = 16
	fileBits      = 30 // of the source's SHA-256, kept beside the quarters
	maxSharing    = 50 // stories compared
	maxDuplicates = 10 // listed
	maxSamePerson = 20 // listed
)

// Fingerprints returns the values by which duplicates of the story are found,
// none negative. Quarters of flat frames, which are all alike, are left out.
func Fingerprints(st *story.Story) []int32 {
	var out []int32
	if sum, err := hex.DecodeString(st.Release.SourceSHA256); err == nil && len(sum) >= 4 {
		out = append(out, int32(binary.LittleEndian.Uint32(sum)&(1<<fileBits-1)|1<<fileBits))
	}
	for _, h := range frameHashes(st) {
		for q := range 4 {
			part := int32(h>>(q*quarterBits)) & (1<<quarterBits - 1)
			if part != 0 && part != 1<<quarterBits-1 {
				out = append(out, int32(q)<<quarterBits|part)
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

// similarity is the share of a's frames that b shows too, weighted by their
// distance: 1 where all are the same.
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
		if nearest <= maxDistance {
			sum += 1 - float64(nearest)/64
		}
	}
	return sum / float64(len(a))
}

// Duplicate is a story that shows what another shows.
type Duplicate struct {
	Story      *story.Story
	SameFile   bool    // byte for byte
	Similarity float64 // 0.5…1
}

// Related is what a moderator should know besides the story itself.
type Related struct {
	Duplicates []Duplicate    // most similar first, at most 10
	SamePerson []*story.Story // other stories sent with the same e-mail address, newest first, at most 20
}

// Related finds likely duplicates of the story and other stories of its
// contributor, in the same campaign.
func (s *Service) Related(ctx context.Context, id string) (*Related, error) {
	st, err := s.stories.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	found, err := s.store.SharingFingerprints(ctx, st, Fingerprints(st), maxSharing)
	if err != nil {
		return nil, err
	}
	out := &Related{}
	hashes := frameHashes(st)
	for _, other := range found {
		d := Duplicate{
			Story:    other,
			SameFile: other.Release.SourceSHA256 != "" && other.Release.SourceSHA256 == st.Release.SourceSHA256,
		}
		d.Similarity = math.Round(similarity(hashes, frameHashes(other))*1000) / 1000
		if d.SameFile {
			d.Similarity = 1
		}
		if d.Similarity >= minSimilarity {
			out.Duplicates = append(out.Duplicates, d)
		}
	}
	slices.SortStableFunc(out.Duplicates, func(a, b Duplicate) int { return int(1000 * (b.Similarity - a.Similarity)) })
	out.Duplicates = out.Duplicates[:min(len(out.Duplicates), maxDuplicates)]
	out.SamePerson, err = s.store.SamePerson(ctx, st, maxSamePerson)
	return out, err
}
