//go:build !noembed

package embedded

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

var testKeys = keys{access: "AK", secret: "secret", now: time.Now}

// signedFor returns a PUT for the keys: presigned at a time for a
// lifetime, or signed in its header where the lifetime is 0.
func signedFor(
	t *testing.T, k keys, address string, bytes int, at time.Time, life time.Duration,
) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, address, nil)
	require.NoError(t, err)
	if bytes > 0 {
		r.ContentLength = int64(bytes)
		r.Header.Set("Content-Length", fmt.Sprint(bytes))
	}
	creds := aws.Credentials{AccessKeyID: k.access, SecretAccessKey: k.secret}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if life == 0 {
		r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
		require.NoError(t, signer.SignHTTP(t.Context(), creds, r, "UNSIGNED-PAYLOAD", "s3", Region, at))
		return r
	}
	q := r.URL.Query()
	q.Set("X-Amz-Expires", fmt.Sprint(int(life.Seconds())))
	r.URL.RawQuery = q.Encode()
	signed, _, err := signer.PresignHTTP(t.Context(), creds, r, "UNSIGNED-PAYLOAD", "s3", Region, at)
	require.NoError(t, err)
	r.URL, err = r.URL.Parse(signed)
	require.NoError(t, err)
	return r
}

func TestVerify(t *testing.T) {
	t.Parallel()
	now := time.Now()
	other := keys{access: "AK", secret: "another", now: time.Now}
	for name, c := range map[string]struct {
		keys   keys
		method string
		path   string
		at     time.Time
		life   time.Duration
		change func(*http.Request)
		want   verdict
	}{
		"header":                   {path: "/b/incoming/s/u", at: now, want: signed},
		"address":                  {path: "/b/incoming/s/u", at: now, life: time.Hour, want: presigned},
		"names that need escaping": {path: "/b/public/a%20%2B~%C3%BC?delete", at: now, want: signed},
		"parameters":               {path: "/b/k?partNumber=2&uploadId=%2F", at: now, life: time.Hour, want: presigned},
		"clock ahead by a little":  {path: "/b/k", at: now.Add(5 * time.Minute), life: time.Hour, want: presigned},
		"dated tomorrow":           {path: "/b/k", at: now.Add(24 * time.Hour), life: time.Hour, want: wrong},
		"dated in 20 minutes":      {path: "/b/k", at: now.Add(20 * time.Minute), life: time.Hour, want: wrong},
		"header of tomorrow":       {path: "/b/k", at: now.Add(24 * time.Hour), want: wrong},
		"for a year":               {path: "/b/k", at: now, life: 365 * 24 * time.Hour, want: wrong},
		"over":                     {path: "/b/k", at: now.Add(-2 * time.Hour), life: time.Hour, want: expired},
		"old header":               {path: "/b/k", at: now.Add(-2 * time.Hour), want: expired},
		"other keys":               {keys: other, path: "/b/k", at: now, life: time.Hour, want: wrong},
		"other keys in the header": {keys: other, path: "/b/k", at: now, want: wrong},
		"another method": {path: "/b/k", at: now, life: time.Hour, want: wrong,
			change: func(r *http.Request) { r.Method = http.MethodDelete }},
		"another key": {path: "/b/k", at: now, life: time.Hour, want: wrong,
			change: func(r *http.Request) { r.URL.Path = "/b/l" }},
		"another length": {path: "/b/k", at: now, life: time.Hour, want: wrong,
			change: func(r *http.Request) { r.ContentLength++ }},
		"no signature": {path: "/b/k", at: now, want: unsigned,
			change: func(r *http.Request) { r.Header.Del("Authorization") }},
		"another scheme": {path: "/b/k", at: now, want: wrong,
			change: func(r *http.Request) { r.Header.Set("Authorization", "AWS AK:c2ln") }},
		"an empty signature": {path: "/b/k", at: now, want: wrong,
			change: func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 ") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.keys.access == "" {
				c.keys = testKeys
			}
			r := signedFor(t, c.keys, "http://s3.example"+c.path, 5, c.at, c.life)
			if c.change != nil {
				c.change(r)
			}
			require.Equal(t, c.want, testKeys.verify(r))
		})
	}
}

