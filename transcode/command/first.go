package command

import "github.com/storyreel/storyreel/transcode/plan"

// First returns ffmpeg's arguments for the first set, from one reading of the
// review copy src, an absolute path: the fallback MP4 and, where the plan has
// them, one rung and the audio for HLS. The video is copied; only the audio is
// encoded, at its published loudness.
func First(of plan.Plan, src string, threads int) ([]string, error) {
	p := builder{of}
	return compile(threads, func() []graph {
		in := p.source(src, threads)
		outs := []graph{p.remuxOutput(in, FileStory)}
		if p.Streams {
			outs = append(outs, p.copiedRung(in))
		}
		return outs
	})
}

// copiedRung writes the input's video and the encoded audio as fragmented MP4
// with byte ranges, as ladderOutput does.
func (p builder) copiedRung(in graph) graph {
	o := withoutMetadata(hlsOptions())
	o["c:v"] = "copy"
	variants := &variants{audio: p.Audio.Present}
	variants.addVideo(0, p.Rungs[0].Name)
	streams := []graph{p.video(in)}
	if p.Audio.Present {
		streams = append(streams, p.audio(in))
		o["filter:a"] = p.audioFilter()
		aac(o, "128k")
		variants.addAudio()
	}
	o["var_stream_map"] = variants.String()
	return outputs(streams, filePlaylists, o)
}
