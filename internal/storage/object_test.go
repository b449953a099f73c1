package storage_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/testkit"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return l
}

// operatorClient returns a client of its own with the bucket's keys.
func operatorClient(c storage.Config) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &c.Endpoint, UsePathStyle: true, Region: c.Region,
		Credentials: credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, ""),
	})
}

// createWithPolicy creates the bucket with a policy.
func createWithPolicy(t *testing.T, c storage.Config, policy string) {
	t.Helper()
	client := operatorClient(c)
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &c.Bucket})
	require.NoError(t, err)
	_, err = client.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &c.Bucket, Policy: &policy})
	require.NoError(t, err)
}

func fetch(t *testing.T, b *storage.Bucket, key, etag string) (sum, body string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	sum, n, err := b.Fetch(t.Context(), key, etag, path)
	require.NoError(t, err)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Len(t, got, int(n))
	return sum, string(got)
}

func TestFetch_ReturnsTheHash(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	data := make([]byte, 1<<20+7)
	_, err := rand.Read(data)
	require.NoError(t, err)
	o := putObject(t, b, incoming, data)
	sum, body := fetch(t, b, incoming, o.ETag)
	want := sha256.Sum256(data)
	require.Equal(t, hex.EncodeToString(want[:]), sum)
	require.Equal(t, string(data), body)
}

func TestFetch_ChangedObjectIsConflict(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	putObject(t, b, incoming, []byte("now"))
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	_, _, err := b.Fetch(t.Context(), incoming, "0123456789abcdef0123456789abcdef", path)
	wantFault(t, err, fault.Conflict, "object.changed")
	_, _, err = b.Fetch(t.Context(), incoming+"x", "", path)
	wantFault(t, err, fault.NotFound, "object.missing")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestFetch_CutConnectionLeavesNothing(t *testing.T) {
	t.Parallel()
	l := listen(t)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("only this")) // then the connection breaks
	})
	srv := &http.Server{Handler: handler} // no timeout: only our own client connects
	go srv.Serve(l)                       //nolint:errcheck // ends with Close
	t.Cleanup(func() { _ = srv.Close() }) // nothing is pending
	b, err := storage.Open(t.Context(),
		storage.Config{Bucket: "b", Endpoint: "http://" + l.Addr().String(), AccessKey: "a", SecretKey: "s"})
	require.NoError(t, err)
	dir := t.TempDir()
	_, _, err = b.Fetch(t.Context(), incoming, "", filepath.Join(dir, "file"))
	wantFault(t, err, fault.Unavailable, "storage.unavailable")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestFetch_CancelledIsUnavailable(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := b.Fetch(ctx, incoming, "", filepath.Join(t.TempDir(), "file"))
	wantFault(t, err, fault.Unavailable, "storage.unavailable")
	require.ErrorIs(t, err, context.Canceled)
}

func TestPin_ByETag(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	to := media.SourceKey("story", "upload")
	path := filepath.Join(t.TempDir(), "source")
	require.NoError(t, os.WriteFile(path, []byte("data"), 0o600))
	o := putObject(t, b, incoming, []byte("data"))
	wantFault(t, b.Pin(t.Context(), incoming, "0123456789abcdef0123456789abcdef", to, path), fault.Conflict,
		"object.changed")
	_, err := b.Head(t.Context(), to)
	wantFault(t, err, fault.NotFound, "object.missing")
	require.NoError(t, b.Pin(t.Context(), incoming, o.ETag, to, path))
	got, err := b.Head(t.Context(), to)
	require.NoError(t, err)
	require.Equal(t, []any{"video/mp4", int64(4)}, []any{got.ContentType, got.Bytes})
	_, body := fetch(t, b, to, got.ETag)
	require.Equal(t, "data", body)
	wantFault(t, b.Pin(t.Context(), incoming+"x", "", to, path), fault.NotFound, "object.missing")
	review := media.ReviewPrefix("story", 1) // a name that needs escaping
	putFiles(t, b, review, "a +ü&?#.mp4")
	odd, err := b.Head(t.Context(), review+"a +ü&?#.mp4")
	require.NoError(t, err)
	require.NoError(t, b.Pin(t.Context(), odd.Key, odd.ETag, review+"b", path))
}

func TestDelete_IsIdempotent(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	putObject(t, b, incoming, []byte("x"))
	for range 2 {
		require.NoError(t, b.Delete(t.Context(), incoming))
	}
	_, err := b.Head(t.Context(), incoming)
	wantFault(t, err, fault.NotFound, "object.missing")
}

