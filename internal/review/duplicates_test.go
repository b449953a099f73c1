package review_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/story"
)

var (
	video   = []string{"00ff12a45b6c7d8e", "1f2e3d4c5b6a7988", "a1b2c3d4e5f60718", "0f1e2d3c4b5a6978"}
	copied  = []string{"00ff12a45b6c7d8f", "1f2e3d4c5b6a798a", "a1b2c3d4e5f60718", "0f1e2d3c4b5a6979"} // encoded again
	another = []string{"ff00ed5ba4938271", "e0d1c2b3a4958677", "5e4d3c2b1a09f8e7", "f0e1d2c3b4a59687"}
)

// prepared stores a story in review with the findings that duplicates are found by.
func (e *env) prepared(hashes []string, sha, email string) *story.Story {
	return e.Story(story.InReview, func(s *story.Story) {
		s.Contributor.Email, s.Release.SourceSHA256 = email, strings.Repeat(sha, 32)
		s.Findings = &media.Findings{FrameHashes: hashes}
	})
}

func TestRelated_FindsCopiesAndTheSamePerson(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	mine := env.prepared(video, "ab", "zoe@example.com")
	near := env.prepared(copied, "cd", "")
	same := env.prepared(nil, "ab", "other@example.com")
	different := env.prepared(another, "ef", "zoe@example.com")

	r, err := env.Related(t.Context(), mine.ID)
	require.NoError(t, err)
	require.Len(t, r.Duplicates, 2)
	require.Equal(t, same.ID, r.Duplicates[0].Story.ID, "most similar first")
	require.True(t, r.Duplicates[0].SameFile)
	require.EqualValues(t, 1, r.Duplicates[0].Similarity)
	require.Equal(t, near.ID, r.Duplicates[1].Story.ID)
	require.False(t, r.Duplicates[1].SameFile)
	require.Greater(t, r.Duplicates[1].Similarity, 0.9)
	require.Equal(t, []string{different.ID}, ids(r.SamePerson))
	none, err := env.Related(t.Context(), different.ID)
	require.NoError(t, err)
	require.Empty(t, none.Duplicates)
}

func TestFingerprints(t *testing.T) {
	t.Parallel()
	of := func(hashes ...string) []int32 {
		return review.Fingerprints(&story.Story{Findings: &media.Findings{FrameHashes: hashes}})
	}
	require.Empty(t, of("0000000000000000", "ffffffffffffffff", "not hexadecimal"), "flat frames are all alike")
	require.Len(t, of("00ff12a45b6c7d8e", "00ff12a45b6c7d8e"), 4, "each quarter once")
	require.NotEqual(t, of("00ff000000000000"), of("000000ff00000000"), "quarters keep their place")
	require.Empty(t, review.Fingerprints(&story.Story{}))
	for _, v := range of("ffff12a45b6c7d8e") {
		require.Positive(t, v)
	}
}
