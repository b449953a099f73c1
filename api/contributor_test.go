package api

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
)

func TestBegin_RefusesWithACodeAndNoEcho(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *campaign.Campaign) {
		c.Countries, c.Limits.MaxBytes = []string{"DE", "AT"}, 1<<20
	})
	for name, x := range map[string]struct {
		body   map[string]any
		status int
		code   string
	}{
		"empty file":    {beginBody(0), 422, "empty_file"},
		"too large":     {beginBody(1<<20 + 1), 413, "too_large"},
		"other country": {patch(beginBody(5), "FR", "contributor", "country"), 403, "campaign.country"},
		"not agreed":    {patch(beginBody(5), false, "release", "agreed"), 422, "release.required"},
		"too young":     {patch(beginBody(5), false, "release", "of_age"), 422, "release.age"},
		"others":        {patch(beginBody(5), false, "release", "others_agreed"), 422, "release.others"},
		"other version": {patch(beginBody(5), 7, "release", "version"), 409, "release.outdated"},
		"no song":       {patch(beginBody(5), "  ", "song", "title"), 422, "story.invalid"},
		"script link":   {patch(beginBody(5), "javascript:alert(1)", "song", "link"), 422, "story.invalid"},
		"bad e-mail":    {patch(beginBody(5), "SECRET-VALUE", "contributor", "email"), 422, "story.invalid"},
		"unknown field": {patch(beginBody(5), "SECRET-VALUE", "surprise"), 422, "invalid"},
		"wrong type":    {patch(beginBody(5), "SECRET-VALUE", "file", "bytes"), 422, "invalid"},
		"header in type": {
			patch(beginBody(5), "video/mp4\r\nX-Evil: 1", "file", "content_type"), 422, "story.invalid",
		},
		"checksum no b64": {patch(beginBody(5), "SECRET-VALUE", "file", "sha256"), 422, "story.invalid"},
	} {
		a := w.do("POST", "/v1/campaigns/"+w.slug+"/stories", "", x.body)
		require.Equal(t, x.status, a.status, "%s: %s", name, a.body)
		require.Equal(t, x.code, a.code(t), name)
		require.NotContains(t, string(a.body), "SECRET-VALUE", name)
	}
	require.Equal(t, "campaign.unknown", w.want(404, "POST", "/v1/campaigns/nope/stories", "", beginBody(5)).code(t))
	require.Equal(t, "malformed",
		w.want(400, "POST", "/v1/campaigns/"+w.slug+"/stories", "", nil, "Content-Type", "application/json").code(t))
	require.Equal(t, "not_found", w.want(404, "GET", "/v1/nothing", "", nil).code(t))
	require.Equal(t, "method_not_allowed", w.want(405, "PATCH", "/v1/campaigns", "", nil).code(t))
}

func TestBegin_OneAddressCannotCrowdOutTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.begin(700 << 20)
	a := w.want(429, "POST", "/v1/campaigns/"+w.slug+"/stories", "", beginBody(700<<20))
	require.Equal(t, "rate_limited", a.code(t))
	require.NotEmpty(t, a.header.Get("Retry-After"))
	w.begin(5)
}

func TestBegin_HoldsToTheWindow(t *testing.T) {
	t.Parallel()
	closed := newWorld(t, func(c *campaign.Campaign) {
		c.OpensAt, c.ClosesAt = time.Now().Add(-time.Hour), time.Now().Add(-time.Minute)
	})
	require.Equal(t, "campaign.closed",
		closed.want(403, "POST", "/v1/campaigns/"+closed.slug+"/stories", "", beginBody(5)).code(t))
	early := newWorld(t, func(c *campaign.Campaign) { c.OpensAt = time.Now().Add(time.Hour) })
	require.Equal(t, "campaign.not_open",
		early.want(403, "POST", "/v1/campaigns/"+early.slug+"/stories", "", beginBody(5)).code(t))
}

