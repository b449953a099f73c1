package command

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/transcode/analysis"
)

// primingSeconds is the silence that ffmpeg's AAC encoder puts in front: 1024
// samples. ffmpeg's HLS muxer lets the audio begin that much before the video
// to keep them in sync; an MP4 of the two files must do the same, by an edit
// list.
const primingSeconds = 1024.0 / 48000

// resample fills gaps with silence and drops overlaps from 18 ms on, which is
// less than any packet of audio lasts; the default of 0.1 s would let the audio
// that follows a few lost packets begin early. Smaller differences are rounding.
const resample = "aresample=48000:async=1:min_hard_comp=0.018"

// bounded clips samples above +6 dBFS. Damaged packets decode to bursts that
// are thousands of times louder than full scale; without a bound, the gain
// towards the common loudness would silence all the rest. Intact audio exceeds
// full scale by 3 dB at most.
const bounded = "volume=0.5,aformat=sample_fmts=s32p,volume=2"

// aac sets the options of encoded audio.
func aac(o opts, bitrate string) {
	o["c:a"] = "aac"   // LC, which every player decodes
	o["b:a"] = bitrate // high enough for stereo speech and music
	// half the CPU of the default, and by ffmpeg's documentation better from 64 kb/s on; decoded speech and music
	// are 0.3 to 12 dB nearer to the source at the same size
	o["aac_coder"] = "fast"
	o["ac"] = "2" // also for the encoder
	o["ar"] = "48000"
}

// audioFilter returns the filter chain of encoded audio: stereo at 48 kHz
// without gaps, exactly as long as the video. It is a filter of the output and
// not part of the graph, because audio that changes within the video must not
// restart the video filters.
func (p builder) audioFilter() string {
	duration := formatSeconds(p.Duration.Seconds())
	f := p.audioStart()
	if p.Audio.GainDB != 0 {
		// From a measurement; loudnorm would cost twice as much and pump.
		f = append(f, fmt.Sprintf("volume=%.2fdB", p.Audio.GainDB))
	}
	if p.Audio.Limit {
		// −2 dBFS on samples keeps true peaks under −1 dBTP; level=0 because
		// the limiter must not raise the result again.
		f = append(f, "alimiter=limit=0.794:attack=5:release=60:level=0")
	}
	f = append(f,
		"apad=whole_dur="+duration, // for audio that ends early: players stall on a short track
		"atrim=end="+duration,      // for audio longer than the video
	)
	return strings.Join(f, ",")
}

// audioStart returns the filters that encoding and measuring share, so that
// the measured audio is the published one.
func (p builder) audioStart() []string {
	const stereo = "aformat=channel_layouts=stereo" // mixes 5.1 down, doubles mono
	if !p.Audio.Changes {
		// Fills gaps and a late start with silence, and drops samples before 0.
		return append(p.cutAudioStart(), resample+":first_pts=0", bounded, stereo)
	}
	// ffmpeg builds the filters again where the audio changes; first_pts would
	// then fill all the time from 0 to there once more.
	late := p.Media.Audio.Start - p.Cut.From.Seconds()
	if late < 0.001 {
		return append(p.cutAudioStart(), resample, "atrim=start=0", bounded, stereo)
	}
	return append(p.cutAudioStart(), fmt.Sprintf("asetpts=PTS-%s/TB", formatSeconds(late)), resample,
		bounded, stereo+":sample_fmts=fltp[late];"+
			"anullsrc=r=48000:cl=stereo:d="+formatSeconds(late), "aformat=sample_fmts=fltp[silence];"+
			"[silence][late]concat=v=0:a=1")
}

// cutAudioStart returns the filters that drop the audio before the cut. Video
// needs none: of the frames before the cut, fps keeps the last, which is shown
// until the next one.
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

// audioAnalysis returns the outputs that findings about the audio are computed
// from; none when the loudness is known.
func (p builder) audioAnalysis(in graph) []graph {
	if !p.Audio.Measure {
		return nil
	}
	return []graph{
		p.loudnessOutput(p.audio(in)), p.fingerprintOutput(p.audio(in)), p.samplesOutput(p.audio(in), FileSamples),
		decodedOutput(p.audio(in)),
	}
}

// loudnessOutput writes an EBU R128 measurement ten times per second to a text
// file. It decodes only audio and is part of the run that encodes.
func (p builder) loudnessOutput(a graph) graph {
	f := append(p.audioStart(), "atrim=end="+formatSeconds(p.Duration.Seconds()),
		// ebur128 reports complete tenths of a second; a bang in the last one would be missed
		"apad=pad_dur=0.099",
		// true peak: four times oversampled, 0.1 s CPU more per minute
		"ebur128=peak=true:metadata=1",
		// to a file, because the log has only a summary
		"ametadata=mode=print:file="+FileLoudness)
	return output(a, "-", opts{"filter:a": strings.Join(f, ","), "f": "null"})
}

// fingerprintOutput writes the audio's Chromaprint, which identifies
// duplicates that were encoded again.
func (p builder) fingerprintOutput(a graph) graph {
	f := append(p.audioStart(), "atrim=end="+formatSeconds(p.Duration.Seconds()))
	// base64 is the format of AcoustID and fpcalc
	return output(a, FileFingerprint, opts{"filter:a": strings.Join(f, ","), "f": "chromaprint", "fp_format": "base64"})
}

// decodedOutput lists the length of each decoded frame of audio, before any gap
// is filled.
func decodedOutput(a graph) graph {
	return output(a, FileDecoded, opts{"c:a": "pcm_s16le", "f": "framecrc"})
}

// samplesOutput writes the audio as PCM samples to a file. Speech and music
// are recognized from them.
func (p builder) samplesOutput(a graph, name string) graph {
	f := append(p.audioStart(), "atrim=end="+formatSeconds(p.Duration.Seconds()),
		// telephone bandwidth contains all features of speech
		"aresample="+strconv.Itoa(analysis.SampleRate), "aformat=sample_fmts=s16:channel_layouts=mono")
	return output(a, name, opts{"filter:a": strings.Join(f, ","), "f": "s16le"})
}
