package command

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/transcode/analysis"
)

// primingSeconds is how much silence ffmpeg's AAC encoder puts in front: 1024
// samples. Its HLS writer lets the audio begin that much before the frame,
// so they fit; an MP4 made from the two files must do the same, by an edit
// list.
const primingSeconds = 1024.0 / 48000

// audioFilter is the chain for encoded audio: stereo 48 kHz without gaps,
// exactly as long as the video. It is a simple filter of the output, not part
// of the graph: audio that changes in mid-file must not restart the frames.
func (p builder) audioFilter() string {
	d := formatSeconds(p.Duration.Seconds())
	f := p.audioStart()
	if p.Audio.GainDB != 0 {
		// measured beforehand; loudnorm would cost twice and pump
		f = append(f, fmt.Sprintf("volume=%.2fdB", p.Audio.GainDB))
	}
	if p.Audio.Limit {
		// −2 dBFS on samples keeps true peaks under −1 dBTP; level=0 because
		// the limiter must not turn the result up again.
		f = append(f, "alimiter=limit=0.794:attack=5:release=60:level=0")
	}
	f = append(f,
		"apad=whole_dur="+d, // audio that ends early: players stall on a short track
		"atrim=end="+d,      // audio that outlasts the video
	)
	return strings.Join(f, ",")
}

// audioStart is common to encoding and measuring, so that what is measured is
// what is heard.
func (p builder) audioStart() []string {
	const stereo = "aformat=channel_layouts=stereo" // 5.1 is mixed down, mono doubled
	if !p.Audio.Changes {
		// fill gaps and a late start with silence, cut what is before 0
		return append(p.cutAudioStart(), "aresample=48000:async=1:first_pts=0", stereo)
	}
	// ffmpeg builds the filters anew where the audio changes, and first_pts
	// would fill up all that came before once more.
	late := p.Media.Audio.Start - p.Cut.From.Seconds()
	if late < 0.001 {
		return append(p.cutAudioStart(), "aresample=48000:async=1", "atrim=start=0", stereo)
	}
	return append(p.cutAudioStart(), fmt.Sprintf("asetpts=PTS-%s/TB", formatSeconds(late)), "aresample=48000:async=1",
		stereo+":sample_fmts=fltp[late];"+
			"anullsrc=r=48000:cl=stereo:d="+formatSeconds(late), "aformat=sample_fmts=fltp[silence];"+
			"[silence][late]concat=v=0:a=1")
}

// loudnessOutput measures EBU R128 ten times per second into a text file. It
// decodes audio only and is fed by the same run.
func (p builder) loudnessOutput(a graph) graph {
	f := append(p.audioStart(), "atrim=end="+formatSeconds(p.Duration.Seconds()),
		// it tells whole tenths of a second only; a bang at the very end would go unheard
		"apad=pad_dur=0.099",
		"ebur128=peak=true:metadata=1",            // true peak: four times oversampled, 0.1 s CPU more a minute
		"ametadata=mode=print:file="+FileLoudness) // a file, because the log has a summary only, for people
	return output(a, "-", opts{"filter:a": strings.Join(f, ","), "f": "null"})
}

// fingerprintOutput writes the audio's Chromaprint, by which duplicates are found
// though frame and audio were encoded anew.
func (p builder) fingerprintOutput(a graph) graph {
	f := append(p.audioStart(), "atrim=end="+formatSeconds(p.Duration.Seconds()))
	// what AcoustID and fpcalc speak
	return output(a, FileFingerprint, opts{"filter:a": strings.Join(f, ","), "f": "chromaprint", "fp_format": "base64"})
}

// samplesOutput writes the audio as plain samples, by which speech and music
// are told apart.
func (p builder) samplesOutput(a graph) graph {
	f := append(p.audioStart(), "atrim=end="+formatSeconds(p.Duration.Seconds()),
		// a phone's band: all that the marks of speech need
		"aresample="+strconv.Itoa(analysis.SampleRate), "aformat=sample_fmts=s16:channel_layouts=mono")
	return output(a, FileSamples, opts{"filter:a": strings.Join(f, ","), "f": "s16le"})
}

// aac are the options of encoded audio.
func aac(o opts, bitrate string) opts {
	o["c:a"] = "aac"   // LC: every player
	o["b:a"] = bitrate // transparent enough for stereo speech and music
	o["ac"] = "2"      // stated for the encoder as well
	o["ar"] = "48000"
	return o
}

// cutAudioStart leaves out the audio before the cut. Frames need no such filter: of
// those before the moment, fps keeps the last, which shows until the next one
// comes.
func (p builder) cutAudioStart() []string {
	if s := p.Shift(); s > 0 {
		f := []string{fmt.Sprintf("asetpts=PTS-%s/TB", formatSeconds(s))}
		if p.Cut.From > 0 {
			f = append(f, "atrim=start=0")
		}
		return f
	}
	return nil
}