func TestBegin_RecordsTheRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.begin(5)
	require.Equal(t, w.slug, b.Story.Campaign)
	r := b.Story.Release
	require.Equal(t, campaign.HashText("You may use my video in advertising for two years."), r.TextSHA256)
	require.Equal(t, 1, r.Version)
	require.Equal(t, "en", r.Locale)
	require.Equal(t, "127.0.0.1", r.Address)
	require.WithinDuration(t, time.Now(), r.AgreedAt, time.Minute)
	require.True(t, r.OfAge && r.OthersAgreed)
}

func TestBegin_PressedTwiceIsOneStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const key = "0d0d7cb4-6f62-4a3c-9f5f-0c1f0f6f1f11"
	var mu sync.Mutex
	seen := map[string]string{}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			a := w.do("POST", "/v1/campaigns/"+w.slug+"/stories", "", beginBody(5), "Idempotency-Key", key)
			if a.status != 201 {
				t.Errorf("%d %s", a.status, a.body)
				return
			}
			var b begunStory
			a.into(t, &b)
			mu.Lock()
			defer mu.Unlock()
			seen[b.Token] = b.Story.ID
		})
	}
	wg.Wait()
	require.Len(t, seen, 6)
	var id string
	for token, story := range seen {
		if id == "" {
			id = story
		}
		require.Equal(t, id, story)
		w.want(200, "GET", "/v1/stories/"+story, token, nil)
	}
	require.Equal(t, "idempotency.mismatch",
		w.want(409, "POST", "/v1/campaigns/"+w.slug+"/stories", "", beginBody(6), "Idempotency-Key", key).code(t))
}

func TestUpload_SinglePutIsBoundToWhatWasAnnounced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sum := sha256.Sum256([]byte("bytes"))
	body := patch(beginBody(5), base64.StdEncoding.EncodeToString(sum[:]), "file", "sha256")
	var b begunStory
	w.want(201, "POST", "/v1/campaigns/"+w.slug+"/stories", "", body).into(t, &b)
	r := b.Upload.Requests[0]
	require.Equal(t, 403, put(t, r, []byte("longer bytes")))
	require.Equal(t, 400, put(t, r, []byte("other")), "other bytes of the same length")
	a := w.want(409, "POST", "/v1/stories/"+b.Story.ID+"/upload/complete", b.Token, nil)
	require.Equal(t, "upload.incomplete", a.code(t))
	require.Equal(t, 200, put(t, r, []byte("bytes")))
	require.Equal(t, 412, put(t, r, []byte("bytes")), "no second write")
	w.want(200, "POST", "/v1/stories/"+b.Story.ID+"/upload/complete", b.Token, nil)
	require.Equal(t, "uploaded", w.state(b.Story.ID))
	require.Equal(t, "upload.closed", w.want(409, "GET", "/v1/stories/"+b.Story.ID+"/upload", b.Token, nil).code(t))
}

