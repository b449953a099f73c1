package transcode

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/sandbox"
)

// TestMeaning_OnlyTheInputsFaultIsFinal: what could come from the machine is
// tried again; what comes from the file is not.
func TestMeaning_OnlyTheInputsFaultIsFinal(t *testing.T) {
	for name, c := range map[string]struct {
		end   sandbox.ExitError
		twice bool
		code  string
		kind  fault.Kind
	}{
		"canceled": {
			sandbox.ExitError{Reason: sandbox.Canceled, Err: context.Canceled}, true, CodeCanceled, fault.Unavailable,
		},
		"out of time":   {sandbox.ExitError{Reason: sandbox.WallOver}, true, CodeTimeout, fault.Unavailable},
		"out of CPU":    {sandbox.ExitError{Reason: sandbox.CPULimit}, true, CodeTimeout, fault.Invalid},
		"crashed once":  {sandbox.ExitError{Reason: sandbox.Crashed}, false, CodeKilled, fault.Unavailable},
		"crashed twice": {sandbox.ExitError{Reason: sandbox.Crashed}, true, CodeKilled, fault.Invalid},
		"killed":        {sandbox.ExitError{Reason: sandbox.Killed}, true, CodeKilled, fault.Unavailable},
		"no walls":      {sandbox.ExitError{Reason: sandbox.NotBuilt}, true, CodeKilled, fault.Unavailable},
		"file too big":  {sandbox.ExitError{Reason: sandbox.FileOver}, true, CodeTooLarge, fault.Invalid},
		"disk full": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "av_interleaved_write_frame(): No space left on device"},
			true, CodeDiskFull, fault.Unavailable,
		},
		"pixels": {
			sandbox.ExitError{
				Reason: sandbox.Exited, Stderr: "Picture size 7680x4320 exceeds specified max pixel count",
			},
			true, CodePixels, fault.Invalid,
		},
		"streams": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "Number of streams exceeds max_streams parameter (16)"},
			true, CodeStreams, fault.Invalid,
		},
		"outside": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "Skipped opening external track: stream 0"}, true,
			CodeReference, fault.Invalid,
		},
		"our arguments": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "Unrecognized option 'frobnicate'."}, true, CodeDefect,
			fault.Internal,
		},
		"a decoder's": {
			sandbox.ExitError{Reason: sandbox.Exited, Status: 69, Stderr: "[libdav1d @ 0x55] Error parsing OBU data"},
			true, CodeCorrupt, fault.Invalid,
		},
		"anything else": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "Invalid data found when processing input"}, true,
			CodeCorrupt, fault.Invalid,
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := meaning(&c.end, DefaultLimits(), c.twice)
			require.Equal(t, c.code, fault.CodeOf(err))
			require.Equal(t, c.kind, fault.KindOf(err))
			var ee *sandbox.ExitError
			require.ErrorAs(t, err, &ee, "the log learns the cause")
		})
	}
	plain := errors.New("plain")
	require.Equal(t, plain, meaning(plain, DefaultLimits(), true))
	require.NoError(t, meaning(nil, DefaultLimits(), true))
}

// TestCheckLength_ADamagedClockIsTheFilmsFault: zzuf found a transport stream
// whose broken packets made more film than its index promised.
func TestCheckLength_ADamagedClockIsTheFilmsFault(t *testing.T) {
	j := &job{plan: Plan{Duration: 3 * time.Second, Rate: media.Rate{Num: 25, Den: 1}}}
	var res Result
	require.NoError(t, j.checkLength(&res, 3.1))
	require.Equal(t, CodeDefect, fault.CodeOf(j.checkLength(&res, 4.8)))
	j.noise = "[mpegts @ 0x55] Packet corrupt (stream = 1, dts = 3240155338)."
	require.Equal(t, CodeCorrupt, fault.CodeOf(j.checkLength(&res, 4.8)))
}
