package front

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/require"
)

// service answers with its refusal, or with text that may be kept.
var text = strings.Repeat("The story behind your song. ", 200)

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	f, err := New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refused := Refused(r.Context()); refused != nil {
			http.Error(w, refused.Code, refused.Status)
			return
		}
		h(w, r)
	}), Options{})
	require.NoError(t, err)
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	return srv
}

func ask(t *testing.T, method, address, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(b)
}

func page(w http.ResponseWriter, r *http.Request) {
	Compress(r.Context())
	w.Header().Set("Cache-Control", "public, max-age=5")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, text)
}

func TestBodies_AreBoundedTypedAndText(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprint(w, len(b))
	})
	large := `"` + strings.Repeat("x", MaxBody) + `"`
	const json = "application/json"
	for name, c := range map[string]struct {
		body, kind string
		status     int
	}{
		"JSON":                   {`{"a":1}`, json, 200},
		"JSON with a charset":    {`{"a":1}`, "Application/JSON; charset=utf-8", 200},
		"the largest":            {large[2:], json, 200},
		"too large":              {large, json, 413},
		"no type":                {`{"a":1}`, "", 415},
		"a form's type":          {`{"a":1}`, "text/plain", 415},
		"another form's type":    {"a=1", "application/x-www-form-urlencoded", 415},
		"a type that is none":    {`{"a":1}`, "application/json, text/plain", 415},
		"no body":                {"", "", 200},
		"bytes":                  {"{\"a\":\"\xff\"}", json, 400},
		"NUL":                    {`{"a":"x\u0000"}`, json, 400},
		"NUL in a name":          {`{"a\u0000":1}`, json, 400},
		"NUL in a list":          {`[["\u0000"]]`, json, 400},
		"a backslash before u":   {`{"a":"\\u0000"}`, json, 200},
		"NUL after a backslash":  {`{"a":"\\\u0000"}`, json, 400},
		"half a pair":            {`{"a":"\ud800"}`, json, 200},
		"what cannot be parsed":  {`{"a":"\u0000`, json, 200}, // whoever parses it refuses it
		"NUL itself, in no JSON": {"\x00", json, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, _ := ask(t, "POST", srv.URL+"/anything", c.body, "Content-Type", c.kind)
			require.Equal(t, c.status, resp.StatusCode)
		})
	}
	t.Run("too large in chunks", func(t *testing.T) {
		t.Parallel()
		req, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL, io.MultiReader(strings.NewReader(large)))
		require.NoError(t, err)
		req.Header.Set("Content-Type", json)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, 413, resp.StatusCode)
	})
}

func TestAddresses_AreText(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(http.ResponseWriter, *http.Request) {})
	for address, status := range map[string]int{
		"/%00": 400, "/a%00b": 400, "/%ff": 400, "/?a=%00": 400, "/?a=b&%00=c": 400, "/?a=%ff": 400, "/?a=1&a=%00": 400,
		"/%C3%A9?q=%C3%A9": 200, "/?a=b;c": 200, "/?a=%zz": 200, "/%2500": 200,
	} {
		resp, _ := ask(t, "GET", srv.URL+address, "")
		require.Equal(t, status, resp.StatusCode, address)
	}
}

func TestBodies_ThatDripEnd(t *testing.T) {
	t.Parallel()
	f, err := New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(Refused(r.Context()).Status)
	}), Options{})
	require.NoError(t, err)
	f.(*front).bodyTime = 200 * time.Millisecond
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	for _, method := range []string{"POST", "GET", "BREW"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			_, err = fmt.Fprintf(conn, "%s /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", method)
			require.NoError(t, err)
			end := make(chan struct{})
			go func() {
				defer close(end)
				for range time.Tick(20 * time.Millisecond) { // the server's close ends it
					if _, err := conn.Write([]byte("x")); err != nil {
						return
					}
				}
			}()
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			require.Equal(t, 408, resp.StatusCode)
			require.True(t, resp.Close)
			require.NoError(t, resp.Body.Close())
			<-end
		})
	}
}

func TestAnswers_ToSlowReadersEnd(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{}, 1)
	f, err := New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 32<<20)) // more than the buffers of both sides
	}), Options{})
	require.NoError(t, err)
	f.(*front).writeTime = 200*time.Millisecond - (32<<20)/minRate*time.Second // as if it were a small answer
	srv := httptest.NewUnstartedServer(f)
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			ended <- struct{}{}
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	<-ended // without a byte having been read
}

