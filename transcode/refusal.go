package transcode

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/sandbox"
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
	CodeCutOutside = "cut_outside" // it begins after the film has ended
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

func refuse(code, detail string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, code, detail, args...)
}

func corrupt() *fault.Error {
	return refuse(CodeCorrupt,
		"The video file is damaged or incomplete. Please export or record it again and upload it anew.")
}

func tooLong(l Limits) *fault.Error {
	return refuse(CodeTooLong, "The video is longer than %s. Please cut it and upload it again.",
		l.MaxDuration.Round(time.Second)).
		With("max_seconds", l.MaxDuration.Seconds())
}

func endless(l Limits) *fault.Error {
	return refuse(CodeTooLong,
		"The video is longer than %s, too long even to cut a part out of it here. Please cut it and upload it again.",
		l.MaxSource.Round(time.Second)).
		With("max_seconds", l.MaxDuration.Seconds())
}

func tooShort(l Limits) *fault.Error {
	return refuse(CodeTooShort, "The video is shorter than %s.", l.MinDuration)
}

func tooManyPixels() *fault.Error {
	return refuse(CodePixels, "The picture is larger than 4K. Please export the video at 4K or less.")
}

func tooManyStreams(l Limits) *fault.Error {
	return refuse(CodeStreams,
		"The file holds more than %d tracks. Please export it with one picture and one sound track.", l.MaxStreams)
}

func unsupportedCodec(name string) *fault.Error {
	return refuse(CodeCodec,
		"The video is in a format we cannot read. Please export it as MP4 (H.264) and upload it again.").
		With("codec", name)
}

func strangeColours() *fault.Error {
	return refuse(CodeCodec,
		"The colours of the video are coded in a way we cannot read. Please export it as MP4 (H.264) and upload it "+
			"again.")
}

// What ffmpeg and ffprobe 5.1 say, and what it means. The first match wins.
var sayings = []struct {
	re   *regexp.Regexp
	fail func(Limits) *fault.Error
}{
	{regexp.MustCompile(`No space left on device`), func(Limits) *fault.Error {
		return fault.New(fault.Unavailable, CodeDiskFull, "There is no room to work in just now.")
	}},
	{
		regexp.MustCompile(`exceeds specified max pixel count|Picture size \d+x\d+ is invalid`),
		func(Limits) *fault.Error { return tooManyPixels() },
	},
	{regexp.MustCompile(`Number of streams exceeds max_streams`), tooManyStreams},
	{
		regexp.MustCompile(`Skipped opening external track|Using absolute path|external essence`),
		func(Limits) *fault.Error { return externalReference() },
	},
	{colourless, func(Limits) *fault.Error { return strangeColours() }},
	{regexp.MustCompile(`not on whitelist`), func(Limits) *fault.Error { return unsupportedCodec("") }},
	{
		regexp.MustCompile(`Unrecognized option|Option \S+ not found|Unknown encoder|No such filter|` +
			`Error initializing (complex )?filter|Invalid argument supplied|` +
			`Error parsing (options|global options|filterchain|a filter)|` +
			`Unable to find a suitable output format|Permission denied|Filter \S+ has an unconnected output`),
		func(Limits) *fault.Error {
			return fault.New(fault.Internal, CodeDefect,
				"The video could not be processed because of a fault on our side.")
		},
	},
}

func externalReference() *fault.Error {
	return refuse(CodeReference,
		"The file points to other files instead of holding the video. Please export it as one self-contained file.")
}

// meaning turns the end of a sandboxed run into a fault. crashedTwice tells
// that the same input has crashed it before, so trying again is pointless.
func meaning(err error, l Limits, crashedTwice bool) error {
	var e *sandbox.ExitError
	if fault.As(err) != nil || !errors.As(err, &e) { // the watchdog has said what it means
		return err
	}
	switch e.Reason {
	case sandbox.Canceled:
		return fault.New(fault.Unavailable, CodeCanceled, "Processing was interrupted and will be tried again.").
			Because(err)
	case sandbox.WallOver:
		return fault.New(fault.Unavailable, CodeTimeout, "Processing took too long and will be tried again.").
			Because(err)
	case sandbox.CPULimit:
		return refuse(CodeTimeout,
			"The video needs more work than we can give it. Please export it at a lower resolution.").Because(err)
	case sandbox.FileOver:
		return refuse(CodeTooLarge, "What came out of the video is larger than we can keep.").Because(err)
	case sandbox.Crashed:
		kind := fault.Unavailable
		if crashedTwice {
			kind = fault.Invalid
		}
		return fault.New(kind, CodeKilled,
			"The video file cannot be read. Please export or record it again and upload it anew.").Because(err)
	case sandbox.Killed:
		return fault.New(fault.Unavailable, CodeKilled, "Processing was ended from outside and will be tried again.").
			Because(err)
	case sandbox.NotBuilt:
		return fault.New(fault.Unavailable, CodeKilled,
			"Processing could not be started safely and will be tried again.").Because(err)
	case sandbox.Exited:
	}
	for _, s := range sayings {
		if s.re.MatchString(e.Stderr) {
			return s.fail(l).Because(err)
		}
	}
	return corrupt().Because(err)
}

// crashed reports whether err is a crash, or a launcher that failed, which is
// worth one repetition to tell a bad input from a bad moment.
func crashed(err error) bool {
	var e *sandbox.ExitError
	return errors.As(err, &e) && (e.Reason == sandbox.Crashed || e.Reason == sandbox.NotBuilt)
}

// stderrOf returns what the failed program said.
func stderrOf(err error) string {
	var e *sandbox.ExitError
	if errors.As(err, &e) {
		return e.Stderr
	}
	return ""
}

// oneLine makes text fit for a log line.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 500 {
		s = s[:500]
	}
	return s
}