func TestDeletePrefix_OnlyThatFolder(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	putFiles(t, b, media.PublicPrefix("s", 1), "a.mp4", "720/b.m4s", "720/c.m4s")
	putFiles(t, b, media.PublicPrefix("s", 11), "a.mp4")
	putFiles(t, b, media.PublicPrefix("st", 1), "a.mp4")
	for _, bad := range []string{
		"", "/", "public", "public/", "public//", "public/s", "public/s/1", "other/s/", "/public/s/", "public/../x/",
		"public/s//",
	} {
		t.Run(bad, func(t *testing.T) {
			n, err := b.DeletePrefix(t.Context(), bad)
			require.Equal(t, "storage.prefix", fault.CodeOf(err))
			require.Zero(t, n)
		})
	}
	n, err := b.DeletePrefix(t.Context(), media.PublicPrefix("s", 1))
	require.NoError(t, err)
	require.Equal(t, 3, n)
	left, err := b.Keys(t.Context(), media.PublicRoot, "", 10)
	require.NoError(t, err)
	require.Equal(t, []string{"public/s/11/a.mp4", "public/st/1/a.mp4"}, keys(left))
	n, err = b.DeletePrefix(t.Context(), media.PublicPrefix("s", 1))
	require.NoError(t, err)
	require.Zero(t, n)
}

func keys(objects []media.Object) []string {
	out := make([]string, len(objects))
	for i, o := range objects {
		out[i] = o.Key
	}
	return out
}

func TestKeysAndFolders_InPages(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	var wantKeys, wantFolders []string
	for _, s := range []string{"a", "a-b", "a1", "b", "c"} {
		putFiles(t, b, media.ReviewPrefix(s, 1), "x.jpg", "y.jpg")
	}
	// Keys are ordered by their bytes: '-' < '/' < '1'.
	for _, s := range []string{"a-b", "a", "a1", "b", "c"} {
		wantKeys = append(wantKeys, "review/"+s+"/1/x.jpg", "review/"+s+"/1/y.jpg")
		wantFolders = append(wantFolders, "review/"+s+"/")
	}
	for _, limit := range []int{1, 2, 3, 100} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			t.Parallel()
			var got []string
			for after := ""; ; after = got[len(got)-1] {
				page, err := b.Keys(t.Context(), media.ReviewRoot, after, limit)
				require.NoError(t, err)
				require.LessOrEqual(t, len(page), limit)
				if len(page) == 0 {
					break
				}
				require.Equal(t, int64(5), page[0].Bytes)
				require.NotEmpty(t, page[0].ETag)
				got = append(got, keys(page)...)
			}
			require.Equal(t, wantKeys, got)
			var folders []string
			for after := ""; ; after = folders[len(folders)-1] {
				page, err := b.Folders(t.Context(), media.ReviewRoot, after, limit)
				require.NoError(t, err)
				require.LessOrEqual(t, len(page), limit)
				if len(page) == 0 {
					break
				}
				folders = append(folders, page...)
			}
			require.Equal(t, wantFolders, folders)
		})
	}
	none, err := b.Keys(t.Context(), media.ReviewRoot, "", 0)
	require.NoError(t, err)
	require.Empty(t, none)
}

// TestFolders_ExcludesAfter imitates AWS, which lists the folder named as start
// again.
func TestFolders_ExcludesAfter(t *testing.T) {
	t.Parallel()
	l := listen(t)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<ListBucketResult><IsTruncated>false</IsTruncated>`+
			`<CommonPrefixes><Prefix>review/a/</Prefix></CommonPrefixes>`+
			`<CommonPrefixes><Prefix>review/b/</Prefix></CommonPrefixes></ListBucketResult>`)
	})
	srv := &http.Server{ReadHeaderTimeout: time.Minute, Handler: handler}
	go srv.Serve(l)                       //nolint:errcheck // ends with Close
	t.Cleanup(func() { _ = srv.Close() }) // nothing is pending
	b, err := storage.Open(t.Context(),
		storage.Config{Bucket: "b", Endpoint: "http://" + l.Addr().String(), AccessKey: "a", SecretKey: "s"})
	require.NoError(t, err)
	got, err := b.Folders(t.Context(), media.ReviewRoot, "review/a/", 10)
	require.NoError(t, err)
	require.Equal(t, []string{"review/b/"}, got)
}
