package command

import (
	"fmt"
	"strconv"

	"github.com/storyreel/storyreel/transcode/ffmpeg"
)

// source is the hostile input with every guard before its -i; after it they
// would be ignored in silence.
func (p builder) source(src string, threads int, keysOnly bool) graph {
	o := opts{
		"protocol_whitelist": "file", // no network, no pipes, no concat:
		// no playlist reader, whatever the content suggests
		"format_whitelist": ffmpeg.Demuxers[p.Media.Container],
		"codec_whitelist":  ffmpeg.Decoders,                   // a few decoders instead of four hundred
		"max_streams":      strconv.Itoa(p.Limits.MaxStreams), // as in the probe
		// holds also when the frame grows in mid-video
		"max_pixels":      strconv.Itoa(p.Limits.MaxPixels),
		"probesize":       "20M", // bytes of reading ahead at most
		"analyzeduration": "10M", // microseconds of the same
		// frame threads of the decoder; each holds frames
		"threads": strconv.Itoa(threads),
		// what the probe did not see is not decoded; counted from where reading starts
		"t": formatSeconds(p.Media.Offset + p.Cut.To.Seconds() + 1),
		"f": ffmpeg.Demuxers[p.Media.Container], // our sniff decides, not ffmpeg's
		// a frame that changes size is rescaled; a new graph would start at 0 again
		"reinit_filter:v": "0",
	}
	if at := p.Seek(); at > 0 {
		o["ss"] = formatSeconds(at) // before the input: jumps to the key frame before
		// and keeps what lies between; our own filters cut, so that a frame shown long before still shows
		o["noaccurate_seek"] = ""
	}
	if keysOnly {
		o["skip_frame:v"] = "nokey" // decode key frames only: fifteen times cheaper, and copying is not affected
	}
	return input("file:"+src, o) // file: keeps names like concat:x or -x from meaning anything
}

// video and audio are the chosen streams of the source, by index: [0:v] would
// take the first frame, which may be a cover.
func (p builder) video(in graph) graph { return in.Get(strconv.Itoa(p.Media.Video.Index)) }

func (p builder) audio(in graph) graph { return in.Get(strconv.Itoa(p.Media.Audio.Index)) }

// ownFile is a file of this run, read back. It carries the source's bits when
// remuxed, so the guards hold for it too.
func ownFile(name string, o opts) graph {
	o["protocol_whitelist"] = "file" // as for the source
	o["format_whitelist"] = "mov"    // we only read back what we wrote as MP4
	o["f"] = "mov"
	return input("file:"+name, o)
}

// withoutMetadata are the options of every output file that keep the source's
// metadata out of it.
func withoutMetadata(o opts) opts {
	o["map_metadata"] = "-1"   // title, GPS position, device, comment
	o["map_metadata:s"] = "-1" // the same of each stream: handler names, language
	o["map_chapters"] = "-1"   // chapter titles are metadata too
	o["fflags"] = "+bitexact"  // no date and no ffmpeg version written
	o["sn"], o["dn"] = "", ""  // no subtitles, no data tracks (telemetry, time code), even by default choice
	return o
}

// formatSeconds writes seconds so that ffmpeg and people read the same.
func formatSeconds(seconds float64) string { return fmt.Sprintf("%.6f", seconds) }

// rate writes a rate as ffmpeg wants it.
func (p builder) rate() string { return fmt.Sprintf("%d/%d", p.Rate.Num, p.Rate.Den) }
