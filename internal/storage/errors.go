package storage

import (
	"errors"
	"fmt"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/storyreel/storyreel/internal/fault"
)

// Errors that callers distinguish by their code.
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
	errClock       = fault.New(fault.Unavailable, "storage.clock",
		"this machine's clock differs from the storage server's by more than a signature allows; synchronize it (NTP)")
	errBucket = fault.New(fault.Unavailable, "storage.bucket_missing",
		"the bucket does not exist; run `storyreel doctor`")
	errUnsupported = fault.New(fault.Internal, "storage.unsupported", "the storage server cannot do this")
	errRefused     = fault.New(fault.Internal, "storage.refused", "storage did not accept the request")
)

// byCode maps S3 error codes to our errors, where the HTTP status is not
// enough.
var byCode = map[string]*fault.Error{
	"NoSuchUpload":               errUploadGone,
	"NoSuchKey":                  errMissing,
	"NoSuchBucket":               errBucket,
	"InvalidPart":                errParts,
	"InvalidPartOrder":           errParts,
	"EntityTooSmall":             errPartSize,
	"EntityTooLarge":             errTooLarge,
	"NotImplemented":             errUnsupported,
	"ConditionalRequestConflict": errUnavailable, // 409: two concurrent writers; a retry settles it
	"OperationAborted":           errUnavailable,
	"RequestTimeout":             errUnavailable,
	"SlowDown":                   errUnavailable,
	"InternalError":              errUnavailable, // also with status 200, from copies and completions
	"ServiceUnavailable":         errUnavailable,
	// These have status 403 but are temporary: until the role session is
	// renewed, or the clock is set.
	"ExpiredToken":         errUnavailable,
	"RequestTimeTooSkewed": errClock,
	"RequestExpired":       errUnavailable,
}

// failure wraps an SDK error in one of the errors above. precondition is the
// error for status 412, which depends on the call. Our requests carry their
// signature in a header, so a cause kept here never holds a presigned URL.
func failure(action string, err error, precondition *fault.Error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", action, classify(err, precondition).Because(err))
}

// classify maps an SDK error to one of the errors above. Anything but an S3
// response is a network or credentials failure, and temporary.
func classify(err error, precondition *fault.Error) *fault.Error {
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
	var cut *smithy.DeserializationError
	switch status := resp.HTTPStatusCode(); {
	case status < http.StatusMultipleChoices && errors.As(err, &cut): // the connection ended in the answer
		return errUnavailable
	case status == http.StatusNotModified && precondition != nil: // MinIO before 2024-05, on a PUT too
		return precondition
	case status == http.StatusMethodNotAllowed:
		return errUnsupported
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

// apiCode returns the S3 error code of err, or an empty string.
func apiCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}
