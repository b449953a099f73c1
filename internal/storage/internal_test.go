package storage

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
)

// openOnly opens a bucket whose server is not called.
func openOnly(t *testing.T, endpoint string) *Bucket {
	t.Helper()
	b, err := Open(t.Context(), Config{Bucket: "b", Endpoint: endpoint, AccessKey: "a", SecretKey: "s"})
	require.NoError(t, err)
	return b
}

func TestSign_EndsWithTheCredentials(t *testing.T) {
	t.Parallel()
	b := openOnly(t, "http://s3.local")
	ends := time.Now().Add(5 * time.Minute)
	b.creds = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "s", CanExpire: true, Expires: ends}, nil
	})
	s, err := b.SignPut(t.Context(), "incoming/s/u", 1, "video/mp4", "", time.Hour)
	require.NoError(t, err)
	require.WithinDuration(t, ends, s.ExpiresAt, time.Millisecond)
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	seconds, err := strconv.Atoi(u.Query().Get("X-Amz-Expires"))
	require.NoError(t, err)
	require.Positive(t, seconds)
	require.LessOrEqual(t, seconds, 300)
	s, err = b.SignPut(t.Context(), "incoming/s/u", 1, "video/mp4", "", time.Minute)
	require.NoError(t, err)
	require.True(t, s.ExpiresAt.Before(ends), "the shorter lifetime holds")
}

func TestFetch_StopsAtASilentServer(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := &http.Server{
		ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("only this"))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done() // sends nothing more
		})}
	go srv.Serve(l)                       //nolint:errcheck // ends with Close
	t.Cleanup(func() { _ = srv.Close() }) // nothing is pending
	b := openOnly(t, "http://"+l.Addr().String())
	b.stall = 200 * time.Millisecond
	_, _, err = b.Fetch(t.Context(), "incoming/s/u", "", filepath.Join(t.TempDir(), "file"))
	require.Equal(t, "storage.unavailable", fault.CodeOf(err))
}

func TestClockFinding(t *testing.T) {
	t.Parallel()
	for skew, want := range map[time.Duration][2]bool{ // OK, with a fix
		0: {true, false}, -10 * time.Second: {true, false}, time.Minute: {true, true}, -time.Minute: {true, true},
		10 * time.Minute: {false, true}, -time.Hour: {false, true},
	} {
		t.Run(skew.String(), func(t *testing.T) {
			t.Parallel()
			f := clockFinding(skew)
			require.Equal(t, want, [2]bool{f.OK, f.Fix != ""})
		})
	}
}

func TestPartition(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"eu-west-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov",
	} {
		t.Run(region, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, partition(region))
		})
	}
}
