package storage

import (
	"errors"
	"fmt"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/storyreel/storyreel/internal/fault"
)

// Errors that callers tell apart by their code.
var (
	errMissing    = fault.New(fault.NotFound, "object.missing", "there is no such object in storage")
	errUploadGone = fault.New(fault.NotFound, "upload.gone",
		"this upload is finished, cancelled or unknown; start a new one")
	errExists    = fault.New(fault.Conflict, "object.exists", "there is an object of that name already")
	errChanged   = fault.New(fault.Conflict, "object.changed", "the object is not the one that was expected")
	errParts     = fault.New(fault.Conflict, "upload.parts", "storage does not hold the parts that were named")
	errPartSize  = fault.New(fault.Invalid, "upload.part_size", "a part other than the last is smaller than 5 MiB")
	errTooLarge  = fault.New(fault.TooLarge, "storage.too_large", "the object is larger than storage allows")
	errForbidden = fault.New(fault.Forbidden, "storage.forbidden",
		"storage refused the credentials or the permission")
	errUnavailable = fault.New(fault.Unavailable, "storage.unavailable", "storage cannot be reached; try again soon")
	errBucket      = fault.New(fault.Unavailable, "storage.bucket_missing",
		"the bucket does not exist; run `storyreel doctor`")
	errUnsupported = fault.New(fault.Internal, "storage.unsupported", "the storage server cannot do this")
	errRefused     = fault.New(fault.Internal, "storage.refused", "storage did not accept the request")
)

// byCode gives S3's own words their meaning, where the status is not enough.
var byCode = map[string]*fault.Error{
	"NoSuchUpload":               errUploadGone,
	"NoSuchKey":                  errMissing,
	"NoSuchBucket":               errBucket,
	"InvalidPart":                errParts,
	"InvalidPartOrder":           errParts,
	"EntityTooSmall":             errPartSize,
	"EntityTooLarge":             errTooLarge,
	"NotImplemented":             errUnsupported,
	"ConditionalRequestConflict": errUnavailable, // 409: two writers met; asking again settles it
	"OperationAborted":           errUnavailable,
	"RequestTimeout":             errUnavailable,
	"SlowDown":                   errUnavailable,
	// These come as 403 but heal: by a fresh role session, or a set clock.
	"ExpiredToken":         errUnavailable,
	"RequestTimeTooSkewed": errUnavailable,
	"RequestExpired":       errUnavailable,
}

// failure gives an SDK error its one meaning. What is none of S3's answers is
// the network or the credentials chain, and both can heal. precondition is
// what a 412 means for this call. Our requests carry their signature in a
// header, so no cause kept here holds a presigned URL.
func failure(doing string, err error, precondition *fault.Error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, meaning(err, precondition).Because(err))
}

func meaning(err error, precondition *fault.Error) *fault.Error {
	var api smithy.APIError
	if errors.As(err, &api) {
		if f := byCode[api.ErrorCode()]; f != nil {
			return f
		}
	}
	var resp *awshttp.ResponseError
	if !errors.As(err, &resp) {
		return errUnavailable
	}
	switch status := resp.HTTPStatusCode(); {
	case status == http.StatusNotFound:
		return errMissing
	case status == http.StatusPreconditionFailed && precondition != nil:
		return precondition
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return errForbidden
	case status == http.StatusRequestEntityTooLarge:
		return errTooLarge
	case status == http.StatusNotImplemented:
		return errUnsupported
	case status == http.StatusTooManyRequests, status >= 500, status == 0:
		return errUnavailable
	default:
		return errRefused
	}
}

// apiCode is S3's own word for an error, or empty.
func apiCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}
