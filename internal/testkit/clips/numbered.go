package clips

import (
	"fmt"
	"image"
)

// NumberedRate is the frame rate of the numbered videos.
const NumberedRate = 25

const (
	numberedBars    = 8
	numberedSeconds = 8 // length of the numbered videos
)

// numberedVideo returns arguments for a video whose frames show their number,
// from 0: bar k from the left is white if bit k is set. Its audio beeps for
// 0.1 s at every whole second.
func numberedVideo() []string {
	s := fmt.Sprintf("color=c=black:s=320x240:r=%d:d=%d,format=gbrp", NumberedRate, numberedSeconds)
	for k := range numberedBars {
		s += fmt.Sprintf(",drawbox=iw*%d/%d:0:iw/%d:ih:white:fill:enable='bitand(n,%d)'", k, numberedBars, numberedBars,
			1<<k)
	}
	return args("-f", "lavfi", "-i", s+sdr, "-f", "lavfi", "-i",
		fmt.Sprintf("aevalsrc='if(lt(mod(t,1),0.1),0.5*sin(2*PI*1000*t),0)':s=48000:d=%d", numberedSeconds))
}

// Number returns the number of the frame shown within r, which may be one tile
// of a storyboard.
func Number(img image.Image, r image.Rectangle) int {
	n := 0
	for k := range numberedBars {
		x, y := r.Min.X+(2*k+1)*r.Dx()/(2*numberedBars), r.Min.Y+r.Dy()/2
		if red, _, _, _ := img.At(x, y).RGBA(); red > 0x8000 {
			n |= 1 << k
		}
	}
	return n
}

// Numbered are eight seconds of numbered video in containers that differ in how
// ffmpeg seeks: by an index, by an index with B-frames and distant key frames,
// by reading on, and not at all.
var Numbered = []Clip{
	{Name: "numbered-mp4", Class: "numbered frames, B-frames, key frames four seconds apart", Ext: ".mp4", Seconds: 8,
		Args: concat(numberedVideo(),
			args("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", "100", "-sc_threshold", "0"), bt709Tags,
			aac)},
	{Name: "numbered-fragments", Class: "numbered frames in fragments without an index", Ext: ".mp4", Pipe: true,
		Seconds: 8,
		Args: concat(numberedVideo(),
			args("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-bf", "0", "-g", "50", "-sc_threshold", "0"),
			bt709Tags, args("-c:a", "flac", "-strict", "-2", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4"))},
	{Name: "numbered-recorder", Class: "numbered frames, browser recording without cues", Ext: ".webm", Pipe: true,
		Seconds: 8,
		Args:    concat(numberedVideo(), vpx("libvpx"), args("-g", "75", "-c:a", "libopus", "-f", "webm"))},
	{Name: "numbered-ts", Class: "numbered frames, transport stream whose clock starts at an hour", Ext: ".ts",
		Seconds: 8,
		Args: concat(numberedVideo(),
			args("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", "50", "-sc_threshold", "0"), bt709Tags,
			args("-c:a", "mp2", "-output_ts_offset", "3600"))},
	{Name: "numbered-avi", Class: "numbered frames, AVI", Ext: ".avi", Seconds: 8,
		Args: concat(numberedVideo(), args("-c:v", "mpeg4", "-q:v", "2", "-g", "50", "-c:a", "pcm_s16le"))},
}
