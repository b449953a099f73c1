package clips

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// testPattern returns the filter of the test pattern: moving bars and counters,
// with Corners on top, as RGB.
func testPattern(w, h int, rate string, seconds float64) string {
	s := fmt.Sprintf("testsrc2=s=%dx%d:r=%s:d=%g,format=gbrp", w, h, rate, seconds)
	at := [4]string{"0:0", "iw-iw/4:0", "iw-iw/4:ih-ih/4", "0:ih-ih/4"}
	for i, c := range Corners {
		s += fmt.Sprintf(",drawbox=%s:iw/4+1:ih/4+1:0x%02X%02X%02X:fill", at[i], c[0], c[1], c[2])
	}
	return s
}

// toYUV returns the filters that convert RGB to this matrix, range and pixel
// format.
func toYUV(matrix, rng, pix string) string {
	return fmt.Sprintf(",scale=out_color_matrix=%s:out_range=%s,format=%s", matrix, rng, pix)
}

var (
	sdr       = toYUV("bt709", "tv", "yuv420p")
	bt709Tags = []string{"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"}
	x264      = []string{"-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "30"}
	tone      = "sine=f=440:r=48000"
	aac       = []string{"-c:a", "aac", "-b:a", "96k"}
)

// video returns the arguments of an input with the test pattern, followed by
// filters such as sdr.
func video(w, h int, rate string, seconds float64, filters string) []string {
	return []string{"-f", "lavfi", "-i", testPattern(w, h, rate, seconds) + filters}
}

// audio returns the arguments of an input with audio of the given filter.
func audio(source string, seconds float64) []string {
	return []string{"-f", "lavfi", "-i", fmt.Sprintf("%s:d=%g", source, seconds)}
}

func concat(parts ...[]string) []string {
	var all []string
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func args(w ...string) []string { return w }

// Sources of a video in which video and audio mark the same moment: white from
// 1.5 s to 1.7 s, with a tone. lateAudio is the audio of the same from 0.8 s on.
const (
	syncVideo = "color=c=black:s=320x240:r=25:d=3,format=gbrp,drawbox=0:0:iw:ih:white:fill:enable='between(t,1.499,1.69)'"
	syncAudio = "aevalsrc='if(between(t,1.5,1.7),0.5*sin(2*PI*1000*t),0)':s=48000:d=3"
	lateAudio = "aevalsrc='if(between(t,0.7,0.9),0.5*sin(2*PI*1000*t),0)':s=48000:d=1.5"
)

// syncInputs are the inputs of a video whose video and audio mark the same
// moment.
var syncInputs = args("-f", "lavfi", "-i", syncVideo+sdr, "-f", "lavfi", "-i", syncAudio)

// lose leaves out the packets of audio whose number fulfills the expression.
func lose(packets string) []string {
	return args("-bsf:a", "noise=drop="+strings.ReplaceAll(packets, ",", "\\,"))
}

// Classes holds one clip per class of good source.
var Classes = []Clip{
	{Name: "landscape", Class: "H.264 and AAC as browsers play it", Ext: ".mp4", Width: 640, Height: 360, Seconds: 3, Rate: 30, Audio: true, Remux: true, Corners: true,
		Args: concat(video(640, 360, "30", 3, sdr), audio(tone, 3), x264, bt709Tags, aac)},
	{Name: "rotated", Class: "phone portrait: matrix, place and device in the metadata, index at the end", Ext: ".mov", Width: 360, Height: 640, Seconds: 2, Rate: 30, Audio: true, Remux: true, Corners: true,
		Args: concat(video(360, 640, "30", 2, ",transpose=2"+sdr), audio(tone, 2), x264, bt709Tags, aac,
			args("-metadata", "location=+52.5163+013.3777/", "-metadata", "com.apple.quicktime.location.ISO6709=+52.5163+013.3777+034.0/", "-metadata", "make=Acmephone", "-metadata", "model=Acme Nine",
				"-metadata", "title=Secret Title", "-metadata:s:v", "handler_name=Core Media Video by Acme", "-movflags", "use_metadata_tags")),
		Tag: "rot90", After: displayMatrix([9]int32{0, 0x10000, 0, -0x10000, 0, 0, 640 << 16 >> 0, 0, 0x40000000})},
	{Name: "upside-down", Class: "rotation of 180", Ext: ".mp4", Width: 640, Height: 360, Seconds: 1, Rate: 30, Remux: true, Corners: true,
		Args: concat(video(640, 360, "30", 1, ",hflip,vflip"+sdr), x264, bt709Tags),
		Tag:  "rot180", After: displayMatrix([9]int32{-0x10000, 0, 0, 0, -0x10000, 0, 0, 0, 0x40000000})},
	{Name: "mirrored", Class: "selfie camera: the matrix mirrors", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: concat(video(320, 240, "25", 1, ",hflip"+sdr), x264, bt709Tags),
		Tag:  "hflip", After: displayMatrix([9]int32{-0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000})},
	{Name: "clean-aperture", Class: "a clean aperture hides a border", Ext: ".mov", Width: 320, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: concat(video(320, 240, "25", 1, ",pad=400:300:60:20:white"+sdr), x264, bt709Tags),
		Tag:  "clap", After: appendToEntry("avc1", cleanAperture(320, 240, 20, -10))},
	{Name: "clean-aperture-rotated", Class: "a clean aperture of a frame that is rotated", Ext: ".mp4", Width: 240, Height: 320, Seconds: 1, Rate: 25, Corners: true,
		Args: concat(video(240, 320, "25", 1, ",transpose=2,pad=400:300:60:20:white"+sdr), x264, bt709Tags),
		Tag:  "clap rot90", After: chain(displayMatrix([9]int32{0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000}), appendToEntry("avc1", cleanAperture(320, 240, 20, -10)))},
	{Name: "clean-aperture-mirrored", Class: "a clean aperture of a frame that is mirrored, with pixels that are not square", Ext: ".mp4", Width: 640, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: concat(video(320, 240, "25", 1, ",hflip,pad=400:300:60:20:white,setsar=2/1"+sdr), x264, bt709Tags),
		Tag:  "clap hflip", After: chain(displayMatrix([9]int32{-0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000}), appendToEntry("avc1", cleanAperture(320, 240, 20, -10)))},
	{Name: "pixel-crop", Class: "Matroska's crop elements hide a border", Ext: ".mkv", Pipe: true, Width: 320, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: concat(video(320, 240, "25", 1, ",pad=400:300:60:20:white"+sdr), x264, bt709Tags, args("-f", "matroska", "-write_crc32", "0")),
		Tag:  "crop", After: pixelCrop(60, 20, 20, 40, 320, 240)},
	{Name: "pixel-crop-wide", Class: "Matroska's crop elements, with pixels that are not square", Ext: ".mkv", Pipe: true, Width: 640, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: concat(video(320, 240, "25", 1, ",pad=400:300:60:20:white"+sdr), x264, bt709Tags, args("-f", "matroska", "-write_crc32", "0")),
		Tag:  "crop wide", After: pixelCrop(60, 20, 20, 40, 640, 240)},
	{Name: "portrait-hevc", Class: "HEVC 1080x1920", Ext: ".mp4", Width: 1080, Height: 1920, Seconds: 1.2, Rate: 25, Audio: true, Corners: true,
		Args: concat(video(1080, 1920, "25", 1.2, sdr), audio(tone, 1.2), x265(""), args("-tag:v", "hvc1"), bt709Tags, aac)},
	{Name: "hlg", Class: "phone HDR, HLG 10-bit", Ext: ".mp4", Width: 640, Height: 360, Seconds: 1, Rate: 30, Corners: true, HDR: true,
		Args: concat(video(640, 360, "30", 1, toHDR("arib-std-b67")), x265("colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"))},
	{Name: "pq", Class: "HDR10, PQ, in a container without color description", Ext: ".mkv", Width: 640, Height: 360, Seconds: 1, Rate: 30, Corners: true, HDR: true,
		Args: concat(video(640, 360, "30", 1, toHDR("smpte2084")), x265("colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"))},
	{Name: "hlg-odd", Class: "HLG of an odd size", Ext: ".mkv", Width: 321, Height: 241, Seconds: 1, Rate: 30, Corners: true, HDR: true,
		Args: concat(video(321, 241, "30", 1, strings.Replace(toHDR("arib-std-b67"), "yuv420p10le", "yuv444p10le", 1)), x265("colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"))},
	{Name: "dolby-vision-84", Class: "phone's Dolby Vision over HLG", Ext: ".mp4", Width: 640, Height: 360, Seconds: 1, Rate: 30, Corners: true, HDR: true,
		Args: concat(video(640, 360, "30", 1, toHDR("arib-std-b67")), x265("colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"), args("-tag:v", "hvc1")),
		Tag:  "dv84", After: appendToEntry("hvc1", dolbyVision(4))},
	{Name: "dolby-vision-81", Class: "Dolby Vision over HDR10", Ext: ".mp4", Width: 640, Height: 360, Seconds: 1, Rate: 30, Corners: true, HDR: true,
		Args: concat(video(640, 360, "30", 1, toHDR("smpte2084")), x265("colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"), args("-tag:v", "hvc1")),
		Tag:  "dv81", After: appendToEntry("hvc1", dolbyVision(1))},
	{Name: "hlg-container", Class: "HLG that only the container describes", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 30, Corners: true, HDR: true,
		Args: concat(video(320, 240, "30", 1, toHDR("arib-std-b67")), x265(""), args("-tag:v", "hvc1")),
		Tag:  "colr", After: appendToEntry("hvc1", colorBox(9, 18, 9))},
	{Name: "pq-container", Class: "PQ that only the container describes", Ext: ".mkv", Pipe: true, Width: 320, Height: 240, Seconds: 1, Rate: 30, Corners: true, HDR: true,
		Args: concat(video(320, 240, "30", 1, toHDR("smpte2084")), x265(""), args("-f", "matroska", "-write_crc32", "0")),
		Tag:  "color", After: addToVideo(ebmlElement("\x55\xB0", bytes.Join([][]byte{uintElement("\x55\xBB", 9), uintElement("\x55\xBA", 16), uintElement("\x55\xB1", 9)}, nil)))},
	{Name: "prores-container", Class: "small ProRes 4444 with BT.709 colors that only the container describes", Ext: ".mov", Width: 320, Height: 240, Seconds: 0.5, Rate: 24, Corners: true,
		Args: concat(video(320, 240, "24", 0.5, toYUV("bt709", "tv", "yuva444p10le")), args("-c:v", "prores_ks", "-profile:v", "4"), bt709Tags)},
	{Name: "wide-bt2020", Class: "SDR with BT.2020's primaries, ten bits", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: concat(video(320, 240, "25", 1, toGamut("bt2020", "bt2020nc", "yuv420p10le")), x265("colorprim=bt2020:transfer=bt2020-10:colormatrix=bt2020nc"), args("-tag:v", "hvc1"))},
	{Name: "wide-p3", Class: "SDR with the primaries of phone screens (P3)", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: concat(video(320, 240, "25", 1, toGamut("smpte432", "bt709", "yuv420p")), x264, args("-colorspace", "bt709", "-color_primaries", "smpte432", "-color_trc", "bt709"))},
	{Name: "ycgco", Class: "YCgCo matrix", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: concat(video(320, 240, "25", 1, toGamut("bt709", "ycgco", "yuv420p")), x264, args("-colorspace", "ycgco", "-color_primaries", "bt709", "-color_trc", "bt709"))},
	{Name: "vfr-webm", Class: "browser recording: no duration, gaps, VP8 and Opus", Ext: ".webm", Pipe: true, Width: 320, Height: 240, Seconds: 4, Rate: 30, Audio: true, Corners: true,
		Args: concat(video(320, 240, "30", 4, toYUV("bt601", "tv", "yuv420p")+",select='not(between(mod(n,40),20,34))'"), audio(tone, 4), args("-fps_mode", "vfr"), vpx("libvpx"), args("-c:a", "libopus", "-f", "webm"))},
	{Name: "turned", Class: "browser recording of a phone that is turned after two seconds", Ext: ".webm", Pipe: true, Width: 240, Height: 320, Seconds: 4, Rate: 30, Audio: true,
		Args: concat(video(240, 320, "30", 2, toYUV("bt601", "tv", "yuv420p")), audio(tone, 2), vpx("libvpx"), args("-c:a", "libopus", "-f", "webm")), Tag: "turned",
		After: appendClusters(Clip{Name: "turned-second", Ext: ".webm",
			Args: concat(video(320, 240, "30", 2, toYUV("bt601", "tv", "yuv420p")), audio(tone, 2), vpx("libvpx"), args("-c:a", "libopus", "-f", "webm"))})},
	{Name: "turned-black", Class: "H.264 that is black until the phone is turned", Ext: ".mkv", Pipe: true, Width: 240, Height: 320, Seconds: 4, Rate: 30, Audio: true,
		Args: concat(args("-f", "lavfi", "-i", "color=c=black:s=240x320:r=30:d=2"+sdr), audio(tone, 2), x264, bt709Tags, aac, args("-f", "matroska")), Tag: "turned",
		After: appendClusters(Clip{Name: "turned-black-second", Ext: ".mkv",
			Args: concat(video(320, 240, "30", 2, sdr), audio(tone, 2), x264, bt709Tags, aac, args("-bsf:v", "dump_extra", "-f", "matroska"))})},
	{Name: "vp9", Class: "VP9 and Opus", Ext: ".webm", Width: 320, Height: 240, Seconds: 2, Rate: 30, Audio: true, Corners: true,
		Args: concat(video(320, 240, "30", 2, sdr), audio(tone, 2), vpx("libvpx-vp9"), bt709Tags, args("-c:a", "libopus"))},
	{Name: "av1", Class: "AV1, audio stream first", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Corners: true,
		Args: concat(video(320, 240, "25", 2, sdr), audio(tone, 2), args("-map", "1:a", "-map", "0:v", "-c:v", "libsvtav1", "-preset", "12", "-crf", "25"), bt709Tags, aac)},
	{Name: "prores", Class: "ProRes 422 10-bit and PCM", Ext: ".mov", Width: 1280, Height: 720, Seconds: 0.5, Rate: 24, Audio: true, Corners: true,
		Args: concat(video(1280, 720, "24", 0.5, toYUV("bt709", "tv", "yuv422p10le")), audio(tone, 0.5), args("-c:v", "prores_ks", "-profile:v", "0"), bt709Tags, args("-c:a", "pcm_s16le"))},
	{Name: "ima-mov", Class: "QuickTime of the nineties: Motion JPEG and IMA ADPCM", Ext: ".mov", Width: 320, Height: 240, Seconds: 2, Rate: 15, Audio: true, Corners: true,
		Args: concat(video(320, 240, "15", 2, toYUV("bt601", "pc", "yuvj420p")), audio("sine=f=440:r=22050", 2), args("-c:v", "mjpeg", "-q:v", "3", "-c:a", "adpcm_ima_qt"))},
	{Name: "asp-avi", Class: "MPEG-4 ASP and MP3 in AVI, B-frames", Ext: ".avi", Width: 320, Height: 240, Seconds: 3, Rate: 25, Audio: true, Corners: true,
		Args: concat(video(320, 240, "25", 3, toYUV("bt601", "tv", "yuv420p")), audio(tone, 3), args("-c:v", "mpeg4", "-q:v", "2", "-bf", "1", "-c:a", "libmp3lame"))},
	{Name: "interlaced-ts", Class: "MPEG-2 interlaced, anamorphic, transport stream", Ext: ".ts", Width: 1024, Height: 576, Seconds: 2, Rate: 25, Audio: true, Corners: true,
		Args: concat(video(720, 576, "50", 2, toYUV("bt601", "tv", "yuv420p")+",tinterlace=interleave_top,setsar=64/45"), audio(tone, 2),
			args("-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-top", "1", "-q:v", "3", "-c:a", "mp2"))},
	{Name: "h263-3gp", Class: "old phone: H.263 with pixels that are not square, AAC at 8 kHz", Ext: ".3gp", Width: 192, Height: 144, Seconds: 2, Rate: 15, Audio: true, Corners: true,
		Args: concat(video(176, 144, "15", 2, toYUV("bt601", "tv", "yuv420p")+",setsar=12/11"), audio("sine=f=440:r=8000", 2), args("-c:v", "h263", "-q:v", "2", "-c:a", "aac", "-ar", "8000", "-b:a", "12k"))},
	{Name: "h263-amr", Class: "old phone: H.263 and AMR narrow band", Ext: ".3gp", Width: 192, Height: 144, Seconds: 3, Rate: 15, Audio: true, Corners: true,
		Args: concat(video(176, 144, "15", 3, toYUV("bt601", "tv", "yuv420p")+",setsar=12/11"), args("-f", "amr", "-i", amrFile(3)), args("-c:v", "h263", "-q:v", "2", "-c:a", "copy"))},
	{Name: "odd-444", Class: "odd size, 4:4:4, mono", Ext: ".mp4", Width: 321, Height: 241, Seconds: 1, Rate: 25, Audio: true, Corners: true,
		Args: concat(video(321, 241, "25", 1, toYUV("bt709", "tv", "yuv444p")), audio(tone, 1), x264, bt709Tags, aac, args("-ac", "1"))},
	{Name: "high10", Class: "H.264 with ten bits", Ext: ".mkv", Width: 320, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: concat(video(320, 240, "25", 1, toYUV("bt709", "tv", "yuv420p10le")), x264, bt709Tags)},
	{Name: "high422", Class: "H.264 with ten bits and 4:2:2, interlaced, as broadcast cameras write", Ext: ".mov", Width: 720, Height: 576, Seconds: 1, Rate: 25, Corners: true,
		Args: concat(video(720, 576, "50", 1, toYUV("bt601", "tv", "yuv422p10le")+",tinterlace=interleave_top"), x264, args("-flags", "+ilme+ildct", "-x264-params", "tff=1"))},
	{Name: "baseline", Class: "H.264 Baseline", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 25, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 1, sdr), x264, bt709Tags, args("-profile:v", "baseline"))},
	{Name: "negative-times", Class: "timestamps that start before zero", Ext: ".mkv", Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Corners: true,
		Args: concat(video(320, 240, "25", 2, sdr), audio(tone, 2), x264, bt709Tags, args("-c:a", "libopus", "-avoid_negative_ts", "disabled", "-output_ts_offset", "-0.7"))},
	{Name: "surround", Class: "5.1 audio", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 2, sdr), audio(tone, 2), x264, bt709Tags, args("-af", "pan=5.1|FC=c0", "-c:a", "aac", "-b:a", "192k"))},
	{Name: "two-audio-tracks", Class: "two audio tracks, of which the second is the default and quiet", Ext: ".mp4", Width: 320, Height: 240, Seconds: 4, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 4, sdr), audio("sine=f=3000:r=48000", 4), audio(tone, 4), x264, bt709Tags,
			args("-map", "0:v", "-map", "1:a", "-map", "2:a", "-filter:a:1", "volume=-12dB", "-disposition:a:0", "0", "-disposition:a:1", "default"), aac)},
	{Name: "unreadable-audio", Class: "an unreadable default audio track beside a readable one", Ext: ".mkv", Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 2, sdr), audio(tone, 2), x264, bt709Tags, args("-map", "0:v", "-map", "1:a", "-map", "1:a", "-c:a:0", "dca", "-strict", "-2", "-ac:a:0", "2", "-c:a:1", "aac", "-disposition:a:0", "default", "-disposition:a:1", "0"))},
	{Name: "silent-track", Class: "an audio track of silence", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 2, sdr), audio("anullsrc=r=48000", 2), x264, bt709Tags, aac)},
	{Name: "no-audio", Class: "no audio track", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 25, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 2, sdr), x264, bt709Tags)},
	{Name: "cover", Class: "a cover image larger than the video", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 2, sdr), audio(tone, 2), args("-f", "lavfi", "-i", "color=c=white:s=640x640:d=0.04:r=25"),
			args("-map", "0:v", "-map", "1:a", "-map", "2:v"), x264, bt709Tags, aac, args("-c:v:1", "mjpeg", "-frames:v:1", "1", "-disposition:v:1", "attached_pic"))},
	{Name: "thumbnail-track", Class: "a larger still image as a video track without a cover flag", Ext: ".mov", Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: concat(args("-f", "lavfi", "-i", "color=c=white:s=640x640:d=0.04:r=25"), video(320, 240, "25", 2, sdr), audio(tone, 2),
			args("-map", "0", "-map", "1", "-map", "2"), x264, bt709Tags, aac, args("-c:v:0", "mjpeg"))},
	{Name: "timecode", Class: "camera with a data track and chapters", Ext: ".mov", Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 2, sdr), audio(tone, 2), args("-f", "ffmetadata", "-i", dataURL(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=Secret Chapter\n"), "-map_chapters", "2"),
			x264, bt709Tags, aac, args("-timecode", "01:00:00:00", "-metadata", "comment=Secret Comment"))},
	{Name: "sync", Class: "video and audio mark the same moment", Ext: ".mp4", Width: 320, Height: 240, Seconds: 3, Rate: 25, Audio: true, Remux: true,
		Args: concat(args("-f", "lavfi", "-i", syncVideo+sdr, "-f", "lavfi", "-i", syncAudio), x264, bt709Tags, aac)},
	{Name: "late-audio", Class: "audio begins 0.8 s after the video and ends early", Ext: ".mp4", Width: 320, Height: 240, Seconds: 3, Rate: 25, Audio: true, Remux: true,
		Args: concat(args("-f", "lavfi", "-i", syncVideo+sdr, "-itsoffset", "0.8", "-f", "lavfi", "-i", lateAudio), x264, bt709Tags, aac)},
	{Name: "late-video", Class: "Matroska whose video begins 0.8 s after the audio", Ext: ".mkv", Width: 320, Height: 240, Seconds: 3, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: concat(args("-itsoffset", "0.8"), video(320, 240, "25", 2.2, sdr), audio(tone, 3), x264, bt709Tags, aac)},
	{Name: "shifted-ts", Class: "transport stream whose clock starts at ten hours, video 0.4 s late", Ext: ".ts", Width: 320, Height: 240, Seconds: 3.4, Rate: 25, Audio: true,
		Args: concat(args("-itsoffset", "0.4", "-f", "lavfi", "-i", syncVideo+sdr, "-f", "lavfi", "-i", "aevalsrc='if(between(t,1.9,2.1),0.5*sin(2*PI*1000*t),0)':s=48000:d=3.4"),
			x264, bt709Tags, args("-output_ts_offset", "36000", "-c:a", "mp2"))},
	{Name: "joined-ts", Class: "two recordings in one transport stream, whose clocks are far apart", Ext: ".ts", Width: 320, Height: 240, Seconds: 4, Rate: 25, Audio: true, Corners: true,
		Args: concat(video(320, 240, "25", 2, sdr), audio(tone, 2), x264, bt709Tags, args("-c:a", "mp2")), Tag: "joined",
		After: appendClip(Clip{Name: "joined-second", Ext: ".ts", Args: concat(video(320, 240, "25", 2, sdr), audio(tone, 2), x264, bt709Tags, args("-c:a", "mp2", "-output_ts_offset", "900", "-f", "mpegts"))})},
	{Name: "audio-changes", Class: "transport stream whose audio changes its channels from one to two, and its sample rate", Ext: ".ts", Width: 320, Height: 240, Seconds: 5.04, Rate: 25, Audio: true,
		Args: concat(args("-f", "lavfi", "-i", "color=c=black:s=320x240:r=25:d=2"+sdr), audio("anullsrc=r=44100:cl=mono", 2), x264, bt709Tags, args("-c:a", "aac", "-f", "mpegts")), Tag: "audio changes 2",
		After: appendClip(Clip{Name: "audio-changes-second", Ext: ".ts",
			Args: concat(args("-f", "lavfi", "-i", syncVideo+sdr, "-f", "lavfi", "-i", syncAudio), x264, bt709Tags, args("-c:a", "aac", "-ac", "2", "-output_ts_offset", "2.04", "-f", "mpegts"))})},
	{Name: "delayed-avi", Class: "H.264 with B-frames in AVI, which has no presentation times", Ext: ".avi", Width: 320, Height: 240, Seconds: 3, Rate: 25, Audio: true,
		Args: concat(args("-f", "lavfi", "-i", syncVideo+sdr, "-f", "lavfi", "-i", syncAudio, "-c:v", "libx264", "-preset", "veryfast", "-bf", "2"), bt709Tags, args("-c:a", "pcm_s16le"))},
	{Name: "gap-webm", Class: "browser recording that lost 80 ms of audio", Ext: ".webm", Width: 320, Height: 240, Seconds: 3, Rate: 25, Audio: true,
		Args: concat(syncInputs, vpx("libvpx"), args("-c:a", "libopus"), lose("between(n,40,43)"))},
	{Name: "gaps-mp4", Class: "AAC that lost 64, 43 and 64 ms", Ext: ".mp4", Width: 320, Height: 240, Seconds: 3, Rate: 25, Audio: true, Remux: true,
		Args: concat(syncInputs, x264, bt709Tags, aac, lose("between(n,10,12)+between(n,30,31)+between(n,50,52)"))},
	{Name: "gaps-ts", Class: "transport stream that lost 72 ms of audio twice", Ext: ".ts", Width: 320, Height: 240, Seconds: 3, Rate: 25, Audio: true,
		Args: concat(syncInputs, x264, bt709Tags, args("-c:a", "mp2"), lose("between(n,20,22)+between(n,44,46)"))},
	{Name: "gaps-mkv", Class: "Opus that lost single packets of 20 ms", Ext: ".mkv", Width: 320, Height: 240, Seconds: 3, Rate: 25, Audio: true, Remux: true,
		Args: concat(syncInputs, x264, bt709Tags, args("-c:a", "libopus"), lose("eq(mod(n,12),5)*lt(n,70)"))},
	{Name: "fast-120", Class: "120 frames per second", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 60, Corners: true,
		Args: concat(video(320, 240, "120", 1, sdr), x264, bt709Tags)},
	{Name: "fast-240", Class: "240 frames per second", Ext: ".mp4", Width: 320, Height: 240, Seconds: 0.5, Rate: 60, Corners: true,
		Args: concat(video(320, 240, "240", 0.5, sdr), x264, bt709Tags)},
	{Name: "ntsc", Class: "29.97 frames per second", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 30000.0 / 1001, Remux: true, Corners: true,
		Args: concat(video(320, 240, "30000/1001", 2, sdr), x264, bt709Tags)},
	{Name: "full-range", Class: "full range", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 25, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 1, toYUV("bt709", "pc", "yuvj420p")), x264, args("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "pc"))},
	{Name: "mjpeg", Class: "Motion JPEG from an old camera", Ext: ".avi", Width: 320, Height: 240, Seconds: 2, Rate: 15, Audio: true, Corners: true,
		Args: concat(video(320, 240, "15", 2, toYUV("bt601", "pc", "yuvj422p")), audio("sine=f=440:r=11025", 2), args("-c:v", "mjpeg", "-q:v", "3", "-c:a", "pcm_u8"))},
	{Name: "subtitles", Class: "subtitle tracks", Ext: ".mkv", Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 2, sdr), audio(tone, 2), args("-f", "srt", "-i", dataURL("1\n00:00:00,000 --> 00:00:02,000\nSecret Subtitle\n")),
			args("-map", "0", "-map", "1", "-map", "2"), x264, bt709Tags, aac, args("-c:s", "srt"))},
	{Name: "two-videos", Class: "two videos, of which the second is larger", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: concat(args("-f", "lavfi", "-i", "color=c=white:s=160x120:r=25:d=4"), video(320, 240, "25", 2, sdr), audio(tone, 2), args("-map", "0", "-map", "1", "-map", "2"), x264, bt709Tags, aac)},
	{Name: "sd-untagged", Class: "standard definition without color tags", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 25, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 1, toYUV("bt601", "tv", "yuv420p")), x264)},
	{Name: "edit-list", Class: "an edit list removes the beginning", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2.4, Rate: 25, Audio: true, Remux: true, Corners: true,
		Args: concat(video(320, 240, "25", 3, sdr), audio(tone, 3), args("-ss", "0.6"), x264, bt709Tags, aac)},
	{Name: "edit-list-end", Class: "an edit list removes the end, as phones trim", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Corners: true,
		Args: concat(video(320, 240, "25", 3, sdr), audio(tone, 3), x264, bt709Tags, aac),
		Tag:  "elst", After: atBox("elst", func(b []byte) { binary.BigEndian.PutUint32(b[8:], 2000) })},
	{Name: "short", Class: "0.3 s at 60 frames per second", Ext: ".mp4", Width: 320, Height: 240, Seconds: 0.3, Rate: 60, Remux: true, Corners: true,
		Args: concat(video(320, 240, "60", 0.3, sdr), x264, bt709Tags)},
	{Name: "flashing-remux", Class: "ten flashes per second for two seconds, in H.264 that is remuxed for review", Ext: ".mp4", Width: 320, Height: 240, Seconds: 6, Rate: 25, Remux: true,
		Args: concat(args("-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=6,format=gbrp,drawbox=0:0:iw:ih:white:fill:enable='gte(t,2)*lt(t,4)*lt(mod(t,0.2),0.1)'"+sdr), x264, bt709Tags)},
	{Name: "melody", Class: "twelve seconds of notes", Ext: ".mp4", Width: 128, Height: 96, Seconds: 12, Rate: 10, Audio: true, Remux: true,
		Args: concat(video(128, 96, "10", 12, sdr), args("-f", "lavfi", "-i", "aevalsrc='0.4*sin(2*PI*t*(220+55*mod(floor(t*2),7)))+0.2*sin(2*PI*t*(660+110*mod(floor(t*3),5)))':s=48000:d=12"), x264, bt709Tags, aac)},
	{Name: "talk", Class: "a synthetic voice tells a story", Ext: ".mp4", Width: 128, Height: 96, Seconds: 10, Rate: 10, Audio: true, Remux: true,
		Args: concat(video(128, 96, "10", 10, sdr), speech("slt"), x264, bt709Tags, aac, args("-t", "10"))},
	{Name: "talk-low", Class: "a low synthetic voice tells a story", Ext: ".mp4", Width: 128, Height: 96, Seconds: 10, Rate: 10, Audio: true, Remux: true,
		Args: concat(video(128, 96, "10", 10, sdr), speech("awb"), x264, bt709Tags, aac, args("-t", "10"))},
	{Name: "chords", Class: "music: three chords, struck twice per second", Ext: ".mp4", Width: 128, Height: 96, Seconds: 12, Rate: 10, Audio: true, Remux: true,
		Args: concat(video(128, 96, "10", 12, sdr), args("-f", "lavfi", "-i", chords(12)), x264, bt709Tags, aac)},
	{Name: "wind", Class: "wind: pink noise", Ext: ".mp4", Width: 128, Height: 96, Seconds: 6, Rate: 10, Audio: true, Remux: true,
		Args: concat(video(128, 96, "10", 6, sdr), args("-f", "lavfi", "-i", "anoisesrc=c=pink:d=6:a=0.3:seed=1"), x264, bt709Tags, aac)},
	{Name: "black-then-flashing", Class: "two seconds of black, then ten flashes per second", Ext: ".webm", Width: 320, Height: 240, Seconds: 5, Rate: 25,
		Args: concat(args("-f", "lavfi", "-i", "color=c=black:s=320x240:r=25:d=5,format=gbrp,drawbox=0:0:iw:ih:white:fill:enable='gte(t,2)*lt(t,4)*lt(mod(t,0.2),0.1)',drawbox=0:0:iw:ih:gray:fill:enable='gte(t,4)'"+sdr), vpx("libvpx"))},
}

