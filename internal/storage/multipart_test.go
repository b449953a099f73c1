package storage_test

import (
	"bytes"
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

const partSize = 5 << 20 // minimum of S3 for all but the last part

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
	one, two := bytes.Repeat([]byte("1"), partSize), []byte("the end")
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
	// After an interruption the stored parts show where to continue.
	parts, err = b.Parts(t.Context(), incoming, id)
	require.NoError(t, err)
	require.Len(t, parts, 1)
	require.Equal(t, media.Part{Number: 2, Bytes: int64(len(two)), ETag: parts[0].ETag}, parts[0])
	sendPart(t, b, incoming, id, 1, bytes.Repeat([]byte("0"), partSize))
	sendPart(t, b, incoming, id, 1, one) // sent again: the later one replaces it
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
	sendPart(t, b, incoming, id, 1, []byte("the other data"))
	first := putObject(t, b, incoming, []byte("first"))
	parts, err := b.Parts(t.Context(), incoming, id)
	require.NoError(t, err)
	_, err = b.CompleteMultipart(t.Context(), incoming, id, parts)
	wantFault(t, err, fault.Conflict, "object.exists")
	now, err := b.Head(t.Context(), incoming)
	require.NoError(t, err)
	require.Equal(t, first, now)
}

func TestMultipart_SmallPartsAreInvalid(t *testing.T) {
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
	before := time.Now()
	id, err := b.StartMultipart(t.Context(), incoming, "video/mp4")
	require.NoError(t, err)
	sendPart(t, b, incoming, id, 1, []byte("x"))
	parts, err := b.Parts(t.Context(), incoming, id)
	require.NoError(t, err)

	open, err := b.PartialUploads(t.Context(), time.Now().Add(time.Minute))
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.Equal(t, []string{incoming, id}, []string{open[0].Key, open[0].ID})
	requireBetween(t, before, open[0].StartedAt, time.Now())
	open, err = b.PartialUploads(t.Context(), time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Empty(t, open, "a recent upload")

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
