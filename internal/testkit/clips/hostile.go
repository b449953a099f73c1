package clips

import (
	"encoding/binary"
	"math"
)

const (
	container = "unsupported_container"
	corrupt   = "truncated_or_corrupt"
)

// anyOutcome holds the outcomes allowed for a file with random damage.
var anyOutcome = []string{Accept, Partial, corrupt, container, "no_video_stream", "too_long", "too_short", "too_many_pixels", "too_small",
	"bad_aspect", "unsupported_codec", "too_many_streams", "too_high_fps", "external_reference", "encrypted", "transcode.killed"}

var (
	small      = concat(video(320, 180, "25", 2, sdr), audio(tone, 2), x264, bt709Tags, aac)
	smallFront = concat(small, args("-movflags", "+faststart"))
)

// Hostile holds one clip per class of attack or damage. No server listens at the
// addresses in them.
var Hostile = []Clip{
	textClip("hls-http", ".mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"),
	textClip("hls-file", ".mov", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"),
	textClip("ffconcat", ".mp4", "ffconcat version 1.0\nfile /etc/hostname\n"),
	textClip("dash", ".mp4", `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>http://127.0.0.1:9/</BaseURL></MPD>`),
	textClip("svg", ".mp4", `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><svg xmlns="http://www.w3.org/2000/svg"><text>&e;</text></svg>`),
	textClip("html", ".mp4", "<!doctype html><script>alert(1)</script>"),
	textClip("zip", ".mov", "PK\x03\x04\x14\x00\x00\x00\x08\x00aaaaaaaaaaaa"),
	textClip("png", ".mp4", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"),
	textClip("plain", ".webm", "just words, nothing else\n"),
	textClip("one-byte", ".mp4", "\x00"),
	textClip("noise", ".mp4", string(randomBytes(64<<10))),
	{Name: "empty", Class: "no bytes", Ext: ".mp4", Tag: "empty", After: replaceBy(""), Codes: []string{"empty_file"}},
	textClip("sdp", ".mp4", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n"),

	damagedClip("ftyp-noise", "a good beginning, then noise", []string{corrupt}, replaceBy(string(ftyp)+string(randomBytes(32<<10)))),
	{Name: "cut-index-last", Class: "cut before the index", Ext: ".mp4", Args: small, Tag: "cut60", After: truncate(60), Codes: []string{corrupt}},
	{Name: "cut-index-first", Class: "index first, cut in the media", Ext: ".mp4", Args: smallFront, Tag: "cut60", After: truncate(60), Codes: []string{corrupt, Accept, Partial}},
	{Name: "cut-webm", Class: "WebM cut", Ext: ".webm", Args: concat(video(320, 180, "25", 2, sdr), audio(tone, 2), vpx("libvpx"), args("-c:a", "libopus")), Tag: "cut50", After: truncate(50), Codes: []string{Partial, Accept, corrupt}},
	{Name: "no-moov", Class: "no index", Ext: ".mp4", Args: small, Tag: "no moov", After: removeBox("moov"), Codes: []string{corrupt}},
	{Name: "no-mdat", Class: "an index without media", Ext: ".mp4", Args: smallFront, Tag: "no mdat", After: removeBox("mdat"), Codes: []string{corrupt}},
	damagedClip("box-huge", "a box of four exabytes", []string{corrupt, "no_video_stream"}, func([]byte) ([]byte, error) {
		b := append([]byte(nil), ftyp...)
		b = append(b, 0, 0, 0, 1, 'm', 'o', 'o', 'v')
		return append(binary.BigEndian.AppendUint64(b, 1<<62), randomBytes(40)...), nil
	}),
	damagedClip("box-deep", "four thousand boxes in each other", []string{corrupt, "no_video_stream"}, func([]byte) ([]byte, error) {
		var b []byte
		for range 4000 {
			b = box("moov", b)
		}
		return append(append([]byte(nil), ftyp...), b...), nil
	}),
	{Name: "table-huge", Class: "a sample table of 2³¹ entries", Ext: ".mp4", Args: small, Tag: "stsz", Codes: []string{corrupt, Partial, Accept},
		After: atBox("stsz", func(b []byte) { binary.BigEndian.PutUint32(b[8:], math.MaxInt32) })},
	{Name: "claims-huge", Class: "the container claims 16384x16384", Ext: ".mp4", Args: small, Tag: "avc1 size", Codes: []string{Accept, Partial, "too_many_pixels"},
		After: atBox("avc1\x00\x00\x00\x00\x00\x00\x00\x01", func(b []byte) { copy(b[16:], "\x40\x00\x40\x00") })},
	{Name: "times-huge", Class: "a frame that lasts sixty years", Ext: ".mp4", Args: small, Tag: "stts", Codes: []string{"too_long", corrupt},
		After: atBox("stts", func(b []byte) { binary.BigEndian.PutUint32(b[12:], math.MaxInt32-1) })},
	{Name: "outside", Class: "a reference to media in another file", Ext: ".mp4", Args: small, Tag: "dref", Codes: []string{"external_reference"},
		After: atBox("url \x00\x00\x00", func(b []byte) { b[0] = 0 })},
	{Name: "scrambled", Class: "broadcast scrambled for a receiver's card", Ext: ".ts",
		Args: concat(video(320, 180, "25", 2, sdr), audio(tone, 2), x264, args("-c:a", "mp2")), Tag: "scrambled",
		After: scramble, Codes: []string{"encrypted"}},
	{Name: "sealed", Class: "common encryption", Ext: ".mp4", Codes: []string{"encrypted"},
		Args: concat(small, args("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "00112233445566778899aabbccddeeff", "-encryption_kid", "00112233445566778899aabbccddeeff"))},
	{Name: "tiny", Class: "2x2 pixels", Ext: ".mp4", Args: concat(args("-f", "lavfi", "-i", "color=s=2x2:d=1"), x264), Codes: []string{"too_small"}},
	{Name: "ribbon", Class: "64 times as wide as high", Ext: ".mp4", Args: concat(args("-f", "lavfi", "-i", "color=s=4096x64:d=1:r=10"), x264), Codes: []string{"bad_aspect"}},
	{Name: "fps-1000", Class: "1000 frames per second", Ext: ".mp4", Args: concat(args("-f", "lavfi", "-i", "testsrc2=s=160x120:r=1000:d=1"), x264), Codes: []string{"too_high_fps", Accept}},
	{Name: "huge-frame", Class: "7680x4320 in a few kilobytes", Ext: ".mp4", Args: concat(args("-f", "lavfi", "-i", "color=s=7680x4320:r=10:d=0.5"), x264), Codes: []string{"too_many_pixels"}},
	{Name: "ten-hours", Class: "ten hours at a frame every ten minutes", Ext: ".mp4", Args: concat(args("-f", "lavfi", "-i", "testsrc2=s=160x120:r=1/600:d=36000"), x264), Codes: []string{"too_long"}},
	{Name: "many-audio-tracks", Class: "forty audio tracks", Ext: ".mp4", Args: concat(video(320, 180, "25", 1, sdr), audio(tone, 1), repeatAudio(40), x264, aac), Codes: []string{"too_many_streams"}},
	{Name: "only-unreadable-audio", Class: "the only audio track has an unreadable codec", Ext: ".mkv", Args: concat(video(320, 180, "25", 1, sdr), audio(tone, 1), x264, args("-c:a", "dca", "-strict", "-2", "-ac", "2")), Codes: []string{"unsupported_codec"}},
	{Name: "cover-only", Class: "audio with a cover image", Ext: ".mp4", Codes: []string{"no_video_stream"},
		Args: concat(audio(tone, 2), args("-f", "lavfi", "-i", "color=s=320x320:d=0.04:r=25", "-map", "0", "-map", "1", "-c:v", "mjpeg", "-frames:v", "1", "-disposition:v", "attached_pic"), aac)},
	{Name: "audio-only", Class: "audio alone", Ext: ".mp4", Args: concat(audio(tone, 2), aac), Codes: []string{"no_video_stream"}},
	{Name: "markup", Class: "markup and a script in the metadata", Ext: ".mp4", Codes: []string{Accept},
		Args: concat(small, args("-metadata", "title=<script>alert('Secret Markup')</script>", "-metadata", "artist=\"><img src=x onerror=alert(1)>", "-metadata", "comment=Secret Comment"))},
	{Name: "polyglot", Class: "a valid video with an HTML page appended", Ext: ".mp4", Args: small, Tag: "tail", Codes: []string{Accept},
		After: func(d []byte) ([]byte, error) {
			return append(d, "<html><script>alert('Secret Markup')</script>"...), nil
		}},
	{Name: "flips-mp4", Class: "one bit in two hundred bytes is wrong", Ext: ".mp4", Args: small, Tag: "flip 200", After: flipBits(64, 200), Codes: anyOutcome},
	{Name: "flips-media", Class: "wrong bits in the media, index intact", Ext: ".mp4", Args: smallFront, Tag: "flip media", After: flipBits(8000, 400), Codes: anyOutcome},
	{Name: "flips-webm", Class: "wrong bits in WebM", Ext: ".webm", Args: concat(video(320, 180, "25", 2, sdr), vpx("libvpx")), Tag: "flip 500", After: flipBits(600, 500), Codes: anyOutcome},
	{Name: "flips-avi", Class: "wrong bits in AVI", Ext: ".avi", Args: concat(video(320, 180, "25", 2, sdr), args("-c:v", "mpeg4", "-q:v", "3")), Tag: "flip 300", After: flipBits(6000, 300), Codes: anyOutcome},
	{Name: "flips-ts", Class: "wrong bits in a transport stream", Ext: ".ts", Args: concat(video(320, 180, "25", 2, sdr), x264), Tag: "flip 400", After: flipBits(2000, 400), Codes: anyOutcome},
	{Name: "grows", Class: "the frame size grows within the video", Ext: ".ts", Codes: []string{Accept, Partial, corrupt, "too_many_pixels"}, Tag: "twice",
		Args:  concat(video(320, 180, "25", 1, sdr), x264, args("-f", "mpegts")),
		After: appendClip(Clip{Name: "grows-second", Ext: ".ts", Args: concat(video(640, 480, "25", 1, sdr), x264, args("-output_ts_offset", "1", "-f", "mpegts"))})},
}

func textClip(name, ext, content string) Clip {
	return Clip{Name: name, Class: name + " with the name of a video", Ext: ext, Tag: content, After: replaceBy(content), Codes: []string{container}}
}

func damagedClip(name, class string, codes []string, after func([]byte) ([]byte, error)) Clip {
	return Clip{Name: name, Class: class, Ext: ".mp4", Tag: name, After: after, Codes: codes}
}

func repeatAudio(n int) []string {
	m := args("-map", "0:v")
	for range n {
		m = append(m, "-map", "1:a")
	}
	return m
}
