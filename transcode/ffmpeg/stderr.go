package ffmpeg

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// Concealed matches the messages of ffmpeg 5.1's decoders when they conceal or
// skip damaged data.
var Concealed = regexp.MustCompile(
	`(?i)error while decoding|concealing|corrupt|invalid nal|decode_slice_header error|partial file|` +
		`invalid data found|missing reference picture|reference picture missing|frame num gap|non-existing [sp]ps|` +
		`no frame!`)

// unknownColors matches ffmpeg's message, sometimes repeated endlessly, when
// it cannot convert a frame's colors.
var unknownColors = regexp.MustCompile(`no path between colorspaces`)

// diskFull matches ffmpeg's messages about a file that it could not write. It
// ends with status 0 after some of them.
var diskFull = regexp.MustCompile(`No space left on device|Disk quota exceeded`)

// noMemory matches the messages about a failed allocation, which the input or
// the machine may have caused.
var noMemory = regexp.MustCompile(`Cannot allocate memory|bad_alloc`)

// stderrPatterns classify the messages of ffmpeg and ffprobe 5.1 when they
// fail. The first match wins.
var stderrPatterns = []struct {
	re     *regexp.Regexp
	refuse func(refusal.Limits) *fault.Error
}{
	{diskFull, func(refusal.Limits) *fault.Error { return refusal.DiskFull() }},
	{
		regexp.MustCompile(`Too many open files|Read-only file system|Stale file handle`),
		func(refusal.Limits) *fault.Error { return refusal.Killed() },
	},
	{
		regexp.MustCompile(`exceeds specified max pixel count|Picture size \d+x\d+ is invalid`),
		func(refusal.Limits) *fault.Error { return refusal.TooManyPixels() },
	},
	{regexp.MustCompile(`Number of streams exceeds max_streams`), refusal.TooManyStreams},
	{
		regexp.MustCompile(`Skipped opening external track|Using absolute path|external essence`),
		func(refusal.Limits) *fault.Error { return refusal.ExternalReference() },
	},
	{regexp.MustCompile(`DRM protected stream`), func(refusal.Limits) *fault.Error { return refusal.Encrypted() }},
	{unknownColors, func(refusal.Limits) *fault.Error { return refusal.UnknownColors() }},
	{regexp.MustCompile(`not on whitelist`), func(refusal.Limits) *fault.Error { return refusal.UnsupportedCodec("") }},
}

// badArguments matches the messages about arguments that ffmpeg refuses.
var badArguments = regexp.MustCompile(
	`Unrecognized option|Option \S+ not found|Unknown encoder|No such filter|` +
		`Error initializing (complex )?filter|Invalid argument supplied|` +
		`Error parsing (options|global options|filterchain|a filter)|` +
		`Unable to find a suitable output format|Permission denied|Filter \S+ has an unconnected output`)

// ofInput matches the messages of demuxers and decoders, which may quote names
// from the input, and those may be anything.
var ofInput = regexp.MustCompile(
	`(?m)^\[(mov|matroska|avi|mpegts|mpeg|flv|asf|ogg|amr|` + decoderNames + `)\b[^\]]* @ .*$`)

// decoderNames are the names of all decoders on the whitelist, as alternatives
// of a regular expression.
var decoderNames = strings.NewReplacer(",", "|", "-", `\-`).Replace(Decoders)

// explain turns the error of a sandboxed run into a fault: Invalid when the
// source caused it, Unavailable when a retry can help, Internal when ffmpeg
// refused our arguments. A crash counts as the source's, because callers
// repeat a crashed run before they call explain; crashes and failed
// allocations on a machine short of memory count as the machine's. memoryShort
// reports that for the memory limit of the run. nil and other errors are
// returned unchanged.
func explain(err error, l refusal.Limits, memoryShort func() bool) error {
	var e *sandbox.ExitError
	if fault.As(err) != nil || !errors.As(err, &e) { // a fault comes from the watchdog
		return err
	}
	if f := shortOfMemory(e, memoryShort); f != nil {
		return f.Because(err)
	}
	switch e.Reason {
	case sandbox.Canceled:
		return fault.New(fault.Unavailable, refusal.CodeCanceled,
			"Processing was interrupted and will be retried.").
			Because(err)
	case sandbox.Timeout:
		return fault.New(fault.Unavailable, refusal.CodeTimeout, "Processing took too long and will be retried.").
			Because(err)
	case sandbox.CPULimit:
		return refusal.New(refusal.CodeTimeout,
			"Processing this video takes too long. Please export it at a lower resolution.").Because(err)
	case sandbox.FileSizeLimit:
		return refusal.New(refusal.CodeTooLarge,
			"The processed video is too large. Please export it at a lower resolution or bit rate.").Because(err)
	case sandbox.Crashed:
		return refusal.New(refusal.CodeKilled,
			"The video file cannot be read. Please record or export it again, then upload the new file.").
			Because(err)
	case sandbox.Killed:
		return refusal.Killed().Because(err)
	case sandbox.LaunchFailed:
		return fault.New(fault.Unavailable, refusal.CodeKilled,
			"Processing could not be started safely and will be retried.").OfMachine().Because(err)
	case sandbox.Exited:
	}
	for _, s := range stderrPatterns {
		if s.re.MatchString(e.Stderr) {
			return s.refuse(l).Because(err)
		}
	}
	if badArguments.MatchString(ofInput.ReplaceAllString(e.Stderr, "")) {
		return refusal.Defect(nil).Because(err)
	}
	return refusal.Corrupt().Because(err)
}

// shortOfMemory returns the fault of a machine without memory where that is
// why the program ended, and nil otherwise. A bus error is a page that could
// not be read from its disk or had no memory.
func shortOfMemory(e *sandbox.ExitError, memoryShort func() bool) *fault.Error {
	starved := e.Reason == sandbox.Crashed || e.Reason == sandbox.Exited && noMemory.MatchString(e.Stderr)
	if e.Signal != syscall.SIGBUS.String() && !(starved && memoryShort()) {
		return nil
	}
	return refusal.Killed().OfMachine()
}

// crashed reports whether err is a crash of the program or of its launcher,
// after which a run is repeated once.
func crashed(err error) bool {
	var e *sandbox.ExitError
	return errors.As(err, &e) && (e.Reason == sandbox.Crashed || e.Reason == sandbox.LaunchFailed)
}

// Stderr returns the standard error of the failed program, at most its last
// 64 kB; empty when err is not from the sandbox.
func Stderr(err error) string {
	var e *sandbox.ExitError
	if errors.As(err, &e) {
		return e.Stderr
	}
	return ""
}

// Seconds parses one of ffprobe's times. ok is false for "N/A" and everything
// else that is not a finite number.
func Seconds(s string) (seconds float64, ok bool) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, false
	}
	return v, true
}
