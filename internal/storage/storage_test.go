package storage_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// send does what the holder of a signed request would do and returns the
// status and the answer's headers and body.
func send(t *testing.T, method, address string, body []byte, headers map[string]string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(body))
	require.NoError(t, err)
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close() //nolint:errcheck // only read
	got, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, resp.Header, string(got)
}

func sha(data []byte) string {
	s := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(s[:])
}

func signedHeaders(t *testing.T, address string) []string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return strings.Split(u.Query().Get("X-Amz-SignedHeaders"), ";")
}

// incoming is an upload's key; every test has a bucket of its own.
var incoming = media.IncomingKey("story", "upload")

// put stores an object the only way there is besides trees: a signed upload.
func put(t *testing.T, b *storage.Bucket, key string, data []byte) media.Object {
	t.Helper()
	s, err := b.SignPut(t.Context(), key, int64(len(data)), "video/mp4", "", time.Minute)
	require.NoError(t, err)
	status, _, body := send(t, s.Method, s.URL, data, s.Headers)
	require.Equal(t, http.StatusOK, status, body)
	o, err := b.Head(t.Context(), key)
	require.NoError(t, err)
	return o
}

// seed stores files under a prefix.
func seed(t *testing.T, b *storage.Bucket, prefix string, names ...string) {
	t.Helper()
	dir := t.TempDir()
	for _, n := range names {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, n)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, n), []byte(n), 0o600))
	}
	_, err := b.PutTree(t.Context(), prefix, dir, nil)
	require.NoError(t, err)
}

func wantFault(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, []string{kind.String(), code}, []string{fault.KindOf(err).String(), fault.CodeOf(err)}, err)
	require.NotContains(t, err.Error(), "X-Amz-Signature")
}

func TestOpen_RefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]storage.Config{
		"no bucket":          {Region: "eu-west-1"},
		"half a key":         {Bucket: "b", Region: "eu-west-1", AccessKey: "a"},
		"endpoint no URL":    {Bucket: "b", Endpoint: "localhost:9000"},
		"endpoint secret":    {Bucket: "b", Endpoint: "http://u:p@localhost"},
		"media URL is a ftp": {Bucket: "b", Region: "eu-west-1", MediaURL: "ftp://x"},
	} {
		_, err := storage.Open(t.Context(), c)
		require.Equal(t, "storage.config", fault.CodeOf(err), name)
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
		b, err := storage.Open(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, want, b.PublicURL(key))
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

func TestErrors_NoServerIsUnavailable(t *testing.T) {
	t.Parallel()
	b, err := storage.Open(t.Context(),
		storage.Config{Bucket: "b", Endpoint: "http://127.0.0.1:1", AccessKey: "a", SecretKey: "s"})
	require.NoError(t, err)
	_, err = b.Head(t.Context(), incoming)
	wantFault(t, err, fault.Unavailable, "storage.unavailable")
	wantFault(t, b.Setup(t.Context()), fault.Unavailable, "storage.unavailable")
	wantFault(t, b.Ping(t.Context()), fault.Unavailable, "storage.unavailable")
}

func TestErrors_ByStatus(t *testing.T) {
	t.Parallel()
	// A server that answers what the real one cannot be brought to answer.
	status := make(chan int, 1)
	srv := &http.Server{
		ReadHeaderTimeout: time.Minute,
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(<-status) }),
	}
	l := listen(t)
	go srv.Serve(l)                       //nolint:errcheck // ends with Close
	t.Cleanup(func() { _ = srv.Close() }) // nothing is pending
	c := storage.Config{Bucket: "b", Endpoint: "http://" + l.Addr().String(), AccessKey: "a", SecretKey: "s"}
	b, err := storage.Open(t.Context(), c)
	require.NoError(t, err)
	for code, want := range map[int]string{
		http.StatusForbidden: "storage.forbidden", http.StatusUnauthorized: "storage.forbidden",
		http.StatusNotFound: "object.missing", http.StatusRequestEntityTooLarge: "storage.too_large",
		http.StatusBadRequest: "storage.refused", http.StatusNotImplemented: "storage.unsupported",
	} {
		status <- code
		_, err := b.Head(t.Context(), incoming)
		require.Equal(t, want, fault.CodeOf(err), code)
	}
	for _, code := range []int{500, 503, 429} {
		// Such answers are asked for again before they count.
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for ctx.Err() == nil {
				select {
				case status <- code:
				case <-ctx.Done():
				}
			}
		}()
		_, err := b.Head(t.Context(), incoming)
		cancel()
		wantFault(t, err, fault.Unavailable, "storage.unavailable")
	}
}

