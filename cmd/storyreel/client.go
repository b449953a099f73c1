package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
)

// client speaks to the API as a contributor's program does.
type client struct {
	server string
	http   *http.Client
}

func newClient(server string) *client {
	return &client{server: strings.TrimSuffix(server, "/"), http: &http.Client{Timeout: time.Minute}}
}

// kinds is how statuses read back as kinds of faults.
var kinds = map[int]fault.Kind{
	401: fault.Unauthorized, 403: fault.Forbidden, 404: fault.NotFound, 409: fault.Conflict, 413: fault.TooLarge,
	422: fault.Invalid, 429: fault.TooMany, 503: fault.Unavailable,
}

// call sends a request and reads the answer into out. Nothing is lost by
// sending any of our requests again, so network failures are tried again.
func (c *client) call(ctx context.Context, method, path, token string, in, out any, headers ...string) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	return retry(ctx, func() error {
		req, err := http.NewRequestWithContext(ctx, method, c.server+path, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := c.http.Do(req)
		if err != nil {
			return fault.New(fault.Unavailable, "network", "%s does not answer", c.server).Because(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
		if err != nil {
			return fault.New(fault.Unavailable, "network", "the answer broke off").Because(err)
		}
		if resp.StatusCode < 300 {
			if out == nil {
				return nil
			}
			return json.Unmarshal(b, out)
		}
		var p struct{ Code, Detail string }
		if json.Unmarshal(b, &p) != nil || p.Code == "" {
			p.Code, p.Detail = "http", resp.Status
		}
		return fault.New(kinds[resp.StatusCode], p.Code, "%s", p.Detail)
	})
}

func (c *client) story(ctx context.Context, id, token string) (*remoteStory, error) {
	var raw json.RawMessage
	if err := c.call(ctx, "GET", "/v1/stories/"+id, token, nil, &raw); err != nil {
		return nil, err
	}
	st := &remoteStory{raw: raw}
	return st, json.Unmarshal(raw, st)
}

// memory is what an interrupted submission is resumed from: a small private
// file, named by the file's content and destination.
type memory struct {
	Story string `json:"story"`
	Token string `json:"token"`
	path  string
}

// remember finds the memory of the same file sent to the same campaign. The
// file is known by its size, its time, and its first and last 64 KiB.
func remember(server, campaign string, f *os.File, info os.FileInfo) (*memory, error) {
	h := sha256.New()
	fmt.Fprintln(h, server, campaign, info.Size(), info.ModTime().UnixNano())
	const edge = 64 << 10
	for _, from := range []int64{0, max(0, info.Size()-edge)} {
		if _, err := io.Copy(h, io.NewSectionReader(f, from, edge)); err != nil {
			return nil, err
		}
	}
	m := &memory{}
	dir, err := os.UserCacheDir()
	if err != nil {
		return m, nil // a system without a home: no resuming between runs
	}
	m.path = filepath.Join(dir, "storyreel", "submit", hex.EncodeToString(h.Sum(nil)[:16])+".json")
	if b, err := os.ReadFile(m.path); err == nil && json.Unmarshal(b, m) != nil {
		m.Story, m.Token = "", ""
	}
	return m, nil
}

// keep writes the memory; failing only costs the chance to resume.
func (m *memory) keep() {
	b, err := json.Marshal(m)
	if err == nil && m.path != "" {
		err = os.MkdirAll(filepath.Dir(m.path), 0o700)
	}
	if err != nil || os.WriteFile(m.path, b, 0o600) != nil {
		m.path = ""
	}
}

func (m *memory) forget() {
	if m.path != "" {
		_ = os.Remove(m.path) // gone already is as good
	}
	m.Story, m.Token = "", ""
}
