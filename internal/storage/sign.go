package storage

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

// SignPut returns a request that writes one new object at key, of exactly this
// length in bytes, this content type and, if sha256Base64 is not empty, this
// SHA-256 (standard base64). It never overwrites where the server honours
// If-None-Match; elsewhere the object can change until Pin, which keeps only
// what Fetch has read. Headers the server refuses are left out. Headers holds
// the headers to send besides Content-Length, which browsers set themselves.
func (b *Bucket) SignPut(ctx context.Context, key string, bytes int64, contentType, sha256Base64 string,
	ttl time.Duration) (media.SignedRequest, error) {
	if err := checkUpload(key, bytes, ttl); err != nil {
		return media.SignedRequest{}, err
	}
	in := &s3.PutObjectInput{
		Bucket: &b.name, Key: &key, ContentLength: &bytes,
		ContentType: &contentType,
	}
	bound := []string{"content-length", "content-type"}
	server := b.learned(ctx)
	if server.conditionalPut != refused {
		in.IfNoneMatch = aws.String("*")
		bound = append(bound, "if-none-match")
	}
	if sha256Base64 != "" && !server.noChecksum {
		in.ChecksumSHA256 = &sha256Base64
		bound = append(bound, "x-amz-checksum-sha256")
	}
	expires, err := b.expiry(ctx, &ttl)
	if err != nil {
		return media.SignedRequest{}, err
	}
	defer b.signed(time.Now())
	r, err := b.signer.PresignPutObject(ctx, in, s3.WithPresignExpires(ttl))
	return newSignedRequest(r, err, expires, bound)
}

// SignPart returns a request that writes part number (from 1) of a multipart
// upload, of exactly this length in bytes. Parts may be overwritten until the
// upload is completed.
func (b *Bucket) SignPart(ctx context.Context, key, uploadID string, number int, bytes int64,
	ttl time.Duration) (media.SignedRequest, error) {
	if err := checkUpload(key, bytes, ttl); err != nil {
		return media.SignedRequest{}, err
	}
	if uploadID == "" || number < 1 || number > maxParts {
		return media.SignedRequest{},
			fault.New(fault.Invalid, "upload.part", "parts are numbered from 1 to %d", maxParts)
	}
	expires, err := b.expiry(ctx, &ttl)
	if err != nil {
		return media.SignedRequest{}, err
	}
	defer b.signed(time.Now())
	r, err := b.signer.PresignUploadPart(ctx, &s3.UploadPartInput{
		Bucket: &b.name, Key: &key, UploadId: &uploadID,
		PartNumber: aws.Int32(int32(number)), ContentLength: &bytes, // at most maxParts
	}, s3.WithPresignExpires(ttl))
	s, err := newSignedRequest(r, err, expires, []string{"content-length"})
	s.Part = number
	return s, err
}

// SignGet returns a URL that reads the object until ttl has passed.
// downloadName is the file name under which a browser saves it; if empty, the
// browser shows the object. The URL is a credential: never log it.
func (b *Bucket) SignGet(ctx context.Context, key string, ttl time.Duration, downloadName string) (string, error) {
	if key == "" || ttl <= 0 {
		return "", fault.New(fault.Internal, "storage.sign", "a signed read needs a key and a lifetime")
	}
	if _, err := b.expiry(ctx, &ttl); err != nil {
		return "", err
	}
	defer b.signed(time.Now())
	r, err := b.signer.PresignGetObject(ctx, &s3.GetObjectInput{
		Bucket: &b.name, Key: &key, ResponseContentDisposition: aws.String(contentDisposition(downloadName)),
	}, s3.WithPresignExpires(ttl))
	if err != nil {
		return "", failure("sign read", err, nil)
	}
	return r.URL, nil
}

// checkUpload rejects keys outside of incoming/ and empty uploads.
func checkUpload(key string, bytes int64, ttl time.Duration) error {
	if !strings.HasPrefix(key, media.IncomingRoot) || path.Clean(key) != key {
		return fault.New(fault.Internal, "storage.sign", "uploads are only signed under %s", media.IncomingRoot)
	}
	if bytes <= 0 || ttl <= 0 {
		return fault.New(fault.Invalid, "upload.empty", "an upload needs a length and a lifetime above zero")
	}
	return nil
}

// expiry returns when a signature of this lifetime ends, which is never after
// the credentials that sign it. It shortens ttl accordingly.
func (b *Bucket) expiry(ctx context.Context, ttl *time.Duration) (time.Time, error) {
	c, err := b.creds.Retrieve(ctx)
	if err != nil {
		return time.Time{}, failure("sign", err, nil)
	}
	now := time.Now().UTC()
	if c.CanExpire && c.Expires.Before(now.Add(*ttl)) {
		*ttl = max(c.Expires.Sub(now), time.Second)
	}
	return now.Add(*ttl).Truncate(time.Microsecond), nil
}

// newSignedRequest converts the SDK's request. It fails if the signature does
// not cover the bound headers: older SDK versions moved such headers to the
// query, where servers ignore them.
func newSignedRequest(
	r *v4.PresignedHTTPRequest, err error, expires time.Time, bound []string,
) (media.SignedRequest, error) {
	if err != nil {
		return media.SignedRequest{}, failure("sign upload", err, nil)
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return media.SignedRequest{}, fault.New(fault.Internal, "storage.sign", "the signed address is malformed")
	}
	names := strings.Split(u.Query().Get("X-Amz-SignedHeaders"), ";")
	for _, h := range bound {
		if !slices.Contains(names, h) {
			return media.SignedRequest{}, fault.New(fault.Internal, "storage.sign", "the signature does not bind %s", h)
		}
	}
	out := media.SignedRequest{Method: r.Method, URL: r.URL, Headers: map[string]string{}, ExpiresAt: expires}
	for name, values := range r.SignedHeader {
		if name = http.CanonicalHeaderKey(name); name != "Host" && name != "Content-Length" {
			out.Headers[name] = strings.Join(values, ",")
		}
	}
	return out, nil
}

// contentDisposition returns the header's value for a download name, with
// characters that are unsafe in headers or file names replaced.
func contentDisposition(name string) string {
	if name == "" {
		return "inline"
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) || strings.ContainsRune(`/\"';:*?<>|%`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if runes := []rune(name); len(runes) > 120 {
		ext := []rune(path.Ext(name))
		if len(ext) > 10 {
			ext = nil
		}
		name = string(runes[:120-len(ext)]) + string(ext)
	}
	if name = strings.Trim(name, ". "); name == "" {
		name = "download"
	}
	if d := mime.FormatMediaType("attachment", map[string]string{"filename": name}); d != "" {
		return d
	}
	return fmt.Sprintf("attachment; filename*=utf-8''%s", url.PathEscape(name))
}
