package clips

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Recorded are videos in forms that phones, recorders and editors leave behind
// and that ffmpeg reads only with help.
var Recorded = slices.Concat(trimmed, cutStreams, packed, stills, unreadable)

// trimmed begin with frames that are not shown: a trim without encoding keeps
// what follows the key frame before it.
var trimmed = []Clip{
	{Name: "trimmed-hlg", Class: "phone HDR, trimmed in the gallery: 30 hidden frames", Ext: ".mp4",
		Width: 320, Height: 240, Seconds: 2, Rate: 30, Corners: true, HDR: true,
		Tag: "hide 30", After: hideStart(30, 30),
		Args: concat(video(320, 240, "30", 3, toHDR("arib-std-b67")),
			x265("keyint=60:scenecut=0:bframes=0:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"),
			args("-tag:v", "hvc1", "-video_track_timescale", "30"))},
	{Name: "trimmed-interlaced", Class: "interlaced H.264, trimmed without encoding: 40 hidden frames", Ext: ".mov",
		Width: 720, Height: 576, Seconds: 1.4, Rate: 25, Corners: true, Tag: "hide 40", After: hideStart(40, 25),
		Args: concat(video(720, 576, "50", 3, toYUV("bt601", "tv", "yuv420p")+",tinterlace=interleave_top"),
			x264, args("-flags", "+ilme+ildct", "-x264-params", "tff=1:bframes=0:keyint=100", "-g", "100",
				"-video_track_timescale", "25"))},
	{Name: "trimmed-av1", Class: "AV1 with ten bits, trimmed without encoding: 20 hidden frames", Ext: ".mp4",
		Width: 320, Height: 240, Seconds: 1.2, Rate: 25, Corners: true, Tag: "hide 20", After: hideStart(20, 25),
		Args: concat(video(320, 240, "25", 2, toYUV("bt709", "tv", "yuv420p10le")),
			args("-c:v", "libsvtav1", "-preset", "12", "-crf", "25", "-g", "100", "-video_track_timescale", "25"),
			bt709Tags)},
}

// hideStart lets the edit list hide so many frames of a track whose clock
// counts frames of this rate.
func hideStart(frames, rate uint32) func([]byte) ([]byte, error) {
	return atBox("elst", func(b []byte) {
		binary.BigEndian.PutUint32(b[8:], binary.BigEndian.Uint32(b[8:])-frames*1000/rate)
		binary.BigEndian.PutUint32(b[12:], binary.BigEndian.Uint32(b[12:])+frames)
	})
}

// streamed are the arguments of an interlaced transport stream with a key
// frame every second.
var streamed = concat(video(720, 576, "50", 4, toYUV("bt601", "tv", "yuv420p")+",tinterlace=interleave_top"),
	audio(tone, 4), x264, args("-flags", "+ilme+ildct", "-x264-params", "tff=1:keyint=25:bframes=0", "-g", "25",
		"-c:a", "mp2"))

// cutStreams are transport streams cut at any byte.
var cutStreams = []Clip{
	{Name: "cut-ts", Class: "transport stream that begins within a packet and 0.8 s before a key frame", Ext: ".ts",
		Width: 720, Height: 576, Seconds: 2.8, Rate: 25, Audio: true, Corners: true, Args: streamed, Tag: "tail 69.9",
		After: func(d []byte) ([]byte, error) { return d[len(d)*301/1000:], nil }},
	{Name: "cut-m2ts", Class: "camera's transport stream with times before packets, cut within a packet", Ext: ".m2ts",
		Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Corners: true,
		Args: concat(video(320, 240, "25", 2, sdr), audio(tone, 2), x264, bt709Tags, args("-c:a", "ac3",
			"-mpegts_m2ts_mode", "1")), Tag: "cut 61",
		After: dropBytes(61)},
	{Name: "cut-204", Class: "broadcast's transport stream with parity after packets, cut within a packet", Ext: ".ts",
		Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Corners: true,
		Args: concat(video(320, 240, "25", 2, sdr), audio(tone, 2), x264, bt709Tags, args("-c:a", "mp2")),
		Tag:  "parity, cut 150", After: chain(addParity, dropBytes(150))},
	{Name: "two-programs", Class: "broadcast: two programs with clocks of their own, the larger one second", Ext: ".ts",
		Width: 320, Height: 240, Seconds: 3, Rate: 25, Audio: true, Corners: true,
		Args: concat(video(176, 144, "25", 3, sdr), audio("sine=f=880:r=48000", 3), x264, args("-c:a", "mp2")),
		Tag:  "programs", After: withProgram(Clip{Name: "two-programs-second", Ext: ".ts",
			Args: concat(video(320, 240, "25", 3, sdr), audio(tone, 3), x264, bt709Tags, args("-c:a", "mp2"),
				secondProgram)})},
}

func dropBytes(n int) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) { return d[n:], nil }
}

