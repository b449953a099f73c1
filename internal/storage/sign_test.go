package storage_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestSignPut_BindsLengthTypeAndChecksum(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	data := []byte("a short video")
	before := time.Now()
	s, err := b.SignPut(t.Context(), incoming, int64(len(data)), "video/mp4", sha256Base64(data), time.Minute)
	require.NoError(t, err)
	after := time.Now()
	// Older SDK versions moved headers to the query, where they are not bound.
	require.ElementsMatch(t,
		[]string{"content-length", "content-type", "host", "if-none-match", "x-amz-checksum-sha256"},
		signedHeaders(t, s.URL))
	require.Equal(t, http.MethodPut, s.Method)
	require.Equal(t,
		map[string]string{
			"Content-Type": "video/mp4", "If-None-Match": "*", "X-Amz-Checksum-Sha256": sha256Base64(data),
		}, s.Headers)
	requireBetween(t, before.Add(time.Minute), s.ExpiresAt, after.Add(time.Minute))
	require.Zero(t, s.Part)

	refused := func(name string, body []byte, change map[string]string, want int) {
		t.Helper()
		requireRefused(t, b, s, name, body, change, want)
	}
	other := []byte("Another video") // of the same length
	require.Len(t, other, len(data))
	refused("longer", append(data, '!'), nil, http.StatusForbidden)
	refused("shorter", data[1:], nil, http.StatusForbidden)
	refused("other type", data, map[string]string{"Content-Type": "text/html"}, http.StatusForbidden)
	refused("no if-none-match", data, map[string]string{"If-None-Match": ""}, http.StatusForbidden)
	refused("other bytes", other, nil, http.StatusBadRequest)
	refused("other checksum", other, map[string]string{"X-Amz-Checksum-Sha256": sha256Base64(other)},
		http.StatusForbidden)
	refused("no checksum", other, map[string]string{"X-Amz-Checksum-Sha256": ""}, http.StatusForbidden)

	status, h, answer := send(t, s.Method, s.URL, data, s.Headers)
	require.Equal(t, http.StatusOK, status, answer)
	o, err := b.Head(t.Context(), incoming)
	require.NoError(t, err)
	require.Equal(t,
		media.Object{
			Key: incoming, Bytes: int64(len(data)), ETag: strings.Trim(h.Get("ETag"), `"`), ContentType: "video/mp4",
			ModifiedAt: o.ModifiedAt,
		}, o)
	requireBetween(t, before, o.ModifiedAt, time.Now())

	status, _, _ = send(t, s.Method, s.URL, data, s.Headers)
	require.Equal(t, http.StatusPreconditionFailed, status, "a second write")
	status, _, _ = send(t, s.Method, strings.Replace(s.URL, "story/upload", "story/other", 1), data, s.Headers)
	require.Equal(t, http.StatusForbidden, status, "another key")
}

// requireRefused sends the request with another body and changed headers; an
// empty value removes a header.
func requireRefused(
	t *testing.T, b *storage.Bucket, s media.SignedRequest, name string, body []byte,
	change map[string]string, want int,
) {
	t.Helper()
	h := maps.Clone(s.Headers)
	for k, v := range change {
		if h[k] = v; v == "" {
			delete(h, k)
		}
	}
	status, _, answer := send(t, s.Method, s.URL, body, h)
	require.Equal(t, want, status, "%s: %s", name, answer)
	_, err := b.Head(t.Context(), incoming)
	wantFault(t, err, fault.NotFound, "object.missing")
}

func TestSignPut_WithoutChecksum(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	s, err := b.SignPut(t.Context(), incoming, 4, "video/mp4", "", time.Minute)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"content-length", "content-type", "host", "if-none-match"},
		signedHeaders(t, s.URL))
	require.NotContains(t, strings.ToLower(s.URL), "checksum", "a checksum that nobody computed")
	status, _, body := send(t, s.Method, s.URL, []byte("data"), s.Headers)
	require.Equal(t, http.StatusOK, status, body)
}

func TestSignPut_OnlyUnderIncoming(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	for _, key := range []string{
		"", "incoming/", "public/s/1/x", media.SourceKey("s", "u"), "incoming/../public/x", "incoming//x",
	} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			_, err := b.SignPut(t.Context(), key, 1, "video/mp4", "", time.Minute)
			require.Error(t, err)
			_, err = b.SignPart(t.Context(), key, "id", 1, 1, time.Minute)
			require.Error(t, err)
		})
	}
	_, err := b.SignPut(t.Context(), incoming, 0, "video/mp4", "", time.Minute)
	wantFault(t, err, fault.Invalid, "upload.empty")
	for _, n := range []int{0, 10_001} {
		_, err = b.SignPart(t.Context(), incoming, "id", n, 1, time.Minute)
		wantFault(t, err, fault.Invalid, "upload.part")
	}
}

