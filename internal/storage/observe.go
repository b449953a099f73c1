package storage

import (
	"context"
	"errors"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"

	"github.com/storyreel/storyreel/internal/telemetry"
)

// Classes of failed calls, as Config.Observe gets them.
const (
	failedNetwork = "network" // no answer: connection, name, time-out, credentials
	failedServer  = "server"  // 5xx, and what servers say when they are overloaded
	failedRefused = "refused" // credentials, permission, clock, bucket
	failedRequest = "request" // other 4xx: a call that this server does not take
)

// signOperation is the operation of a signature, which calls no server.
const signOperation = "Sign"

// Failures lists the classes of failed calls.
func Failures() []string { return []string{failedNetwork, failedServer, failedRefused, failedRequest} }

// Operations lists the names of the calls that this package makes, and Sign.
func Operations() []string {
	return []string{
		"AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateBucket", "CreateMultipartUpload",
		"DeleteObject", "DeleteObjects", "GetBucketCors", "GetBucketLifecycleConfiguration", "GetBucketPolicy",
		"GetBucketVersioning", "GetObject", "HeadBucket", "HeadObject", "ListMultipartUploads", "ListObjectVersions",
		"ListObjects", "ListObjectsV2", "ListParts", "PutBucketCors", "PutBucketPolicy", "PutObject",
		"PutPublicAccessBlock", signOperation, "UploadPart",
	}
}

// observed reports each call with all of its tries, to report if it is not nil
// and as a span.
func observed(
	report func(operation string, took time.Duration, failure string),
) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Observe", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			began, operation := time.Now(), awsmiddleware.GetOperationName(ctx)
			inner, span := telemetry.Begin(ctx, "S3 "+operation, telemetry.Call(operation)...)
			out, meta, err := next.HandleInitialize(inner, in)
			failure := failureOf(err)
			if failure != "" {
				span.Set(telemetry.Failure(failure))
			}
			span.End(nil)
			if report != nil {
				report(operation, time.Since(began), failure)
			}
			return out, meta, err
		}), middleware.After)
	}
}

// signed reports a signature that began at the time.
func (b *Bucket) signed(began time.Time) {
	if b.observe != nil {
		b.observe(signOperation, time.Since(began), "")
	}
}

// failureOf classes the error of a call as Config.Observe says.
func failureOf(err error) string {
	if err == nil || errors.Is(err, context.Canceled) {
		return ""
	}
	var resp *awshttp.ResponseError
	if !errors.As(err, &resp) || resp.HTTPStatusCode() == 0 {
		return failedNetwork
	}
	switch f := classify(err, errChanged); f.Code {
	case errMissing.Code, errUploadGone.Code, errChanged.Code, errParts.Code, errPartSize.Code, errTooLarge.Code:
		return ""
	case errUnavailable.Code:
		return failedServer
	case errForbidden.Code, errClock.Code, errBucket.Code:
		return failedRefused
	}
	return failedRequest
}