// addParity adds 16 bytes to each packet of a transport stream.
func addParity(d []byte) ([]byte, error) {
	var out []byte
	for packet := range slices.Chunk(d, 188) {
		out = append(append(out, packet...), make([]byte, 16)...)
	}
	return out, nil
}

// packed store several frames of AMR in one sample.
var packed = []Clip{
	{Name: "amr-five", Class: "old phone: five frames of AMR in a sample", Ext: ".3gp", Width: 176, Height: 144,
		Seconds: 4, Rate: 15, Audio: true, Corners: true, Tag: "5", After: packFrames(amrBytes(4), amrSize, 5),
		Args: oldPhone("#!AMR\n" + string(amrBytes(4)))},
	{Name: "amr-fifty", Class: "old phone: a second of AMR in a sample", Ext: ".3gp", Width: 176, Height: 144,
		Seconds: 4, Rate: 15, Audio: true, Corners: true, Tag: "50", After: packFrames(amrBytes(4), amrSize, 50),
		Args: oldPhone("#!AMR\n" + string(amrBytes(4)))},
	{Name: "amr-wide-ten", Class: "phone: ten frames of wide-band AMR in a sample", Ext: ".3gp",
		Width: 176, Height: 144, Seconds: 4, Rate: 15, Audio: true,
		Corners: true, Tag: "10", After: packFrames(wideBytes(4), wideSize, 10),
		Args: oldPhone("#!AMR-WB\n" + string(wideBytes(4)))},
}

func oldPhone(voice string) []string {
	return concat(video(176, 144, "15", 4, toYUV("bt601", "tv", "yuv420p")), args("-f", "amr", "-i", dataURL(voice)),
		args("-c:v", "mpeg4", "-q:v", "2", "-c:a", "copy"))
}

// stills are videos with larger stills beside them.
var stills = []Clip{
	{Name: "two-stills", Class: "motion photo's video with a track of two larger stills", Ext: ".mp4",
		Width: 320, Height: 240, Seconds: 3, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 3, sdr), audio(tone, 3), stillTrack("640x480", "1", 2),
			args("-map", "0", "-map", "1", "-map", "2"), x264, bt709Tags, aac)},
	{Name: "five-stills-first", Class: "five larger stills in HEVC before the video", Ext: ".mp4",
		Width: 320, Height: 240, Seconds: 3, Rate: 25, Remux: true, Corners: true,
		Args: concat(stillTrack("640x480", "2", 2.5), video(320, 240, "25", 3, sdr), args("-map", "0", "-map", "1"),
			x264, args("-c:v:0", "libx265", "-x265-params", "log-level=none"), bt709Tags)},
	{Name: "burst", Class: "Matroska with a burst of three larger stills within a tenth of a second", Ext: ".mkv",
		Width: 320, Height: 240, Seconds: 2, Rate: 25, Remux: true, Corners: true,
		Args: concat(stillTrack("640x480", "30", 0.1), video(320, 240, "25", 2, sdr), args("-map", "0", "-map", "1"),
			x264, args("-c:v:0", "mjpeg"), bt709Tags)},
}

func stillTrack(size, rate string, seconds float64) []string {
	return args("-f", "lavfi", "-i", "color=c=white:s="+size+":r="+rate+":d="+fmt.Sprint(seconds))
}

// unreadable have samples beyond the end of the file, in tracks that are never
// used.
var unreadable = []Clip{
	{Name: "subtitle-outside", Class: "a subtitle whose samples lie beyond the end of the file", Ext: ".mp4",
		Width: 320, Height: 240, Seconds: 4, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: withSubtitle, Tag: "outside", After: beyondEnd("sbtl")},
	{Name: "timecode-outside", Class: "a time code whose sample lies beyond the end of the file", Ext: ".mov",
		Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 2, sdr), audio(tone, 2), x264, bt709Tags, aac,
			args("-timecode", "01:00:00:00")), Tag: "outside", After: beyondEnd("tmcd")},
	{Name: "chapters-outside", Class: "chapter titles whose samples lie beyond the end of the file", Ext: ".mp4",
		Width: 320, Height: 240, Seconds: 4, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 4, sdr), audio(tone, 4), args("-f", "ffmetadata", "-i",
			dataURL(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1500\ntitle=a\n"+
				"[CHAPTER]\nTIMEBASE=1/1000\nSTART=1500\nEND=4000\ntitle=b\n"), "-map_chapters", "2"),
			x264, bt709Tags, aac), Tag: "outside", After: beyondEnd("text")},
}

var withSubtitle = concat(video(320, 240, "25", 4, sdr), audio(tone, 4),
	args("-f", "srt", "-i", dataURL("1\n00:00:01,000 --> 00:00:02,000\nwords\n\n"+
		"2\n00:00:02,500 --> 00:00:03,000\nmore\n"),
		"-map", "0", "-map", "1", "-map", "2"), x264, bt709Tags, aac, args("-c:s", "mov_text"))
