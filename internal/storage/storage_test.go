package storage_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// send sends a request without credentials of its own and returns the status,
// headers and body of the response.
func send(t *testing.T, method, address string, body []byte, headers map[string]string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(body))
	require.NoError(t, err)
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, resp.Header, string(got)
}

func sha256Base64(data []byte) string {
	s := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(s[:])
}

func signedHeaders(t *testing.T, address string) []string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return strings.Split(u.Query().Get("X-Amz-SignedHeaders"), ";")
}

// incoming is the key of an upload; every test has its own bucket.
var incoming = media.IncomingKey("story", "upload")

// putObject stores an object by a signed upload.
func putObject(t *testing.T, b *storage.Bucket, key string, data []byte) media.Object {
	t.Helper()
	s, err := b.SignPut(t.Context(), key, int64(len(data)), "video/mp4", "", time.Minute)
	require.NoError(t, err)
	status, _, body := send(t, s.Method, s.URL, data, s.Headers)
	require.Equal(t, http.StatusOK, status, body)
	o, err := b.Head(t.Context(), key)
	require.NoError(t, err)
	return o
}

// putFiles stores files, which hold their names, under a prefix.
func putFiles(t *testing.T, b *storage.Bucket, prefix string, names ...string) {
	t.Helper()
	dir := t.TempDir()
	for _, n := range names {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, n)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, n), []byte(n), 0o600))
	}
	_, err := b.PutTree(t.Context(), prefix, dir, nil)
	require.NoError(t, err)
}

// requireBetween requires at to lie between from and to, both cut to seconds,
// the resolution of S3's times.
func requireBetween(t *testing.T, from, at, to time.Time) {
	t.Helper()
	require.False(t, at.Before(from.Truncate(time.Second)), "%s is before %s", at, from)
	require.False(t, at.After(to.Add(time.Second)), "%s is after %s", at, to)
}

// wantFault requires err to be this fault and to hold no signature.
func wantFault(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, []string{kind.String(), code}, []string{fault.KindOf(err).String(), fault.CodeOf(err)}, err)
	require.NotContains(t, err.Error(), "X-Amz-Signature")
}

func TestOpen_RefusesBadConfiguration(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]storage.Config{
		"no bucket":                {Region: "eu-west-1"},
		"half a key":               {Bucket: "b", Region: "eu-west-1", AccessKey: "a"},
		"bad endpoint":             {Bucket: "b", Endpoint: "localhost:9000"},
		"endpoint with a password": {Bucket: "b", Endpoint: "http://u:p@localhost"},
		"media URL by ftp":         {Bucket: "b", Region: "eu-west-1", MediaURL: "ftp://x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := storage.Open(t.Context(), c)
			require.Equal(t, "storage.config", fault.CodeOf(err))
		})
	}
}

func TestPublicURL(t *testing.T) {
	t.Parallel()
	key := media.PublicPrefix("s", 1) + "a b+ü.mp4"
	for want, c := range map[string]storage.Config{
		"https://stories.s3.eu-west-1.amazonaws.com/public/s/1/a%20b%2B%C3%BC.mp4": {
			Bucket: "stories", Region: "eu-west-1",
		},
		"http://s3.local:9000/stories/public/s/1/a%20b%2B%C3%BC.mp4": {
			Bucket: "stories", Endpoint: "http://s3.local:9000",
		},
		"https://up.example/stories/public/s/1/a%20b%2B%C3%BC.mp4": {
			Bucket: "stories", Endpoint: "http://s3.local:9000", PublicEndpoint: "https://up.example/",
		},
		"https://cdn.example/x/public/s/1/a%20b%2B%C3%BC.mp4": {
			Bucket: "stories", Region: "eu-west-1", MediaURL: "https://cdn.example/x/",
		},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			b, err := storage.Open(t.Context(), c)
			require.NoError(t, err)
			require.Equal(t, want, b.PublicURL(key))
		})
	}
}