// behind starts a front before a server that reads bodies and sends videos.
func behind(t *testing.T, change func(*limits)) (*httptest.Server, *front) {
	t.Helper()
	l := defaultLimits(20_000)
	l.stall, l.grace = 300*time.Millisecond, time.Hour
	change(&l)
	f := newFront(testKeys, l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/large") {
			for range 4096 { // 256 MiB, more than sockets buffer
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}
	}))
	srv := httptest.NewUnstartedServer(f)
	srv.Listener = newGate(srv.Listener, l.conns, l.connsPerClient)
	srv.Config.ConnContext = withConn
	srv.Start()
	t.Cleanup(srv.Close)
	return srv, f
}

// dial opens a connection and sends the text.
func dial(t *testing.T, address, text string) net.Conn {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(address, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() }) // the test is over
	_, err = io.WriteString(c, text)
	require.NoError(t, err)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Minute)))
	return c
}

// head returns the text of a presigned PUT of 100,000 bytes up to its body.
func head(t *testing.T, address string) string {
	t.Helper()
	r := signedFor(t, testKeys, address+"/b/incoming/s/u", 100_000, time.Now(), time.Hour)
	return fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 100000\r\n\r\n", r.URL.RequestURI(), r.URL.Host)
}

// status reads an answer and whether the connection ends with it.
func status(t *testing.T, c net.Conn) int {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	return resp.StatusCode
}

func TestFront_RefusesBeforeTheBody(t *testing.T) {
	t.Parallel()
	srv, _ := behind(t, func(l *limits) { l.stall = time.Hour })
	tomorrow := signedFor(t, testKeys, srv.URL+"/b/incoming/s/u", 200_000, time.Now().Add(24*time.Hour),
		time.Hour)
	for name, line := range map[string]string{
		"PUT":             "PUT /b/incoming/x",
		"POST":            "POST /b?delete",
		"DELETE":          "DELETE /b/public/s/1/x",
		"bad signature":   "PUT /b/incoming/x?X-Amz-Signature=00&X-Amz-Expires=60",
		"dated tomorrow":  "PUT " + tomorrow.URL.RequestURI(),
		"GET with a body": "GET /b/public/s/1/x",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dial(t, srv.URL, line+" HTTP/1.1\r\nHost: "+srv.Listener.Addr().String()+
				"\r\nOrigin: https://a.example\r\nContent-Length: 200000\r\n\r\nx")
			got := status(t, c)
			require.Contains(t, []int{http.StatusForbidden, http.StatusBadRequest}, got)
			_, err := io.Copy(io.Discard, c) // ends only when the server closes
			require.NoError(t, err)
		})
	}
}

func TestFront_EndsTransfersThatDoNotMove(t *testing.T) {
	t.Parallel()
	t.Run("no more bytes", func(t *testing.T) {
		t.Parallel()
		srv, _ := behind(t, func(*limits) {})
		require.Equal(t, http.StatusBadRequest, status(t, dial(t, srv.URL, head(t, srv.URL)+"x")))
	})
	t.Run("a drip below the rate", func(t *testing.T) {
		t.Parallel()
		srv, _ := behind(t, func(l *limits) { l.stall, l.grace, l.rate = time.Hour, 100*time.Millisecond, 1<<20 })
		c := dial(t, srv.URL, head(t, srv.URL))
		go func() {
			for range time.Tick(10 * time.Millisecond) {
				if _, err := io.WriteString(c, "x"); err != nil {
					return
				}
			}
		}()
		require.Equal(t, http.StatusBadRequest, status(t, c))
	})
	t.Run("a client that does not read", func(t *testing.T) {
		t.Parallel()
		srv, f := behind(t, func(l *limits) { l.reads = 1 })
		dial(t, srv.URL, "GET /b/public/s/1/large HTTP/1.1\r\nHost: x\r\n\r\n")
		eventually(t, "the place is taken", func() bool { return !f.reads.take("") || freed(f.reads) })
		eventually(t, "the place is free again", func() bool {
			if !f.reads.take("") {
				return false
			}
			f.reads.free("")
			return true
		})
	})
	t.Run("a steady upload passes", func(t *testing.T) {
		t.Parallel()
		srv, _ := behind(t, func(l *limits) { l.stall = 10 * time.Second })
		c := dial(t, srv.URL, head(t, srv.URL))
		for range 10 {
			_, err := io.WriteString(c, strings.Repeat("x", 10_000))
			require.NoError(t, err)
		}
		require.Equal(t, http.StatusOK, status(t, c))
	})
}

// freed gives back a place that was only tried, and returns false.
func freed(s *slots) bool {
	s.free("")
	return false
}

