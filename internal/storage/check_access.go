package storage

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

func (p *probe) checkCORS(ctx context.Context) Finding {
	f := Finding{
		Name: "cors",
		Fix: "allow PUT, GET and HEAD from your sites' origins in the bucket's CORS rules and expose ETag; " +
			"`storyreel bucket` does so if the server and the credentials allow it",
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
	put, err := p.unsigned(ctx, http.MethodPut, s.URL, probeBody, append(pairs(s.Headers), "Origin", origin)...)
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
			"* (`storyreel bucket` does so where the server has bucket policies), or point STORYREEL_MEDIA_URL at a " +
			"CDN that may read it",
	}
	key := p.key(media.PublicRoot + "check/")
	if err := p.write(ctx, key); err != nil {
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
		if err := p.write(ctx, key); err != nil {
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
