package ffmpeg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/storyreel/storyreel/internal/media"
)

// Demuxers lists the only demuxers that may open a source, by our name of the
// container family. Each reads one local file and nothing else.
var Demuxers = map[string]string{
	"mov":      "mov",
	"matroska": "matroska",
	"avi":      "avi",
	"mpegts":   "mpegts",
	"mpegps":   "mpeg",
	"flv":      "flv",
	"asf":      "asf",
	"ogg":      "ogg",
}

// Input returns ffmpeg's name of a file, of which only a part is read unless
// part is nil, and the whitelist of protocols that it needs. Both protocols
// read one local file; file: keeps names such as concat:x or -x from having a
// special meaning.
func Input(path string, part *media.Section) (name, protocols string) {
	if part == nil {
		return "file:" + path, "file"
	}
	return fmt.Sprintf("subfile,,start,%d,end,%d,,:file:%s", part.Offset, part.Offset+part.Bytes, path), "file,subfile"
}

// VideoCodecs lists the video codecs that may be decoded, with their decoders,
// all by ffmpeg's names.
var VideoCodecs = map[string][]string{
	"h264": {"h264"}, "hevc": {"hevc"}, "vp8": {"vp8", "libvpx"}, "vp9": {"vp9", "libvpx-vp9"},
	"av1": {"libdav1d", "libaom-av1", "av1"}, "prores": {"prores"}, "mpeg4": {"mpeg4"}, "msmpeg4v3": {"msmpeg4"},
	"msmpeg4v2": {"msmpeg4v2"}, "wmv1": {"wmv1"}, "wmv2": {"wmv2"}, "wmv3": {"wmv3"}, "vc1": {"vc1"},
	"flv1": {"flv"}, "vp6f": {"vp6f"}, "theora": {"theora"}, "dnxhd": {"dnxhd"}, "cfhd": {"cfhd"},
	"mpeg1video": {"mpeg1video"}, "mpeg2video": {"mpeg2video"}, "h263": {"h263"}, "mjpeg": {"mjpeg"},
	"dvvideo": {"dvvideo"},
}

// AudioCodecs lists the audio codecs that may be decoded, with their decoders,
// all by ffmpeg's names.
var AudioCodecs = map[string][]string{
	"aac": {"aac"}, "aac_latm": {"aac_latm"}, "mp3": {"mp3float", "mp3"}, "mp2": {"mp2float", "mp2"}, "ac3": {"ac3"},
	"eac3": {"eac3"},
	"opus": {"opus", "libopus"}, "vorbis": {"vorbis", "libvorbis"}, "flac": {"flac"}, "alac": {"alac"},
	"amr_nb": {"amrnb"}, "amr_wb": {"amrwb"},
	"pcm_s16le": {"pcm_s16le"}, "pcm_s16be": {"pcm_s16be"}, "pcm_s24le": {"pcm_s24le"}, "pcm_s24be": {"pcm_s24be"},
	"pcm_s32le": {"pcm_s32le"}, "pcm_s32be": {"pcm_s32be"},
	"pcm_f32le": {"pcm_f32le"}, "pcm_f32be": {"pcm_f32be"}, "pcm_f64le": {"pcm_f64le"}, "pcm_f64be": {"pcm_f64be"},
	"pcm_u8": {"pcm_u8"}, "pcm_s8": {"pcm_s8"}, "pcm_alaw": {"pcm_alaw"}, "pcm_mulaw": {"pcm_mulaw"},
	"adpcm_ima_wav": {"adpcm_ima_wav"}, "adpcm_ms": {"adpcm_ms"}, "adpcm_ima_qt": {"adpcm_ima_qt"},
	"pcm_bluray": {"pcm_bluray"}, "pcm_dvd": {"pcm_dvd"},
	"wmav1": {"wmav1"}, "wmav2": {"wmav2"}, "wmapro": {"wmapro"}, "nellymoser": {"nellymoser"},
	"speex": {"speex", "libspeex"}, "adpcm_swf": {"adpcm_swf"},
}

// Decoders is the value of ffmpeg's codec_whitelist for every run. ffprobe
// gets the other two lists as well: it fails when it may not open one of the
// streams, even though subtitles and the second audio track of disc rips are
// never used.
var (
	Decoders         = join(VideoCodecs, AudioCodecs)
	DiscDecoders     = "dca,truehd,mlp"
	SubtitleDecoders = "mov_text,ass,ssa,srt,subrip,webvtt,text,dvbsub,dvdsub,pgssub,cc_dec,libzvbi_teletextdec,png," +
		"bmp,gif,webp"
)

// join returns all decoders of the maps, sorted, separated by commas.
func join(maps ...map[string][]string) string {
	var all []string
	for _, m := range maps {
		for _, v := range m {
			all = append(all, v...)
		}
	}
	return strings.Join(slices.Sorted(slices.Values(all)), ",")
}
