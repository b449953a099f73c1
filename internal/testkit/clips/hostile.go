package clips

import (
	"encoding/binary"
	"math"
)

const (
	container = "unsupported_container"
	corrupt   = "truncated_or_corrupt"
)

// anything are the outcomes that are right for a file with random damage.
var anything = []string{Accept, Partial, corrupt, container, "no_video_stream", "too_long", "too_short", "too_many_pixels", "too_small",
	"bad_aspect", "unsupported_codec", "too_many_streams", "too_high_fps", "external_reference", "encrypted", "transcode.killed"}

var (
	small      = join(film(320, 180, "25", 2, sdr), heard(tone, 2), fast, tags, quick)
	smallFront = join(small, words("-movflags", "+faststart"))
)

// Hostile holds one clip per class of attack or damage. Addresses in them
// point nowhere.
var Hostile = []Clip{
	text("hls-http", ".mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"),
	text("hls-file", ".mov", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"),
	text("ffconcat", ".mp4", "ffconcat version 1.0\nfile /etc/hostname\n"),
	text("dash", ".mp4", `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>http://127.0.0.1:9/</BaseURL></MPD>`),
	text("svg", ".mp4", `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><svg xmlns="http://www.w3.org/2000/svg"><text>&e;</text></svg>`),
	text("html", ".mp4", "<!doctype html><script>alert(1)</script>"),
	text("zip", ".mov", "PK\x03\x04\x14\x00\x00\x00\x08\x00aaaaaaaaaaaa"),
	text("png", ".mp4", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"),
	text("plain", ".webm", "just words, nothing else\n"),
	text("one-byte", ".mp4", "\x00"),
	text("noise", ".mp4", string(noise(64<<10))),
	{Name: "empty", Class: "no bytes", Ext: ".mp4", Tag: "empty", After: just(""), Codes: []string{"empty_file"}},
	text("sdp", ".mp4", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n"),

	bad("ftyp-noise", "a good beginning, then noise", []string{corrupt}, just(string(ftyp)+string(noise(32<<10)))),
	{Name: "cut-index-last", Class: "cut before the index", Ext: ".mp4", Args: small, Tag: "cut60", After: cut(60), Codes: []string{corrupt}},
	{Name: "cut-index-first", Class: "index first, cut in the film", Ext: ".mp4", Args: smallFront, Tag: "cut60", After: cut(60), Codes: []string{corrupt, Accept, Partial}},
	{Name: "cut-webm", Class: "WebM cut", Ext: ".webm", Args: join(film(320, 180, "25", 2, sdr), heard(tone, 2), vpx("libvpx"), words("-c:a", "libopus")), Tag: "cut50", After: cut(50), Codes: []string{Partial, Accept, corrupt}},
	{Name: "no-moov", Class: "no index", Ext: ".mp4", Args: small, Tag: "no moov", After: without("moov"), Codes: []string{corrupt}},
	{Name: "no-mdat", Class: "an index and no film", Ext: ".mp4", Args: smallFront, Tag: "no mdat", After: without("mdat"), Codes: []string{corrupt}},
	bad("box-huge", "a box of four exabytes", []string{corrupt, "no_video_stream"}, func([]byte) ([]byte, error) {
		b := append([]byte(nil), ftyp...)
		b = append(b, 0, 0, 0, 1, 'm', 'o', 'o', 'v')
		return append(binary.BigEndian.AppendUint64(b, 1<<62), noise(40)...), nil
	}),
	bad("box-deep", "four thousand boxes in each other", []string{corrupt, "no_video_stream"}, func([]byte) ([]byte, error) {
		var b []byte
		for range 4000 {
			b = box("moov", b)
		}
		return append(append([]byte(nil), ftyp...), b...), nil
	}),
	{Name: "table-huge", Class: "a sample table of two thousand million", Ext: ".mp4", Args: small, Tag: "stsz", Codes: []string{corrupt, Partial, Accept},
		After: after("stsz", 1, func(b []byte) { binary.BigEndian.PutUint32(b[8:], math.MaxInt32) })},
	{Name: "claims-huge", Class: "the container claims 16384x16384", Ext: ".mp4", Args: small, Tag: "avc1 size", Codes: []string{Accept, Partial, "too_many_pixels"},
		After: after("avc1\x00\x00\x00\x00\x00\x00\x00\x01", 1, func(b []byte) { copy(b[16:], "\x40\x00\x40\x00") })},
	{Name: "times-huge", Class: "a frame that lasts sixty years", Ext: ".mp4", Args: small, Tag: "stts", Codes: []string{"too_long", corrupt},
		After: after("stts", 1, func(b []byte) { binary.BigEndian.PutUint32(b[12:], math.MaxInt32-1) })},
	{Name: "outside", Class: "the media are said to be in another file", Ext: ".mp4", Args: small, Tag: "dref", Codes: []string{"external_reference"},
		After: after("url \x00\x00\x00", 1, func(b []byte) { b[0] = 0 })},
	{Name: "sealed", Class: "common encryption", Ext: ".mp4", Codes: []string{"encrypted"},
		Args: join(small, words("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "00112233445566778899aabbccddeeff", "-encryption_kid", "00112233445566778899aabbccddeeff"))},
	{Name: "tiny", Class: "two by two", Ext: ".mp4", Args: join(words("-f", "lavfi", "-i", "color=s=2x2:d=1"), fast), Codes: []string{"too_small"}},
	{Name: "ribbon", Class: "sixty times as wide as high", Ext: ".mp4", Args: join(words("-f", "lavfi", "-i", "color=s=4096x64:d=1:r=10"), fast), Codes: []string{"bad_aspect"}},
	{Name: "fps-1000", Class: "a thousand frames a second", Ext: ".mp4", Args: join(words("-f", "lavfi", "-i", "testsrc2=s=160x120:r=1000:d=1"), fast), Codes: []string{"too_high_fps", Accept}},
	{Name: "huge-picture", Class: "7680x4320 in a few kilobytes", Ext: ".mp4", Args: join(words("-f", "lavfi", "-i", "color=s=7680x4320:r=10:d=0.5"), fast), Codes: []string{"too_many_pixels"}},
	{Name: "ten-hours", Class: "ten hours at a frame every ten minutes", Ext: ".mp4", Args: join(words("-f", "lavfi", "-i", "testsrc2=s=160x120:r=1/600:d=36000"), fast), Codes: []string{"too_long"}},
	{Name: "many-sounds", Class: "forty sound tracks", Ext: ".mp4", Args: join(film(320, 180, "25", 1, sdr), heard(tone, 1), manyMaps(40), fast, quick), Codes: []string{"too_many_streams"}},
	{Name: "disc-sound", Class: "the only sound is of a codec that we cannot read", Ext: ".mkv", Args: join(film(320, 180, "25", 1, sdr), heard(tone, 1), fast, words("-c:a", "dca", "-strict", "-2", "-ac", "2")), Codes: []string{"unsupported_codec"}},
	{Name: "cover-only", Class: "sound with a cover picture", Ext: ".mp4", Codes: []string{"no_video_stream"},
		Args: join(heard(tone, 2), words("-f", "lavfi", "-i", "color=s=320x320:d=0.04:r=25", "-map", "0", "-map", "1", "-c:v", "mjpeg", "-frames:v", "1", "-disposition:v", "attached_pic"), quick)},
	{Name: "sound-only", Class: "sound alone", Ext: ".mp4", Args: join(heard(tone, 2), quick), Codes: []string{"no_video_stream"}},
	{Name: "markup", Class: "markup and a script in the metadata", Ext: ".mp4", Codes: []string{Accept},
		Args: join(small, words("-metadata", "title=<script>alert('Secret Markup')</script>", "-metadata", "artist=\"><img src=x onerror=alert(1)>", "-metadata", "comment=Secret Comment"))},
	{Name: "polyglot", Class: "a good film with a page behind it", Ext: ".mp4", Args: small, Tag: "tail", Codes: []string{Accept},
		After: func(d []byte) ([]byte, error) {
			return append(d, "<html><script>alert('Secret Markup')</script>"...), nil
		}},
	{Name: "flips-mp4", Class: "one bit in two hundred bytes is wrong", Ext: ".mp4", Args: small, Tag: "flip 200", After: flip(64, 200), Codes: anything},
	{Name: "flips-film", Class: "wrong bits in the film, index intact", Ext: ".mp4", Args: smallFront, Tag: "flip film", After: flip(8000, 400), Codes: anything},
	{Name: "flips-webm", Class: "wrong bits in WebM", Ext: ".webm", Args: join(film(320, 180, "25", 2, sdr), vpx("libvpx")), Tag: "flip 500", After: flip(600, 500), Codes: anything},
	{Name: "flips-avi", Class: "wrong bits in AVI", Ext: ".avi", Args: join(film(320, 180, "25", 2, sdr), words("-c:v", "mpeg4", "-q:v", "3")), Tag: "flip 300", After: flip(6000, 300), Codes: anything},
	{Name: "flips-ts", Class: "wrong bits in a transport stream", Ext: ".ts", Args: join(film(320, 180, "25", 2, sdr), fast), Tag: "flip 400", After: flip(2000, 400), Codes: anything},
	{Name: "grows", Class: "the picture grows in mid-film", Ext: ".ts", Codes: []string{Accept, Partial, corrupt, "too_many_pixels"}, Tag: "twice",
		Args:  join(film(320, 180, "25", 1, sdr), fast, words("-f", "mpegts")),
		After: followedBy(Clip{Name: "grows-second", Ext: ".ts", Args: join(film(640, 480, "25", 1, sdr), fast, words("-output_ts_offset", "1", "-f", "mpegts"))})},
}

func text(name, ext, content string) Clip {
	return Clip{Name: name, Class: name + " under a film's name", Ext: ext, Tag: content, After: just(content), Codes: []string{container}}
}

func bad(name, class string, codes []string, after func([]byte) ([]byte, error)) Clip {
	return Clip{Name: name, Class: class, Ext: ".mp4", Tag: name, After: after, Codes: codes}
}

func manyMaps(n int) []string {
	m := words("-map", "0:v")
	for range n {
		m = append(m, "-map", "1:a")
	}
	return m
}
