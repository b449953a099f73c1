package ffmpeg

import (
	"errors"
	"math"
	"regexp"
	"strconv"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// unknownColors matches what ffmpeg writes, sometimes without end, when it
// cannot interpret a frame's colors.
var unknownColors = regexp.MustCompile(`no path between colorspaces`)

// Concealed matches what decoders of 5.1 write when they conceal or skip.
var Concealed = regexp.MustCompile(
	`(?i)error while decoding|concealing|corrupt|invalid nal|decode_slice_header error|partial file|invalid data found`)

// stderrPatterns classify what ffmpeg and ffprobe 5.1 write when they fail. The
// first match wins.
var stderrPatterns = []struct {
	re     *regexp.Regexp
	refuse func(refusal.Limits) *fault.Error
}{
	{regexp.MustCompile(`No space left on device`), func(refusal.Limits) *fault.Error {
		return fault.New(fault.Unavailable, refusal.CodeDiskFull, "There is no room to work in just now.")
	}},
	{
		regexp.MustCompile(`exceeds specified max pixel count|Picture size \d+x\d+ is invalid`),
		func(refusal.Limits) *fault.Error { return refusal.TooManyPixels() },
	},
	{regexp.MustCompile(`Number of streams exceeds max_streams`), refusal.TooManyStreams},
	{
		regexp.MustCompile(`Skipped opening external track|Using absolute path|external essence`),
		func(refusal.Limits) *fault.Error { return refusal.ExternalReference() },
	},
	{unknownColors, func(refusal.Limits) *fault.Error { return refusal.UnknownColors() }},
	{regexp.MustCompile(`not on whitelist`), func(refusal.Limits) *fault.Error { return refusal.UnsupportedCodec("") }},
	{
		regexp.MustCompile(`Unrecognized option|Option \S+ not found|Unknown encoder|No such filter|` +
			`Error initializing (complex )?filter|Invalid argument supplied|` +
			`Error parsing (options|global options|filterchain|a filter)|` +
			`Unable to find a suitable output format|Permission denied|Filter \S+ has an unconnected output`),
		func(refusal.Limits) *fault.Error { return refusal.Defect(nil) },
	},
}

// Explain turns the end of a sandboxed run into a fault: Invalid when the
// source is to blame, Unavailable when a retry can help, Internal when ffmpeg
// refused our arguments. A crash is the source's fault, because callers repeat
// a crashed run before they ask.
func Explain(err error, l refusal.Limits) error {
	var e *sandbox.ExitError
	if fault.As(err) != nil || !errors.As(err, &e) { // the watchdog has said what it means
		return err
	}
	switch e.Reason {
	case sandbox.Canceled:
		return fault.New(fault.Unavailable, refusal.CodeCanceled,
			"Processing was interrupted and will be tried again.").
			Because(err)
	case sandbox.WallOver:
		return fault.New(fault.Unavailable, refusal.CodeTimeout, "Processing took too long and will be tried again.").
			Because(err)
	case sandbox.CPULimit:
		return refusal.New(refusal.CodeTimeout,
			"The video needs more work than we can give it. Please export it at a lower resolution.").Because(err)
	case sandbox.FileOver:
		return refusal.New(refusal.CodeTooLarge, "What came out of the video is larger than we can keep.").Because(err)
	case sandbox.Crashed:
		return refusal.New(refusal.CodeKilled,
			"The video file cannot be read. Please export or record it again and upload it anew.").
			Because(err)
	case sandbox.Killed:
		return fault.New(fault.Unavailable, refusal.CodeKilled,
			"Processing was ended from outside and will be tried again.").
			Because(err)
	case sandbox.NotBuilt:
		return fault.New(fault.Unavailable, refusal.CodeKilled,
			"Processing could not be started safely and will be tried again.").Because(err)
	case sandbox.Exited:
	}
	for _, s := range stderrPatterns {
		if s.re.MatchString(e.Stderr) {
			return s.refuse(l).Because(err)
		}
	}
	return refusal.Corrupt().Because(err)
}

// crashed reports whether err is a crash, or a launcher that failed, which is
// worth one repetition to tell a bad input from a bad moment.
func crashed(err error) bool {
	var e *sandbox.ExitError
	return errors.As(err, &e) && (e.Reason == sandbox.Crashed || e.Reason == sandbox.NotBuilt)
}

// Stderr returns what the failed program wrote to standard error.
func Stderr(err error) string {
	var e *sandbox.ExitError
	if errors.As(err, &e) {
		return e.Stderr
	}
	return ""
}

// Seconds reads one of ffprobe's times; "N/A", nonsense and infinity are not
// ok.
func Seconds(s string) (float64, bool) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, false
	}
	return v, true
}
