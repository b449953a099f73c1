package testkit

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/storyreel/storyreel/internal/storage"
)

// Quirks are ways in which S3 servers differ from AWS. Each is one that some
// product has or had; Stores has the products.
type Quirks struct {
	NeedMD5          bool // DeleteObjects and bucket settings without Content-MD5: 400
	NoChecksums      bool // x-amz-checksum-* and aws-chunked: 400
	RewriteEncoding  bool // Accept-Encoding is rewritten and SDK headers are dropped before signatures are checked
	PutIgnores       bool // If-None-Match on PUT has no effect
	PutRefuses       bool // If-None-Match on PUT: 501
	CompleteIgnores  bool // If-None-Match on CompleteMultipartUpload has no effect
	CompleteRefuses  bool // If-None-Match on CompleteMultipartUpload: 501
	CopyIgnores      bool // x-amz-copy-source-if-match has no effect
	CopyRefuses      bool // CopyObject: 501
	CopyFails200     bool // the first CopyObject: 200 with an error in the body
	NoListV2         bool // ListObjectsV2: 501
	ListV1Only       bool // ListObjectsV2 answers as ListObjects
	NoBatchDelete    int  // DeleteObjects: this status
	BatchLimit       int  // DeleteObjects of more objects: 400
	BatchErrors      bool // DeleteObjects: 200, every object with InternalError
	BatchNothing     bool // DeleteObjects: 200, nothing is deleted
	Versions         bool // deleted objects stay as versions
	NoListUploads    bool // ListMultipartUploads: 501
	NoBucketSettings int  // CORS, policy and lifecycle of buckets: this status
	OpaqueETags      bool // ETags are no MD5 sums
	WeakETags        bool // ETags of answers to HEAD and GET are marked as weak
	SmallPages       bool // lists have pages of two
	SlowDownEvery    int  // every nth request: 503 SlowDown
	VirtualHostOnly  bool // the bucket's name is taken in the host only
}

// Stores are products as sets of quirks. docs/storage.md names the sources.
func Stores() map[string]Quirks {
	return map[string]Quirks{
		"AWS":        {SmallPages: true},
		"AWS 2023":   {PutRefuses: true, CompleteRefuses: true, CopyFails200: true},
		"MinIO":      {NeedMD5: true, NoBucketSettings: http.StatusNotImplemented, NoListUploads: true},
		"MinIO 2022": {NeedMD5: true, NoChecksums: true, PutIgnores: true, CompleteIgnores: true},
		"R2":         {CompleteIgnores: true, NoBucketSettings: http.StatusNotImplemented, OpaqueETags: true},
		"B2": {
			Versions: true, NoChecksums: true, PutRefuses: true, CompleteRefuses: true,
			NoBucketSettings: http.StatusForbidden,
		},
		"GCS": {
			RewriteEncoding: true, NoChecksums: true, PutIgnores: true, CompleteIgnores: true,
			NoBatchDelete: http.StatusBadRequest, NoListV2: true, NoBucketSettings: http.StatusBadRequest,
			OpaqueETags: true,
		},
		"Ceph RGW": {NeedMD5: true, NoChecksums: true, CompleteIgnores: true, BatchLimit: 1},
		"OCI": {
			NeedMD5: true, NoChecksums: true, PutRefuses: true, CompleteRefuses: true, CopyIgnores: true,
			NoBucketSettings: http.StatusNotImplemented, OpaqueETags: true,
		},
		"gateway of old": {
			ListV1Only: true, SmallPages: true, CopyRefuses: true, NoBatchDelete: http.StatusMethodNotAllowed,
			NoChecksums: true, PutIgnores: true, WeakETags: true, NoListUploads: true,
		},
		"batches with errors":     {BatchErrors: true},
		"batches without effect":  {BatchNothing: true},
		"batches always unwell":   {NoBatchDelete: http.StatusInternalServerError},
		"no method for a setting": {NoBucketSettings: http.StatusMethodNotAllowed},
		"busy":                    {SlowDownEvery: 7},
	}
}

// imitation passes requests to the real S3 server as a server with quirks would.
type imitation struct {
	Quirks
	config   storage.Config
	proxy    http.Handler
	requests atomic.Int64
	slowed   sync.Map // requests that were asked to slow down; they pass when they are repeated
	copied   atomic.Bool
	versions *versions
}

