package clips

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// Irregular are videos of which a stream copy could play differently from what
// is decoded. Those with Remux are copied all the same: ffmpeg corrects false
// key frames, and the audio alone can be encoded.
var Irregular = []Clip{
	irregular("two-descriptions", "a second sample description, with other parameter sets", 4,
		movie{parts: []Clip{recording("first", 320, 240, sdr), otherCoding}}),
	irregular("three-descriptions", "three sample descriptions", 6,
		movie{parts: []Clip{
			recording("first", 320, 240, sdr), otherCoding,
			recording("larger", 480, 360, sdr),
		}}),
	irregular("sets-change", "parameter sets that change within the stream", 4,
		movie{parts: []Clip{recording("first", 320, 240, sdr), recording("larger", 480, 360, sdr)}, inBand: true}),
	irregular("false-keys", "an index that names every fifth frame as a key frame", 2,
		movie{parts: []Clip{recording("first", 320, 240, sdr)}, keys: everyFifth(50)}),
	irregular("late-key", "an index whose first key frame is none", 2,
		movie{parts: []Clip{recording("first", 320, 240, sdr)}, keys: []uint32{3}}),
	irregular("two-edits", "an edit list that leaves out the middle", 1.2,
		movie{parts: []Clip{recording("first", 320, 240, sdr)}, edits: [][2]uint32{{0, 15}, {30, 15}}}),
	irregular("damaged-between-keys", "damage in three frames that are not key frames", 4,
		movie{
			parts:   []Clip{recording("first", 320, 240, sdr), recording("first", 320, 240, sdr)},
			inBand:  true,
			damaged: []int{20, 60, 85},
		}),
	{Name: "matrix-45", Class: "a display matrix that turns by 45 degrees", Ext: ".mp4", Width: 320, Height: 240,
		Seconds: 2, Rate: 25, Args: concat(video(320, 240, "25", 2, sdr), x264, bt709Tags), Tag: "matrix 45",
		After: displayMatrix([9]int32{46341, 46341, 0, -46341, 46341, 0, 0, 0, 0x40000000})},
	{Name: "fragments-second-description",
		Class: "fragments that use the second of two sample descriptions", Ext: ".mp4",
		Pipe: true, Width: 320, Height: 240, Seconds: 2, Rate: 25,
		Args: concat(video(320, 240, "25", 2, sdr), x264, bt709Tags,
			args("-bf", "0", "-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4")),
		Tag: "trex 2", After: chain(repeatDescription("avc1"),
			atBox("trex", func(b []byte) { copy(b[8:], numbers(2)) }))},
	{Name: "false-duration", Class: "an index that declares one of three seconds", Ext: ".mp4", Width: 320, Height: 240,
		Seconds: 3, Rate: 25, Remux: true, Tag: "one of three",
		Args: concat(video(320, 240, "25", 3, sdr), x264, bt709Tags,
			args("-bf", "0", "-video_track_timescale", "1000")),
		After: chain(atBox("mvhd", func(b []byte) { copy(b[16:], numbers(1000)) }),
			atBox("tkhd", func(b []byte) { copy(b[20:], numbers(1000)) }),
			atBox("mdhd", func(b []byte) { copy(b[16:], numbers(1000)) }), renameBox("edts", "free"))},
	{Name: "audio-two-descriptions", Class: "AAC with two sample descriptions", Ext: ".mp4", Width: 320, Height: 240,
		Seconds: 3, Rate: 25, Audio: true, Remux: true,
		Args: concat(video(320, 240, "25", 3, sdr), audio(tone, 3), x264, bt709Tags, aac),
		Tag:  "stsd 2", After: repeatDescription("mp4a")},
	{Name: "sets-change-mkv", Class: "Matroska whose parameter sets change", Ext: ".mkv", Pipe: true,
		Width: 320, Height: 240, Seconds: 4, Rate: 25,
		Args: concat(video(320, 240, "25", 2, sdr), x264, bt709Tags, args("-f", "matroska")), Tag: "sets",
		After: appendClusters(Clip{Name: "set-second", Ext: ".mkv", Args: concat(video(320, 240, "25", 2, sdr),
			args("-c:v", "libx264", "-profile:v", "baseline"), bt709Tags,
			args("-bsf:v", "dump_extra", "-f", "matroska"))})},
}

// otherCoding is a part with other parameter sets and other frames.
var otherCoding = Clip{Name: "other-coding", Ext: ".h264", Args: concat(
	args("-f", "lavfi", "-i", testPattern(320, 240, "25", 2)+",hue=s=0"+sdr, "-c:v", "libx264"),
	args("-profile:v", "baseline", "-refs", "4", "-bf", "0", "-aud", "1", "-f", "h264"))}

func irregular(name, class string, seconds float64, m movie) Clip {
	return Clip{
		Name: name, Class: class, Ext: ".mp4", Width: 320, Height: 240, Seconds: seconds, Rate: movieRate,
		Remux: m.keys != nil, Tag: name, After: m.build,
	}
}

func everyFifth(frames uint32) []uint32 {
	var keys []uint32
	for n := uint32(1); n <= frames; n += 5 {
		keys = append(keys, n)
	}
	return keys
}

// renameBox changes the name of a box, so that readers skip it.
func renameBox(from, to string) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) { return bytes.Replace(d, []byte(from), []byte(to), 1), nil }
}

// repeatDescription repeats the sample entry of this kind and lets the last
// run of chunks use the second one. The index must be behind the media, or
// without positions.
func repeatDescription(kind string) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) {
		at := bytes.LastIndex(d, []byte(kind)) - 4
		runs := bytes.LastIndex(d, []byte("stsc"))
		if at < 0 || runs < at {
			return nil, errors.New("no sample entry")
		}
		size := int(binary.BigEndian.Uint32(d[at:]))
		if count := int(binary.BigEndian.Uint32(d[runs+8:])); count > 0 {
			binary.BigEndian.PutUint32(d[runs+12+12*(count-1)+8:], 2)
		}
		entry := bytes.Clone(d[at : at+size])
		for _, parent := range []string{"stsd", "stbl", "minf", "mdia", "trak", "moov"} {
			p := bytes.LastIndex(d[:at], []byte(parent)) - 4
			binary.BigEndian.PutUint32(d[p:], binary.BigEndian.Uint32(d[p:])+uint32(size))
		}
		stsd := bytes.LastIndex(d[:at], []byte("stsd"))
		binary.BigEndian.PutUint32(d[stsd+8:], 2)
		return append(append(bytes.Clone(d[:at+size]), entry...), d[at+size:]...), nil
	}
}
