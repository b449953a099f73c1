package storage_test

import (
	"bytes"
	"fmt"
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

func TestSignPut_BindsEverything(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	data := []byte("a short film")
	before := time.Now()
	s, err := b.SignPut(t.Context(), incoming, int64(len(data)), "video/mp4", sha(data), time.Minute)
	require.NoError(t, err)
	// The line that older SDK versions broke by moving headers to the query.
	require.ElementsMatch(t,
		[]string{"content-length", "content-type", "host", "if-none-match", "x-amz-checksum-sha256"},
		signedHeaders(t, s.URL))
	require.Equal(t, http.MethodPut, s.Method)
	require.Equal(t,
		map[string]string{"Content-Type": "video/mp4", "If-None-Match": "*", "X-Amz-Checksum-Sha256": sha(data)},
		s.Headers)
	require.WithinDuration(t, before.Add(time.Minute), s.ExpiresAt, 10*time.Second)
	require.Zero(t, s.Part)

	refused := func(what string, body []byte, change map[string]string, want int) {
		t.Helper()
		h := map[string]string{}
		for k, v := range s.Headers {
			h[k] = v
		}
		for k, v := range change {
			if h[k] = v; v == "" {
				delete(h, k)
			}
		}
		status, _, answer := send(t, s.Method, s.URL, body, h)
		require.Equal(t, want, status, "%s: %s", what, answer)
		_, err := b.Head(t.Context(), incoming)
		wantFault(t, err, fault.NotFound, "object.missing")
	}
	other := []byte("Another film") // of the same length
	require.Len(t, other, len(data))
	refused("longer", append(data, '!'), nil, http.StatusForbidden)
	refused("shorter", data[1:], nil, http.StatusForbidden)
	refused("other type", data, map[string]string{"Content-Type": "text/html"}, http.StatusForbidden)
	refused("no if-none-match", data, map[string]string{"If-None-Match": ""}, http.StatusForbidden)
	refused("other bytes", other, nil, http.StatusBadRequest)
	refused("other checksum", other, map[string]string{"X-Amz-Checksum-Sha256": sha(other)}, http.StatusForbidden)
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
	require.WithinDuration(t, time.Now(), o.ModifiedAt, time.Minute)

	status, _, _ = send(t, s.Method, s.URL, data, s.Headers)
	require.Equal(t, http.StatusPreconditionFailed, status, "a second write")
	status, _, _ = send(t, s.Method, strings.Replace(s.URL, "story/upload", "story/other", 1), data, s.Headers)
	require.Equal(t, http.StatusForbidden, status, "another key")
}

func TestSignPut_WithoutChecksum(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	s, err := b.SignPut(t.Context(), incoming, 4, "video/mp4", "", time.Minute)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"content-length", "content-type", "host", "if-none-match"},
		signedHeaders(t, s.URL))
	require.NotContains(t, strings.ToLower(s.URL), "checksum", "a checksum nobody computed")
	status, _, body := send(t, s.Method, s.URL, []byte("film"), s.Headers)
	require.Equal(t, http.StatusOK, status, body)
}

func TestSignPut_OnlyUnderIncoming(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	for _, key := range []string{
		"", "incoming/", "public/s/1/x", media.SourceKey("s", "u"), "incoming/../public/x", "incoming//x",
	} {
		_, err := b.SignPut(t.Context(), key, 1, "video/mp4", "", time.Minute)
		require.Error(t, err, key)
		_, err = b.SignPart(t.Context(), key, "id", 1, 1, time.Minute)
		require.Error(t, err, key)
	}
	_, err := b.SignPut(t.Context(), incoming, 0, "video/mp4", "", time.Minute)
	wantFault(t, err, fault.Invalid, "upload.empty")
	for _, n := range []int{0, 10_001} {
		_, err = b.SignPart(t.Context(), incoming, "id", n, 1, time.Minute)
		wantFault(t, err, fault.Invalid, "upload.part")
	}
}

func TestSignPut_ExpiresInFact(t *testing.T) {
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
	won := -1
	for i, s := range statuses {
		switch s {
		case http.StatusOK:
			require.Equal(t, -1, won, "two winners: %v", statuses)
			won = i
		case http.StatusPreconditionFailed, http.StatusConflict:
		default:
			t.Fatalf("writer %d met %d", i, s)
		}
	}
	require.NotEqual(t, -1, won)
	_, got := fetch(t, b, incoming, "")
	require.Equal(t, fmt.Sprintf("%05d", won), got)
}

const partBytes = 5 << 20 // the least that S3 takes for all but the last

func sendPart(t *testing.T, b *storage.Bucket, key, id string, n int, data []byte) {
	t.Helper()
	s, err := b.SignPart(t.Context(), key, id, n, int64(len(data)), time.Minute)
	require.NoError(t, err)
	require.Equal(t, n, s.Part)
	status, _, body := send(t, s.Method, s.URL, data, s.Headers)
	require.Equal(t, http.StatusOK, status, body)
}

