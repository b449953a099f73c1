package front

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// answer holds an answer back until it is whole, so that its headers can be
// right. A handler that flushes, as event streams do, gets through at once.
type answer struct {
	w      http.ResponseWriter
	head   bool
	accept http.Header // of the request
	about  *request
	cancel context.CancelFunc // ends the request's context
	time   time.Duration      // that the client has to receive the answer, besides that of its bytes

	status    int
	body      bytes.Buffer
	streaming bool
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.w.Header() }

// WriteHeader implements http.ResponseWriter; the first status stands.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
}

// Write implements io.Writer.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.streaming {
		return a.w.Write(b)
	}
	return a.body.Write(b)
}

// Unwrap gives http.ResponseController the connection's deadlines.
func (a *answer) Unwrap() http.ResponseWriter { return a.w }

// Flush implements http.Flusher: the answer is a stream from now on. Its
// handler bounds each write, as a stream has no end by which it must be read.
func (a *answer) Flush() {
	if !a.streaming {
		a.streaming = true
		a.WriteHeader(http.StatusOK)
		a.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
		a.w.WriteHeader(a.status)
		_, _ = a.w.Write(a.body.Bytes()) // fails only when the caller hung up
	}
	if a.head { // there is nothing more to send
		a.cancel()
	}
	_ = http.NewResponseController(a.w).Flush()
}

// retryAfter is when to try again where a handler does not know better, in seconds.
const retryAfter = "5"

// finish sends what was held back.
func (a *answer) finish(method string) {
	if a.streaming {
		return
	}
	a.WriteHeader(http.StatusOK)
	h, body := a.Header(), a.body.Bytes()
	if (a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable) &&
		h.Get("Retry-After") == "" {
		h.Set("Retry-After", retryAfter)
	}
	if method == http.MethodGet && a.status == http.StatusOK {
		if tag := a.tag(body); tag != "" && matches(a.accept, tag) {
			a.status = http.StatusNotModified
		}
	}
	body = a.encode(body)
	if vary := h.Values("Vary"); len(vary) > 1 {
		h.Set("Vary", strings.Join(vary, ", "))
	}
	if a.status == http.StatusNotModified || a.status == http.StatusNoContent {
		for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Length"} {
			h.Del(name)
		}
		body = nil
	} else {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	_ = http.NewResponseController(a.w).SetWriteDeadline(
		time.Now().Add(a.time + time.Duration(len(body)/minRate)*time.Second))
	a.w.WriteHeader(a.status)
	_, _ = a.w.Write(body) // fails only when the caller hung up
}

// tag returns the answer's ETag. One that may be stored and has none gets one
// of its content: a weak one, since it names the content in every encoding.
func (a *answer) tag(body []byte) string {
	h := a.Header()
	if h.Get("ETag") == "" && !strings.Contains(h.Get("Cache-Control"), "no-store") {
		sum := sha256.Sum256(body)
		h.Set("ETag", `W/"`+hex.EncodeToString(sum[:16])+`"`)
	}
	return h.Get("ETag")
}

// matches reports whether the client has the answer with the tag already, by
// the weak comparison that If-None-Match asks for.
func matches(h http.Header, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	list := splitQuoted(strings.Join(h.Values("If-None-Match"), ","), ',')
	return slices.ContainsFunc(list, func(have string) bool {
		have = strings.TrimSpace(have)
		return have == "*" || strings.TrimPrefix(have, "W/") == tag
	})
}

// compressFrom is the size from which compression saves more than it costs, in bytes: one packet.
const compressFrom = 1400

// encode compresses the body where it may be, and marks that it depends on
// what the client accepts.
func (a *answer) encode(body []byte) []byte {
	h := a.Header()
	strong := strings.HasPrefix(h.Get("ETag"), `"`) // the handler has named these very bytes
	if !a.about.open || strong || len(body) < compressFrom || h.Get("Content-Encoding") != "" ||
		!Compressible(h.Get("Content-Type")) {
		return body
	}
	h.Add("Vary", "Accept-Encoding")
	encoding := Encoding(a.accept)
	if encoding == "" || a.status == http.StatusNotModified {
		return body
	}
	h.Set("Content-Encoding", encoding)
	return compressed(encoding, body, brotliOnce, gzipOnce)
}
