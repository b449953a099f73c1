package probe

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/storyreel/storyreel/transcode/ffmpeg"
)

// maxPackets bounds the memory of one probe. Three minutes at 1000 frames per
// second with as many packets of audio stay below it.
const maxPackets = 600_000

// maxAudioGap is the longest gap between packets of audio, and the longest
// overlap, that is due to rounding, seconds. A lost packet leaves 20 ms.
const maxAudioGap = 0.012

// minRestart is the time by which a clock goes back where a second recording
// was appended to the first, seconds. Frames out of order go back by less.
const minRestart = 0.5

// reading is the output of one run of ffprobe. Maps are by stream index.
type reading struct {
	streams  []stream
	start    float64 // of the container, seconds
	length   float64 // as the container declares it, seconds
	tracks   map[int]*track
	hidden   map[int]float64 // seconds of packets that an edit list leaves out
	lead     map[int]*lead   // of video streams
	packets  int
	restarts bool             // times go back, and ffmpeg does not join them
	clock    *timeline        // for transport streams
	declared map[int]declared // read from the file, not from ffprobe
}

// stream is ffprobe's description of one stream. Names are ffmpeg's; no field
// holds text written by the file's author.
type stream struct {
	Index       int    `json:"index"`
	Kind        string `json:"codec_type"`
	Codec       string `json:"codec_name"`
	Tag         string `json:"codec_tag_string"`
	Profile     string `json:"profile"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
	SAR         string `json:"sample_aspect_ratio"`
	PixelFormat string `json:"pix_fmt"`
	Range       string `json:"color_range"`
	Matrix      string `json:"color_space"`
	Transfer    string `json:"color_transfer"`
	Primaries   string `json:"color_primaries"`
	FieldOrder  string `json:"field_order"`
	RFrameRate  string `json:"r_frame_rate"`
	AvgRate     string `json:"avg_frame_rate"`
	Start       string `json:"start_time"`
	Duration    string `json:"duration"`
	Reorder     int    `json:"has_b_frames"` // frames that a decoder holds back
	SampleRate  string `json:"sample_rate"`
	Channels    int    `json:"channels"`
	Disposition struct {
		Default  int `json:"default"`
		Attached int `json:"attached_pic"`
		Thumbs   int `json:"timed_thumbnails"`
	} `json:"disposition"`
	SideData []struct {
		Type      string  `json:"side_data_type"`
		DVProfile int     `json:"dv_profile"`
		Matrix    string  `json:"displaymatrix"`
		Rotation  float64 `json:"rotation"`
	} `json:"side_data_list"`
}

// track summarizes the packets of one stream, without those that an edit list
// discards. Times are in seconds.
type track struct {
	times   []float64 // presentation times of frames, unsorted; empty for audio
	decode  []float64 // decoding times of frames that have one
	bare    int       // frames without a presentation time
	keys    []float64 // those of key frames
	first   float64
	end     float64
	bytes   int64
	packets int
	last    float64 // decoding time of the last packet
	length  float64 // sum of the packets' durations
	longest float64 // longest packet
	jumps   bool    // audio: a packet begins later than the one before it ends, or earlier
}

// lead counts the packets of a video stream up to the first one of which a
// frame can be expected: it is shown, and a key frame is it or came before it.
type lead struct {
	packets   int
	key, done bool
}

// add counts a packet with ffprobe's flags.
func (l *lead) add(flags string) {
	if l.done {
		return
	}
	l.packets++
	l.key = l.key || len(flags) > 0 && flags[0] == 'K'
	l.done = l.key && !isHidden(flags)
}

// isHidden reports whether ffprobe's flags mark a packet outside the edit
// list, which is decoded but not shown.
func isHidden(flags string) bool { return len(flags) > 1 && flags[1] == 'D' }

type packet struct {
	Kind     string `json:"codec_type"`
	Index    int    `json:"stream_index"`
	PTS      string `json:"pts_time"`
	DTS      string `json:"dts_time"`
	Duration string `json:"duration_time"`
	Size     string `json:"size"`
	Flags    string `json:"flags"`
}

var (
	errTooLong    = errors.New("video is over the limit")
	errMixedClock = errors.New("packets before and after a jump of the clock are mixed")
)

// parse reads ffprobe's JSON while it is produced and returns errTooLong as
// soon as over is true for the end of a frame. clock corrects times that may
// jump; nil leaves them unchanged.
func parse(r io.Reader, clock *timeline, over func(seconds float64) bool) (reading, error) {
	got := reading{
		tracks: map[int]*track{}, hidden: map[int]float64{}, lead: map[int]*lead{}, clock: clock,
	}
	d := json.NewDecoder(r)
	if err := expect(d, json.Delim('{')); err != nil {
		return got, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return got, err
		}
		switch key {
		case "packets":
			err = got.readPackets(d, over)
		case "streams":
			err = d.Decode(&got.streams)
		case "format":
			var f struct {
				Start    string `json:"start_time"`
				Duration string `json:"duration"`
			}
			err = d.Decode(&f)
			got.start, _ = ffmpeg.Seconds(f.Start)
			got.length, _ = ffmpeg.Seconds(f.Duration)
		default:
			var skip json.RawMessage
			err = d.Decode(&skip)
		}
		if err != nil {
			return got, err
		}
	}
	return got, nil
}

func (g *reading) readPackets(d *json.Decoder, over func(float64) bool) error {
	if err := expect(d, json.Delim('[')); err != nil {
		return err
	}
	var origin float64 // time of the first packet of any stream
	for d.More() {
		var p packet
		if err := d.Decode(&p); err != nil {
			return err
		}
		if g.packets++; g.packets > maxPackets {
			return errTooLong
		}
		at, end, ok := g.add(p)
		if g.packets == 1 && ok {
			origin = at
		}
		if ok && p.Kind == "video" && over(end-origin) {
			return errTooLong
		}
	}
	return expect(d, json.Delim(']'))
}

// add adds a packet to its track and returns its presentation time and its
// end, in seconds. ok is false when it has no time or is not shown.
func (g *reading) add(p packet) (at, end float64, ok bool) {
	length, _ := ffmpeg.Seconds(p.Duration)
	if p.Kind == "video" {
		if g.lead[p.Index] == nil {
			g.lead[p.Index] = &lead{}
		}
		g.lead[p.Index].add(p.Flags)
	}
	if isHidden(p.Flags) {
		g.hidden[p.Index] += max(length, 0.001)
		return 0, 0, false
	}
	at, stamped := ffmpeg.Seconds(p.PTS)
	dts, hasDTS := ffmpeg.Seconds(p.DTS)
	if ok = stamped || hasDTS; !stamped {
		at = dts // AVI has no presentation times
	}
	if !ok {
		return 0, 0, false
	}
	if g.clock != nil && hasDTS && (p.Kind == "video" || p.Kind == "audio") {
		shift := g.clock.adjust(p.Index, dts, length)
		at, dts = at+shift, dts+shift
	}
	end = at + length
	t := g.tracks[p.Index]
	if t == nil {
		t = &track{first: at, end: end, last: dts}
		g.tracks[p.Index] = t
	}
	if hasDTS {
		g.restarts = g.restarts || dts < t.last-minRestart
		t.last = dts
	}
	if p.Kind == "audio" && t.packets > 0 && math.Abs(at-t.end) > maxAudioGap {
		t.jumps = true
	}
	t.packets++
	t.length, t.longest = t.length+length, max(t.longest, length)
	t.first, t.end = min(t.first, at), max(t.end, end)
	size, _ := strconv.ParseInt(p.Size, 10, 64)
	t.bytes += size
	if p.Kind == "video" {
		t.times = append(t.times, at)
		if hasDTS {
			t.decode = append(t.decode, dts)
		}
		if !stamped {
			t.bare++
		}
		if len(p.Flags) > 0 && p.Flags[0] == 'K' {
			t.keys = append(t.keys, at)
		}
	}
	return at, end, true
}

// hasGaps reports whether packets of audio, all of one length, are missing:
// MP4 stores a gap as a longer packet before it.
func (t *track) hasGaps() bool {
	return t.jumps || t.longest > t.length/float64(t.packets)+maxAudioGap
}

// restamp spaces the frames by their decoding times when only some have a
// presentation time: in MPEG streams several frames can share a PES packet,
// which carries the time of the first. A decoding time in place of a missing
// one would often equal the presentation time of the frame before.
func (t *track) restamp() {
	if t.bare == 0 || t.bare == len(t.times) || len(t.decode) != len(t.times) {
		return
	}
	shift := t.first - slices.Min(t.decode)
	for i, d := range t.decode {
		t.times[i] = d + shift
	}
	t.end = max(t.end, slices.Max(t.times)+t.length/float64(t.packets))
}

// gaps returns the sorted distances between successive frames, in seconds.
func (t *track) gaps() []float64 {
	t.restamp()
	sort.Float64s(t.times)
	var g []float64
	for i := 1; i < len(t.times); i++ {
		if d := t.times[i] - t.times[i-1]; d > 0 {
			g = append(g, d)
		}
	}
	sort.Float64s(g)
	return g
}

// keyGap returns the longest distance in seconds between key frames, or
// between one and the start or end of the track.
func (t *track) keyGap() float64 {
	if len(t.keys) == 0 {
		return t.end - t.first
	}
	sort.Float64s(t.keys)
	gap := max(t.keys[0]-t.first, t.end-t.keys[len(t.keys)-1])
	for i := 1; i < len(t.keys); i++ {
		gap = max(gap, t.keys[i]-t.keys[i-1])
	}
	return gap
}

// expect reads one token and fails unless it is want.
func expect(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != want {
		return fmt.Errorf("ffprobe: unexpected %v", t)
	}
	return nil
}
