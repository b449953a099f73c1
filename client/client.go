// Package client sends videos to a Storyreel service as a contributor's
// program does: [Client.Begin] records the story and the release,
// [Client.Upload] sends the file in parts straight to the service's storage,
// and [Client.Wait] follows the story. An upload that was interrupted, even
// by the end of the program, goes on from its [Ref] after [Client.Resume];
// what has arrived is not sent again.
//
// Every request may be repeated without harm, so failures that can pass
// (no answer, 503, 429) are tried again up to ten times, with growing pauses
// or after the time that the service asks for. If that is more than a minute,
// the error is returned at once, for the caller to decide. The context bounds
// the total. Errors that the service answers with are [*Error] with a stable
// code; the codes are listed at /docs/errors of every service.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	callTimeout = time.Minute      // of one request to the API
	partTimeout = 15 * time.Minute // of sending one part
	maxAnswer   = 8 << 20          // bytes of an answer that are read
)

// Options change how a Client works. The zero value is ready to use.
type Options struct {
	// HTTP sends the requests; nil: http.DefaultClient. Its Timeout should be
	// zero or above the time that sending one part may take.
	HTTP *http.Client
}

// Client calls the API of one service. It is safe for concurrent use.
type Client struct {
	server string
	http   *http.Client
}

// New returns a client of the service at the address, such as
// https://stories.example.com.
func New(server string, o Options) *Client {
	c := &Client{server: strings.TrimSuffix(server, "/"), http: o.HTTP}
	if c.http == nil {
		c.http = http.DefaultClient
	}
	return c
}

// Error is a failure of a request, after retrying if that could help. Codes of
// this package's own: "network" (no answer), "http" (an answer that is no
// problem of the service, such as a proxy's), "storage.refused" (storage does
// not take the file) and "storage.unavailable" (it failed in every try).
type Error struct {
	Status int            // of the HTTP answer; 0: there was none
	Code   string         // stable, such as "too_large"; "network" without an answer
	Detail string         // what is wrong and what to do, for a person
	Facts  map[string]any // further members of the answer, by code
	Err    error          // the cause, where there was no answer; may be nil
	// RetryAfter is the pause that the service asks for; 0: it asks for none.
	RetryAfter time.Duration

	retryable bool
}

// Error returns the detail, the code and the cause.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s (%s: %v)", e.Detail, e.Code, e.Err)
	}
	return fmt.Sprintf("%s (%s)", e.Detail, e.Code)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// call sends a request to the API and reads the answer into out.
func (c *Client) call(ctx context.Context, method, path, token string, in, out any, headers ...string) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	return retry(ctx, func() error {
		ctx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
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
			return &Error{Code: "network", Detail: c.server + " does not answer", Err: err, retryable: true}
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		switch {
		case err != nil:
			return &Error{Code: "network", Detail: "the answer broke off", Err: err, retryable: true}
		case resp.StatusCode >= http.StatusMultipleChoices:
			return problem(resp, answer)
		case out == nil:
			return nil
		}
		return json.Unmarshal(answer, out)
	})
}

// problem reads an answer that is an RFC 9457 problem of the service. One
// that is not, such as a proxy's, gets the code "http".
func problem(resp *http.Response, answer []byte) *Error {
	var p struct {
		Code, Detail string
		Facts        map[string]any
	}
	if json.Unmarshal(answer, &p) != nil || p.Code == "" {
		p.Code, p.Detail = "http", resp.Status
	}
	return &Error{
		Status: resp.StatusCode, Code: p.Code, Detail: p.Detail, Facts: p.Facts, RetryAfter: retryAfter(resp),
		retryable: resp.StatusCode == http.StatusServiceUnavailable || resp.StatusCode == http.StatusTooManyRequests,
	}
}

// retryAfter is the time of the header Retry-After; 0 where it is missing or a
// date, which the service never sends.
func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// statusOf returns the status of the answer that err carries, or 0.
func statusOf(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return 0
}
