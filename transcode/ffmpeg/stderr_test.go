package ffmpeg

import (
	"context"
	"errors"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode/refusal"
)

func TestStderrPatterns_HaveDetailsWithoutPaths(t *testing.T) {
	for _, s := range stderrPatterns {
		require.NotContains(t, s.refuse(refusal.DefaultLimits()).Detail, "/")
	}
}

// TestExplain_RetriesOnlyWhatTheMachineCaused: failures that the machine may
// have caused are Unavailable, those of the file Invalid.
func TestExplain_RetriesOnlyWhatTheMachineCaused(t *testing.T) {
	for name, c := range map[string]struct {
		end  sandbox.ExitError
		code string
		kind fault.Kind
	}{
		"canceled": {
			sandbox.ExitError{Reason: sandbox.Canceled, Err: context.Canceled}, refusal.CodeCanceled, fault.Unavailable,
		},
		"out of time":  {sandbox.ExitError{Reason: sandbox.Timeout}, refusal.CodeTimeout, fault.Unavailable},
		"out of CPU":   {sandbox.ExitError{Reason: sandbox.CPULimit}, refusal.CodeTimeout, fault.Invalid},
		"crashed":      {sandbox.ExitError{Reason: sandbox.Crashed}, refusal.CodeKilled, fault.Invalid},
		"killed":       {sandbox.ExitError{Reason: sandbox.Killed}, refusal.CodeKilled, fault.Unavailable},
		"no sandbox":   {sandbox.ExitError{Reason: sandbox.LaunchFailed}, refusal.CodeKilled, fault.Unavailable},
		"file too big": {sandbox.ExitError{Reason: sandbox.FileSizeLimit}, refusal.CodeTooLarge, fault.Invalid},
		"disk full": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "av_interleaved_write_frame(): No space left on device"},
			refusal.CodeDiskFull, fault.Unavailable,
		},
		"too many pixels": {
			sandbox.ExitError{
				Reason: sandbox.Exited, Stderr: "Picture size 7680x4320 exceeds specified max pixel count",
			},
			refusal.CodePixels, fault.Invalid,
		},
		"too many streams": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "Number of streams exceeds max_streams parameter (16)"},
			refusal.CodeStreams, fault.Invalid,
		},
		"external track": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "Skipped opening external track: stream 0"},
			refusal.CodeReference, fault.Invalid,
		},
		"bad arguments": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "Unrecognized option 'frobnicate'."}, refusal.CodeDefect,
			fault.Internal,
		},
		"decoder error": {
			sandbox.ExitError{Reason: sandbox.Exited, Status: 69, Stderr: "[libdav1d @ 0x55] Error parsing OBU data"},
			refusal.CodeCorrupt, fault.Invalid,
		},
		"anything else": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "Invalid data found when processing input"},
			refusal.CodeCorrupt, fault.Invalid,
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := explain(&c.end, refusal.DefaultLimits(), enoughMemory)
			require.Equal(t, c.code, fault.CodeOf(err))
			require.Equal(t, c.kind, fault.KindOf(err))
			var ee *sandbox.ExitError
			require.ErrorAs(t, err, &ee, "the cause stays available for the log")
		})
	}
}

func TestExplain_KeepsOtherErrors(t *testing.T) {
	plain := errors.New("plain")
	require.Equal(t, plain, explain(plain, refusal.DefaultLimits(), enoughMemory))
	require.NoError(t, explain(nil, refusal.DefaultLimits(), enoughMemory))
}

func enoughMemory() bool { return false }

// TestExplain_ByMessagesOfTheSystem: what the system refuses is not the input's
// fault, except for memory beyond our own limit.
func TestExplain_ByMessagesOfTheSystem(t *testing.T) {
	for name, c := range map[string]struct {
		end  sandbox.ExitError
		code string
		kind fault.Kind
	}{
		"over the quota": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "Error writing trailer: Disk quota exceeded"},
			refusal.CodeDiskFull, fault.Unavailable,
		},
		"too many open files": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "file:source: Too many open files in system"},
			refusal.CodeKilled, fault.Unavailable,
		},
		"page of a library unreadable": {
			sandbox.ExitError{Reason: sandbox.Crashed, Signal: syscall.SIGBUS.String()},
			refusal.CodeKilled, fault.Unavailable,
		},
		"over our own memory limit": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "file:source: Cannot allocate memory"},
			refusal.CodeCorrupt, fault.Invalid,
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := explain(&c.end, refusal.DefaultLimits(), enoughMemory)
			require.Equal(t, c.code, fault.CodeOf(err))
			require.Equal(t, c.kind, fault.KindOf(err))
		})
	}
}

// TestExplain_OnAMachineShortOfMemory: the input is blamed for a failed
// allocation only where the machine could have given the memory.
func TestExplain_OnAMachineShortOfMemory(t *testing.T) {
	short := func() bool { return true }
	for name, c := range map[string]struct {
		end   sandbox.ExitError
		local bool
	}{
		"failed allocation": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "opening encoder: Cannot allocate memory"}, true,
		},
		"crash":           {sandbox.ExitError{Reason: sandbox.Crashed, Signal: syscall.SIGSEGV.String()}, true},
		"uncaught by C++": {sandbox.ExitError{Reason: sandbox.Exited, Stderr: "what():  std::bad_alloc"}, true},
		"damaged input":   {sandbox.ExitError{Reason: sandbox.Exited, Stderr: "Invalid data found"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := explain(&c.end, refusal.DefaultLimits(), short)
			require.Equal(t, c.local, fault.IsLocal(err))
			require.Equal(t, c.local, fault.KindOf(err) == fault.Unavailable)
		})
	}
}

// TestExplain_DoesNotBelieveNamesOfTheInput: what a demuxer or decoder quotes
// from the input is no message about our arguments.
func TestExplain_DoesNotBelieveNamesOfTheInput(t *testing.T) {
	end := sandbox.ExitError{
		Reason: sandbox.Exited,
		Stderr: "[matroska,webm @ 0x55] Unknown codec V_Unrecognized option\n[vp9 @ 0x5] Permission denied",
	}
	err := explain(&end, refusal.DefaultLimits(), func() bool { return false })
	require.Equal(t, refusal.CodeCorrupt, fault.CodeOf(err))
}
