package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/storyreel/storyreel/internal/fault"
)

// uploadPlan is what the API says of an upload.
type uploadPlan struct {
	Bytes     int64 `json:"bytes"`
	PartSize  int64 `json:"part_size"`
	PartCount int   `json:"part_count"`
	Received  []struct {
		Number int   `json:"number"`
		Bytes  int64 `json:"bytes"`
	} `json:"received"`
	Requests []signedRequest `json:"requests"`
}

type signedRequest struct {
	Part    int               `json:"part"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

// uploader sends what storage does not have yet, several parts at a time.
type uploader struct {
	client       *client
	story, token string
	file         *os.File
	parallel     int
	bar          *progressBar

	mu     sync.Mutex
	signed map[int]signedRequest
}

// run sends and completes. Requests that ran out are signed again; what the
// network loses is sent again, with growing pauses.
func (u *uploader) run(ctx context.Context, p uploadPlan) error {
	u.signed = map[int]signedRequest{}
	for _, r := range p.Requests {
		u.signed[r.Part] = r
	}
	have := map[int]bool{}
	for _, r := range p.Received {
		have[r.Number] = true
		u.bar.add(r.Bytes)
	}
	g, sending := errgroup.WithContext(ctx)
	g.SetLimit(u.parallel)
	first, last, size := 1, p.PartCount, p.PartSize
	if p.PartCount == 0 {
		first, last, size = 0, 0, p.Bytes
	}
	for n := first; n <= last; n++ {
		if have[n] {
			continue
		}
		from := int64(max(n-1, 0)) * size
		length := min(size, p.Bytes-from)
		g.Go(func() error { return u.part(sending, n, from, length) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return u.client.call(ctx, "POST", "/v1/stories/"+u.story+"/upload/complete", u.token, nil, nil)
}

func (u *uploader) part(ctx context.Context, n int, from, length int64) error {
	return retry(ctx, func() error {
		r, err := u.sign(ctx, n)
		if err != nil {
			return err
		}
		sent := &counter{r: io.NewSectionReader(u.file, from, length), bar: u.bar}
		req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, sent)
		if err != nil {
			return err
		}
		req.ContentLength = length
		if length == 0 {
			req.Body = http.NoBody
		}
		for k, v := range r.Headers {
			req.Header.Set(k, v)
		}
		resp, err := (&http.Client{Timeout: 15 * time.Minute}).Do(req)
		if err != nil {
			u.bar.add(-sent.n.Load())
			return fault.New(fault.Unavailable, "network", "the upload was interrupted")
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // so that the connection is used again
		resp.Body.Close()
		switch {
		// 412: it arrived, only the answer was lost
		case resp.StatusCode < 300, resp.StatusCode == http.StatusPreconditionFailed:
			return nil
		case resp.StatusCode == http.StatusForbidden:
			u.mu.Lock()
			delete(u.signed, n)
			u.mu.Unlock()
		case resp.StatusCode < 500 && !slices.Contains(passing, resp.StatusCode):
			return fault.New(fault.Invalid, "storage.refused", "storage refused the upload (%s)", resp.Status)
		}
		u.bar.add(-sent.n.Load())
		return fault.New(fault.Unavailable, "storage.unavailable", "storage answered %s", resp.Status)
	})
}

// sign returns the request for a part, asking for it and the next few.
func (u *uploader) sign(ctx context.Context, n int) (signedRequest, error) {
	u.mu.Lock()
	r, ok := u.signed[n]
	u.mu.Unlock()
	if ok {
		return r, nil
	}
	parts := []int{}
	if n > 0 {
		parts = append(parts, n)
	}
	var out struct {
		Requests []signedRequest `json:"requests"`
	}
	if err := u.client.call(ctx, "POST", "/v1/stories/"+u.story+"/upload/parts", u.token,
		map[string]any{"parts": parts}, &out); err != nil {
		return r, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, r := range out.Requests {
		u.signed[r.Part] = r
	}
	return u.signed[n], nil
}

// passing are the refusals that another try may heal. 409: S3 says so where a
// lost try of the same PUT has not ended yet.
var passing = []int{http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests}

// retry repeats what can heal: up to 10 times, pausing half a second to 30
// seconds, never two clients in step.
func retry(ctx context.Context, do func() error) error {
	pause := 500 * time.Millisecond
	for try := 1; ; try++ {
		err := do()
		if k := fault.KindOf(err); err == nil || (k != fault.Unavailable && k != fault.TooMany) || try == 10 ||
			ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause/2 + rand.N(pause/2)):
		}
		pause = min(2*pause, 30*time.Second)
	}
}

// counter tells the bar what was read for sending.
type counter struct {
	r   io.Reader
	n   atomic.Int64
	bar *progressBar
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	c.bar.add(int64(n))
	return n, err
}

// progressBar is one line on a terminal, redrawn a few times a second.
type progressBar struct {
	w     io.Writer
	quiet bool
	total int64

	mu    sync.Mutex
	done  int64
	start time.Time
	from  int64 // bytes that were there before the start
	drawn time.Time
	shown bool
}

func (b *progressBar) add(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.start.IsZero() {
		b.start, b.from = time.Now(), max(n, 0)
	}
	b.done += n
	if b.quiet || b.total == 0 || time.Since(b.drawn) < 100*time.Millisecond {
		return
	}
	b.drawn, b.shown = time.Now(), true
	share := float64(b.done) / float64(b.total)
	width := 30
	fill := min(int(share*float64(width)), width)
	left := ""
	if moved := b.done - b.from; moved > 0 {
		rate := float64(moved) / time.Since(b.start).Seconds()
		left = fmt.Sprintf("  %.1f MB/s  %s left", rate/1e6,
			time.Duration(float64(b.total-b.done)/rate*float64(time.Second)).Round(time.Second))
	}
	fmt.Fprintf(b.w, "\r\x1b[K[%-*s] %3.0f %%%s", width, "##############################"[:max(fill, 0)], 100*share,
		left)
}

func (b *progressBar) say(format string, args ...any) {
	if !b.quiet {
		b.shown = true
		fmt.Fprintf(b.w, "\r\x1b[K"+format, args...)
	}
}

// end clears the line.
func (b *progressBar) end() {
	if b.shown {
		fmt.Fprint(b.w, "\r\x1b[K")
		b.shown = false
	}
}