func TestFront_LeavesRoom(t *testing.T) {
	t.Parallel()
	srv, _ := behind(t, func(l *limits) { l.stall, l.writes, l.writesPerClient = time.Hour, 3, 2 })
	forwarded := func(address, client string) string {
		return strings.Replace(head(t, address), "\r\n\r\n", "\r\nX-Forwarded-For: 192.0.2.1, "+client+"\r\n\r\n", 1)
	}
	full := func(text string) bool { return status(t, dial(t, srv.URL, text+strings.Repeat("x", 100_000))) == 503 }
	for range 2 {
		dial(t, srv.URL, forwarded(srv.URL, "192.0.2.9")+"x")
	}
	eventually(t, "one client has its share", func() bool { return full(forwarded(srv.URL, "192.0.2.9")) })
	require.False(t, full(forwarded(srv.URL, "192.0.2.10")), "another client")
	dial(t, srv.URL, forwarded(srv.URL, "192.0.2.10")+"x")
	eventually(t, "all places are taken", func() bool { return full(forwarded(srv.URL, "192.0.2.11")) })
	resp, err := http.Get(srv.URL + "/b/public/s/1/x")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode, "reads have places of their own")
	preflight := signedFor(t, testKeys, srv.URL+"/b/incoming/s/u", 5, time.Now(), time.Hour)
	preflight.Method, preflight.ContentLength = http.MethodOptions, 0
	resp, err = http.DefaultClient.Do(preflight)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode, "a preflight of an upload")
	own := signedFor(t, testKeys, srv.URL+"/b/review/s/1/x", 0, time.Now(), 0)
	resp, err = http.DefaultClient.Do(own)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode, "our own processes are not counted")
}

func TestGate_WaitingConnectionsMakeRoom(t *testing.T) {
	t.Parallel()
	srv, _ := behind(t, func(l *limits) { l.conns = 8 })
	for range 40 {
		dial(t, srv.URL, "GET /b/public/s/1/x HTTP/1.1\r\nX-Slow: ") // never complete
	}
	anew := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for range 20 {
		resp, err := anew.Get(srv.URL + "/b/public/s/1/x")
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusOK, resp.StatusCode)
	}
}

func TestGate_BoundsOneAddress(t *testing.T) {
	t.Parallel()
	g := newGate(nil, 100, 2)
	far := func(ip string) net.Conn {
		return addressed{Conn: nil, from: &net.TCPAddr{IP: net.ParseIP(ip), Port: 1}}
	}
	one := g.admit(far("192.0.2.1"))
	require.NotNil(t, one)
	require.NotNil(t, g.admit(far("192.0.2.1")))
	require.Nil(t, g.admit(far("192.0.2.1")))
	require.NotNil(t, g.admit(far("192.0.2.2")))
	for range 10 {
		require.NotNil(t, g.admit(far("127.0.0.1")), "proxies run there")
	}
	g.remove(one)
	g.remove(one)
	require.NotNil(t, g.admit(far("192.0.2.1")))
	require.Nil(t, g.admit(far("192.0.2.1")))
}

type addressed struct {
	net.Conn
	from net.Addr
}

func (a addressed) RemoteAddr() net.Addr { return a.from }

// TestS3_UnsignedWritesKeepNobodyOut opens more uploads without credentials
// than the server takes connections, and leaves them open.
func TestS3_UnsignedWritesKeepNobodyOut(t *testing.T) {
	t.Parallel()
	s, c := startWithBucket(t, tempDir(t))
	defer s.Close()
	bucket := aws.String("stories")
	var wg sync.WaitGroup
	for range 1100 {
		wg.Go(func() {
			d, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.Endpoint, "http://"))
			if err != nil {
				return // the server may have closed its door already
			}
			t.Cleanup(func() { _ = d.Close() }) // the test is over
			_, _ = io.WriteString(d, "PUT /stories/incoming/x HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\nx")
		})
	}
	wg.Wait()
	for n := range 20 {
		key := aws.String(fmt.Sprintf("public/s/1/%d", n))
		_, err := c.PutObject(t.Context(),
			&s3.PutObjectInput{Bucket: bucket, Key: key, Body: strings.NewReader("clip")})
		require.NoError(t, err)
		got, err := read(c, "stories", *key)
		require.NoError(t, err)
		require.Equal(t, "clip", got)
		require.NoError(t, s.healthy(context.Background()))
	}
}
