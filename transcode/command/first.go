package command

import (
	"maps"
	"slices"
	"strings"

	"github.com/storyreel/storyreel/transcode/plan"
)

// First returns ffmpeg's arguments for the first set, from one reading of the
// review copy src, an absolute path: the fallback MP4 and, where the plan has
// them, one rung and the audio for HLS. The video is copied; only the audio is
// encoded, once, at its published loudness.
func First(of plan.Plan, src string, threads int) ([]string, error) {
	p := builder{of}
	return compile(threads, func() []graph {
		in := p.source(src, threads)
		if !p.Streams {
			return []graph{p.remuxOutput(in, FileStory)}
		}
		return []graph{p.remuxOutputs(in)}
	})
}

// remuxOutputs is remuxOutput to several files at once.
func (p builder) remuxOutputs(in graph) graph {
	o := p.remuxOptions()
	mp4 := opts{"movflags": o["movflags"]}
	delete(o, "movflags")
	variants := &variants{audio: p.Audio.Present}
	variants.addVideo(0, p.Rungs[0].Name)
	if p.Audio.Present {
		variants.addAudio()
	}
	hls := hlsOptions()
	hls["var_stream_map"] = variants.String()
	o["f"] = "tee"
	return outputs(p.remuxStreams(in), teeTo("mp4", FileStory, mp4)+"|"+teeTo("hls", filePlaylists, hls), o)
}

// teeTo is a target of ffmpeg's tee muxer: what is encoded once is written by
// this muxer with its options, too. An error of one target ends the run.
func teeTo(muxer, name string, o opts) string {
	o = maps.Clone(o)
	o["f"], o["fflags"], o["onfail"] = muxer, "+bitexact", "abort"
	var list []string
	for _, key := range slices.Sorted(maps.Keys(o)) {
		// ffmpeg reads the list of options from the list of targets, and removes a backslash for each
		value := strings.ReplaceAll(o[key].(string), ":", `\\:`)
		list = append(list, key+"="+value)
	}
	return "[" + strings.Join(list, ":") + "]" + name
}