func TestUpload_PartsResumeAndComplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const size, part = 19 << 20, 8 << 20
	data := bytes.Repeat([]byte("storyreel"), size/9+1)[:size]
	b := w.begin(size)
	require.EqualValues(t, part, b.Upload.PartSize)
	require.Equal(t, 3, b.Upload.PartCount)
	require.Len(t, b.Upload.Requests, 3)
	slice := func(n int) []byte { return data[(n-1)*part : min(n*part, size)] }
	require.Equal(t, 403, put(t, b.Upload.Requests[1], data[:100]), "a part of another length")
	require.Equal(t, 200, put(t, b.Upload.Requests[1], slice(2)))

	a := w.want(409, "POST", "/v1/stories/"+b.Story.ID+"/upload/complete", b.Token, nil)
	var p Problem
	a.into(t, &p)
	require.Equal(t, []any{1.0, 3.0}, p.Facts["missing_parts"])

	var plan uploadView // as after a reload
	w.want(200, "GET", "/v1/stories/"+b.Story.ID+"/upload", b.Token, nil).into(t, &plan)
	require.Len(t, plan.Received, 1)
	require.Equal(t, 2, plan.Received[0].Number)
	require.Len(t, plan.Requests, 2)
	var signed struct{ Requests []requestView }
	w.want(200, "POST", "/v1/stories/"+b.Story.ID+"/upload/parts", b.Token, map[string]any{"parts": []int{1, 3}}).
		into(t, &signed)
	for _, r := range signed.Requests {
		require.Equal(t, 200, put(t, r, slice(r.Part)))
	}
	require.Equal(t, "upload.parts",
		w.want(422, "POST", "/v1/stories/"+b.Story.ID+"/upload/parts", b.Token, map[string]any{"parts": []int{4}}).
			code(t))

	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if a := w.do("POST", "/v1/stories/"+b.Story.ID+"/upload/complete", b.Token, nil); a.status != 200 {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	wg.Wait()
	lines, err := w.stories.History(ctx, b.Story.ID)
	require.NoError(t, err)
	require.Len(t, lines, 2, "twenty completions are one")
	st, err := w.stories.Get(ctx, b.Story.ID)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "back")
	sum, n, err := w.bucket.Fetch(ctx, st.Upload.Key, st.Upload.ETag, path)
	require.NoError(t, err)
	require.EqualValues(t, size, n)
	whole := sha256.Sum256(data)
	require.Equal(t, hex.EncodeToString(whole[:]), sum)
}

func TestEvents_TellEveryChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.begin(5)
	req, err := http.NewRequestWithContext(ctx, "GET", w.url+"/v1/stories/"+b.Story.ID+"/events", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+b.Token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	lines := bufio.NewScanner(resp.Body)
	next := func(state string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), `"state":"`+state+`"`) {
				return
			}
		}
		t.Fatalf("the stream ended before %s", state)
	}
	next("awaiting_upload")
	require.Equal(t, 200, put(t, b.Upload.Requests[0], []byte("bytes")))
	w.want(200, "POST", "/v1/stories/"+b.Story.ID+"/upload/complete", b.Token, nil)
	next("uploaded")
	w.want(401, "GET", "/v1/stories/"+b.Story.ID+"/events", "", nil)
}

func TestWithdraw_OffAtOnceForOwnerAndAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.published()
	require.Equal(t, []string{b.Story.ID}, w.feedIDs(""))
	w.want(403, "DELETE", "/v1/stories/"+b.Story.ID, w.keys[account.Creative], nil)
	w.want(200, "DELETE", "/v1/stories/"+b.Story.ID, b.Token, nil)
	w.want(200, "DELETE", "/v1/stories/"+b.Story.ID, b.Token, nil)
	require.Empty(t, w.feedIDs(""))
	w.want(404, "GET", "/v1/feed/"+b.Story.ID, "", nil)
	require.Equal(t, "withdrawn", w.state(b.Story.ID))
}

func TestReplace_AfterARejection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.inReview()
	require.Equal(t, "story.state",
		w.want(409, "POST", "/v1/stories/"+b.Story.ID+"/upload", b.Token,
			map[string]any{"file": map[string]any{"bytes": 6}}).code(t))
	w.want(200, "POST", "/v1/stories/"+b.Story.ID+"/decisions", w.keys[account.Moderator],
		map[string]any{"action": "reject", "reason": "quality", "note": "INTERNAL-NOTE"})
	a := w.want(200, "GET", "/v1/stories/"+b.Story.ID, b.Token, nil)
	var v storyView
	a.into(t, &v)
	require.Equal(t, "quality", v.Reason.Code)
	require.NotContains(t, string(a.body), "INTERNAL-NOTE")
	var again begunStory
	w.want(201, "POST", "/v1/stories/"+b.Story.ID+"/upload", b.Token,
		map[string]any{"file": map[string]any{"bytes": 6}}).into(t, &again)
	require.Equal(t, "awaiting_upload", again.Story.State)
	require.Equal(t, 200, put(t, again.Upload.Requests[0], []byte("better")))
	w.want(200, "POST", "/v1/stories/"+b.Story.ID+"/upload/complete", b.Token, nil)
}
