package clips

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// marked is the test frame: moving bars and counters with the four corner
// colors on top, as RGB.
func marked(w, h int, rate string, seconds float64) string {
	s := fmt.Sprintf("testsrc2=s=%dx%d:r=%s:d=%g,format=gbrp", w, h, rate, seconds)
	at := [4]string{"0:0", "iw-iw/4:0", "iw-iw/4:ih-ih/4", "0:ih-ih/4"}
	for i, c := range Corners {
		s += fmt.Sprintf(",drawbox=%s:iw/4+1:ih/4+1:0x%02X%02X%02X:fill", at[i], c[0], c[1], c[2])
	}
	return s
}

// as brings RGB to what a camera would code.
func as(matrix, rng, pix string) string {
	return fmt.Sprintf(",scale=out_color_matrix=%s:out_range=%s,format=%s", matrix, rng, pix)
}

var (
	sdr   = as("bt709", "tv", "yuv420p")
	tags  = []string{"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"}
	fast  = []string{"-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "30"}
	tone  = "sine=f=440:r=48000"
	quick = []string{"-c:a", "aac", "-b:a", "96k"}
)

// video is the first part of most recipes: the marked frame as input 0.
func film(w, h int, rate string, seconds float64, coding string) []string {
	return []string{"-f", "lavfi", "-i", marked(w, h, rate, seconds) + coding}
}

// heard adds an audio of the given filter as a further input.
func heard(source string, seconds float64) []string {
	return []string{"-f", "lavfi", "-i", fmt.Sprintf("%s:d=%g", source, seconds)}
}

func join(parts ...[]string) []string {
	var all []string
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func words(w ...string) []string { return w }

// sync is a video in which frame and audio mark the same moment: white from
// one second on for a fifth of a second, with a tone.
const (
	syncPicture = "color=c=black:s=320x240:r=25:d=3,format=gbrp,drawbox=0:0:iw:ih:white:fill:enable='between(t,1.499,1.69)'"
	syncSound   = "aevalsrc='if(between(t,1.5,1.7),0.5*sin(2*PI*1000*t),0)':s=48000:d=3"
	lateSound   = "aevalsrc='if(between(t,0.7,0.9),0.5*sin(2*PI*1000*t),0)':s=48000:d=1.5"
)

// Catalogue holds one clip per class of good source.
var Catalogue = []Clip{
	{Name: "landscape", Class: "H.264 and AAC as browsers play it", Ext: ".mp4", Width: 640, Height: 360, Seconds: 3, Rate: 30, Sound: true, Remux: true, Corners: true,
		Args: join(film(640, 360, "30", 3, sdr), heard(tone, 3), fast, tags, quick)},
	{Name: "rotated", Class: "phone portrait: matrix, place and device in the metadata, index at the end", Ext: ".mov", Width: 360, Height: 640, Seconds: 2, Rate: 30, Sound: true, Remux: true, Corners: true,
		Args: join(film(360, 640, "30", 2, ",transpose=2"+sdr), heard(tone, 2), fast, tags, quick,
			words("-metadata", "location=+52.5163+013.3777/", "-metadata", "com.apple.quicktime.location.ISO6709=+52.5163+013.3777+034.0/", "-metadata", "make=Acmephone", "-metadata", "model=Acme Nine",
				"-metadata", "title=Secret Title", "-metadata:s:v", "handler_name=Core Media Video by Acme", "-movflags", "use_metadata_tags")),
		Tag: "rot90", After: matrix([9]int32{0, 0x10000, 0, -0x10000, 0, 0, 640 << 16 >> 0, 0, 0x40000000})},
	{Name: "upside-down", Class: "rotation of 180", Ext: ".mp4", Width: 640, Height: 360, Seconds: 1, Rate: 30, Remux: true, Corners: true,
		Args: join(film(640, 360, "30", 1, ",hflip,vflip"+sdr), fast, tags),
		Tag:  "rot180", After: matrix([9]int32{-0x10000, 0, 0, 0, -0x10000, 0, 0, 0, 0x40000000})},
	{Name: "mirrored", Class: "selfie camera: the matrix mirrors", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: join(film(320, 240, "25", 1, ",hflip"+sdr), fast, tags),
		Tag:  "hflip", After: matrix([9]int32{-0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000})},
	{Name: "clean-aperture", Class: "a clean aperture hides a border", Ext: ".mov", Width: 320, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: join(film(320, 240, "25", 1, ",pad=400:300:60:20:white"+sdr), fast, tags),
		Tag:  "clap", After: within("avc1", cleanAperture(320, 240, 20, -10))},
	{Name: "clean-aperture-rotated", Class: "a clean aperture of a picture that is to be turned", Ext: ".mp4", Width: 240, Height: 320, Seconds: 1, Rate: 25, Corners: true,
		Args: join(film(240, 320, "25", 1, ",transpose=2,pad=400:300:60:20:white"+sdr), fast, tags),
		Tag:  "clap rot90", After: each(matrix([9]int32{0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000}), within("avc1", cleanAperture(320, 240, 20, -10)))},
	{Name: "clean-aperture-mirrored", Class: "a clean aperture of a picture that is to be mirrored, of pixels that are not square", Ext: ".mp4", Width: 640, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: join(film(320, 240, "25", 1, ",hflip,pad=400:300:60:20:white,setsar=2/1"+sdr), fast, tags),
		Tag:  "clap hflip", After: each(matrix([9]int32{-0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000}), within("avc1", cleanAperture(320, 240, 20, -10)))},
	{Name: "pixel-crop", Class: "Matroska's own way to hide a border", Ext: ".mkv", Pipe: true, Width: 320, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: join(film(320, 240, "25", 1, ",pad=400:300:60:20:white"+sdr), fast, tags, words("-f", "matroska", "-write_crc32", "0")),
		Tag:  "crop", After: cropped(60, 20, 20, 40, 320, 240)},
	{Name: "pixel-crop-wide", Class: "the same, of pixels that are not square", Ext: ".mkv", Pipe: true, Width: 640, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: join(film(320, 240, "25", 1, ",pad=400:300:60:20:white"+sdr), fast, tags, words("-f", "matroska", "-write_crc32", "0")),
		Tag:  "crop wide", After: cropped(60, 20, 20, 40, 640, 240)},
	{Name: "portrait-hevc", Class: "HEVC 1080x1920", Ext: ".mp4", Width: 1080, Height: 1920, Seconds: 1.2, Rate: 25, Sound: true, Corners: true,
		Args: join(film(1080, 1920, "25", 1.2, sdr), heard(tone, 1.2), x265(""), words("-tag:v", "hvc1"), tags, quick)},
	{Name: "hlg", Class: "phone HDR, HLG 10-bit", Ext: ".mp4", Width: 640, Height: 360, Seconds: 1, Rate: 30, Corners: true, HDR: true,
		Args: join(film(640, 360, "30", 1, hdr("arib-std-b67")), x265("colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"))},
	{Name: "pq", Class: "HDR10, PQ, in a container that says nothing", Ext: ".mkv", Width: 640, Height: 360, Seconds: 1, Rate: 30, Corners: true, HDR: true,
		Args: join(film(640, 360, "30", 1, hdr("smpte2084")), x265("colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"))},
	{Name: "hlg-odd", Class: "HLG of an odd size", Ext: ".mkv", Width: 321, Height: 241, Seconds: 1, Rate: 30, Corners: true, HDR: true,
		Args: join(film(321, 241, "30", 1, strings.Replace(hdr("arib-std-b67"), "yuv420p10le", "yuv444p10le", 1)), x265("colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"))},
	{Name: "dolby-vision-84", Class: "telephone's Dolby Vision over HLG", Ext: ".mp4", Width: 640, Height: 360, Seconds: 1, Rate: 30, Corners: true, HDR: true,
		Args: join(film(640, 360, "30", 1, hdr("arib-std-b67")), x265("colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"), words("-tag:v", "hvc1")),
		Tag:  "dv84", After: within("hvc1", dolbyVision(4))},
	{Name: "dolby-vision-81", Class: "Dolby Vision over HDR10", Ext: ".mp4", Width: 640, Height: 360, Seconds: 1, Rate: 30, Corners: true, HDR: true,
		Args: join(film(640, 360, "30", 1, hdr("smpte2084")), x265("colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"), words("-tag:v", "hvc1")),
		Tag:  "dv81", After: within("hvc1", dolbyVision(1))},
	{Name: "hlg-container", Class: "HLG of which only the container speaks", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 30, Corners: true, HDR: true,
		Args: join(film(320, 240, "30", 1, hdr("arib-std-b67")), x265(""), words("-tag:v", "hvc1")),
		Tag:  "colr", After: within("hvc1", colourBox(9, 18, 9))},
	{Name: "pq-container", Class: "PQ of which only the container speaks", Ext: ".mkv", Pipe: true, Width: 320, Height: 240, Seconds: 1, Rate: 30, Corners: true, HDR: true,
		Args: join(film(320, 240, "30", 1, hdr("smpte2084")), x265(""), words("-f", "matroska", "-write_crc32", "0")),
		Tag:  "colour", After: inPicture(element("\x55\xB0", bytes.Join([][]byte{number("\x55\xBB", 9), number("\x55\xBA", 16), number("\x55\xB1", 9)}, nil)))},
	{Name: "prores-container", Class: "small ProRes 4444 with BT.709's colours, of which only the container speaks", Ext: ".mov", Width: 320, Height: 240, Seconds: 0.5, Rate: 24, Corners: true,
		Args: join(film(320, 240, "24", 0.5, as("bt709", "tv", "yuva444p10le")), words("-c:v", "prores_ks", "-profile:v", "4"), tags)},
	{Name: "wide-bt2020", Class: "SDR with BT.2020's primaries, ten bits", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: join(film(320, 240, "25", 1, gamut("bt2020", "bt2020nc", "yuv420p10le")), x265("colorprim=bt2020:transfer=bt2020-10:colormatrix=bt2020nc"), words("-tag:v", "hvc1"))},
	{Name: "wide-p3", Class: "SDR with a telephone screen's primaries", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: join(film(320, 240, "25", 1, gamut("smpte432", "bt709", "yuv420p")), fast, words("-colorspace", "bt709", "-color_primaries", "smpte432", "-color_trc", "bt709"))},
	{Name: "ycgco", Class: "colours coded by a matrix of computers", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: join(film(320, 240, "25", 1, gamut("bt709", "ycgco", "yuv420p")), fast, words("-colorspace", "ycgco", "-color_primaries", "bt709", "-color_trc", "bt709"))},
	{Name: "vfr-webm", Class: "browser recording: no duration, gaps, VP8 and Opus", Ext: ".webm", Pipe: true, Width: 320, Height: 240, Seconds: 4, Rate: 30, Sound: true, Corners: true,
		Args: join(film(320, 240, "30", 4, as("bt601", "tv", "yuv420p")+",select='not(between(mod(n,40),20,34))'"), heard(tone, 4), words("-fps_mode", "vfr"), vpx("libvpx"), words("-c:a", "libopus", "-f", "webm"))},
	{Name: "turned", Class: "browser recording whose telephone is turned after two seconds", Ext: ".webm", Pipe: true, Width: 240, Height: 320, Seconds: 4, Rate: 30, Sound: true,
		Args: join(film(240, 320, "30", 2, as("bt601", "tv", "yuv420p")), heard(tone, 2), vpx("libvpx"), words("-c:a", "libopus", "-f", "webm")), Tag: "turned",
		After: withClusters(Clip{Name: "turned-second", Ext: ".webm",
			Args: join(film(320, 240, "30", 2, as("bt601", "tv", "yuv420p")), heard(tone, 2), vpx("libvpx"), words("-c:a", "libopus", "-f", "webm"))})},
	{Name: "turned-black", Class: "H.264 that is black until the telephone is turned", Ext: ".mkv", Pipe: true, Width: 240, Height: 320, Seconds: 4, Rate: 30, Sound: true, Remux: true,
		Args: join(words("-f", "lavfi", "-i", "color=c=black:s=240x320:r=30:d=2"+sdr), heard(tone, 2), fast, tags, quick, words("-f", "matroska")), Tag: "turned",
		After: withClusters(Clip{Name: "turned-black-second", Ext: ".mkv",
			Args: join(film(320, 240, "30", 2, sdr), heard(tone, 2), fast, tags, quick, words("-bsf:v", "dump_extra", "-f", "matroska"))})},
	{Name: "vp9", Class: "VP9 and Opus", Ext: ".webm", Width: 320, Height: 240, Seconds: 2, Rate: 30, Sound: true, Corners: true,
		Args: join(film(320, 240, "30", 2, sdr), heard(tone, 2), vpx("libvpx-vp9"), tags, words("-c:a", "libopus"))},
	{Name: "av1", Class: "AV1, sound first", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 25, Sound: true, Corners: true,
		Args: join(film(320, 240, "25", 2, sdr), heard(tone, 2), words("-map", "1:a", "-map", "0:v", "-c:v", "libsvtav1", "-preset", "12", "-crf", "25"), tags, quick)},
	{Name: "prores", Class: "ProRes 422 10-bit and PCM", Ext: ".mov", Width: 1280, Height: 720, Seconds: 0.5, Rate: 24, Sound: true, Corners: true,
		Args: join(film(1280, 720, "24", 0.5, as("bt709", "tv", "yuv422p10le")), heard(tone, 0.5), words("-c:v", "prores_ks", "-profile:v", "0"), tags, words("-c:a", "pcm_s16le"))},
	{Name: "ima-mov", Class: "QuickTime of the nineties: Motion JPEG and IMA's four bits", Ext: ".mov", Width: 320, Height: 240, Seconds: 2, Rate: 15, Sound: true, Corners: true,
		Args: join(film(320, 240, "15", 2, as("bt601", "pc", "yuvj420p")), heard("sine=f=440:r=22050", 2), words("-c:v", "mjpeg", "-q:v", "3", "-c:a", "adpcm_ima_qt"))},
	{Name: "asp-avi", Class: "MPEG-4 ASP and MP3 in AVI, B-frames", Ext: ".avi", Width: 320, Height: 240, Seconds: 3, Rate: 25, Sound: true, Corners: true,
		Args: join(film(320, 240, "25", 3, as("bt601", "tv", "yuv420p")), heard(tone, 3), words("-c:v", "mpeg4", "-q:v", "2", "-bf", "1", "-c:a", "libmp3lame"))},
	{Name: "interlaced-ts", Class: "MPEG-2 interlaced, anamorphic, transport stream", Ext: ".ts", Width: 1024, Height: 576, Seconds: 2, Rate: 25, Sound: true, Corners: true,
		Args: join(film(720, 576, "50", 2, as("bt601", "tv", "yuv420p")+",tinterlace=interleave_top,setsar=64/45"), heard(tone, 2),
			words("-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-top", "1", "-q:v", "3", "-c:a", "mp2"))},
	{Name: "h263-3gp", Class: "old telephone: H.263, not square, eight-kilohertz AAC", Ext: ".3gp", Width: 192, Height: 144, Seconds: 2, Rate: 15, Sound: true, Corners: true,
		Args: join(film(176, 144, "15", 2, as("bt601", "tv", "yuv420p")+",setsar=12/11"), heard("sine=f=440:r=8000", 2), words("-c:v", "h263", "-q:v", "2", "-c:a", "aac", "-ar", "8000", "-b:a", "12k"))},
	{Name: "h263-amr", Class: "old telephone: H.263 and AMR narrow band", Ext: ".3gp", Width: 192, Height: 144, Seconds: 3, Rate: 15, Sound: true, Corners: true,
		Args: join(film(176, 144, "15", 3, as("bt601", "tv", "yuv420p")+",setsar=12/11"), words("-f", "amr", "-i", amr(3)), words("-c:v", "h263", "-q:v", "2", "-c:a", "copy"))},
	{Name: "odd-444", Class: "odd size, 4:4:4, mono", Ext: ".mp4", Width: 321, Height: 241, Seconds: 1, Rate: 25, Sound: true, Corners: true,
		Args: join(film(321, 241, "25", 1, as("bt709", "tv", "yuv444p")), heard(tone, 1), fast, tags, quick, words("-ac", "1"))},
	{Name: "high10", Class: "H.264 of ten bits", Ext: ".mkv", Width: 320, Height: 240, Seconds: 1, Rate: 25, Corners: true,
		Args: join(film(320, 240, "25", 1, as("bt709", "tv", "yuv420p10le")), fast, tags)},
	{Name: "high422", Class: "H.264 of ten bits and 4:2:2, interlaced, as broadcasters' cameras write", Ext: ".mov", Width: 720, Height: 576, Seconds: 1, Rate: 25, Corners: true,
		Args: join(film(720, 576, "50", 1, as("bt601", "tv", "yuv422p10le")+",tinterlace=interleave_top"), fast, words("-flags", "+ilme+ildct", "-x264-params", "tff=1"))},
	{Name: "baseline", Class: "H.264 Baseline", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 25, Remux: true, Corners: true,
		Args: join(film(320, 240, "25", 1, sdr), fast, tags, words("-profile:v", "baseline"))},
	{Name: "negative-times", Class: "a film whose clock starts before zero", Ext: ".mkv", Width: 320, Height: 240, Seconds: 2, Rate: 25, Sound: true, Remux: true, Corners: true,
		Args: join(film(320, 240, "25", 2, sdr), heard(tone, 2), fast, tags, words("-c:a", "libopus", "-avoid_negative_ts", "disabled", "-output_ts_offset", "-0.7"))},
	{Name: "surround", Class: "5.1 sound", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 25, Sound: true, Remux: true, Corners: true,
		Args: join(film(320, 240, "25", 2, sdr), heard(tone, 2), fast, tags, words("-af", "pan=5.1|FC=c0", "-c:a", "aac", "-b:a", "192k"))},
	{Name: "two-sounds", Class: "two sound tracks, the default one second and quiet", Ext: ".mp4", Width: 320, Height: 240, Seconds: 4, Rate: 25, Sound: true, Remux: true, Corners: true,
		Args: join(film(320, 240, "25", 4, sdr), heard("sine=f=3000:r=48000", 4), heard(tone, 4), fast, tags,
			words("-map", "0:v", "-map", "1:a", "-map", "2:a", "-filter:a:1", "volume=-12dB", "-disposition:a:0", "0", "-disposition:a:1", "default"), quick)},
	{Name: "foreign-sound", Class: "a sound track that we cannot read, the default one, beside one that we can", Ext: ".mkv", Width: 320, Height: 240, Seconds: 2, Rate: 25, Sound: true, Remux: true, Corners: true,
		Args: join(film(320, 240, "25", 2, sdr), heard(tone, 2), fast, tags, words("-map", "0:v", "-map", "1:a", "-map", "1:a", "-c:a:0", "dca", "-strict", "-2", "-ac:a:0", "2", "-c:a:1", "aac", "-disposition:a:0", "default", "-disposition:a:1", "0"))},
	{Name: "silent-track", Class: "a sound track without sound", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 25, Sound: true, Remux: true, Corners: true,
		Args: join(film(320, 240, "25", 2, sdr), heard("anullsrc=r=48000", 2), fast, tags, quick)},
	{Name: "no-sound", Class: "no sound track", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 25, Remux: true, Corners: true,
		Args: join(film(320, 240, "25", 2, sdr), fast, tags)},
	{Name: "cover", Class: "a cover picture larger than the film", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 25, Sound: true, Remux: true, Corners: true,
		Args: join(film(320, 240, "25", 2, sdr), heard(tone, 2), words("-f", "lavfi", "-i", "color=c=white:s=640x640:d=0.04:r=25"),
			words("-map", "0:v", "-map", "1:a", "-map", "2:v"), fast, tags, quick, words("-c:v:1", "mjpeg", "-frames:v:1", "1", "-disposition:v:1", "attached_pic"))},
	{Name: "thumbnail-track", Class: "a larger still as a track of its own, which nothing marks as a cover", Ext: ".mov", Width: 320, Height: 240, Seconds: 2, Rate: 25, Sound: true, Remux: true, Corners: true,
		Args: join(words("-f", "lavfi", "-i", "color=c=white:s=640x640:d=0.04:r=25"), film(320, 240, "25", 2, sdr), heard(tone, 2),
			words("-map", "0", "-map", "1", "-map", "2"), fast, tags, quick, words("-c:v:0", "mjpeg"))},
	{Name: "timecode", Class: "camera with a data track and chapters", Ext: ".mov", Width: 320, Height: 240, Seconds: 2, Rate: 25, Sound: true, Remux: true, Corners: true,
		Args: join(film(320, 240, "25", 2, sdr), heard(tone, 2), words("-f", "ffmetadata", "-i", inline(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=Secret Chapter\n"), "-map_chapters", "2"),
			fast, tags, quick, words("-timecode", "01:00:00:00", "-metadata", "comment=Secret Comment"))},
	{Name: "sync", Class: "picture and sound mark one moment", Ext: ".mp4", Width: 320, Height: 240, Seconds: 3, Rate: 25, Sound: true, Remux: true,
		Args: join(words("-f", "lavfi", "-i", syncPicture+sdr, "-f", "lavfi", "-i", syncSound), fast, tags, quick)},
	{Name: "late-sound", Class: "sound begins 0.8 s after the picture and ends early", Ext: ".mp4", Width: 320, Height: 240, Seconds: 3, Rate: 25, Sound: true, Remux: true,
		Args: join(words("-f", "lavfi", "-i", syncPicture+sdr, "-itsoffset", "0.8", "-f", "lavfi", "-i", lateSound), fast, tags, quick)},
	{Name: "late-picture", Class: "Matroska whose picture begins 0.8 s after the sound", Ext: ".mkv", Width: 320, Height: 240, Seconds: 3, Rate: 25, Sound: true, Remux: true, Corners: true,
		Args: join(words("-itsoffset", "0.8"), film(320, 240, "25", 2.2, sdr), heard(tone, 3), fast, tags, quick)},
	{Name: "shifted-ts", Class: "transport stream whose clock starts at ten hours, picture 0.4 s late", Ext: ".ts", Width: 320, Height: 240, Seconds: 3.4, Rate: 25, Sound: true,
		Args: join(words("-itsoffset", "0.4", "-f", "lavfi", "-i", syncPicture+sdr, "-f", "lavfi", "-i", "aevalsrc='if(between(t,1.9,2.1),0.5*sin(2*PI*1000*t),0)':s=48000:d=3.4"),
			fast, tags, words("-output_ts_offset", "36000", "-c:a", "mp2"))},
	{Name: "joined-ts", Class: "two recordings in one transport stream, whose clocks are far apart", Ext: ".ts", Width: 320, Height: 240, Seconds: 4, Rate: 25, Sound: true, Corners: true,
		Args: join(film(320, 240, "25", 2, sdr), heard(tone, 2), fast, tags, words("-c:a", "mp2")), Tag: "joined",
		After: followedBy(Clip{Name: "joined-second", Ext: ".ts", Args: join(film(320, 240, "25", 2, sdr), heard(tone, 2), fast, tags, words("-c:a", "mp2", "-output_ts_offset", "900", "-f", "mpegts"))})},
	{Name: "sound-changes", Class: "transport stream whose sound goes from one to two channels and to another rate", Ext: ".ts", Width: 320, Height: 240, Seconds: 5.04, Rate: 25, Sound: true,
		Args: join(words("-f", "lavfi", "-i", "color=c=black:s=320x240:r=25:d=2"+sdr), heard("anullsrc=r=44100:cl=mono", 2), fast, tags, words("-c:a", "aac", "-f", "mpegts")), Tag: "sound changes 2",
		After: followedBy(Clip{Name: "sound-changes-second", Ext: ".ts",
			Args: join(words("-f", "lavfi", "-i", syncPicture+sdr, "-f", "lavfi", "-i", syncSound), fast, tags, words("-c:a", "aac", "-ac", "2", "-output_ts_offset", "2.04", "-f", "mpegts"))})},
	{Name: "delayed-avi", Class: "H.264 with B-frames in AVI, which tells no times of display", Ext: ".avi", Width: 320, Height: 240, Seconds: 3, Rate: 25, Sound: true,
		Args: join(words("-f", "lavfi", "-i", syncPicture+sdr, "-f", "lavfi", "-i", syncSound, "-c:v", "libx264", "-preset", "veryfast", "-bf", "2"), tags, words("-c:a", "pcm_s16le"))},
	{Name: "fast-120", Class: "120 frames a second", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 60, Corners: true,
		Args: join(film(320, 240, "120", 1, sdr), fast, tags)},
	{Name: "fast-240", Class: "240 frames a second", Ext: ".mp4", Width: 320, Height: 240, Seconds: 0.5, Rate: 60, Corners: true,
		Args: join(film(320, 240, "240", 0.5, sdr), fast, tags)},
	{Name: "ntsc", Class: "29.97 frames a second", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 30000.0 / 1001, Remux: true, Corners: true,
		Args: join(film(320, 240, "30000/1001", 2, sdr), fast, tags)},
	{Name: "full-range", Class: "full range", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 25, Remux: true, Corners: true,
		Args: join(film(320, 240, "25", 1, as("bt709", "pc", "yuvj420p")), fast, words("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "pc"))},
	{Name: "mjpeg", Class: "Motion JPEG from an old camera", Ext: ".avi", Width: 320, Height: 240, Seconds: 2, Rate: 15, Sound: true, Corners: true,
		Args: join(film(320, 240, "15", 2, as("bt601", "pc", "yuvj422p")), heard("sine=f=440:r=11025", 2), words("-c:v", "mjpeg", "-q:v", "3", "-c:a", "pcm_u8"))},
	{Name: "subtitles", Class: "subtitle tracks", Ext: ".mkv", Width: 320, Height: 240, Seconds: 2, Rate: 25, Sound: true, Remux: true, Corners: true,
		Args: join(film(320, 240, "25", 2, sdr), heard(tone, 2), words("-f", "srt", "-i", inline("1\n00:00:00,000 --> 00:00:02,000\nSecret Subtitle\n")),
			words("-map", "0", "-map", "1", "-map", "2"), fast, tags, quick, words("-c:s", "srt"))},
	{Name: "two-films", Class: "two films, the larger one second", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 25, Sound: true, Remux: true, Corners: true,
		Args: join(words("-f", "lavfi", "-i", "color=c=white:s=160x120:r=25:d=4"), film(320, 240, "25", 2, sdr), heard(tone, 2), words("-map", "0", "-map", "1", "-map", "2"), fast, tags, quick)},
	{Name: "sd-untagged", Class: "standard definition without colour tags", Ext: ".mp4", Width: 320, Height: 240, Seconds: 1, Rate: 25, Remux: true, Corners: true,
		Args: join(film(320, 240, "25", 1, as("bt601", "tv", "yuv420p")), fast)},
	{Name: "edit-list", Class: "an edit list cuts the beginning away", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2.4, Rate: 25, Sound: true, Remux: true, Corners: true,
		Args: join(film(320, 240, "25", 3, sdr), heard(tone, 3), words("-ss", "0.6"), fast, tags, quick)},
	{Name: "edit-list-end", Class: "an edit list cuts the end away, as telephones trim", Ext: ".mp4", Width: 320, Height: 240, Seconds: 2, Rate: 25, Sound: true, Corners: true,
		Args: join(film(320, 240, "25", 3, sdr), heard(tone, 3), fast, tags, quick),
		Tag:  "elst", After: after("elst", 1, func(b []byte) { binary.BigEndian.PutUint32(b[8:], 2000) })},
	{Name: "short", Class: "a third of a second at 60 frames a second", Ext: ".mp4", Width: 320, Height: 240, Seconds: 0.3, Rate: 60, Remux: true, Corners: true,
		Args: join(film(320, 240, "60", 0.3, sdr), fast, tags)},
	{Name: "flashing-remux", Class: "ten flashes a second for two seconds, in H.264 that is reviewed as it is", Ext: ".mp4", Width: 320, Height: 240, Seconds: 6, Rate: 25, Remux: true,
		Args: join(words("-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=6,format=gbrp,drawbox=0:0:iw:ih:white:fill:enable='gte(t,2)*lt(t,4)*lt(mod(t,0.2),0.1)'"+sdr), fast, tags)},
	{Name: "melody", Class: "twelve seconds of notes", Ext: ".mp4", Width: 128, Height: 96, Seconds: 12, Rate: 10, Sound: true, Remux: true,
		Args: join(film(128, 96, "10", 12, sdr), words("-f", "lavfi", "-i", "aevalsrc='0.4*sin(2*PI*t*(220+55*mod(floor(t*2),7)))+0.2*sin(2*PI*t*(660+110*mod(floor(t*3),5)))':s=48000:d=12"), fast, tags, quick)},
	{Name: "talk", Class: "a synthetic voice tells a story", Ext: ".mp4", Width: 128, Height: 96, Seconds: 10, Rate: 10, Sound: true, Remux: true,
		Args: join(film(128, 96, "10", 10, sdr), voice("slt"), fast, tags, quick, words("-t", "10"))},
	{Name: "talk-low", Class: "a low synthetic voice tells a story", Ext: ".mp4", Width: 128, Height: 96, Seconds: 10, Rate: 10, Sound: true, Remux: true,
		Args: join(film(128, 96, "10", 10, sdr), voice("awb"), fast, tags, quick, words("-t", "10"))},
	{Name: "chords", Class: "music: three chords, struck twice a second", Ext: ".mp4", Width: 128, Height: 96, Seconds: 12, Rate: 10, Sound: true, Remux: true,
		Args: join(film(128, 96, "10", 12, sdr), words("-f", "lavfi", "-i", chords(12)), fast, tags, quick)},
	{Name: "wind", Class: "wind: nothing but noise", Ext: ".mp4", Width: 128, Height: 96, Seconds: 6, Rate: 10, Sound: true, Remux: true,
		Args: join(film(128, 96, "10", 6, sdr), words("-f", "lavfi", "-i", "anoisesrc=c=pink:d=6:a=0.3:seed=1"), fast, tags, quick)},
	{Name: "black-then-flashing", Class: "two seconds of black, then ten flashes a second", Ext: ".webm", Width: 320, Height: 240, Seconds: 5, Rate: 25,
		Args: join(words("-f", "lavfi", "-i", "color=c=black:s=320x240:r=25:d=5,format=gbrp,drawbox=0:0:iw:ih:white:fill:enable='gte(t,2)*lt(t,4)*lt(mod(t,0.2),0.1)',drawbox=0:0:iw:ih:gray:fill:enable='gte(t,4)'"+sdr), vpx("libvpx"))},
}

// voice speaks some sentences by the speech synthesis in ffmpeg, about eleven
// seconds of them.
func voice(name string) []string {
	return words("-f", "lavfi", "-i", "flite=voice="+name+":text='This song was playing in the kitchen when my grandmother told me that we would move to another country. "+
		"I was nine years old and I did not understand it. But I remember every word of the chorus.'")
}

// chords plays three chords in turn, struck anew twice a second and fading.
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
	return words("-c:v", codec, "-deadline", "realtime", "-cpu-used", "8", "-crf", "10", "-b:v", "2M")
}

func x265(params string) []string {
	if params != "" {
		params = ":" + params
	}
	return words("-c:v", "libx265", "-preset", "ultrafast", "-crf", "16", "-x265-params", "log-level=none:pools=2:frame-threads=1"+params)
}

// hdr brings the marked frame to BT.2020 with the given transfer, diffuse
// white at 203 nits as BT.2408 wants it.
func hdr(transfer string) string {
	return ",scale=out_color_matrix=bt709:out_range=tv,format=yuv444p,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv" +
		",zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020,zscale=t=" + transfer + ":m=bt2020nc:r=limited:npl=203,format=yuv420p10le"
}

// gamut brings the marked frame to other primaries and another matrix, and
// leaves the curve.
func gamut(primaries, matrix, pix string) string {
	return ",scale=out_color_matrix=bt709:out_range=tv,format=yuv444p,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv" +
		",zscale=p=" + primaries + ":m=" + matrix + ":r=limited,format=" + pix
}

// withClusters appends the clusters of a second video, two seconds later. Both
// are written to pipes, so that nothing in them says how long they are.
func withClusters(c Clip) func(first []byte) ([]byte, error) {
	c.Pipe, c.Args = true, join(c.Args, words("-output_ts_offset", "2"))
	return func(first []byte) ([]byte, error) {
		second, err := c.bytes()
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

// followedBy appends a second video, whose clock its arguments set.
func followedBy(c Clip) func(first []byte) ([]byte, error) {
	return func(first []byte) ([]byte, error) {
		second, err := c.bytes()
		return slices.Concat(first, second), err
	}
}