func TestErrors_WrongKeysAndNoBucket(t *testing.T) {
	t.Parallel()
	c := testkit.BucketConfig(t)
	b, err := storage.Open(t.Context(), c)
	require.NoError(t, err)
	_, err = b.Keys(t.Context(), "", "", 1)
	wantFault(t, err, fault.Unavailable, "storage.bucket_missing")
	require.Error(t, b.Ping(t.Context()))
	require.NoError(t, b.Setup(t.Context()))
	require.NoError(t, b.Ping(t.Context()))
	c.SecretKey = "wrong"
	b, err = storage.Open(t.Context(), c)
	require.NoError(t, err)
	_, err = b.Keys(t.Context(), "", "", 1)
	wantFault(t, err, fault.Forbidden, "storage.forbidden")
	wantFault(t, b.Ping(t.Context()), fault.Forbidden, "storage.forbidden")
}

func TestSetup_TwiceKeepsWhatOthersSet(t *testing.T) {
	t.Parallel()
	c := testkit.BucketConfig(t)
	client := operator(c)
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &c.Bucket})
	require.NoError(t, err)
	theirs := types.CORSRule{
		ID: aws.String("theirs"), AllowedOrigins: []string{"https://theirs.example"}, AllowedMethods: []string{"GET"},
	}
	_, err = client.PutBucketCors(t.Context(),
		&s3.PutBucketCorsInput{
			Bucket: &c.Bucket, CORSConfiguration: &types.CORSConfiguration{CORSRules: []types.CORSRule{theirs}},
		})
	require.NoError(t, err)
	for _, origins := range [][]string{{testkit.Origin}, {testkit.Origin}, {testkit.Origin, "https://second.example"}} {
		c.Origins = origins
		b, err := storage.Open(t.Context(), c)
		require.NoError(t, err)
		require.NoError(t, b.Setup(t.Context()))
		out, err := client.GetBucketCors(t.Context(), &s3.GetBucketCorsInput{Bucket: &c.Bucket})
		require.NoError(t, err)
		require.Len(t, out.CORSRules, 2)
		ours := out.CORSRules[0]
		require.Equal(t, origins, ours.AllowedOrigins)
		require.Equal(t, []string{"PUT", "GET", "HEAD"}, ours.AllowedMethods)
		require.Equal(t, []string{"ETag"}, ours.ExposeHeaders)
		require.Equal(t, "theirs", *out.CORSRules[1].ID)
		policy, err := client.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: &c.Bucket})
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(*policy.Policy, `"Effect"`), *policy.Policy)
		for _, f := range b.Check(t.Context()) {
			require.True(t, f.OK, "%+v", f)
		}
	}
}

// A server that lets everybody do everything and keeps no condition.
func TestCheck_CarelessServer(t *testing.T) {
	t.Parallel()
	l := listen(t)
	srv := &http.Server{
		ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			_, _ = io.WriteString(w, "storyreel probe\n<ListBucketResult/>")
		})}
	go srv.Serve(l)                       //nolint:errcheck // ends with Close
	t.Cleanup(func() { _ = srv.Close() }) // nothing is pending
	b, err := storage.Open(t.Context(), storage.Config{
		Bucket: "b", Endpoint: "http://" + l.Addr().String(), AccessKey: "a", SecretKey: "s",
		Origins: []string{testkit.Origin},
	})
	require.NoError(t, err)
	details := map[string]string{}
	for _, f := range b.Check(t.Context()) {
		if !f.OK {
			require.NotEmpty(t, f.Fix, f.Name)
			details[f.Name] = f.Detail
		}
	}
	require.Contains(t, details["conditional_put"], "second write to the same key was accepted")
	require.Contains(t, details["cors"], "cannot read the ETag")
	require.Contains(t, details["private"], "everybody can read incoming/")
}

