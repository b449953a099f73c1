package refusal

import (
	"time"

	"github.com/storyreel/storyreel/internal/fault"
)

// Codes of refusals: the source can never become a story. They are stable
// and public; each comes with a sentence for the contributor.
const (
	CodeContainer  = "unsupported_container"
	CodeEmpty      = "empty_file"
	CodeCorrupt    = "truncated_or_corrupt"
	CodeReference  = "external_reference"
	CodeEncrypted  = "encrypted"
	CodeNoVideo    = "no_video_stream"
	CodeCodec      = "unsupported_codec"
	CodeTooSmall   = "too_small"
	CodePixels     = "too_many_pixels"
	CodeAspect     = "bad_aspect"
	CodeRate       = "too_high_fps"
	CodeTooLong    = "too_long"
	CodeTooShort   = "too_short"
	CodeCut        = "bad_cut"     // its end is not after its beginning
	CodeCutOutside = "cut_outside" // it begins after the video has ended
	CodeTooLarge   = "too_large"
	CodeStreams    = "too_many_streams"
	CodeTimeout    = "transcode.timeout" // Invalid when the CPU limit was used up, Unavailable when nothing moved
	// Invalid when ffmpeg crashes on this input each time, Unavailable when something else ended it
	CodeKilled     = "transcode.killed"
	CodeCanceled   = "transcode.canceled" // Unavailable: the caller's context ended
	CodeDiskFull   = "transcode.disk_full"
	CodeDefect     = "transcode.failed" // Internal: ffmpeg refused our own arguments, or its output failed the check
	CodeBadOptions = "transcode.options"
)

func New(code, detail string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, code, detail, args...)
}

func Corrupt() *fault.Error {
	return New(CodeCorrupt,
		"The video file is damaged or incomplete. Please export or record it again and upload it anew.")
}

func TooLong(l Limits) *fault.Error {
	return New(CodeTooLong, "The video is longer than %s. Please cut it and upload it again.",
		l.MaxDuration.Round(time.Second)).
		With("max_seconds", l.MaxDuration.Seconds())
}

func SourceTooLong(l Limits) *fault.Error {
	return New(CodeTooLong,
		"The video is longer than %s, too long even to cut a part out of it here. Please cut it and upload it again.",
		l.MaxSource.Round(time.Second)).
		With("max_seconds", l.MaxDuration.Seconds())
}

func tooShort(l Limits) *fault.Error {
	return New(CodeTooShort, "The video is shorter than %s.", l.MinDuration)
}

func TooManyPixels() *fault.Error {
	return New(CodePixels, "The picture is larger than 4K. Please export the video at 4K or less.")
}

func TooManyStreams(l Limits) *fault.Error {
	return New(CodeStreams,
		"The file holds more than %d tracks. Please export it with one picture and one sound track.", l.MaxStreams)
}

func UnsupportedCodec(name string) *fault.Error {
	return New(CodeCodec,
		"The video is in a format we cannot read. Please export it as MP4 (H.264) and upload it again.").
		With("codec", name)
}

func UnknownColors() *fault.Error {
	return New(CodeCodec,
		"The colours of the video are coded in a way we cannot read. Please export it as MP4 (H.264) and upload it "+
			"again.")
}

func ExternalReference() *fault.Error {
	return New(CodeReference,
		"The file points to other files instead of holding the video. Please export it as one self-contained file.")
}

// Defect is the refusal of what our own arguments or our own output did
// wrong. cause is for the log, nil when the caller adds it.
func Defect(cause error) *fault.Error {
	e := fault.New(fault.Internal, CodeDefect, "The video could not be processed because of a fault on our side.")
	if cause != nil {
		e = e.Because(cause)
	}
	return e
}
