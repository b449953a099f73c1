package intake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

const mib = 1 << 20

func TestComplete_DecidesByWhatStorageHas(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	begun := env.begin(17 * mib)
	id := begun.Story.ID
	require.Equal(t, 3, begun.Upload.PartCount)
	env.put(begun.Upload.Requests[1], 8*mib)
	_, err := env.Complete(t.Context(), id, owner)
	require.True(t, fault.Is(err, "upload.incomplete"), err)
	require.Equal(t, map[intake.Stage]int64{intake.Announced: 17 * mib}, env.sent)
	require.Equal(t, []int{1, 3}, fault.As(err).Facts["missing_parts"])

	st, err := env.Stories.Get(t.Context(), id)
	require.NoError(t, err)
	plan, err := env.UploadPlan(t.Context(), st)
	require.NoError(t, err)
	require.Len(t, plan.Received, 1)
	require.Len(t, plan.Requests, 2, "the missing parts are signed")
	for _, r := range plan.Requests {
		env.put(r, st.Upload.PartBytes(r.Part))
	}
	st, err = env.Complete(t.Context(), id, owner)
	require.NoError(t, err)
	require.Equal(t, story.Uploaded, st.State)
	require.Equal(t, []story.Job{{Kind: story.Prepare, Story: id, Attempt: 1}}, env.Announced)
	again, err := env.Complete(t.Context(), id, owner)
	require.NoError(t, err)
	require.Equal(t, st.Version, again.Version, "twice is once")
	require.EqualValues(t, 17*mib, env.sent[intake.Completed])
	_, err = env.UploadPlan(t.Context(), st)
	require.True(t, fault.Is(err, "upload.closed"), err)
}

func TestSignParts(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	many, single := env.begin(17*mib).Story, env.begin(5).Story
	signed, err := env.SignParts(t.Context(), many, []int{3, 1})
	require.NoError(t, err)
	require.Equal(t, []int{3, 1}, []int{signed[0].Part, signed[1].Part})
	signed, err = env.SignParts(t.Context(), single, nil)
	require.NoError(t, err)
	require.Len(t, signed, 1)
	for name, numbers := range map[string][]int{
		"none": nil, "part 0": {0}, "beyond the last": {4}, "too many": make([]int, intake.MaxSignBatch+1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := env.SignParts(t.Context(), many, numbers)
			require.True(t, fault.Is(err, "upload.parts"), err)
		})
	}
}

func TestCheckUploads_CompletesForABrowserThatVanished(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	single, multipart, half := env.begin(5), env.begin(17*mib), env.begin(17*mib)
	env.put(single.Upload.Requests[0], 5)
	for _, r := range multipart.Upload.Requests {
		env.put(r, multipart.Story.Upload.PartBytes(r.Part))
	}
	env.put(half.Upload.Requests[0], 8*mib)

	completed, expired, err := env.CheckUploads(t.Context(), 10)
	require.NoError(t, err)
	require.Zero(t, completed+expired, "browsers get two minutes")
	env.Advance(3 * time.Minute)
	completed, expired, err = env.CheckUploads(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, 2, completed)
	require.Zero(t, expired)
	require.Equal(t, story.Uploaded, env.State(single.Story.ID))
	require.Equal(t, story.Uploaded, env.State(multipart.Story.ID))
	require.Equal(t, story.AwaitingUpload, env.State(half.Story.ID))

	env.Advance(25 * time.Hour)
	_, expired, err = env.CheckUploads(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, 1, expired)
	require.Equal(t, story.Expired, env.State(half.Story.ID))
	left, err := env.bucket.PartialUploads(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, left, "its parts are removed")
}

func TestReplace(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	file := intake.File{Bytes: 6, ContentType: "video/mp4"}
	for state, want := range map[story.State]string{
		story.Failed: "", story.Rejected: "", story.Expired: "", story.InReview: "story.state",
		story.Published: "story.state", story.AwaitingUpload: "story.state",
	} {
		t.Run(string(state), func(t *testing.T) {
			st := env.Story(state, func(s *story.Story) {
				s.Source, s.Failure = &story.Source{Key: "k"}, &story.Failure{Code: "too_long"}
			})
			got, plan, err := env.Replace(t.Context(),
				intake.ReplaceRequest{Story: st.ID, File: file, Cut: media.Cut{To: 4 * time.Second}})
			if want != "" {
				require.True(t, fault.Is(err, want), err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, story.AwaitingUpload, got.State)
			require.Nil(t, got.Source)
			require.Nil(t, got.Failure)
			require.NotEqual(t, st.Upload.ID, got.Upload.ID, "the new file never meets the old one")
			require.Equal(t, 4*time.Second, got.Cut.To)
			require.Len(t, plan.Requests, 1)
		})
	}
	st := env.Story(story.Failed)
	_, _, err := env.Replace(t.Context(), intake.ReplaceRequest{Story: st.ID})
	require.True(t, fault.Is(err, "empty_file"), err)
	_, _, err = env.Replace(t.Context(),
		intake.ReplaceRequest{Story: st.ID, File: file, Cut: media.Cut{To: time.Second}})
	require.True(t, fault.Is(err, "too_short"), err)
}
