package client_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"

	"github.com/storyreel/storyreel/client"
)

const (
	server   = "https://stories.example"
	s3       = "https://s3.example/"
	partSize = 4
)

// fake is a service and its storage in memory, without a network, so that
// tests can run in a bubble of testing/synctest where pauses take no time. It
// keeps the contract of both and fails as it is scripted.
type fake struct {
	mu       sync.Mutex
	size     int
	parts    map[int]string // what storage has; 0: the whole file
	complete bool
	begins   map[string]bool // Idempotency-Keys
	states   []string        // of the story, one for each look; the last stays
	signed   int             // signatures made
	puts     map[int]int     // PUTs of each part that reached storage
	calls    int             // requests to the API
	fail     func(r *http.Request) int
	pause    string                     // Retry-After of what fails
	lose     func(r *http.Request) bool // answers that do not arrive
}

// newFake is a service that has begun no story. A file of more than partSize
// bytes is sent in parts.
func newFake() *fake {
	return &fake{
		parts: map[int]string{}, begins: map[string]bool{}, puts: map[int]int{}, states: []string{"awaiting_upload"},
	}
}

func (f *fake) client() *client.Client {
	return client.New(server+"/", client.Options{HTTP: &http.Client{Transport: f}})
}

// file is all that storage has, in order.
func (f *fake) file() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if whole, ok := f.parts[0]; ok {
		return whole
	}
	all := ""
	for n := 1; n <= len(f.parts); n++ {
		all += f.parts[n]
	}
	return all
}

// RoundTrip implements http.RoundTripper.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		if status := f.fail(r); status != 0 {
			w.Header().Set("Retry-After", f.pause)
			w.WriteHeader(status)
			return w.Result(), nil
		}
	}
	if strings.HasPrefix(r.URL.String(), s3) {
		f.put(w, r)
	} else {
		f.calls++
		f.api(w, r)
	}
	if f.lose != nil && f.lose(r) {
		return nil, fmt.Errorf("connection reset")
	}
	return w.Result(), nil
}

// put is storage: exact lengths, no second write of a whole file, and only
// the newest signature is valid.
func (f *fake) put(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	body, err := io.ReadAll(r.Body)
	_, written := f.parts[n]
	switch {
	case err != nil || int64(len(body)) != r.ContentLength:
		w.WriteHeader(http.StatusBadRequest)
	case n == 0 && written && r.Header.Get("If-None-Match") == "*":
		w.WriteHeader(http.StatusPreconditionFailed)
	default:
		f.parts[n] = string(body)
	}
	f.puts[n]++
}

func (f *fake) api(w http.ResponseWriter, r *http.Request) {
	switch route := r.Method + " " + r.URL.Path; route {
	case "GET /v1/campaigns/songs":
		answer(w, 200, map[string]any{"slug": "songs", "release_forms": []any{map[string]any{"version": 3}}})
	case "POST /v1/campaigns/songs/stories":
		var in client.Submission
		_ = json.NewDecoder(r.Body).Decode(&in)
		if !in.Release.Agreed {
			answer(w, 422, map[string]any{"code": "release.required", "detail": "agree to the release form"})
			return
		}
		f.size, f.begins[r.Header.Get("Idempotency-Key")] = int(in.File.Bytes), true
		answer(w, 201, map[string]any{"story": f.story(), "token": "secret", "upload": f.plan()})
	case "GET /v1/stories/s1":
		answer(w, 200, f.story())
		if len(f.states) > 1 {
			f.states = f.states[1:]
		}
	case "GET /v1/stories/s1/upload":
		if r.Header.Get("Authorization") != "Bearer secret" || f.complete {
			answer(w, 409, map[string]any{"code": "upload.closed", "detail": "the upload is over"})
			return
		}
		answer(w, 200, f.plan())
	case "POST /v1/stories/s1/upload/parts":
		var in struct{ Parts []int }
		_ = json.NewDecoder(r.Body).Decode(&in)
		if len(in.Parts) == 0 {
			in.Parts = []int{0}
		}
		answer(w, 200, map[string]any{"requests": f.sign(in.Parts...)})
	case "POST /v1/stories/s1/upload/complete":
		f.complete = true
		answer(w, 200, f.story())
	default:
		answer(w, 404, map[string]any{"code": "not_found", "detail": route})
	}
}

func (f *fake) story() map[string]any {
	st := map[string]any{
		"id": "s1", "state": f.states[0], "progress": 0.5, "version": 7,
		"failure": map[string]any{"code": "too_long", "detail": "the video is too long"},
	}
	if f.states[0] == "rejected" {
		st["reason"] = map[string]any{"code": "off_topic", "detail": "it is about another song"}
	}
	return st
}

// plan is an upload with the first missing part signed.
func (f *fake) plan() map[string]any {
	count := (f.size + partSize - 1) / partSize
	if count < 2 {
		return map[string]any{"bytes": f.size, "part_size": 0, "part_count": 0, "requests": f.sign(0)}
	}
	p := map[string]any{"bytes": f.size, "part_size": partSize, "part_count": count}
	var received []any
	missing := 0
	for n := 1; n <= count; n++ {
		if part, ok := f.parts[n]; ok {
			received = append(received, map[string]any{"number": n, "bytes": len(part)})
		} else if missing == 0 {
			missing = n
		}
	}
	p["received"], p["requests"] = received, f.sign(missing)
	return p
}

func (f *fake) sign(parts ...int) []any {
	var out []any
	for _, n := range parts {
		f.signed++
		out = append(out, map[string]any{
			"part": n, "method": "PUT", "url": fmt.Sprintf("%s%d?signature=%d", s3, n, f.signed),
			"headers": map[string]string{"If-None-Match": "*"},
		})
	}
	return out
}

func answer(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
