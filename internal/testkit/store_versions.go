package testkit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/storyreel/storyreel/internal/storage"
)

// sign signs a changed request again with the bucket's keys.
func sign(c storage.Config, r *http.Request) error {
	text := body(r)
	sum := sha256.Sum256([]byte(text))
	hash := hex.EncodeToString(sum[:])
	r.Header.Del("Authorization")
	r.Header.Set("X-Amz-Content-Sha256", hash)
	out := r.Clone(r.Context())
	out.URL.Host, out.URL.Scheme = r.Host, "http"
	out.Header = http.Header{} // only what the signature must cover
	for name, values := range r.Header {
		if strings.HasPrefix(name, "X-Amz-") || strings.HasPrefix(name, "If-") || name == "Content-Md5" ||
			name == "Content-Type" {
			out.Header[name] = values
		}
	}
	out.ContentLength = r.ContentLength
	err := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }).SignHTTP(r.Context(),
		aws.Credentials{AccessKeyID: c.AccessKey, SecretAccessKey: c.SecretKey}, out, hash, "s3", c.Region, time.Now())
	r.Header.Set("Authorization", out.Header.Get("Authorization"))
	r.Header.Set("X-Amz-Date", out.Header.Get("X-Amz-Date"))
	return err
}

// toPath moves the bucket's name from the host into the path and signs the
// request again. It reports whether the name was in the host.
func (s *imitation) toPath(r *http.Request) bool {
	host, ok := strings.CutPrefix(r.Host, s.config.Bucket+".")
	if !ok {
		return false
	}
	r.Host, r.URL.Path, r.URL.RawPath = host, "/"+s.config.Bucket+r.URL.Path, ""
	q := r.URL.Query()
	switch {
	case r.Header.Get("Authorization") != "":
		return sign(s.config, r) == nil
	case q.Get("X-Amz-Signature") == "":
		return true
	}
	out := r.Clone(r.Context())
	out.URL.Host, out.URL.Scheme = r.Host, "http"
	out.Header = http.Header{}
	for _, name := range strings.Split(q.Get("X-Amz-SignedHeaders"), ";") {
		if v := r.Header.Get(name); v != "" && name != "content-length" {
			out.Header.Set(name, v)
		}
	}
	for name := range q {
		if strings.HasPrefix(name, "X-Amz-") && name != "X-Amz-Expires" {
			q.Del(name)
		}
	}
	out.URL.RawQuery = q.Encode()
	signed, _, err := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }).PresignHTTP(
		r.Context(), aws.Credentials{AccessKeyID: s.config.AccessKey, SecretAccessKey: s.config.SecretKey}, out,
		"UNSIGNED-PAYLOAD", "s3", s.config.Region, time.Now())
	if err != nil {
		return false
	}
	u, err := url.Parse(signed)
	if err != nil {
		return false
	}
	r.URL.RawQuery = u.RawQuery
	return true
}

// send sends a request of the proxy's own to the real server and returns the
// body of its answer.
func send(ctx context.Context, c storage.Config, method, path, query string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.Endpoint+path, http.NoBody)
	if err != nil {
		return "", err
	}
	req.URL.RawQuery = query
	if err := sign(c, req); err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

// deleteFirst deletes the object that the request is about to write.
func (s *imitation) deleteFirst(r *http.Request) error {
	_, err := send(r.Context(), s.config, http.MethodDelete, r.URL.EscapedPath(), "")
	return err
}

// versions imitates a bucket that keeps deleted objects as versions behind a
// delete marker: the real object stays, and is hidden.
type versions struct {
	config storage.Config
	mu     sync.Mutex
	marked map[string]bool // keys with a delete marker
}

func newVersions(c storage.Config) *versions { return &versions{config: c, marked: map[string]bool{}} }

const objectVersion, markerVersion = "v1", "marker"

// serve answers requests that differ in a bucket with versions.
func (v *versions) serve(w http.ResponseWriter, r *http.Request, op string) bool {
	key := strings.TrimPrefix(r.URL.Path, "/"+v.config.Bucket+"/")
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case op == "ListObjectVersions":
		v.list(w, r)
	case op == "DeleteObjects":
		v.deleteBatch(w, r)
	case r.Method == http.MethodDelete && !r.URL.Query().Has("uploadId"):
		v.delete(r.Context(), key, r.URL.Query().Get("versionId"))
		w.WriteHeader(http.StatusNoContent)
	case (r.Method == http.MethodGet || r.Method == http.MethodHead) && v.marked[key]:
		fail(w, r, http.StatusNotFound, "NoSuchKey")
	default:
		if op == "PutObject" {
			delete(v.marked, key)
		}
		return false
	}
	return true
}

func (v *versions) delete(ctx context.Context, key, version string) {
	switch version {
	case "":
		v.marked[key] = true
	case markerVersion:
		delete(v.marked, key)
	case objectVersion:
		_, _ = send(ctx, v.config, http.MethodDelete, "/"+v.config.Bucket+"/"+key, "") // what stays is listed
	}
}

var toDelete = regexp.MustCompile(`<Object><Key>([^<]*)</Key>(?:<VersionId>([^<]*)</VersionId>)?`)

func (v *versions) deleteBatch(w http.ResponseWriter, r *http.Request) {
	for _, m := range toDelete.FindAllStringSubmatch(body(r), -1) {
		v.delete(r.Context(), m[1], m[2])
	}
	w.Header().Set("Content-Type", "application/xml")
	_, _ = io.WriteString(w, `<?xml version="1.0"?><DeleteResult></DeleteResult>`)
}

func (v *versions) list(w http.ResponseWriter, r *http.Request) {
	prefix := r.URL.Query().Get("prefix")
	text, err := send(r.Context(), v.config, http.MethodGet, "/"+v.config.Bucket+"/", "prefix="+prefix)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	out := ""
	for _, m := range deletedKey.FindAllStringSubmatch(text, -1) {
		out += fmt.Sprintf("<Version><Key>%s</Key><VersionId>%s</VersionId></Version>", m[1], objectVersion)
	}
	for key := range v.marked {
		if strings.HasPrefix(key, prefix) {
			out += fmt.Sprintf("<DeleteMarker><Key>%s</Key><VersionId>%s</VersionId></DeleteMarker>", key,
				markerVersion)
		}
	}
	w.Header().Set("Content-Type", "application/xml")
	_, _ = io.WriteString(w, `<?xml version="1.0"?><ListVersionsResult>`+out+`</ListVersionsResult>`)
}

var contents = regexp.MustCompile(`(?s)<Contents>.*?</Contents>`)

// hide removes marked keys from a listing.
func (v *versions) hide(text string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return contents.ReplaceAllStringFunc(text, func(entry string) string {
		if m := deletedKey.FindStringSubmatch(entry); m != nil && v.marked[m[1]] {
			return ""
		}
		return entry
	})
}
