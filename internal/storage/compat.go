package storage

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// contentMD5 makes a call carry Content-MD5 instead of the SDK's CRC-32, for
// calls whose body S3 requires to be checked. AWS accepts either; OCI, Ceph
// and older MinIO demand Content-MD5 (aws-sdk-go-v2 issue 3258).
func contentMD5(o *s3.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		for _, remove := range []func() error{
			func() error { _, err := stack.Initialize.Remove("AWSChecksum:SetupInputContext"); return err },
			func() error { _, err := stack.Build.Remove("AWSChecksum:RequestMetricsTracking"); return err },
			func() error { _, err := stack.Finalize.Remove("AWSChecksum:ComputeInputPayloadChecksum"); return err },
		} {
			if err := remove(); err != nil {
				return err
			}
		}
		return smithyhttp.AddContentChecksumMiddleware(stack)
	})
}

// plainRequests removes what only the SDK adds to a request before it is
// signed: servers that rewrite or ignore these headers, such as Google Cloud
// Storage, then refuse the signature (aws-sdk-go-v2 issue 1816).
func plainRequests(stack *middleware.Stack) error {
	plain := middleware.FinalizeMiddlewareFunc("PlainRequest", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		if req, ok := in.Request.(*smithyhttp.Request); ok {
			for _, name := range []string{"Accept-Encoding", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request"} {
				req.Header.Del(name)
			}
			q := req.URL.Query()
			q.Del("x-id")
			req.URL.RawQuery = q.Encode()
		}
		return next.HandleFinalize(ctx, in)
	})
	if _, ok := stack.Finalize.Get("Signing"); !ok {
		return nil // a presigned request, which holds none of them
	}
	return stack.Finalize.Insert(plain, "Signing", middleware.Before)
}
