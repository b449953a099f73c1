package storage_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
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

// proxied returns a new bucket whose requests pass through hook. If hook
// returns false, it has answered the request itself.
func proxied(t *testing.T, c storage.Config, hook func(http.ResponseWriter, *http.Request) bool) *storage.Bucket {
	t.Helper()
	target, err := url.Parse(c.Endpoint)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
		r.Out.Host = r.In.Host // covered by the signature
	}}
	l := listen(t)
	srv := &http.Server{
		ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if hook(w, r) {
				proxy.ServeHTTP(w, r)
			}
		})}
	go srv.Serve(l)                       //nolint:errcheck // ends with Close
	t.Cleanup(func() { _ = srv.Close() }) // nothing is pending
	c.Endpoint = "http://" + l.Addr().String()
	b, err := storage.Open(t.Context(), c)
	require.NoError(t, err)
	require.NoError(t, b.Setup(t.Context()))
	return b
}

var treeTypes = map[string]string{
	"master.m3u8":         "application/vnd.apple.mpegurl",
	"720/playlist.m3u8":   "application/vnd.apple.mpegurl",
	"720/init.mp4":        "video/mp4",
	"720/0001.m4s":        "video/iso.segment",
	"720/0002.m4s":        "video/iso.segment",
	"captions.vtt":        "text/vtt; charset=utf-8",
	"poster.jpg":          "image/jpeg",
	"poster.webp":         "image/webp",
	"poster.avif":         "image/avif",
	"set.json":            "application/json",
	"page.html":           "application/octet-stream", // never a page
	"no extension, ü.MP4": "video/mp4",
}

func makeTree(t *testing.T) (dir string, total int64) {
	t.Helper()
	dir = t.TempDir()
	for name := range treeTypes {
		p := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o700))
		require.NoError(t, os.WriteFile(p, []byte(name), 0o600))
		total += int64(len(name))
	}
	return dir, total
}

func TestPutTree_TypesCachingOrderProgress(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var order []string
	c := testkit.BucketConfig(t)
	b := proxied(t, c, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/public/") {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, filepath.Base(r.URL.Path))
		}
		return true
	})
	dir, total := makeTree(t)
	var done []int64
	prefix := media.PublicPrefix("s", 2)
	n, err := b.PutTree(t.Context(), prefix, dir, func(d, all int64) {
		require.Equal(t, total, all)
		done = append(done, d)
	})
	require.NoError(t, err)
	require.Equal(t, total, n)
	require.Len(t, done, len(treeTypes))
	require.IsNonDecreasing(t, done)
	require.Equal(t, total, done[len(done)-1])
	require.Len(t, order, len(treeTypes))
	require.Equal(t, []string{"playlist.m3u8", "master.m3u8"}, order[len(order)-2:], "playlists come last")

	for name, want := range treeTypes {
		status, h, body := send(t, http.MethodGet, b.PublicURL(prefix+name), nil, nil)
		require.Equal(t, http.StatusOK, status, name)
		require.Equal(t, name, body)
		require.Equal(t, want, h.Get("Content-Type"), name)
		require.Equal(t, "public, max-age=300", h.Get("Cache-Control"))
	}
	putFiles(t, b, media.ReviewPrefix("s", 1), "review.mp4")
	u, err := b.SignGet(t.Context(), media.ReviewPrefix("s", 1)+"review.mp4", time.Minute, "")
	require.NoError(t, err)
	_, h, _ := send(t, http.MethodGet, u, nil, nil)
	require.Equal(t, "private, no-store", h.Get("Cache-Control"))
}

func TestPutTree_UploadsBigFilesInParts(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	dir := t.TempDir()
	const size = 130 << 20 // above multipartThreshold; the file is sparse
	f, err := os.Create(filepath.Join(dir, "mezzanine.mov"))
	require.NoError(t, err)
	require.NoError(t, f.Truncate(size-3))
	_, err = f.Seek(0, io.SeekEnd)
	require.NoError(t, err)
	_, err = f.WriteString("end")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	var done []int64
	n, err := b.PutTree(t.Context(), media.ReviewPrefix("s", 1), dir, func(d, _ int64) { done = append(done, d) })
	require.NoError(t, err)
	require.Equal(t, int64(size), n)
	require.Equal(t, []int64{64 << 20, 128 << 20, size}, done)
	o, err := b.Head(t.Context(), media.ReviewPrefix("s", 1)+"mezzanine.mov")
	require.NoError(t, err)
	require.Equal(t, []any{int64(size), "video/quicktime"}, []any{o.Bytes, o.ContentType})
	require.True(t, strings.HasSuffix(o.ETag, "-3"), o.ETag)
	open, err := b.PartialUploads(t.Context(), time.Now().Add(time.Minute))
	require.NoError(t, err)
	require.Empty(t, open)
}

func TestPutTree_AbortsAfterAFailedPart(t *testing.T) {
	t.Parallel()
	b := proxied(t, testkit.BucketConfig(t), func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("partNumber") == "" {
			return true
		}
		_, _ = io.Copy(io.Discard, r.Body) // answering earlier would break the connection
		w.WriteHeader(http.StatusForbidden)
		return false
	})
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "m.mov"), nil, 0o600))
	require.NoError(t, os.Truncate(filepath.Join(dir, "m.mov"), 129<<20))
	_, err := b.PutTree(t.Context(), media.ReviewPrefix("s", 1), dir, nil)
	wantFault(t, err, fault.Forbidden, "storage.forbidden")
	open, err := b.PartialUploads(t.Context(), time.Now().Add(time.Minute))
	require.NoError(t, err)
	require.Empty(t, open)
}

func TestPutTree_FailureLeavesNoPlaylist(t *testing.T) {
	t.Parallel()
	b := proxied(t, testkit.BucketConfig(t), func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "0002.m4s") {
			return true
		}
		_, _ = io.Copy(io.Discard, r.Body) // answering earlier would break the connection
		w.WriteHeader(http.StatusForbidden)
		return false
	})
	dir, _ := makeTree(t)
	_, err := b.PutTree(t.Context(), media.PublicPrefix("s", 1), dir, nil)
	wantFault(t, err, fault.Forbidden, "storage.forbidden")
	objects, err := b.Keys(t.Context(), media.PublicRoot, "", 100)
	require.NoError(t, err)
	for _, k := range keys(objects) {
		require.NotContains(t, k, ".m3u8")
	}
}

func TestPutTree_RefusesLinksAndRoots(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	dir := t.TempDir()
	require.NoError(t, os.Symlink("/etc/hostname", filepath.Join(dir, "poster.jpg")))
	_, err := b.PutTree(t.Context(), media.PublicPrefix("s", 1), dir, nil)
	require.Equal(t, "storage.tree", fault.CodeOf(err))
	for _, bad := range []string{"", "public/", "public/s"} {
		t.Run(bad, func(t *testing.T) {
			_, err := b.PutTree(t.Context(), bad, t.TempDir(), nil)
			require.Equal(t, "storage.prefix", fault.CodeOf(err))
		})
	}
	_, err = b.PutTree(t.Context(), media.PublicPrefix("s", 1), filepath.Join(dir, "absent"), nil)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestPutTree_CancelledStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	b := proxied(t, testkit.BucketConfig(t), func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/public/") {
			cancel()
		}
		return true
	})
	dir, _ := makeTree(t)
	_, err := b.PutTree(ctx, media.PublicPrefix("s", 1), dir, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}
