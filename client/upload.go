package client

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Upload is a story whose file is not all in storage yet. Only its Ref
// outlives the program; Resume makes an Upload of it again.
type Upload struct {
	Ref
	plan uploadPlan
}

// Bytes is the size of the file.
func (u *Upload) Bytes() int64 { return u.plan.Bytes }

// uploadPlan is what the API says of an upload.
type uploadPlan struct {
	Bytes     int64           `json:"bytes"`
	PartSize  int64           `json:"part_size"`  // 0: one PUT of the whole file
	PartCount int             `json:"part_count"` // likewise
	Received  []receivedPart  `json:"received"`
	Requests  []signedRequest `json:"requests"`
}

type receivedPart struct {
	Number int   `json:"number"`
	Bytes  int64 `json:"bytes"`
}

// signedRequest is a presigned PUT of one part; part 0 is the whole file.
type signedRequest struct {
	Part    int               `json:"part"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

// UploadOptions change how a file is sent. The zero value is ready to use.
type UploadOptions struct {
	// Parallel is how many parts are sent at a time; 0: three.
	Parallel int
	// Progress is called with the bytes that storage has or that are on their
	// way, and with the file's size. Calls do not overlap. The count falls
	// when a part must be sent again.
	Progress func(sent, total int64)
}

// Upload sends what storage does not have yet and completes the upload.
// Requests whose signature expired are signed again; parts that the network
// lost are sent again. When it fails, Resume and Upload go on from there.
func (c *Client) Upload(ctx context.Context, u *Upload, file io.ReaderAt, o UploadOptions) error {
	s := sender{client: c, ref: u.Ref, file: file, signed: map[int]signedRequest{}}
	s.progress = counter{total: u.plan.Bytes, report: o.Progress}
	for _, r := range u.plan.Requests {
		s.signed[r.Part] = r
	}
	received := map[int]bool{}
	there := int64(0)
	for _, p := range u.plan.Received {
		received[p.Number] = true
		there += p.Bytes
	}
	s.progress.add(there)
	g, sending := errgroup.WithContext(ctx)
	g.SetLimit(parallel(o.Parallel))
	first, last, size := 1, u.plan.PartCount, u.plan.PartSize
	if u.plan.PartCount == 0 {
		first, last, size = 0, 0, u.plan.Bytes
	}
	for n := first; n <= last && sending.Err() == nil; n++ {
		if received[n] {
			continue
		}
		from := int64(max(n-1, 0)) * size
		length := min(size, u.plan.Bytes-from)
		g.Go(func() error { return s.part(sending, n, from, length) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return c.call(ctx, http.MethodPost, "/v1/stories/"+u.Story+"/upload/complete", u.Token, nil, nil)
}

func parallel(n int) int {
	if n < 1 {
		return 3
	}
	return n
}

// sender sends the parts of one file.
type sender struct {
	client   *Client
	ref      Ref
	file     io.ReaderAt
	progress counter

	mu     sync.Mutex
	signed map[int]signedRequest
}

// part sends a part until storage has it.
func (s *sender) part(ctx context.Context, n int, from, length int64) error {
	return retry(ctx, func() error {
		r, err := s.sign(ctx, n)
		if err != nil {
			return err
		}
		body := &countingReader{r: io.NewSectionReader(s.file, from, length), progress: &s.progress}
		if err := s.put(ctx, r, body, length); err != nil {
			body.undo()
			return err
		}
		return nil
	})
}

// retryableStatuses are the refusals of storage that another try may heal.
// 409: S3 answers so while a lost try of the same PUT has not ended yet.
var retryableStatuses = []int{http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests}

// put sends one presigned request.
func (s *sender) put(ctx context.Context, r signedRequest, body io.Reader, length int64) error {
	ctx, cancel := context.WithTimeout(ctx, partTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, body)
	if err != nil {
		return err
	}
	if req.ContentLength = length; length == 0 {
		req.Body = http.NoBody
	}
	for k, v := range r.Headers {
		req.Header.Set(k, v)
	}
	resp, err := s.client.http.Do(req)
	if err != nil {
		// not err itself: its text holds the presigned URL
		return &Error{Code: "network", Detail: "the upload was interrupted", Err: ctx.Err(), retryable: true}
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // so that the connection is used again
	resp.Body.Close()
	switch {
	// 412: it arrived, only the answer was lost
	case resp.StatusCode < http.StatusMultipleChoices, resp.StatusCode == http.StatusPreconditionFailed:
		return nil
	case resp.StatusCode == http.StatusForbidden: // the signature expired
		s.mu.Lock()
		delete(s.signed, r.Part)
		s.mu.Unlock()
	case resp.StatusCode < 500 && !slices.Contains(retryableStatuses, resp.StatusCode):
		return &Error{
			Status: resp.StatusCode, Code: "storage.refused",
			Detail: "storage refused the upload (" + resp.Status + ")",
		}
	}
	return &Error{
		Status: resp.StatusCode, Code: "storage.unavailable", Detail: "storage answered " + resp.Status,
		RetryAfter: retryAfter(resp), retryable: true,
	}
}

// sign returns the request for a part, asking the API for it where the plan
// had none or its signature expired.
func (s *sender) sign(ctx context.Context, n int) (signedRequest, error) {
	s.mu.Lock()
	r, ok := s.signed[n]
	s.mu.Unlock()
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
	if err := s.client.call(ctx, http.MethodPost, "/v1/stories/"+s.ref.Story+"/upload/parts", s.ref.Token,
		map[string]any{"parts": parts}, &out); err != nil {
		return r, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range out.Requests {
		s.signed[r.Part] = r
	}
	return s.signed[n], nil
}

// counter adds up what all parts have sent.
type counter struct {
	total  int64
	report func(sent, total int64)

	mu   sync.Mutex
	sent int64
}

func (c *counter) add(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent += n
	if c.report != nil {
		c.report(c.sent, c.total)
	}
}

// countingReader counts what is read for sending.
type countingReader struct {
	r        io.Reader
	progress *counter

	mu     sync.Mutex
	n      int64
	undone bool
}

// Read implements io.Reader.
func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.undone && n > 0 {
		r.n += int64(n)
		r.progress.add(int64(n))
	}
	return n, err
}

// undo takes back what was counted. The transport may still read after a
// failed request has returned; that is not counted any more.
func (r *countingReader) undo() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.undone = true
	r.progress.add(-r.n)
}
