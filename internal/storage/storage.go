// Package storage keeps the bytes: it signs uploads and downloads, verifies
// what arrived, and moves trees of files to and from the one S3 bucket. It is
// the only package that knows S3.
package storage

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/storyreel/storyreel/internal/fault"
)

// How long storage may take. Short calls carry no bulk data; slow ones make
// the server copy a whole object before it answers; a transfer may last as
// long as bytes keep coming.
const (
	shortWait = 30 * time.Second
	slowWait  = 15 * time.Minute
	stallWait = time.Minute
)

// defaultRegion is what S3 servers that know no regions expect.
const defaultRegion = "us-east-1"

// Config says which bucket to use and how to reach it.
type Config struct {
	Endpoint       string   // URL of an S3 server; empty for AWS
	PublicEndpoint string   // URL under which browsers reach the same server; empty: Endpoint
	Region         string   // empty: the SDK's default chain, else us-east-1 when Endpoint is set
	Bucket         string   // required
	MediaURL       string   // base URL of public objects, such as a CDN's; empty: the bucket's own
	Origins        []string // web origins whose pages may upload, such as https://example.com
	AccessKey      string   // empty: the SDK's default chain
	SecretKey      string
}

// Bucket is one S3 bucket. It is safe for concurrent use and holds nothing
// that needs closing.
type Bucket struct {
	name    string
	region  string
	origins []string
	custom  bool // an S3 server of our own choosing, not AWS

	client  *s3.Client
	signer  *s3.PresignClient
	creds   aws.CredentialsProvider
	plain   *http.Client // unsigned requests of Check
	inside  string       // base URL of objects as we reach them, ends in /
	outside string       // base URL of objects as browsers reach them, ends in /
	media   string       // base URL of public objects, ends in /
	cdn     bool         // MediaURL was given
	stall   time.Duration
}

// Open prepares the bucket for use without calling the server. An unusable
// configuration is fault.Invalid "storage.config".
func Open(ctx context.Context, c Config) (*Bucket, error) {
	if c.Bucket == "" {
		return nil, fault.New(fault.Invalid, "storage.config", "no bucket is named")
	}
	if (c.AccessKey == "") != (c.SecretKey == "") {
		return nil, fault.New(fault.Invalid, "storage.config", "an access key needs its secret key, and the reverse")
	}
	for name, raw := range map[string]string{
		"endpoint": c.Endpoint, "public endpoint": c.PublicEndpoint, "media URL": c.MediaURL,
	} {
		if u, err := url.Parse(raw); raw != "" &&
			(err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" ||
				u.User != nil) {
			return nil,
				fault.New(fault.Invalid, "storage.config", "the storage %s is not a plain http or https URL", name)
		}
	}
	load := []func(*awsconfig.LoadOptions) error{
		awsconfig.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConnsPerHost = 64
			t.ResponseHeaderTimeout = slowWait
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
		return nil, fault.New(fault.Invalid, "storage.config", "the AWS configuration cannot be read").Because(err)
	}
	if cfg.Region == "" {
		if c.Endpoint == "" {
			return nil, fault.New(fault.Invalid, "storage.config", "no storage region is set; set AWS_REGION")
		}
		cfg.Region = defaultRegion
	}

	b := &Bucket{
		name: c.Bucket, region: cfg.Region, origins: c.Origins, custom: c.Endpoint != "", creds: cfg.Credentials,
		cdn: c.MediaURL != "", stall: stallWait,
	}
	b.client = newClient(cfg, c.Endpoint)
	public := c.PublicEndpoint
	if public == "" {
		public = c.Endpoint
	}
	b.signer = s3.NewPresignClient(newClient(cfg, public))
	b.plain = &http.Client{
		Timeout:       shortWait,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if b.inside, err = baseURL(ctx, c.Endpoint, cfg.Region, c.Bucket); err != nil {
		return nil, err
	}
	if b.outside, err = baseURL(ctx, public, cfg.Region, c.Bucket); err != nil {
		return nil, err
	}
	b.media = b.outside
	if c.MediaURL != "" {
		b.media = strings.TrimRight(c.MediaURL, "/") + "/"
	}
	return b, nil
}

// newClient talks path-style to an endpoint of our own and virtual-host-style
// to AWS. Checksums are only sent where S3 demands them: other servers refuse
// the trailers of the SDK's default, and a presigned URL must not bind a
// checksum that nobody has computed.
func newClient(cfg aws.Config, endpoint string) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
			o.UsePathStyle = true
		}
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		o.DisableLogOutputChecksumValidationSkipped = true
	})
}

// baseURL is where the bucket's objects stand, ending in a slash.
func baseURL(ctx context.Context, endpoint, region, bucket string) (string, error) {
	p := s3.EndpointParameters{Bucket: aws.String(bucket), Region: aws.String(region)}
	if endpoint != "" {
		p.Endpoint = aws.String(endpoint)
		p.ForcePathStyle = aws.Bool(true)
	}
	e, err := s3.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, p.WithDefaults())
	if err != nil {
		return "", fault.New(fault.Invalid, "storage.config", "the bucket has no address").Because(err)
	}
	return strings.TrimRight(e.URI.String(), "/") + "/", nil
}

// Ping checks that the bucket answers.
func (b *Bucket) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, shortWait)
	defer cancel()
	if _, err := b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.name}); err != nil {
		return failure("find bucket", err, nil)
	}
	return nil
}

// PublicURL is where everybody can read an object under media.PublicRoot. It
// is not checked that the object exists.
func (b *Bucket) PublicURL(key string) string { return b.media + escape(key) }

// escape makes a key safe in a URL's path and keeps its slashes. S3 takes a
// plus sign for a space.
func escape(key string) string {
	return strings.ReplaceAll((&url.URL{Path: "/" + key}).EscapedPath()[1:], "+", "%2B")
}
