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
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

// Finding is the result of one of Check's tests. A Finding that is OK and has
// a Fix is a warning.
type Finding struct {
	Name   string // stable: reachable, clock, conditional_put, cors, public, private, lifecycle
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
	return append(findings, p.checkConditionalPut(ctx), p.checkCORS(ctx), p.checkPublic(ctx), p.checkPrivate(ctx),
		b.checkLifecycle(ctx))
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
			"create it, or run `storyreel migrate` with credentials that may create buckets"
	case classify(err, nil) == errForbidden:
		f.Detail, f.Fix = "the bucket "+b.name+" refuses our credentials",
			"set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or the role) and allow s3:* on the bucket and its objects"
	default:
		f.Detail, f.Fix = "the bucket "+b.name+" cannot be used: "+fault.CodeOf(failure("", err, nil)),
			"look at the S3 server's log and at the region"
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

var probeBody = []byte("storyreel probe\n")

func (p *probe) key(root string) string {
	k := root + p.name + "/probe.txt"
	p.keys = append(p.keys, k)
	return k
}

func (p *probe) write(ctx context.Context, key string, ifNoneMatch *string) error {
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
	defer cancel()
	_, err := p.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &p.Bucket.name, Key: &key, Body: bytes.NewReader(probeBody), IfNoneMatch: ifNoneMatch,
		ContentType: aws.String("text/plain"), CacheControl: aws.String("no-store"),
	})
	return failure("put probe", err, errExists)
}

func (p *probe) cleanUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shortTimeout)
	defer cancel()
	for _, k := range p.keys {
		_ = p.Delete(ctx, k) // the sweep removes a probe that is left
	}
}

func (p *probe) checkConditionalPut(ctx context.Context) Finding {
	f := Finding{
		Name: "conditional_put",
		Fix:  "use an S3 server that supports If-None-Match on PUT (AWS does; most did not before 2025)",
	}
	key := p.key(media.IncomingRoot + "check/")
	if err := p.write(ctx, key, aws.String("*")); err != nil {
		f.Detail = "a first conditional write was refused: " + fault.CodeOf(err)
		return f
	}
	switch err := p.write(ctx, key, aws.String("*")); {
	case fault.Is(err, errExists.Code):
		return Finding{Name: f.Name, OK: true, Detail: "a second write to the same key is refused"}
	case err == nil:
		f.Detail = "a second write to the same key was accepted: uploads could be overwritten"
	default:
		f.Detail = "a second write to the same key failed with " + fault.CodeOf(err)
	}
	return f
}

func (p *probe) checkCORS(ctx context.Context) Finding {
	f := Finding{
		Name: "cors",
		Fix: "allow PUT, GET and HEAD from your sites' origins in the bucket's CORS rules and expose ETag; " +
			"`storyreel serve` does so when it starts, if its credentials allow it",
	}
	if len(p.origins) == 0 {
		f.Detail, f.Fix = "no web origin is configured, so no page can upload", "set the origins of your sites"
		return f
	}
	for _, origin := range p.origins {
		if f.Detail = p.uploadProblem(ctx, origin); f.Detail != "" {
			return f
		}
	}
	return Finding{
		Name: f.Name, OK: true, Detail: "pages of " + strings.Join(p.origins, ", ") + " can upload and read the ETag",
	}
}

// uploadProblem uploads as a page of origin would, with a preflight, and
// returns what failed, or an empty string.
func (p *probe) uploadProblem(ctx context.Context, origin string) string {
	s, err := p.SignPut(ctx, p.key(media.IncomingRoot+"check-cors/"+rand.Text()+"/"), int64(len(probeBody)),
		"text/plain", "", time.Minute)
	if err != nil {
		return "no upload could be signed: " + fault.CodeOf(err)
	}
	names := make([]string, 0, len(s.Headers))
	for h := range s.Headers {
		names = append(names, strings.ToLower(h))
	}
	preflight, err := p.unsigned(ctx, http.MethodOptions, s.URL, nil, "Origin", origin,
		"Access-Control-Request-Method", http.MethodPut, "Access-Control-Request-Headers", strings.Join(names, ","))
	if err != nil || preflight.status/100 != 2 || !allowsOrigin(preflight.header, origin) {
		return "a browser's preflight from " + origin + " is refused"
	}
	headers := []string{"Origin", origin}
	for h, v := range s.Headers {
		headers = append(headers, h, v)
	}
	put, err := p.unsigned(ctx, http.MethodPut, s.URL, probeBody, headers...)
	switch {
	case err != nil || put.status/100 != 2 || !allowsOrigin(put.header, origin):
		return "a browser's upload from " + origin + " is refused"
	case !strings.Contains(strings.ToLower(put.header.Get("Access-Control-Expose-Headers")), "etag"):
		return "pages of " + origin + " may upload but cannot read the ETag of what they sent"
	}
	return ""
}

func allowsOrigin(h http.Header, origin string) bool {
	got := h.Get("Access-Control-Allow-Origin")
	return got == origin || got == "*"
}

func (p *probe) checkPublic(ctx context.Context) Finding {
	f := Finding{
		Name: "public",
		Fix: "allow everybody s3:GetObject on " + p.Bucket.name + "/" + media.PublicRoot +
			"*, or point STORYREEL_MEDIA_URL at a CDN that may read it",
	}
	key := p.key(media.PublicRoot + "check/")
	if err := p.write(ctx, key, nil); err != nil {
		f.Detail, f.Fix = "no object can be written under "+media.PublicRoot+": "+fault.CodeOf(err),
			"allow our credentials s3:PutObject on the bucket"
		return f
	}
	r, err := p.unsigned(ctx, http.MethodGet, p.PublicURL(key), nil)
	switch {
	case err != nil:
		f.Detail = "no answer from " + p.mediaURL + ": " + transportError(err)
	case r.status != http.StatusOK || !bytes.Equal(r.body, probeBody):
		f.Detail = fmt.Sprintf("%s answers %d for an object under %s", p.mediaURL, r.status, media.PublicRoot)
	default:
		return Finding{Name: f.Name, OK: true, Detail: "everybody can read " + media.PublicRoot + " at " + p.mediaURL}
	}
	return f
}

func (p *probe) checkPrivate(ctx context.Context) Finding {
	f := Finding{
		Name: "private",
		Fix: "remove public access to everything but " + media.PublicRoot +
			"* in the bucket's policy, its ACLs and the CDN",
	}
	for _, root := range []string{media.IncomingRoot, media.SourcesRoot, media.ReviewRoot} {
		key := p.key(root + "check-private/")
		if err := p.write(ctx, key, nil); err != nil {
			f.Detail, f.Fix = "no object can be written under "+root+": "+fault.CodeOf(err),
				"allow our credentials s3:PutObject on the bucket"
			return f
		}
		for _, base := range []string{p.baseURL, p.browserURL, p.mediaURL} {
			r, err := p.unsigned(ctx, http.MethodGet, base+escape(key), nil)
			if err == nil && r.status/100 == 2 && bytes.Contains(r.body, probeBody) {
				f.Detail = "everybody can read " + root + " at " + base
				return f
			}
		}
	}
	for _, base := range []string{p.baseURL, p.browserURL, p.mediaURL} {
		r, err := p.unsigned(ctx, http.MethodGet, base+"?list-type=2", nil)
		if err == nil && r.status/100 == 2 && bytes.Contains(r.body, []byte("<ListBucketResult")) {
			f.Detail = "everybody can list the objects at " + base
			return f
		}
	}
	return Finding{
		Name: f.Name, OK: true, Detail: "nothing but " + media.PublicRoot + " can be read without a signature",
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
