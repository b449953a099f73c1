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

// TestExplain_OnlyTheInputsFaultIsFinal: what could come from the machine is
// tried again; what comes from the file is not.
func TestExplain_OnlyTheInputsFaultIsFinal(t *testing.T) {
	for name, c := range map[string]struct {
		end  sandbox.ExitError
		code string
		kind fault.Kind
	}{
		"canceled": {
			sandbox.ExitError{Reason: sandbox.Canceled, Err: context.Canceled}, CodeCanceled, fault.Unavailable,
		},
		"out of time":  {sandbox.ExitError{Reason: sandbox.WallOver}, CodeTimeout, fault.Unavailable},
		"out of CPU":   {sandbox.ExitError{Reason: sandbox.CPULimit}, CodeTimeout, fault.Invalid},
		"crashed":      {sandbox.ExitError{Reason: sandbox.Crashed}, CodeKilled, fault.Invalid},
		"killed":       {sandbox.ExitError{Reason: sandbox.Killed}, CodeKilled, fault.Unavailable},
		"no walls":     {sandbox.ExitError{Reason: sandbox.NotBuilt}, CodeKilled, fault.Unavailable},
		"file too big": {sandbox.ExitError{Reason: sandbox.FileOver}, CodeTooLarge, fault.Invalid},
		"disk full": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "av_interleaved_write_frame(): No space left on device"},
			CodeDiskFull, fault.Unavailable,
		},
		"pixels": {
			sandbox.ExitError{
				Reason: sandbox.Exited, Stderr: "Picture size 7680x4320 exceeds specified max pixel count",
			},
			CodePixels, fault.Invalid,
		},
		"streams": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "Number of streams exceeds max_streams parameter (16)"},
			CodeStreams, fault.Invalid,
		},
		"outside": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "Skipped opening external track: stream 0"},
			CodeReference, fault.Invalid,
		},
		"our arguments": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "Unrecognized option 'frobnicate'."}, CodeDefect,
			fault.Internal,
		},
		"a decoder's": {
			sandbox.ExitError{Reason: sandbox.Exited, Status: 69, Stderr: "[libdav1d @ 0x55] Error parsing OBU data"},
			CodeCorrupt, fault.Invalid,
		},
		"anything else": {
			sandbox.ExitError{Reason: sandbox.Exited, Stderr: "Invalid data found when processing input"},
			CodeCorrupt, fault.Invalid,
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := explain(&c.end, DefaultLimits())
			require.Equal(t, c.code, fault.CodeOf(err))
			require.Equal(t, c.kind, fault.KindOf(err))
			var ee *sandbox.ExitError
			require.ErrorAs(t, err, &ee, "the log learns the cause")
		})
	}
	plain := errors.New("plain")
	require.Equal(t, plain, explain(plain, DefaultLimits()))
	require.NoError(t, explain(nil, DefaultLimits()))
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