func TestAnonymous_OnlyPublicCanBeRead(t *testing.T) {
	t.Parallel()
	c := testkit.BucketConfig(t)
	b, err := storage.Open(t.Context(), c)
	require.NoError(t, err)
	require.NoError(t, b.Setup(t.Context()))
	base := c.Endpoint + "/" + c.Bucket + "/"
	for _, prefix := range []string{
		media.SourcePrefix("s"), media.ReviewPrefix("s", 1), media.PublicPrefix("s", 1),
	} {
		seed(t, b, prefix, "f.mp4")
		want := http.StatusForbidden
		if strings.HasPrefix(prefix, media.PublicRoot) {
			want = http.StatusOK
		}
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			status, _, _ := send(t, method, base+prefix+"f.mp4", nil, nil)
			require.Equal(t, want, status, "%s %s", method, prefix)
		}
		status, _, _ := send(t, http.MethodPut, base+prefix+"f.mp4", []byte("mine"), nil)
		require.Equal(t, http.StatusForbidden, status, "overwrite %s", prefix)
		status, _, _ = send(t, http.MethodDelete, base+prefix+"f.mp4", nil, nil)
		require.Equal(t, http.StatusForbidden, status, "delete %s", prefix)
	}
	put(t, b, incoming, []byte("x"))
	for _, path := range []string{incoming, "?list-type=2", "?list-type=2&prefix=public/", "?uploads", "?policy"} {
		status, _, body := send(t, http.MethodGet, base+path, nil, nil)
		require.Equal(t, http.StatusForbidden, status, "%s: %s", path, body)
	}
}

func TestSignGet_DownloadNameIsSafe(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	put(t, b, incoming, []byte("bytes"))
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

func TestCheck_AllIsWell(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	names := map[string]storage.Finding{}
	for _, f := range b.Check(t.Context()) {
		require.True(t, f.OK, "%+v", f)
		require.NotEmpty(t, f.Detail)
		names[f.Name] = f
	}
	for _, n := range []string{"reachable", "clock", "conditional_put", "cors", "public", "private", "lifecycle"} {
		require.Contains(t, names, n)
	}
	left, err := b.Keys(t.Context(), "", "", 10)
	require.NoError(t, err)
	require.Empty(t, left, "probes are left behind")
}

func TestCheck_TellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	find := func(c storage.Config, name string) storage.Finding {
		b, err := storage.Open(t.Context(), c)
		require.NoError(t, err)
		for _, f := range b.Check(t.Context()) {
			if f.Name == name {
				require.NotContains(t, fmt.Sprint(f), "X-Amz-Signature")
				return f
			}
		}
		t.Fatalf("no finding %s", name)
		return storage.Finding{}
	}
	wrong := func(c storage.Config, name, detail string) {
		t.Helper()
		f := find(c, name)
		require.False(t, f.OK, "%+v", f)
		require.Contains(t, f.Detail, detail)
		require.NotEmpty(t, f.Fix)
	}
	c := testkit.BucketConfig(t)
	wrong(c, "reachable", "no bucket")
	b, err := storage.Open(t.Context(), c)
	require.NoError(t, err)
	require.NoError(t, b.Setup(t.Context()))

	away := c
	away.Endpoint = "http://127.0.0.1:1"
	wrong(away, "reachable", "refused")
	thief := c
	thief.SecretKey = "wrong"
	wrong(thief, "reachable", "refuses our credentials")
	foreign := c
	foreign.Origins = []string{"https://foreign.example"}
	wrong(foreign, "cors", "preflight from https://foreign.example")
	none := c
	none.Origins = nil
	wrong(none, "cors", "no web origin")
	cdn := c
	cdn.MediaURL = c.Endpoint + "/elsewhere"
	wrong(cdn, "public", "answers 4")

	bare := testkit.BucketConfig(t)
	openPolicy(t, bare,
		`{"Version":"2012-10-17","Statement":[`+
			`{"Sid":"Others","Effect":"Allow","Principal":"*","Action":"s3:GetObject",`+
			`"Resource":"arn:aws:s3:::`+bare.Bucket+`/sources/*"}]}`)
	wrong(bare, "public", "answers 403")
	wrong(bare, "private", "can read sources/")
	// Setup adds its own rules and keeps the operator's, also the foolish ones.
	b, err = storage.Open(t.Context(), bare)
	require.NoError(t, err)
	require.NoError(t, b.Setup(t.Context()))
	require.True(t, find(bare, "public").OK)
	wrong(bare, "private", "can read sources/")
}
