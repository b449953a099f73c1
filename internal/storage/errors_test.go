package storage_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/testkit"
)

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
	// A server that returns statuses which the real one cannot be made to return.
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
		t.Run(http.StatusText(code), func(t *testing.T) {
			status <- code
			_, err := b.Head(t.Context(), incoming)
			require.Equal(t, want, fault.CodeOf(err))
		})
	}
	for _, code := range []int{500, 503, 429} {
		t.Run(http.StatusText(code), func(t *testing.T) {
			// The SDK retries after these.
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() {
				for ctx.Err() == nil {
					select {
					case status <- code:
					case <-ctx.Done():
					}
				}
			}()
			_, err := b.Head(t.Context(), incoming)
			wantFault(t, err, fault.Unavailable, "storage.unavailable")
		})
	}
}

// TestErrors_FoldersThatGoWhileAPageIsListed: gateways over file systems answer
// that something is missing then, which a listing cannot be.
func TestErrors_FoldersThatGoWhileAPageIsListed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		missing int64
		code    string
	}{"sometimes": {3, ""}, "always": {100, "storage.unavailable"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if asked.Add(1) <= c.missing {
					w.WriteHeader(http.StatusNotFound)
					_, _ = io.WriteString(w, "<Error><Code>NotFound</Code></Error>")
					return
				}
				_, _ = io.WriteString(w, "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>")
			}))
			t.Cleanup(srv.Close)
			b, err := storage.Open(t.Context(),
				storage.Config{Bucket: "b", Endpoint: srv.URL, AccessKey: "a", SecretKey: "s"})
			require.NoError(t, err)
			found, err := b.Keys(t.Context(), "", "", 10)
			if c.code != "" {
				wantFault(t, err, fault.Unavailable, c.code)
				return
			}
			require.NoError(t, err)
			require.Len(t, found, 1)
		})
	}
}

// TestErrors_AnswersThatEndTooEarly: the connection may end anywhere.
func TestErrors_AnswersThatEndTooEarly(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<ListBucketResult><Contents><Key>a</K")
	}))
	t.Cleanup(srv.Close)
	b, err := storage.Open(t.Context(), storage.Config{Bucket: "b", Endpoint: srv.URL, AccessKey: "a", SecretKey: "s"})
	require.NoError(t, err)
	_, err = b.Keys(t.Context(), "", "", 10)
	wantFault(t, err, fault.Unavailable, "storage.unavailable")
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
	c.SecretKey = "wrong"
	b, err = storage.Open(t.Context(), c)
	require.NoError(t, err)
	_, err = b.Keys(t.Context(), "", "", 1)
	wantFault(t, err, fault.Forbidden, "storage.forbidden")
	wantFault(t, b.Ping(t.Context()), fault.Forbidden, "storage.forbidden")
}

// TestErrors_SkewedClock has a server that finds every signature too old.
func TestErrors_SkewedClock(t *testing.T) {
	t.Parallel()
	skewed := false
	b := proxied(t, testkit.BucketConfig(t), func(w http.ResponseWriter, r *http.Request) bool {
		if !skewed {
			return true
		}
		w.Header().Set("Date", time.Now().Add(20*time.Minute).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusForbidden)
		if r.Method != http.MethodHead {
			_, _ = io.WriteString(w, `<Error><Code>RequestTimeTooSkewed</Code><Message>too old</Message></Error>`)
		}
		return false
	})
	skewed = true
	_, err := b.Keys(t.Context(), media.PublicRoot, "", 1)
	wantFault(t, err, fault.Unavailable, "storage.clock")
	findings := map[string]storage.Finding{}
	for _, f := range b.Check(t.Context()) {
		findings[f.Name] = f
	}
	require.False(t, findings["clock"].OK)
	require.Contains(t, findings["clock"].Fix, "NTP")
}
