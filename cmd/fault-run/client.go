//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// caller sends requests as clients do: one that failed, or that the service
// could not answer, is sent again, to the next process of the API.
type caller struct {
	bases   []string
	next    atomic.Int64
	repeats atomic.Int64
	http    *http.Client
}

func newCaller(bases []string) *caller {
	return &caller{bases: bases, http: &http.Client{
		Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32},
	}}
}

// answered is a definite answer of the service.
type answered struct {
	status int
	body   []byte
}

func (a answered) into(v any) error {
	if a.status >= 300 {
		return fmt.Errorf("%d %s", a.status, a.body)
	}
	return json.Unmarshal(a.body, v)
}

// call sends the request until it has a definite answer or ctx ends.
func (c *caller) call(ctx context.Context, method, path, bearer string, in any, headers ...string) (answered, error) {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return answered{}, err
		}
	}
	for {
		base := c.bases[int(c.next.Add(1))%len(c.bases)]
		req, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(body))
		if err != nil {
			return answered{}, err
		}
		if in != nil {
			req.Header.Set("Content-Type", "application/json")
		}
		if bearer != "" {
			req.Header.Set("Authorization", "Bearer "+bearer)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		a, err := c.once(req)
		if err == nil && a.status < 500 && a.status != http.StatusTooManyRequests {
			return a, nil
		}
		if ctx.Err() != nil {
			return a, ctx.Err()
		}
		c.repeats.Add(1)
		pause(ctx, 300*time.Millisecond)
	}
}

func (c *caller) once(req *http.Request) (answered, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return answered{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answered{resp.StatusCode, b}, err
}

// signed is a presigned request.
type signed struct {
	Part    int
	Method  string
	URL     string
	Headers map[string]string
}

// put sends bytes by a presigned request, once, and reports whether storage
// has them. 412: an earlier try had arrived.
func (c *caller) put(ctx context.Context, s signed, data []byte) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, s.Method, s.URL, bytes.NewReader(data))
	if err != nil {
		return false, err
	}
	for k, v := range s.Headers {
		req.Header.Set(k, v)
	}
	a, err := c.once(req)
	if err != nil {
		return false, ctx.Err() // only the end of the run is an error
	}
	return a.status < 300 || a.status == http.StatusPreconditionFailed, nil
}
