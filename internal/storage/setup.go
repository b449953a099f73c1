package storage

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

// Ids by which Setup recognizes its own rules among an operator's.
const (
	corsID   = "storyreel"
	policyID = "StoryreelPublicRead"
)

// Setup prepares the bucket: it creates a missing bucket, sets CORS rules that
// let pages of the configured origins upload and read the ETag, and a policy
// that lets everybody read public/. It is idempotent and keeps the rules of
// others. A server without bucket CORS or one that lets us not set it, and one
// that refuses public policies while a CDN serves public/, is no error here;
// Check reports what works.
func (b *Bucket) Setup(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*shortTimeout)
	defer cancel()
	if err := b.createIfMissing(ctx); err != nil {
		return err
	}
	if err := b.setCORS(ctx, b.origins); err != nil && !isDenial(err) {
		return err
	}
	err := b.setPolicy(ctx)
	if b.cdn && isDenial(err) {
		return nil
	}
	return err
}

// isDenial reports whether the server has no such setting, or not for us.
func isDenial(err error) bool { return isRefusal(err) || fault.Is(err, errForbidden.Code) }

func (b *Bucket) createIfMissing(ctx context.Context) error {
	_, err := b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.name})
	if err == nil {
		return nil
	}
	if fault.KindOf(failure("", err, nil)) != fault.NotFound {
		return failure("find bucket", err, nil)
	}
	in := &s3.CreateBucketInput{Bucket: &b.name}
	if b.region != defaultRegion {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(b.region),
		}
	}
	_, err = b.client.CreateBucket(ctx, in)
	if err != nil && apiCode(err) != "BucketAlreadyOwnedByYou" {
		return failure("create bucket", err, nil)
	}
	if b.customEndpoint {
		return nil
	}
	// AWS blocks public policies on new buckets. Allow them on this one, which
	// was just created; ACLs stay blocked.
	_, err = b.client.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
		Bucket: &b.name, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), IgnorePublicAcls: aws.Bool(true),
			BlockPublicPolicy: aws.Bool(b.cdn), RestrictPublicBuckets: aws.Bool(b.cdn),
		},
	}, contentMD5)
	return failure("open bucket", err, nil)
}

// AllowOrigins lets the pages of these web origins upload, instead of those
// set before. A server without bucket CORS is no error.
func (b *Bucket) AllowOrigins(ctx context.Context, origins []string) error {
	ctx, cancel := context.WithTimeout(ctx, shortTimeout)
	defer cancel()
	err := b.setCORS(ctx, origins)
	if isRefusal(err) {
		return nil
	}
	return err
}

func (b *Bucket) setCORS(ctx context.Context, origins []string) error {
	if len(origins) == 0 {
		return nil
	}
	ours := types.CORSRule{
		ID:             aws.String(corsID),
		AllowedOrigins: origins,
		AllowedMethods: []string{"PUT", "GET", "HEAD"},
		AllowedHeaders: []string{"*"},
		ExposeHeaders:  []string{"ETag"},
		MaxAgeSeconds:  aws.Int32(3600),
	}
	current, err := b.client.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: &b.name})
	if err != nil && apiCode(err) != "NoSuchCORSConfiguration" {
		return failure("read CORS rules", err, nil)
	}
	rules := []types.CORSRule{ours}
	if current != nil {
		for _, r := range current.CORSRules {
			if aws.ToString(r.ID) != corsID {
				rules = append(rules, r)
			} else if slices.Equal(r.AllowedOrigins, ours.AllowedOrigins) &&
				slices.Equal(r.AllowedMethods, ours.AllowedMethods) &&
				slices.Equal(r.AllowedHeaders, ours.AllowedHeaders) &&
				slices.Equal(r.ExposeHeaders, ours.ExposeHeaders) {
				return nil
			}
		}
	}
	_, err = b.client.PutBucketCors(ctx,
		&s3.PutBucketCorsInput{Bucket: &b.name, CORSConfiguration: &types.CORSConfiguration{CORSRules: rules}},
		contentMD5)
	return failure("set CORS rules", err, nil)
}

// policy is a bucket policy. The statements of others are kept as they are.
type policy struct {
	Version   string
	ID        string `json:"Id,omitempty"`
	Statement []json.RawMessage
}

type statement struct {
	Sid       string
	Effect    string
	Principal string
	Action    string
	Resource  string
}

func (b *Bucket) setPolicy(ctx context.Context) error {
	ours := statement{
		Sid: policyID, Effect: "Allow", Principal: "*", Action: "s3:GetObject",
		Resource: "arn:" + partition(b.region) + ":s3:::" + b.name + "/" + media.PublicRoot + "*",
	}
	p := policy{Version: "2012-10-17"}
	current, err := b.client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &b.name})
	if err != nil && apiCode(err) != "NoSuchBucketPolicy" {
		return failure("read bucket policy", err, nil)
	}
	if current != nil {
		if err := json.Unmarshal([]byte(aws.ToString(current.Policy)), &p); err != nil {
			return fault.New(fault.Conflict, "storage.policy",
				"the bucket's policy cannot be read; allow everybody s3:GetObject on %s* by hand", media.PublicRoot).
				Because(err)
		}
	}
	for i, raw := range p.Statement {
		var sid struct{ Sid string }
		if json.Unmarshal(raw, &sid) == nil && sid.Sid == policyID {
			var s statement
			if json.Unmarshal(raw, &s) == nil && s == ours {
				return nil
			}
			p.Statement = slices.Delete(p.Statement, i, i+1)
			break
		}
	}
	raw, err := json.Marshal(ours)
	if err != nil {
		return err
	}
	p.Statement = append(p.Statement, raw)
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = b.client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &b.name, Policy: aws.String(string(text))},
		contentMD5)
	return failure("set bucket policy", err, nil)
}

// partition returns the AWS partition of the region, as used in ARNs.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}