// Store returns the configuration of a bucket for this test alone, on a server
// with quirks. The bucket exists, and everybody can read public/.
func Store(t testing.TB, q Quirks) storage.Config {
	t.Helper()
	c := BucketConfig(t)
	direct, err := storage.Open(t.Context(), c)
	requireNoError(t, "open bucket", err)
	requireNoError(t, "set up bucket", direct.Setup(t.Context()))
	target, err := url.Parse(c.Endpoint)
	requireNoError(t, "parse endpoint", err)
	s := &imitation{Quirks: q, config: c}
	if q.Versions {
		s.versions = newVersions(c)
	}
	s.proxy = &httputil.ReverseProxy{
		ErrorLog: log.New(io.Discard, "", 0),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
			r.Out.Host = r.In.Host // covered by the signature
		},
		ModifyResponse: s.answer,
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	requireNoError(t, "listen", err)
	srv := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(l) }()      // ends with Close
	t.Cleanup(func() { _ = srv.Close() }) // nothing is pending
	c.Endpoint = "http://" + l.Addr().String()
	return c
}

// operation is the S3 operation of a request, where a quirk depends on it.
func operation(r *http.Request) string {
	q := r.URL.Query()
	key := strings.Count(strings.Trim(r.URL.Path, "/"), "/") > 0
	switch {
	case r.Method == http.MethodPost && q.Has("delete"):
		return "DeleteObjects"
	case r.Method == http.MethodPost && q.Has("uploadId"):
		return "CompleteMultipartUpload"
	case r.Method == http.MethodPut && r.Header.Get("X-Amz-Copy-Source") != "":
		return "CopyObject"
	case r.Method == http.MethodPut && key && !q.Has("partNumber"):
		return "PutObject"
	case q.Has("cors"), q.Has("policy"), q.Has("lifecycle"):
		return "settings"
	case r.Method == http.MethodGet && q.Has("uploads"):
		return "ListMultipartUploads"
	case r.Method == http.MethodGet && q.Has("uploadId"):
		return "ListParts"
	case r.Method == http.MethodGet && q.Has("versions"):
		return "ListObjectVersions"
	case r.Method == http.MethodGet && !key:
		return "ListObjects"
	}
	return ""
}

// ServeHTTP implements http.Handler.
func (s *imitation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := s.requests.Add(1)
	op := operation(r)
	if s.SlowDownEvery > 0 && n%int64(s.SlowDownEvery) == 0 && r.Header.Get("Authorization") != "" {
		if _, again := s.slowed.LoadOrStore(r.Method+r.URL.String(), true); !again {
			fail(w, r, http.StatusServiceUnavailable, "SlowDown")
			return
		}
	}
	if s.VirtualHostOnly && !s.toPath(r) {
		fail(w, r, http.StatusBadRequest, "SecondLevelDomainForbidden")
		return
	}
	if status, code := s.refusal(op, r); status != 0 {
		fail(w, r, status, code)
		return
	}
	if s.versions != nil && s.versions.serve(w, r, op) {
		return
	}
	if op == "DeleteObjects" && (s.BatchErrors || s.BatchNothing) {
		s.batch(w, r)
		return
	}
	if err := s.alter(op, r); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	s.proxy.ServeHTTP(w, r)
}

// refusal returns the status and code with which the server refuses the
// request, or 0.
func (s *imitation) refusal(op string, r *http.Request) (status int, code string) {
	conditional := r.Header.Get("If-None-Match") != ""
	checksummed := r.Header.Get("X-Amz-Trailer") != "" || r.Header.Get("X-Amz-Sdk-Checksum-Algorithm") != "" ||
		strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked")
	for name := range r.Header {
		checksummed = checksummed || strings.HasPrefix(name, "X-Amz-Checksum-")
	}
	needsMD5 := op == "DeleteObjects" || op == "settings" && r.Method == http.MethodPut
	switch {
	case s.NoChecksums && checksummed:
		return http.StatusBadRequest, "InvalidArgument"
	case s.NeedMD5 && needsMD5 && r.Header.Get("Content-Md5") == "":
		return http.StatusBadRequest, "MissingContentMD5"
	case s.PutRefuses && op == "PutObject" && conditional,
		s.CompleteRefuses && op == "CompleteMultipartUpload" && conditional,
		s.CopyRefuses && op == "CopyObject",
		s.NoListUploads && op == "ListMultipartUploads",
		s.NoListV2 && op == "ListObjects" && r.URL.Query().Get("list-type") == "2":
		return http.StatusNotImplemented, "NotImplemented"
	case s.NoBucketSettings != 0 && op == "settings":
		return s.NoBucketSettings, codeOf(s.NoBucketSettings)
	case s.NoBatchDelete != 0 && op == "DeleteObjects":
		return s.NoBatchDelete, codeOf(s.NoBatchDelete)
	case s.CopyFails200 && op == "CopyObject" && s.copied.CompareAndSwap(false, true):
		return http.StatusOK, "InternalError"
	case s.BatchLimit > 0 && op == "DeleteObjects" && strings.Count(body(r), "<Object>") > s.BatchLimit:
		return http.StatusBadRequest, "MalformedXML"
	}
	return 0, ""
}