func TestHead_IsGetWithoutBody(t *testing.T) {
	t.Parallel()
	srv := serve(t, page)
	for _, encoding := range []string{"", "gzip", "br"} {
		get, body := ask(t, "GET", srv.URL, "", "Accept-Encoding", encoding)
		head, none := ask(t, "HEAD", srv.URL, "", "Accept-Encoding", encoding)
		require.Empty(t, none)
		get.Header.Del("Date")
		head.Header.Del("Date")
		require.Equal(t, get.Header, head.Header)
		require.Equal(t, fmt.Sprint(len(body)), head.Header.Get("Content-Length"))
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	srv := serve(t, page)
	first, _ := ask(t, "GET", srv.URL, "")
	tag := first.Header.Get("ETag")
	require.True(t, strings.HasPrefix(tag, `W/"`), "the same in every encoding, so it must be weak")
	for have, status := range map[string]int{
		tag: 304, strings.TrimPrefix(tag, "W/"): 304, `"a", ` + tag: 304, `"a,b",` + tag + `,"c"`: 304, "*": 304,
		`"a"`: 200, `W/"a"`: 200, strings.Trim(tag, `W/"`): 200,
	} {
		for _, method := range []string{"GET", "HEAD"} {
			resp, body := ask(t, method, srv.URL, "", "If-None-Match", have, "Accept-Encoding", "gzip")
			require.Equal(t, status, resp.StatusCode, "%s %s", method, have)
			require.Equal(t, []string{tag}, resp.Header.Values("ETag"))
			require.Equal(t, []string{"public, max-age=5"}, resp.Header.Values("Cache-Control"))
			require.Equal(t, []string{"Accept-Encoding"}, resp.Header.Values("Vary"))
			if status == 304 {
				require.Empty(t, body)
				require.Empty(t, resp.Header.Values("Content-Type"))
				require.Empty(t, resp.Header.Values("Content-Encoding"))
			}
		}
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	srv := serve(t, page)
	for accept, encoding := range map[string]string{
		"": "", "identity": "", "gzip": "gzip", "br": "br", "gzip, br": "br", "br;q=0.5, gzip;q=0.8": "gzip",
		"br;q=0, gzip;q=0": "", "*": "br", "*;q=0": "", "GZIP": "gzip", "deflate, gzip;q=1.0": "gzip", "xgzip": "",
	} {
		resp, body := ask(t, "GET", srv.URL, "", "Accept-Encoding", accept)
		require.Equal(t, encoding, resp.Header.Get("Content-Encoding"), accept)
		var plain io.Reader = strings.NewReader(body)
		switch encoding {
		case "gzip":
			z, err := gzip.NewReader(plain)
			require.NoError(t, err)
			plain = z
		case "br":
			plain = brotli.NewReader(plain)
		}
		b, err := io.ReadAll(plain)
		require.NoError(t, err)
		require.Equal(t, text, string(b))
		require.Equal(t, "Accept-Encoding", resp.Header.Get("Vary"), accept)
	}
	secret := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, text)
	})
	resp, _ := ask(t, "GET", secret.URL, "", "Accept-Encoding", "gzip")
	require.Empty(t, resp.Header.Get("Content-Encoding"), "only what the handler marks is compressed")
}

func TestStreams_ArriveAtOnce(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{}, 2)
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: 1\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		ended <- struct{}{}
	})
	req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	line, err := bufio.NewReader(resp.Body).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "data: 1\n", line)
	require.Equal(t, "no", resp.Header.Get("X-Accel-Buffering"))
	require.NoError(t, resp.Body.Close())
	<-ended

	head, _ := ask(t, "HEAD", srv.URL, "")
	require.Equal(t, "text/event-stream", head.Header.Get("Content-Type"))
	<-ended // nobody reads a stream without a body
}

func TestRetryAfter_IsWhereverAClientIsToWait(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 503} {
		srv := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		resp, _ := ask(t, "GET", srv.URL, "")
		require.Equal(t, "5", resp.Header.Get("Retry-After"))
	}
}

func TestPrefixHeader_ReachesNoRouter(t *testing.T) {
	t.Parallel()
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Header.Get("X-Forwarded-Prefix"))
	})
	_, body := ask(t, "GET", srv.URL, "", "X-Forwarded-Prefix", "//evil.example")
	require.Empty(t, body)
}