func TestSignPut_Expires(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	s, err := b.SignPut(t.Context(), incoming, 1, "video/mp4", "", time.Second)
	require.NoError(t, err)
	testkit.Eventually(t, 20*time.Second,
		func() bool { return time.Now().After(s.ExpiresAt.Add(1100 * time.Millisecond)) })
	status, _, _ := send(t, s.Method, s.URL, []byte("x"), s.Headers)
	require.Equal(t, http.StatusForbidden, status)
}

func TestSignPut_SixteenWritersOneWinner(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	const writers = 16
	var wg sync.WaitGroup
	statuses := make([]int, writers)
	for i := range writers {
		s, err := b.SignPut(t.Context(), incoming, 5, "video/mp4", "", time.Minute)
		require.NoError(t, err)
		wg.Go(func() {
			req, err := http.NewRequestWithContext(t.Context(), s.Method, s.URL,
				strings.NewReader(fmt.Sprintf("%05d", i)))
			if err != nil {
				return
			}
			for k, v := range s.Headers {
				req.Header.Set(k, v)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return
			}
			statuses[i] = resp.StatusCode
			_ = resp.Body.Close() // not read
		})
	}
	wg.Wait()
	winner := -1
	for i, s := range statuses {
		switch s {
		case http.StatusOK:
			require.Equal(t, -1, winner, "two winners: %v", statuses)
			winner = i
		case http.StatusPreconditionFailed, http.StatusConflict:
		default:
			t.Fatalf("writer %d got status %d", i, s)
		}
	}
	require.NotEqual(t, -1, winner)
	_, got := fetch(t, b, incoming, "")
	require.Equal(t, fmt.Sprintf("%05d", winner), got)
}

func TestSignGet_DownloadNameIsSafe(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	putObject(t, b, incoming, []byte("bytes"))
	for name, want := range map[string]string{
		"":                                "inline",
		"story.mp4":                       "attachment; filename=story.mp4",
		"a\"; filename=evil.exe":          "attachment; filename=\"a__ filename=evil.exe\"",
		"x\r\nSet-Cookie: a=b":            "attachment; filename=\"x__Set-Cookie_ a=b\"",
		"../../etc/passwd":                "attachment; filename=_.._etc_passwd",
		"дом.mp4":                         "attachment; filename*=utf-8''%D0%B4%D0%BE%D0%BC.mp4",
		"\xff\u202e.mp4":                  "attachment; filename=__.mp4",
		"...":                             "attachment; filename=download",
		strings.Repeat("n", 500) + ".mov": "attachment; filename=" + strings.Repeat("n", 116) + ".mov",
	} {
		u, err := b.SignGet(t.Context(), incoming, time.Minute, name)
		require.NoError(t, err)
		status, h, body := send(t, http.MethodGet, u, nil, nil)
		require.Equal(t, http.StatusOK, status, body)
		require.Equal(t, "bytes", body)
		require.Equal(t, want, h.Get("Content-Disposition"), name)
		require.Empty(t, h.Get("Set-Cookie"))
		status, _, _ = send(t, http.MethodGet, strings.Replace(u, "story/upload", "story/other", 1), nil, nil)
		require.Equal(t, http.StatusForbidden, status, "the signature holds for one key")
	}
}

func TestSigned_ForBrowsersUsesThePublicEndpoint(t *testing.T) {
	t.Parallel()
	b, err := storage.Open(t.Context(), storage.Config{
		Bucket: "b", Endpoint: "http://s3.internal:9000", PublicEndpoint: "https://up.example", AccessKey: "a",
		SecretKey: "s",
	})
	require.NoError(t, err)
	s, err := b.SignPut(t.Context(), incoming, 1, "video/mp4", "", time.Minute)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(s.URL, "https://up.example/b/incoming/story/upload?"), s.URL)
	get, err := b.SignGet(t.Context(), incoming, time.Minute, "")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(get, "https://up.example/b/incoming/"), get)
}

func TestUploadOrigin_IsWherePresignedRequestsGo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]storage.Config{
		"AWS":                {Region: "eu-central-1", Bucket: "stories"},
		"AWS, a dotted name": {Region: "eu-central-1", Bucket: "stories.example"},
		"AWS, China":         {Region: "cn-north-1", Bucket: "stories"},
		"an endpoint":        {Endpoint: "https://s3.example:9000", Bucket: "stories"},
		"a public endpoint":  {Endpoint: "http://10.0.0.1", PublicEndpoint: "https://s3.example", Bucket: "stories"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.AccessKey, c.SecretKey = "a", "s"
			b, err := storage.Open(t.Context(), c)
			require.NoError(t, err)
			signed, err := b.SignGet(t.Context(), "review/x", time.Minute, "")
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(signed, b.UploadOrigin()+"/"), signed)
			require.NotContains(t, b.UploadOrigin(), "*")
		})
	}
}
