package storage

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/storyreel/storyreel/internal/fault"
)

// Finding is the result of one of Check's tests. A Finding that is OK and has
// a Fix is a warning.
type Finding struct {
	// Name is stable: reachable, clock, conditional_put, checksum, presigned_put,
	// multipart, conditional_complete, copy, list, batch_delete, removal, cors,
	// public, private, lifecycle.
	Name   string
	OK     bool
	Detail string // what was found
	Fix    string // what to change; empty if nothing
}

// Skew of our clock against the server's. S3 servers reject signatures that
// are off by more than a few minutes, so Check fails above maxSkew and warns
// above warnSkew.
const (
	maxSkew  = 5 * time.Minute
	warnSkew = 30 * time.Second
)

// Check tests on the real bucket whatever Storyreel relies on. The first
// Finding is whether the bucket can be reached; if not, only the clock follows.
// Check writes small probe objects and removes them.
func (b *Bucket) Check(ctx context.Context) []Finding {
	reach, date := b.checkReachable(ctx)
	findings := []Finding{reach}
	if !date.IsZero() {
		findings = append(findings, clockFinding(time.Since(date)))
	}
	if !reach.OK {
		return findings
	}
	p := &probe{Bucket: b, name: ".check-" + rand.Text()}
	defer p.cleanUp(ctx)
	findings = append(findings, p.checkCapabilities(ctx)...)
	return append(findings, p.checkPresignedPut(ctx), p.checkMultipart(ctx), p.checkConditionalComplete(ctx),
		p.checkList(ctx), p.checkBatchDelete(ctx), p.checkRemoval(ctx),
		p.checkCORS(ctx), p.checkPublic(ctx), p.checkPrivate(ctx), b.checkLifecycle(ctx))
}

func (b *Bucket) checkReachable(ctx context.Context) (Finding, time.Time) {
	f := Finding{Name: "reachable"}
	resp, err := b.unsigned(ctx, http.MethodHead, b.baseURL, nil)
	if err != nil {
		f.Detail = fmt.Sprintf("no answer from %s: %s", b.baseURL, transportError(err))
		f.Fix = "start the S3 server, or correct STORYREEL_S3_ENDPOINT"
		return f, time.Time{}
	}
	date, _ := http.ParseTime(resp.header.Get("Date")) // the zero time without a valid header
	switch _, err := b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.name}); {
	case err == nil:
		f.OK, f.Detail = true, "the bucket "+b.name+" answers"
	case classify(err, nil) == errMissing:
		f.Detail, f.Fix = "there is no bucket "+b.name,
			"run `storyreel bucket` with credentials that may create buckets, or create it with your provider's tools"
	case classify(err, nil) == errForbidden:
		f.Detail, f.Fix = "the bucket "+b.name+" refuses our credentials",
			"set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or the role) and allow s3:* on the bucket and its objects"
	case classify(err, nil) == errClock:
		f.Detail, f.Fix = errClock.Detail, "synchronize the clocks (NTP)"
	default:
		f.Detail, f.Fix = "the bucket "+b.name+" cannot be used: "+fault.CodeOf(failure("", err, nil)),
			"look at the S3 server's log and at the region; a server that refuses the bucket in the path needs "+
				"STORYREEL_S3_ADDRESSING=virtual"
	}
	return f, date
}

func clockFinding(skew time.Duration) Finding {
	f := Finding{
		Name: "clock", OK: skew.Abs() <= maxSkew,
		Detail: fmt.Sprintf("this machine's clock differs from the server's by %s", skew.Abs().Round(time.Second)),
	}
	if skew.Abs() > warnSkew {
		f.Fix = "synchronize the clocks (NTP): signatures are refused when they differ by minutes"
	}
	return f
}

// probe runs tests with objects of its own, whose names are random.
type probe struct {
	*Bucket
	name string
	keys []string
}

func (p *probe) key(root string) string {
	k := root + p.name + "/probe.txt"
	p.keys = append(p.keys, k)
	return k
}

func (p *probe) write(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
	defer cancel()
	return p.putSmall(ctx, key, capabilities{conditionalPut: refused, noChecksum: true})
}

func (p *probe) cleanUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shortTimeout)
	defer cancel()
	for _, k := range p.keys {
		_ = p.Delete(ctx, k) // the sweep removes a probe that is left
	}
}

func (b *Bucket) checkLifecycle(ctx context.Context) Finding {
	f := Finding{Name: "lifecycle", OK: true}
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
	defer cancel()
	out, err := b.client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &b.name})
	if err == nil {
		for _, r := range out.Rules {
			if r.AbortIncompleteMultipartUpload != nil && r.Status == "Enabled" {
				f.Detail = "abandoned uploads are aborted by a lifecycle rule"
				return f
			}
		}
	}
	f.Detail = "no lifecycle rule aborts abandoned uploads; the sweep does"
	if classify(err, nil) != errUnsupported || err == nil {
		f.Fix = "add a lifecycle rule that aborts incomplete multipart uploads after one day, as a fallback"
	}
	return f
}

type response struct {
	status int
	header http.Header
	body   []byte // at most 64 KiB
}

// unsigned sends a request without our credentials, as a browser would; only
// the address may hold a signature. headers are names and values in turn.
func (b *Bucket) unsigned(
	ctx context.Context, method, address string, body []byte, headers ...string,
) (response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return response{}, errors.New("the address is malformed")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.anonymous.Do(req)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return response{resp.StatusCode, resp.Header, got}, err
}

// transportError returns the text of err without the address, which may hold a
// signature.
func transportError(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}