func codeOf(status int) string {
	return map[int]string{
		http.StatusBadRequest: "NotImplemented", http.StatusNotImplemented: "NotImplemented",
		http.StatusForbidden: "AccessDenied", http.StatusMethodNotAllowed: "MethodNotAllowed",
		http.StatusInternalServerError: "InternalError",
	}[status]
}

func fail(w http.ResponseWriter, r *http.Request, status int, code string) {
	_, _ = io.Copy(io.Discard, r.Body) // answering earlier would break the connection
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>as some servers do</Message></Error>`, code)
	}
}

// body returns the body of a request and leaves it to be read again.
func body(r *http.Request) string {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return ""
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	return string(text)
}

var deletedKey = regexp.MustCompile(`<Key>([^<]*)</Key>`)

// batch answers DeleteObjects without deleting anything.
func (s *imitation) batch(w http.ResponseWriter, r *http.Request) {
	out := ""
	for _, m := range deletedKey.FindAllStringSubmatch(body(r), -1) {
		if s.BatchErrors {
			out += "<Error><Key>" + m[1] + "</Key><Code>InternalError</Code><Message>try again</Message></Error>"
		}
	}
	w.Header().Set("Content-Type", "application/xml")
	_, _ = io.WriteString(w, `<?xml version="1.0"?><DeleteResult>`+out+`</DeleteResult>`)
}

// alter changes the request on its way to the real server.
func (s *imitation) alter(op string, r *http.Request) error {
	if s.RewriteEncoding {
		r.Header.Set("Accept-Encoding", "identity,gzip(gfe)")
		r.Header.Del("Amz-Sdk-Invocation-Id")
		r.Header.Del("Amz-Sdk-Request")
	}
	if (s.PutIgnores && op == "PutObject" || s.CompleteIgnores && op == "CompleteMultipartUpload") &&
		r.Header.Get("If-None-Match") != "" {
		// The condition holds once there is no object. Its signature stays valid.
		if err := s.deleteFirst(r); err != nil {
			return err
		}
	}
	if r.Header.Get("Authorization") == "" {
		return nil // presigned: what follows changes what the signature covers
	}
	changed := false
	q := r.URL.Query()
	if s.CopyIgnores && op == "CopyObject" {
		r.Header.Del("X-Amz-Copy-Source-If-Match")
		changed = true
	}
	if s.ListV1Only && op == "ListObjects" {
		for _, name := range []string{"list-type", "start-after", "continuation-token"} {
			q.Del(name)
		}
		changed = true
	}
	if s.SmallPages && slices.Contains([]string{"ListObjects", "ListParts"}, op) {
		q.Set(map[string]string{"ListObjects": "max-keys", "ListParts": "max-parts"}[op], "2")
		changed = true
	}
	if s.OpaqueETags {
		for _, name := range []string{"If-Match", "X-Amz-Copy-Source-If-Match"} {
			if v := r.Header.Get(name); v != "" {
				r.Header.Set(name, swapETags(v))
			}
		}
		if op == "CompleteMultipartUpload" {
			text := swapETags(body(r))
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		}
		changed = true
	}
	r.URL.RawQuery = q.Encode()
	if !changed {
		return nil
	}
	return sign(s.config, r)
}

var md5ETag = regexp.MustCompile(`\b[0-9a-f]{32}(-\d+)?\b|\bopaque\.[0-9a-f]{32}(-\d+)?\b`)

// swapETags turns MD5 sums into opaque tags and back.
func swapETags(text string) string {
	return md5ETag.ReplaceAllStringFunc(text, func(tag string) string {
		if old, ok := strings.CutPrefix(tag, "opaque."); ok {
			return old
		}
		return "opaque." + tag
	})
}

// answer changes the real server's answer.
func (s *imitation) answer(r *http.Response) error {
	if etag := r.Header.Get("ETag"); etag != "" {
		if s.OpaqueETags {
			etag = swapETags(etag)
		}
		if s.WeakETags && r.Request.Method != http.MethodPut {
			etag = "W/" + etag
		}
		r.Header.Set("ETag", etag)
	}
	if r.Request.Method == http.MethodHead || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/xml") {
		return nil
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	out := string(text)
	if s.OpaqueETags {
		out = swapETags(out)
	}
	if s.versions != nil {
		out = s.versions.hide(out)
	}
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(out)), int64(len(out))
	r.Header.Set("Content-Length", fmt.Sprint(len(out)))
	return nil
}
