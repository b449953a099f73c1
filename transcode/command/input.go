package command

import (
	"fmt"
	"strconv"

	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/plan"
)

// source returns the hostile input with all its guards. They must come before
// its -i; after it, ffmpeg ignores them silently.
func (p builder) source(src string, threads int) graph {
	name, protocols := ffmpeg.Input(src, p.Media.Section)
	o := opts{
		// no network, no pipes, no concat:
		"protocol_whitelist": protocols,
		// no playlist reader, whatever the content suggests
		"format_whitelist": ffmpeg.Demuxers[p.Media.Container],
		// a few decoders instead of four hundred
		"codec_whitelist": ffmpeg.Decoders,
		// as in the probe
		"max_streams": strconv.Itoa(p.Limits.MaxStreams),
		// also applies when the frame grows within the video
		"max_pixels": strconv.Itoa(p.Limits.MaxPixels),
		// limits of reading ahead: bytes, and microseconds
		"probesize":       "20M",
		"analyzeduration": "10M",
		// frame threads of the decoder; each holds frames
		"threads": strconv.Itoa(threads),
		// Packets that the probe did not see are not decoded. Counted from
		// where reading starts.
		"t": formatSeconds(p.Media.Offset + p.Cut.To.Seconds() + 1),
		// the container that the probe found, not ffmpeg's own guess
		"f": ffmpeg.Demuxers[p.Media.Container],
		// Frames that change size are scaled; a new filter graph would restart
		// the times at 0.
		"reinit_filter:v": "0",
	}
	if at := p.Seek(); at > 0 {
		// before the input: seeks to the previous key frame
		o["ss"] = formatSeconds(at)
		// Keeps the frames in between; our filters do the cutting, so that a
		// frame that began earlier is still shown.
		o["noaccurate_seek"] = ""
	}
	return input(name, o)
}

// video returns the chosen video stream of the source, by its index: [0:v]
// would take the first one, which may be a cover image.
func (p builder) video(in graph) graph { return in.Get(strconv.Itoa(p.Media.Video.Index)) }

// audio returns the chosen audio stream of the source, or its frames as Unpack
// has written them, at the same times.
func (p builder) audio(in graph) graph {
	if !p.Audio.Unpack {
		return in.Get(strconv.Itoa(p.Media.Audio.Index))
	}
	start := p.Media.Offset + p.Media.Audio.Start - p.Seek()
	return input("file:"+FileFrames, opts{
		"protocol_whitelist": "file", "format_whitelist": "amr", "codec_whitelist": ffmpeg.Decoders,
		"f": "amr", "itsoffset": formatSeconds(start),
	}).Get("a:0")
}

// Unpack returns ffmpeg's arguments for copying the frames of AMR audio, of
// which a packet of the source src holds several, to a file of frames.
func Unpack(of plan.Plan, src string, threads int) ([]string, error) {
	p := builder{of}
	return compile(threads, func() []graph {
		frames := p.source(src, threads).Get(strconv.Itoa(p.Media.Audio.Index))
		return []graph{output(frames, FileFrames, withoutMetadata(opts{"c": "copy", "f": "amr"}))}
	})
}

// ownFile opens a file that this run has written. A remux carries the source's
// data, so the guards apply here as well.
func ownFile(name string, o opts) graph {
	o["protocol_whitelist"] = "file"
	o["format_whitelist"] = "mov" // all of them are MP4
	o["f"] = "mov"
	return input("file:"+name, o)
}

// withoutMetadata adds the options that keep the source's metadata out of an
// output file.
func withoutMetadata(o opts) opts {
	o["map_metadata"] = "-1"   // title, GPS position, device, comment
	o["map_metadata:s"] = "-1" // of each stream: handler names, language
	o["map_chapters"] = "-1"   // chapter titles
	o["fflags"] = "+bitexact"  // no date and no ffmpeg version
	o["sn"], o["dn"] = "", ""  // no subtitles and no data tracks (telemetry, time code), not even by default
	return o
}

// formatSeconds returns seconds in decimal notation, as ffmpeg reads them.
func formatSeconds(seconds float64) string { return fmt.Sprintf("%.6f", seconds) }

// rate returns the output rate as a fraction, as ffmpeg reads it.
func (p builder) rate() string { return fmt.Sprintf("%d/%d", p.Rate.Num, p.Rate.Den) }

// kbit returns kilobits per second as ffmpeg reads them.
func kbit(n int) string { return strconv.Itoa(n) + "k" }