func TestMultipart_ResumedAndCompletedTwice(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	one, two := bytes.Repeat([]byte("1"), partBytes), []byte("the end")
	id, err := b.StartMultipart(t.Context(), incoming, "video/quicktime")
	require.NoError(t, err)
	parts, err := b.Parts(t.Context(), incoming, id)
	require.NoError(t, err)
	require.Empty(t, parts)

	s, err := b.SignPart(t.Context(), incoming, id, 2, int64(len(two)), time.Minute)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"content-length", "host"}, signedHeaders(t, s.URL))
	require.Empty(t, s.Headers)
	for _, other := range [][]byte{two[1:], append([]byte("x"), two...)} {
		status, _, _ := send(t, s.Method, s.URL, other, nil)
		require.Equal(t, http.StatusForbidden, status)
	}
	status, _, _ := send(t, s.Method, strings.Replace(s.URL, "partNumber=2", "partNumber=1", 1), two, nil)
	require.Equal(t, http.StatusForbidden, status, "another part")

	sendPart(t, b, incoming, id, 2, two)
	// The browser vanished. What has come tells it where to go on.
	parts, err = b.Parts(t.Context(), incoming, id)
	require.NoError(t, err)
	require.Len(t, parts, 1)
	require.Equal(t, media.Part{Number: 2, Bytes: int64(len(two)), ETag: parts[0].ETag}, parts[0])
	sendPart(t, b, incoming, id, 1, bytes.Repeat([]byte("0"), partBytes))
	sendPart(t, b, incoming, id, 1, one) // sent again: the later counts
	parts, err = b.Parts(t.Context(), incoming, id)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, []int{parts[0].Number, parts[1].Number})

	wrong := []media.Part{{Number: 1, ETag: "0123456789abcdef0123456789abcdef"}, parts[1]}
	_, err = b.CompleteMultipart(t.Context(), incoming, id, wrong)
	wantFault(t, err, fault.Conflict, "upload.parts")
	_, err = b.CompleteMultipart(t.Context(), incoming, id, nil)
	wantFault(t, err, fault.Conflict, "upload.parts")
	_, err = b.Head(t.Context(), incoming)
	wantFault(t, err, fault.NotFound, "object.missing")

	o, err := b.CompleteMultipart(t.Context(), incoming, id, parts)
	require.NoError(t, err)
	require.Equal(t, int64(len(one)+len(two)), o.Bytes)
	require.Equal(t, "video/quicktime", o.ContentType)
	again, err := b.CompleteMultipart(t.Context(), incoming, id, parts)
	require.NoError(t, err)
	require.Equal(t, o, again)
	_, got := fetch(t, b, incoming, o.ETag)
	require.Equal(t, string(one)+string(two), got)

	_, err = b.Parts(t.Context(), incoming, id)
	wantFault(t, err, fault.NotFound, "upload.gone")
	require.NoError(t, b.AbortMultipart(t.Context(), incoming, id))
}

func TestMultipart_NeverOverwrites(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	id, err := b.StartMultipart(t.Context(), incoming, "video/mp4")
	require.NoError(t, err)
	sendPart(t, b, incoming, id, 1, []byte("the other film"))
	first := put(t, b, incoming, []byte("first"))
	parts, err := b.Parts(t.Context(), incoming, id)
	require.NoError(t, err)
	_, err = b.CompleteMultipart(t.Context(), incoming, id, parts)
	wantFault(t, err, fault.Conflict, "object.exists")
	now, err := b.Head(t.Context(), incoming)
	require.NoError(t, err)
	require.Equal(t, first, now)
}

func TestMultipart_SmallPartsAreTheClientsFault(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	id, err := b.StartMultipart(t.Context(), incoming, "video/mp4")
	require.NoError(t, err)
	sendPart(t, b, incoming, id, 1, []byte("small"))
	sendPart(t, b, incoming, id, 2, []byte("last"))
	parts, err := b.Parts(t.Context(), incoming, id)
	require.NoError(t, err)
	_, err = b.CompleteMultipart(t.Context(), incoming, id, parts)
	wantFault(t, err, fault.Invalid, "upload.part_size")
}

func TestMultipart_AbortedAndUnknown(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	id, err := b.StartMultipart(t.Context(), incoming, "video/mp4")
	require.NoError(t, err)
	sendPart(t, b, incoming, id, 1, []byte("x"))
	parts, err := b.Parts(t.Context(), incoming, id)
	require.NoError(t, err)

	open, err := b.PartialUploads(t.Context(), time.Now().Add(time.Minute))
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.Equal(t, []string{incoming, id}, []string{open[0].Key, open[0].ID})
	require.WithinDuration(t, time.Now(), open[0].StartedAt, time.Minute)
	open, err = b.PartialUploads(t.Context(), time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Empty(t, open, "a young upload")

	for range 2 {
		require.NoError(t, b.AbortMultipart(t.Context(), incoming, id))
	}
	_, err = b.Parts(t.Context(), incoming, id)
	wantFault(t, err, fault.NotFound, "upload.gone")
	_, err = b.CompleteMultipart(t.Context(), incoming, id, parts)
	wantFault(t, err, fault.NotFound, "upload.gone")
	open, err = b.PartialUploads(t.Context(), time.Now().Add(time.Minute))
	require.NoError(t, err)
	require.Empty(t, open)
}

func TestMultipart_AllPagesOfParts(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	id, err := b.StartMultipart(t.Context(), incoming, "video/mp4")
	require.NoError(t, err)
	const n = 1003 // one page holds 1000
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w + 1; i <= n; i += 4 {
				s, err := b.SignPart(t.Context(), incoming, id, i, 1, time.Minute)
				if err != nil {
					return
				}
				req, err := http.NewRequestWithContext(t.Context(), s.Method, s.URL, strings.NewReader("x"))
				if err != nil {
					return
				}
				if resp, err := http.DefaultClient.Do(req); err == nil {
					_ = resp.Body.Close() // not read
				}
			}
		})
	}
	wg.Wait()
	parts, err := b.Parts(t.Context(), incoming, id)
	require.NoError(t, err)
	require.Len(t, parts, n)
	for i, p := range parts {
		require.Equal(t, i+1, p.Number)
	}
}