// speech returns the arguments of an input with about eleven seconds of speech,
// synthesized by ffmpeg's flite.
func speech(name string) []string {
	return args("-f", "lavfi", "-i", "flite=voice="+name+":text='This song was playing in the kitchen when my grandmother told me that we would move to another country. "+
		"I was nine years old and I did not understand it. But I remember every word of the chorus.'")
}

// chords returns a source of three chords in turn, struck twice per second and
// fading.
func chords(seconds int) string {
	s := ""
	for i, c := range [][3]float64{{261.6, 329.6, 392.0}, {220.0, 261.6, 329.6}, {174.6, 220.0, 261.6}} {
		for _, f := range c {
			s += fmt.Sprintf("+eq(mod(floor(t/2),3),%d)*(sin(2*PI*%g*t)+0.4*sin(4*PI*%g*t)+0.2*sin(6*PI*%g*t))", i, f, f, f)
		}
	}
	return fmt.Sprintf("aevalsrc='0.12*exp(-1.5*mod(t,0.5))*(0%s)':s=48000:d=%d", s, seconds)
}

func vpx(codec string) []string {
	return args("-c:v", codec, "-deadline", "realtime", "-cpu-used", "8", "-crf", "10", "-b:v", "2M")
}

func x265(params string) []string {
	if params != "" {
		params = ":" + params
	}
	return args("-c:v", "libx265", "-preset", "ultrafast", "-crf", "16", "-x265-params", "log-level=none:pools=2:frame-threads=1"+params)
}

