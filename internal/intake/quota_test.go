package intake_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

func replacement(st *story.Story) intake.ReplaceRequest {
	return intake.ReplaceRequest{Story: st.ID, File: intake.File{Bytes: 6, ContentType: "video/mp4"}}
}

func TestQuota_CountsFilesThatAreTakenAndNoOthers(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for _, refuse := range []func(*intake.BeginRequest){
		func(r *intake.BeginRequest) { r.File.Bytes = 3 << 30 },
		func(r *intake.BeginRequest) { r.Contributor.Name = "" },
		func(r *intake.BeginRequest) { r.Agreement.Agreed = false },
		func(r *intake.BeginRequest) { r.Campaign = "none" },
		func(r *intake.BeginRequest) { r.IdempotencyKey = "short" },
	} {
		r := request(5)
		refuse(&r)
		_, err := env.Begin(t.Context(), r)
		require.Error(t, err)
	}
	require.Equal(t, map[string]int64{"tries": 5}, env.quota.counted)

	r := request(5)
	r.IdempotencyKey = "0123456789abcdef"
	for range 3 { // one story, however often it is asked for
		_, err := env.Begin(t.Context(), r)
		require.NoError(t, err)
	}
	require.Equal(t, map[string]int64{"tries": 8, "begin": 1, "bytes": 5}, env.quota.counted)

	st := env.Story(story.Published)
	_, _, err := env.Replace(t.Context(), replacement(st))
	require.True(t, fault.Is(err, "story.state"), err)
	require.Equal(t, map[string]int64{"tries": 9, "begin": 1, "bytes": 5}, env.quota.counted)
	st = env.Story(story.Failed)
	_, _, err = env.Replace(t.Context(), replacement(st))
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"tries": 10, "begin": 2, "bytes": 11}, env.quota.counted)
}

func TestReplace_SoOftenAndNoMore(t *testing.T) {
	t.Parallel()
	for state, c := range map[story.State]struct {
		most int
		code string
	}{
		story.Failed:   {10, "upload.replacements"},
		story.Rejected: {3, "upload.resubmissions"},
		story.Expired:  {10, "upload.replacements"},
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			env := newEnv(t)
			st := env.Story(state)
			for range c.most {
				got, _, err := env.Replace(t.Context(), replacement(st))
				require.NoError(t, err)
				env.Move(got, state)
			}
			_, _, err := env.Replace(t.Context(), replacement(st))
			require.True(t, fault.Is(err, c.code), err)
			require.EqualValues(t, c.most, env.quota.counted["begin"], "the refused one does not count")
		})
	}
}

func TestReplace_NamesWhatTheOldFileLeftBehind(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	st := env.Story(story.InReview)
	env.Move(st, story.Rejected)
	first := []string{media.SourceFolder(st.ID, st.Upload.ID), st.Review.Prefix}
	got, _, err := env.Replace(t.Context(), replacement(st))
	require.NoError(t, err)
	require.Equal(t, first, got.Upload.Discards)
	second := []string{media.SourceFolder(st.ID, got.Upload.ID)}

	env.Move(got, story.Failed) // before anything was removed: nothing may be forgotten
	got, _, err = env.Replace(t.Context(), replacement(st))
	require.NoError(t, err)
	require.Equal(t, slices.Concat(first, second), got.Upload.Discards)
	require.NotContains(t, got.Upload.Discards, media.SourceFolder(st.ID, got.Upload.ID))
}

func TestReplace_AFileThatNeverComesLeavesNoOldOne(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	begun := env.begin(5)
	env.put(begun.Upload.Requests[0], 5)
	st, err := env.Complete(t.Context(), begun.Story.ID, owner)
	require.NoError(t, err)
	source := media.SourceKey(st.ID, st.Upload.ID)
	path := filepath.Join(t.TempDir(), "source")
	require.NoError(t, os.WriteFile(path, make([]byte, 5), 0o600))
	require.NoError(t, env.bucket.Pin(t.Context(), st.Upload.Key, st.Upload.ETag, source, path))
	env.Move(st, story.Failed)
	_, _, err = env.Replace(t.Context(), replacement(st))
	require.NoError(t, err)
	_, err = env.bucket.Head(t.Context(), source)
	require.NoError(t, err)

	env.Advance(25 * time.Hour)
	_, expired, err := env.CheckUploads(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, 1, expired)
	_, err = env.bucket.Head(t.Context(), source)
	require.Equal(t, fault.NotFound, fault.KindOf(err))
	st, err = env.Stories.Get(t.Context(), st.ID)
	require.NoError(t, err)
	require.Empty(t, st.Upload.Discards)
}
