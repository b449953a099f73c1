package front

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode/utf8"
)

// Refusal is why a request is not served.
type Refusal struct {
	Status int
	Code   string // stable
	Detail string // public
}

// Error implements error.
func (r *Refusal) Error() string { return r.Code + ": " + r.Detail }

func refuse(status int, code, detail string) *Refusal { return &Refusal{status, code, detail} }

// receive reads the whole body, which replaces the one of r, and checks what
// can be checked without knowing the route.
func (f *front) receive(w http.ResponseWriter, r *http.Request) *Refusal {
	if !cleanAddress(r.URL) {
		return refuse(http.StatusBadRequest, "malformed", "the address holds NUL or bytes that are not UTF-8")
	}
	if r.ContentLength > MaxBody {
		return tooLarge()
	}
	body, refusal := f.readBody(w, r)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if refusal != nil || len(body) == 0 || r.Method == http.MethodGet || f.form != "" && r.URL.Path == f.form {
		return refusal
	}
	// a web page can send any other type to another site without asking first
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "media_type", "send the body as Content-Type: application/json")
	}
	if !CleanJSON(body) {
		return refuse(http.StatusBadRequest, "malformed", "the body holds NUL or bytes that are not UTF-8")
	}
	return nil
}

func tooLarge() *Refusal {
	return refuse(http.StatusRequestEntityTooLarge, "body_too_large",
		"the body of a request has at most 262144 bytes; videos are sent to storage")
}

// readBody reads at most MaxBody bytes in at most bodyTime.
func (f *front) readBody(w http.ResponseWriter, r *http.Request) ([]byte, *Refusal) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(f.bodyTime)) // only writers of tests have no deadlines
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err == nil {
		_ = conn.SetReadDeadline(time.Time{})
		return body, nil
	}
	// the deadline stays: it bounds what the server still reads before it closes the connection
	w.Header().Set("Connection", "close")
	_, over := errors.AsType[*http.MaxBytesError](err)
	switch {
	case over:
		return nil, tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, refuse(http.StatusRequestTimeout, "timeout", "the body did not arrive in time; send it again")
	}
	return nil, refuse(http.StatusBadRequest, "malformed", "the body did not arrive whole; send it again")
}

// cleanAddress reports whether path and query are text that can be stored and
// compared. A part of the query that cannot be parsed reaches no route.
func cleanAddress(u *url.URL) bool {
	if !clean(u.Path) {
		return false
	}
	for name, values := range u.Query() {
		if !clean(name) || !clean(strings.Join(values, "")) {
			return false
		}
	}
	return true
}

// CleanJSON reports whether all text in the JSON can be stored. What is wrong
// otherwise is found by whoever parses it.
func CleanJSON(body []byte) bool {
	if !utf8.Valid(body) {
		return false
	}
	if !bytes.Contains(body, []byte(`\u0000`)) {
		return true
	}
	for d := json.NewDecoder(bytes.NewReader(body)); ; {
		token, err := d.Token()
		if err != nil {
			return true
		}
		if text, ok := token.(string); ok && !clean(text) {
			return false
		}
	}
}

// clean reports whether s is UTF-8 without NUL, which PostgreSQL takes in no text.
func clean(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }
