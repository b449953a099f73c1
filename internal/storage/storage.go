// Package storage keeps the media in one S3 bucket: it signs uploads and
// downloads, verifies uploads, and transfers trees of files. It is the only
// package that knows S3. The prefixes of objects are those of package media.
//
// Credentials need these actions on the bucket:
//
//	s3:ListBucket                     readiness, listing of keys and folders
//	s3:ListBucketMultipartUploads     finding abandoned uploads
//	s3:GetBucketCORS, PutBucketCORS   Setup and AllowOrigins: uploads by web pages
//	s3:GetBucketPolicy, PutBucketPolicy
//	                                  Setup: public read of public/
//	s3:GetLifecycleConfiguration      Check
//	s3:ListBucketVersions             removal, where the bucket keeps versions
//	s3:CreateBucket, PutBucketPublicAccessBlock
//	                                  Setup, if the bucket does not exist
//
// and these on its objects:
//
//	s3:GetObject                      Head, Fetch, SignGet, source of Pin
//	s3:PutObject                      SignPut, SignPart, multipart uploads, Pin, PutTree
//	s3:DeleteObject                   Delete, DeletePrefix
//	s3:DeleteObjectVersion            removal, where the bucket keeps versions
//	s3:ListMultipartUploadParts       resuming and completing uploads
//	s3:AbortMultipartUpload           abandoned and withdrawn uploads
//
// Everybody needs s3:GetObject on public/*, or a CDN in front of it does.
//
// In the bucket, a source takes its size twice while it is copied from
// incoming/ to sources/. On the local disk, Fetch needs the size of the
// object, in the folder of its path; nothing else here writes files.
package storage

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"

	"github.com/storyreel/storyreel/internal/fault"
)

const (
	shortTimeout = 30 * time.Second // of calls that carry no media
	slowTimeout  = 15 * time.Minute // of calls that transfer an object, or for which the server copies one
	stallTimeout = time.Minute      // without data, after which Fetch fails
)

// defaultRegion is the region that S3 servers without regions expect.
const defaultRegion = "us-east-1"

// Config says which bucket to use and how to reach it.
type Config struct {
	Endpoint       string   // URL of an S3 server; empty: AWS
	PublicEndpoint string   // URL of the same server for browsers; empty: Endpoint
	Region         string   // empty: the SDK's default chain, else us-east-1 if Endpoint is set
	Bucket         string   // required
	MediaURL       string   // base URL of public objects, such as a CDN's; empty: the bucket's own
	Origins        []string // web origins whose pages may upload, such as https://example.com
	AccessKey      string   // empty: the SDK's default chain
	SecretKey      string
	Addressing     string // Virtual: the bucket's name is part of the host also with an Endpoint; empty: of the path
	PublicCache    string // Cache-Control of objects under public/; empty: five minutes
	// Observe is called after every call of the server and every signature, which
	// is an operation of its own named Sign. failure is a class of Failures, and
	// empty for success and for answers that callers expect, such as no such
	// object. nil: nobody is interested.
	Observe func(operation string, took time.Duration, failure string)

	// dial connects to servers; nil: as usual. Tests resolve names with it.
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Virtual is the Addressing of servers that refuse the bucket in the path.
const Virtual = "virtual"

// path reports whether the bucket's name goes into the path of addresses.
func (c Config) path() bool { return c.Endpoint != "" && c.Addressing != Virtual }

// check rejects configurations that cannot work with fault.Invalid
// "storage.config".
func (c Config) check() error {
	if c.Bucket == "" {
		return fault.New(fault.Invalid, "storage.config", "no bucket is named")
	}
	if (c.AccessKey == "") != (c.SecretKey == "") {
		return fault.New(fault.Invalid, "storage.config", "an access key needs its secret key, and the reverse")
	}
	if c.Addressing != "" && c.Addressing != Virtual {
		return fault.New(fault.Invalid, "storage.config", "the addressing is neither empty nor %s", Virtual)
	}
	for name, raw := range map[string]string{
		"endpoint": c.Endpoint, "public endpoint": c.PublicEndpoint, "media URL": c.MediaURL,
	} {
		if raw != "" && !plainURL(raw) {
			return fault.New(fault.Invalid, "storage.config", "the storage %s is not a plain http or https URL", name)
		}
	}
	return nil
}

// plainURL reports whether raw is an http or https URL without credentials and
// query.
func plainURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		u.RawQuery == ""
}

// Bucket is one S3 bucket. It is safe for concurrent use and needs no closing.
type Bucket struct {
	name           string
	region         string
	origins        []string
	customEndpoint bool // Config.Endpoint is set: not AWS

	client     *s3.Client
	signer     *s3.PresignClient
	creds      aws.CredentialsProvider
	anonymous  *http.Client // unsigned requests of Check
	baseURL    string       // of objects for us, ends in /
	browserURL string       // of objects for browsers, ends in /
	mediaURL   string       // of public objects, ends in /
	cdn        bool         // Config.MediaURL is set
	cache      string       // Cache-Control of public objects
	stall      time.Duration
	observe    func(operation string, took time.Duration, failure string)

	learner   learner
	noBatches atomic.Bool // the server deletes no objects in batches
	listV1    atomic.Bool // the server has no ListObjectsV2
}

// Open returns the bucket without calling the server. A configuration that
// cannot work is fault.Invalid "storage.config".
func Open(ctx context.Context, c Config) (*Bucket, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	cfg, err := loadAWSConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	public := c.PublicEndpoint
	if public == "" {
		public = c.Endpoint
	}
	b := &Bucket{
		name: c.Bucket, region: cfg.Region, origins: c.Origins, customEndpoint: c.Endpoint != "",
		client: newClient(cfg, c.Endpoint, c.path(), observed(c.Observe)),
		signer: s3.NewPresignClient(newClient(cfg, public, c.path())), observe: c.Observe,
		creds: cfg.Credentials, cdn: c.MediaURL != "", stall: stallTimeout,
		cache: cmp.Or(c.PublicCache, defaultCache),
		anonymous: &http.Client{
			Timeout: shortTimeout, Transport: transport(c),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	if b.baseURL, err = bucketURL(ctx, c, c.Endpoint, cfg.Region); err != nil {
		return nil, err
	}
	if b.browserURL, err = bucketURL(ctx, c, public, cfg.Region); err != nil {
		return nil, err
	}
	b.mediaURL = b.browserURL
	if c.MediaURL != "" {
		b.mediaURL = strings.TrimRight(c.MediaURL, "/") + "/"
	}
	return b, nil
}

// loadAWSConfig returns the SDK's configuration with the region and keys of c.
func loadAWSConfig(ctx context.Context, c Config) (aws.Config, error) {
	load := []func(*awsconfig.LoadOptions) error{
		awsconfig.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConnsPerHost = 64
			t.ResponseHeaderTimeout = slowTimeout
			t.DisableCompression = true // no Accept-Encoding, see plainRequests
			if c.dial != nil {
				t.DialContext = c.dial
			}
		})),
	}
	if c.Region != "" {
		load = append(load, awsconfig.WithRegion(c.Region))
	}
	if c.AccessKey != "" {
		load = append(load,
			awsconfig.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, "")))
	}
	cfg, err := awsconfig.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return aws.Config{},
			fault.New(fault.Invalid, "storage.config", "the AWS configuration cannot be read").Because(err)
	}
	if cfg.Region == "" {
		if c.Endpoint == "" {
			return aws.Config{}, fault.New(fault.Invalid, "storage.config", "no storage region is set; set AWS_REGION")
		}
		cfg.Region = defaultRegion
	}
	return cfg, nil
}

// transport is that of unsigned requests.
func transport(c Config) http.RoundTripper {
	if c.dial == nil {
		return http.DefaultTransport
	}
	return &http.Transport{DialContext: c.dial}
}

// newClient returns a client whose addresses hold the bucket in the path or in
// the host. It sends checksums only where S3 requires them: other servers
// reject the trailers of the SDK's default, and a presigned URL must not bind
// a checksum that nobody has computed.
func newClient(
	cfg aws.Config, endpoint string, path bool, more ...func(*middleware.Stack) error,
) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
		o.UsePathStyle = path
		o.APIOptions = append(append(o.APIOptions, plainRequests), more...)
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		o.DisableLogOutputChecksumValidationSkipped = true
	})
}

// bucketURL returns the base URL of the bucket's objects, with a final slash.
func bucketURL(ctx context.Context, c Config, endpoint, region string) (string, error) {
	p := s3.EndpointParameters{Bucket: &c.Bucket, Region: &region, ForcePathStyle: aws.Bool(c.path())}
	if endpoint != "" {
		p.Endpoint = aws.String(endpoint)
	}
	e, err := s3.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, p.WithDefaults())
	if err != nil {
		return "", fault.New(fault.Invalid, "storage.config", "the bucket has no address").Because(err)
	}
	return strings.TrimRight(e.URI.String(), "/") + "/", nil
}

// UploadOrigin returns the scheme and host of presigned requests.
func (b *Bucket) UploadOrigin() string {
	u, err := url.Parse(b.browserURL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// PublicURL returns the URL at which everybody can read an object under
// media.PublicRoot. It does not check that the object exists.
func (b *Bucket) PublicURL(key string) string { return b.mediaURL + escape(key) }

// escape escapes a key for a URL's path and keeps its slashes. It escapes plus
// signs too, which S3 reads as spaces.
func escape(key string) string {
	return strings.ReplaceAll((&url.URL{Path: "/" + key}).EscapedPath()[1:], "+", "%2B")
}
