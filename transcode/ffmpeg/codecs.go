package ffmpeg

import (
	"slices"
	"strings"
)

// The lists are for ffmpeg's codec_whitelist. Subtitles, and the audio of
// videos from discs that often lies beside another, are never used, but ffprobe
// ends when it may not open one of its streams.
var (
	Decoders         = join(VideoCodecs, AudioCodecs)
	DiscDecoders     = "dca,truehd,mlp"
	SubtitleDecoders = "mov_text,ass,ssa,srt,subrip,webvtt,text,dvbsub,dvdsub,pgssub,cc_dec,libzvbi_teletextdec,png," +
		"bmp,gif,webp"
)

func join(maps ...map[string][]string) string {
	var all []string
	for _, m := range maps {
		for _, v := range m {
			all = append(all, v...)
		}
	}
	return strings.Join(slices.Sorted(slices.Values(all)), ",")
}

// VideoCodecs and audioCodecs are ffmpeg's names of what may be decoded, with
// the decoders that read them.
var VideoCodecs = map[string][]string{
	"h264": {"h264"}, "hevc": {"hevc"}, "vp8": {"vp8", "libvpx"}, "vp9": {"vp9", "libvpx-vp9"},
	"av1": {"libdav1d", "libaom-av1", "av1"}, "prores": {"prores"}, "mpeg4": {"mpeg4"}, "msmpeg4v3": {"msmpeg4"},
	"mpeg1video": {"mpeg1video"}, "mpeg2video": {"mpeg2video"}, "h263": {"h263"}, "mjpeg": {"mjpeg"},
	"dvvideo": {"dvvideo"},
}

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
	"pcm_bluray": {"pcm_bluray"},
}

// Demuxers are the only ones of ffmpeg's that may ever open a source, by the
// name we give the family. All of them read one local file and nothing else.
var Demuxers = map[string]string{
	"mov":      "mov",
	"matroska": "matroska",
	"avi":      "avi",
	"mpegts":   "mpegts",
}