// toHDR returns the filters that convert the test pattern to BT.2020 with this
// transfer, with diffuse white at 203 nits (BT.2408).
func toHDR(transfer string) string {
	return ",scale=out_color_matrix=bt709:out_range=tv,format=yuv444p,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv" +
		",zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020,zscale=t=" + transfer + ":m=bt2020nc:r=limited:npl=203,format=yuv420p10le"
}

// toGamut returns the filters that convert the test pattern to these primaries
// and matrix, with an unchanged transfer.
func toGamut(primaries, matrix, pix string) string {
	return ",scale=out_color_matrix=bt709:out_range=tv,format=yuv444p,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv" +
		",zscale=p=" + primaries + ":m=" + matrix + ":r=limited,format=" + pix
}

// appendClusters appends the clusters of a second video, two seconds later.
func appendClusters(c Clip) func(first []byte) ([]byte, error) { return appendClustersAt("2", c) }

// appendClustersAt appends the clusters of a second video, whose clock starts
// at so many seconds. Both come from pipes, so that no element holds their
// length.
func appendClustersAt(start string, c Clip) func(first []byte) ([]byte, error) {
	c.Pipe, c.Args = true, concat(c.Args, args("-output_ts_offset", start))
	return func(first []byte) ([]byte, error) {
		second, err := c.content()
		if err != nil {
			return nil, err
		}
		const cluster = "\x1F\x43\xB6\x75"
		i := bytes.Index(second, []byte(cluster))
		if i < 0 {
			return nil, errors.New("no cluster")
		}
		return slices.Concat(first, second[i:]), nil
	}
}

// appendClip appends a second file; its arguments set its timestamps.
func appendClip(c Clip) func(first []byte) ([]byte, error) {
	return func(first []byte) ([]byte, error) {
		second, err := c.content()
		return slices.Concat(first, second), err
	}
}
