// Package refusal holds the limits of a source, the stable codes of refusals
// and the sentences that contributors read with them. It compares a probe with
// the limits; it reads no file and runs nothing.
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
	CodeCut        = "bad_cut"     // it does not end after its beginning
	CodeCutOutside = "cut_outside" // it begins after the video has ended
	CodeTooLarge   = "too_large"
	CodeStreams    = "too_many_streams"
)

// Codes of runs that failed. The kind of the fault says whether a retry can
// help.
const (
	// CodeTimeout is Invalid when the CPU limit was used up, Unavailable when
	// the run made no progress or reached its time limit.
	CodeTimeout = "transcode.timeout"
	// CodeKilled is Invalid when ffmpeg crashes on this input each time,
	// Unavailable when something else ended it.
	CodeKilled = "transcode.killed"
	// CodeCanceled is Unavailable: the caller's context ended.
	CodeCanceled = "transcode.canceled"
	// CodeDiskFull is Unavailable, as are all faults of package machine.
	CodeDiskFull = "transcode.disk_full"
	// CodeDefect is Internal: ffmpeg refused our arguments, or its output
	// failed the check.
	CodeDefect = "transcode.failed"
	// CodeBadOptions is a mistake of the operator or of our own code, not of
	// the source.
	CodeBadOptions = "transcode.options"
)

// New returns an Invalid fault: the source is refused for good. detail is a
// sentence for the contributor, formatted with args; it names no path.
func New(code, detail string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, code, detail, args...)
}

// Corrupt refuses a file that cannot be demuxed or decoded.
func Corrupt() *fault.Error {
	return New(CodeCorrupt,
		"The video file is damaged or incomplete. Please record or export it again, then upload the new file.")
}

// TooLong refuses a video that is over MaxDuration after cutting. Its fact
// max_seconds is that limit.
func TooLong(l Limits) *fault.Error {
	return New(CodeTooLong, "The video is longer than %s. Please cut it and upload it again.",
		l.MaxDuration.Round(time.Second)).
		With("max_seconds", l.MaxDuration.Seconds())
}

// SourceTooLong refuses a source over MaxSource, of which not even a part is
// read. Its fact max_seconds is MaxDuration, the limit for the new file.
func SourceTooLong(l Limits) *fault.Error {
	return New(CodeTooLong,
		"The video is longer than %s, which is too long even when only a part is used. "+
			"Please cut it and upload it again.",
		l.MaxSource.Round(time.Second)).
		With("max_seconds", l.MaxDuration.Seconds())
}

func tooShort(l Limits) *fault.Error {
	return New(CodeTooShort, "The video is shorter than %s.", l.MinDuration)
}

// TooManyPixels refuses a coded frame over MaxPixels.
func TooManyPixels() *fault.Error {
	return New(CodePixels, "The video is larger than 4K. Please export it at 4K or less.")
}

// TooManyStreams refuses a file with more streams than MaxStreams.
func TooManyStreams(l Limits) *fault.Error {
	return New(CodeStreams,
		"The file contains more than %d tracks. Please export it with one video and one audio track.", l.MaxStreams)
}

// UnsupportedCodec refuses a video or audio codec that is not on the
// whitelist. Its fact codec is name, ffmpeg's name of it; empty when unknown.
func UnsupportedCodec(name string) *fault.Error {
	return New(CodeCodec,
		"The video is in a format that we cannot read. Please export it as MP4 (H.264) and upload it again.").
		With("codec", name)
}

// UnknownColors refuses color tags that ffmpeg cannot convert.
func UnknownColors() *fault.Error {
	return New(CodeCodec,
		"The colors of the video are in a format that we cannot read. Please export it as MP4 (H.264) and upload it "+
			"again.")
}

// Encrypted refuses a file whose streams are encrypted.
func Encrypted() *fault.Error {
	return New(CodeEncrypted,
		"The video is protected by encryption. Please upload a file that you recorded or exported yourself.")
}

// ExternalReference refuses a file whose media lie in other files.
func ExternalReference() *fault.Error {
	return New(CodeReference,
		"The file refers to other files instead of containing the video. "+
			"Please export it as one self-contained file.")
}

// Defect is the error for arguments that ffmpeg refused and for output that
// failed a check. cause is for the log; nil when the caller adds it.
func Defect(cause error) *fault.Error {
	e := fault.New(fault.Internal, CodeDefect, "The video could not be processed because of an error on our side.")
	if cause != nil {
		e = e.Because(cause)
	}
	return e
}

// Killed is the error for a run that the system ended, or did not let work.
func Killed() *fault.Error {
	return fault.New(fault.Unavailable, CodeKilled, "Processing was stopped by the system and will be retried.")
}

// DiskFull is the error for a run without enough room for its files.
func DiskFull() *fault.Error {
	return fault.New(fault.Unavailable, CodeDiskFull,
		"There is not enough disk space at the moment; processing will be retried.")
}
