package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestUpload_SinglePutIsBoundToWhatWasAnnounced(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	sum := sha256.Sum256([]byte("bytes"))
	body := patch(beginBody(5), base64.StdEncoding.EncodeToString(sum[:]), "file", "sha256")
	var b begunStory
	e.want(201, "POST", "/v1/campaigns/"+e.slug+"/stories", "", body).into(t, &b)
	r := b.Upload.Requests[0]
	require.Equal(t, 403, put(t, r, []byte("longer bytes")))
	require.Equal(t, 400, put(t, r, []byte("other")), "other bytes of the same length")
	a := e.want(409, "POST", "/v1/stories/"+b.Story.ID+"/upload/complete", b.Token, nil)
	require.Equal(t, "upload.incomplete", a.code(t))
	require.Equal(t, 200, put(t, r, []byte("bytes")))
	require.Equal(t, 412, put(t, r, []byte("bytes")), "no second write")
	e.want(200, "POST", "/v1/stories/"+b.Story.ID+"/upload/complete", b.Token, nil)
	require.Equal(t, "uploaded", e.state(b.Story.ID))
	require.Equal(t, "upload.closed", e.want(409, "GET", "/v1/stories/"+b.Story.ID+"/upload", b.Token, nil).code(t))
}

func TestUpload_PartsResumeAndComplete(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	const size, part = 19 << 20, 8 << 20
	data := bytes.Repeat([]byte("storyreel"), size/9+1)[:size]
	b := e.begin(size)
	require.EqualValues(t, part, b.Upload.PartSize)
	require.Equal(t, 3, b.Upload.PartCount)
	require.Len(t, b.Upload.Requests, 3)
	slice := func(n int) []byte { return data[(n-1)*part : min(n*part, size)] }
	require.Equal(t, 403, put(t, b.Upload.Requests[1], data[:100]), "a part of another length")
	require.Equal(t, 200, put(t, b.Upload.Requests[1], slice(2)))

	a := e.want(409, "POST", "/v1/stories/"+b.Story.ID+"/upload/complete", b.Token, nil)
	var p Problem
	a.into(t, &p)
	require.Equal(t, []any{1.0, 3.0}, p.Facts["missing_parts"])

	var plan uploadView // as after a reload
	e.want(200, "GET", "/v1/stories/"+b.Story.ID+"/upload", b.Token, nil).into(t, &plan)
	require.Len(t, plan.Received, 1)
	require.Equal(t, 2, plan.Received[0].Number)
	require.Len(t, plan.Requests, 2)
	var signed struct{ Requests []requestView }
	e.want(200, "POST", "/v1/stories/"+b.Story.ID+"/upload/parts", b.Token, map[string]any{"parts": []int{1, 3}}).
		into(t, &signed)
	for _, r := range signed.Requests {
		require.Equal(t, 200, put(t, r, slice(r.Part)))
	}
	require.Equal(t, "upload.parts",
		e.want(422, "POST", "/v1/stories/"+b.Story.ID+"/upload/parts", b.Token, map[string]any{"parts": []int{4}}).
			code(t))

	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if a := e.do("POST", "/v1/stories/"+b.Story.ID+"/upload/complete", b.Token, nil); a.status != 200 {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	wg.Wait()
	lines, err := e.stories.History(ctx, b.Story.ID)
	require.NoError(t, err)
	require.Len(t, lines, 2, "twenty completions are one")
	st, err := e.stories.Get(ctx, b.Story.ID)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "back")
	sum, n, err := e.bucket.Fetch(ctx, st.Upload.Key, st.Upload.ETag, path)
	require.NoError(t, err)
	require.EqualValues(t, size, n)
	whole := sha256.Sum256(data)
	require.Equal(t, hex.EncodeToString(whole[:]), sum)
}

func TestReplace_AfterARejection(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.inReview()
	require.Equal(t, "story.state",
		e.want(409, "POST", "/v1/stories/"+b.Story.ID+"/upload", b.Token,
			map[string]any{"file": map[string]any{"bytes": 6}}).code(t))
	e.want(200, "POST", "/v1/stories/"+b.Story.ID+"/decisions", e.keys[account.Moderator],
		map[string]any{"action": "reject", "reason": "quality", "note": "INTERNAL-NOTE"})
	a := e.want(200, "GET", "/v1/stories/"+b.Story.ID, b.Token, nil)
	var v storyView
	a.into(t, &v)
	require.Equal(t, "quality", v.Reason.Code)
	require.NotContains(t, string(a.body), "INTERNAL-NOTE")
	var again begunStory
	e.want(201, "POST", "/v1/stories/"+b.Story.ID+"/upload", b.Token,
		map[string]any{"file": map[string]any{"bytes": 6}}).into(t, &again)
	require.Equal(t, "awaiting_upload", again.Story.State)
	require.Equal(t, 200, put(t, again.Upload.Requests[0], []byte("better")))
	e.want(200, "POST", "/v1/stories/"+b.Story.ID+"/upload/complete", b.Token, nil)
}
