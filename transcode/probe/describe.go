package probe

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// amrFrame is the length of one frame of AMR, seconds.
const amrFrame = 0.02

// isPacked reports whether the packets of an audio stream hold several frames
// of AMR. ffmpeg's decoder takes one frame per packet.
func isPacked(s stream, t *track) bool {
	return strings.HasPrefix(s.Codec, "amr_") && t.length > 1.5*amrFrame*float64(t.packets)
}

// maxPriming is the longest audio that an encoder's priming hides, seconds. An
// edit list that hides more was made by cutting.
const maxPriming = 0.15

// describe turns a reading into media.Media. It also returns the chosen video
// stream.
func describe(container string, bytes int64, got reading) (media.Media, stream, error) {
	v, err := chooseVideo(got.streams, got.tracks)
	if err != nil {
		return media.Media{}, v, err
	}
	t := got.tracks[v.Index]
	if t == nil || t.packets == 0 {
		return media.Media{}, v, refusal.Corrupt()
	}
	origin := t.first
	m := media.Media{Container: container, Bytes: bytes, Streams: len(got.streams), Restarts: got.restarts}
	a, err := chooseAudio(got.streams, got.tracks)
	if err != nil {
		return media.Media{}, v, err
	}
	if a != nil {
		at := got.tracks[a.Index]
		origin = min(origin, at.first)
		rate, _ := strconv.Atoi(a.SampleRate)
		m.Audio = &media.Audio{
			Index: a.Index, Codec: a.Codec, Channels: a.Channels, SampleRate: rate, Start: at.first - origin,
			Bitrate: bitrateOf(at), HasHiddenAudio: got.hidden[a.Index] > maxPriming,
			Seconds: at.length, Packed: isPacked(*a, at),
			Irregular: got.declared[a.Index].irregular || at.hasGaps(),
		}
	}
	if off := origin - got.startOf(v, a); off > 0.005 {
		m.Offset = off
	}
	m.Video = describeVideo(v, t, got.declared[v.Index])
	// AVI has no presentation times; ffmpeg uses the times at which frames leave the decoder.
	if r := parseRate(v.RFrameRate).Float(); container == "avi" && r >= 1 {
		m.Video.Delay = float64(min(max(v.Reorder, 0), 16)) / r
	}
	m.Video.Start, m.Video.HasHiddenFrames = t.first-origin, got.hidden[v.Index] > 0
	m.Duration = time.Duration((t.end - origin) * float64(time.Second)).Round(time.Microsecond)
	if s := m.Duration.Seconds(); s > 0 {
		m.Bitrate = int64(float64(bytes) * 8 / s)
	}
	return m, v, nil
}

// startOf returns where ffmpeg's clock starts when it reads the two streams,
// seconds; a may be nil. In formats whose clocks may jump it leaves out what
// streams that are not read hold before (correct_input_start_times, 5.1).
func (g *reading) startOf(v stream, a *stream) float64 {
	if g.clock == nil {
		return g.start
	}
	used := []stream{v}
	if a != nil {
		used = append(used, *a)
	}
	first := math.Inf(1)
	for _, s := range used {
		if at, ok := ffmpeg.Seconds(s.Start); ok {
			first = min(first, at)
		}
	}
	if math.IsInf(first, 1) {
		return g.start
	}
	return max(g.start, first)
}

// chooseVideo returns the best video stream of a codec on the whitelist that
// is not a cover image: a moving one before one of stills, then the largest,
// the default one, the first.
func chooseVideo(streams []stream, tracks map[int]*track) (stream, error) {
	var best *stream
	unsupported := ""
	for i, s := range streams {
		if s.Kind != "video" || s.Disposition.Attached == 1 || s.Disposition.Thumbs == 1 {
			continue
		}
		if ffmpeg.VideoCodecs[s.Codec] == nil {
			unsupported = cmp.Or(unsupported, s.Codec, "unknown")
			continue
		}
		if best == nil || cmp.Or(
			compareMotion(tracks[s.Index], tracks[best.Index]),
			cmp.Compare(s.Width*s.Height, best.Width*best.Height),
			cmp.Compare(s.Disposition.Default, best.Disposition.Default),
		) > 0 {
			best = &streams[i]
		}
	}
	switch {
	case best != nil:
		return *best, nil
	case unsupported != "":
		return stream{}, refusal.UnsupportedCodec(unsupported)
	}
	return stream{}, refusal.New(refusal.CodeNoVideo, "The file contains no video track. Please upload a video.")
}

// stillsRatio is the number of times that a video has more frames than a track
// of stills beside it. Phones store some larger stills in a motion photo; two
// views of one scene have about as many frames.
const stillsRatio = 5

// compareMotion returns 1 when a is a video and b a track of stills beside it,
// such as a cover image without the flag, -1 for the opposite, and 0 otherwise.
func compareMotion(a, b *track) int {
	count := func(t *track) int {
		if t == nil {
			return 0
		}
		return t.packets
	}
	switch n, m := count(a), count(b); {
	case n >= 2 && (m < 2 || n > stillsRatio*m):
		return 1
	case m >= 2 && (n < 2 || m > stillsRatio*n):
		return -1
	}
	return 0
}

// chooseAudio returns the default one of the audio streams with a codec on the
// whitelist, or the first of them; nil for a video without audio. When all
// audio has unsupported codecs, it refuses the video instead of dropping its
// audio.
func chooseAudio(streams []stream, tracks map[int]*track) (*stream, error) {
	var best *stream
	unsupported := ""
	for i, s := range streams {
		if s.Kind != "audio" || tracks[s.Index] == nil {
			continue
		}
		if ffmpeg.AudioCodecs[s.Codec] == nil {
			unsupported = cmp.Or(unsupported, s.Codec, "unknown")
			continue
		}
		if s.Channels > 0 && (best == nil || s.Disposition.Default > best.Disposition.Default) {
			best = &streams[i]
		}
	}
	if best == nil && unsupported != "" {
		return nil, refusal.UnsupportedCodec(unsupported)
	}
	return best, nil
}

func describeVideo(s stream, t *track, d declared) media.Video {
	gaps := t.gaps()
	measured := 0.0
	if n := len(t.times); n > 1 && t.times[n-1] > t.times[0] {
		measured = float64(n-1) / (t.times[n-1] - t.times[0])
	}
	gap := 0.0
	if len(gaps) > 0 {
		gap = gaps[len(gaps)/2]
	}
	claimed, average := parseRate(s.RFrameRate), parseRate(s.AvgRate)
	if len(gaps) > 0 && t.end <= t.times[len(t.times)-1] { // a last frame without duration gets the median one
		t.end = t.times[len(t.times)-1] + gap
	}
	v := media.Video{
		Index: s.Index, Codec: s.Codec, Profile: s.Profile, CodedWidth: s.Width, CodedHeight: s.Height,
		PixelFormat: s.PixelFormat, BitDepth: bitDepth(s.PixelFormat),
		FullRange: s.Range == "pc" || strings.HasPrefix(s.PixelFormat, "yuvj"),
		Transfer:  knownName(s.Transfer), Primaries: knownName(s.Primaries), Matrix: knownName(s.Matrix),
		Rate: plan.OutputRate(claimed, average, measured, gap), AvgRate: measured, Variable: !isSteady(gaps),
		Frames: len(t.times), MaxKeyInterval: t.keyGap(), Bitrate: bitrateOf(t),
	}
	if measured == 0 {
		v.AvgRate = average.Float()
	}
	for _, side := range s.SideData {
		switch side.Type {
		case "DOVI configuration record":
			v.DolbyVision = side.DVProfile
		case "Display Matrix":
			v.Rotation, v.Mirrored, v.Irregular = orientation(side.Matrix, side.Rotation)
		}
	}
	v.SARNum, v.SARDen = parseSAR(s.SAR)
	d.apply(&v)
	v.Width, v.Height = displaySize(v)
	return v
}

// displaySize returns the size in which a player shows the video: cropped, with
// square pixels, upright.
func displaySize(v media.Video) (width, height int) {
	w, h := float64(v.CodedWidth), float64(v.CodedHeight)
	if v.Crop != nil {
		w, h = float64(v.Crop.Width), float64(v.Crop.Height)
	}
	if v.HasSquarePixels() {
		v.SARNum, v.SARDen = 1, 1
	}
	// Enlarge the width or the height, so that no detail is lost.
	if v.SARNum >= v.SARDen {
		w = w * float64(v.SARNum) / float64(v.SARDen)
	} else {
		h = h * float64(v.SARDen) / float64(v.SARNum)
	}
	width, height = int(math.Round(w)), int(math.Round(h))
	if v.Rotation == 90 || v.Rotation == 270 {
		width, height = height, width
	}
	return width, height
}

// parseSAR reads a sample aspect ratio such as "64:45". Anything else, and
// ratios over 1000, give 1:1.
func parseSAR(s string) (num, den int) {
	a, b, _ := strings.Cut(s, ":")
	n, err1 := strconv.Atoi(a)
	d, err2 := strconv.Atoi(b)
	if err1 != nil || err2 != nil || n <= 0 || d <= 0 || n > 1000*d || d > 1000*n {
		return 1, 1
	}
	return plan.Reduce(n, d)
}

// orientation reads a display matrix in ffprobe's format. ffprobe's rotation is
// counterclockwise, in degrees; clockwise is 0, 90, 180 or 270. skewed is set
// for a matrix that also scales, shears or turns by another angle.
func orientation(matrix string, rotation float64) (clockwise int, mirrored, skewed bool) {
	if math.IsNaN(rotation) || math.Abs(rotation) > 360 {
		rotation = 0
	}
	quarters := math.Round(-rotation / 90)
	if math.Abs(-rotation-90*quarters) <= 1 { // ffmpeg turns by other angles within the frame
		clockwise = (int(quarters)*90%360 + 360) % 360
	}
	var m []float64
	for _, f := range strings.Fields(matrix) {
		if strings.HasSuffix(f, ":") {
			continue
		}
		n, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return clockwise, false, true
		}
		m = append(m, n)
	}
	if len(m) != 9 {
		return clockwise, false, true
	}
	const one = 1 << 16
	straight := math.Abs(m[0]) == one && math.Abs(m[4]) == one && m[1] == 0 && m[3] == 0
	turned := math.Abs(m[1]) == one && math.Abs(m[3]) == one && m[0] == 0 && m[4] == 0
	return clockwise, m[0]*m[4]-m[1]*m[3] < 0, !straight && !turned || m[2] != 0 || m[5] != 0
}

// bitDepth returns the bits per sample that a pixel format's name gives, 8 when
// it gives none.
func bitDepth(format string) int {
	for _, d := range []struct {
		part string
		bits int
	}{{"p9", 9}, {"10", 10}, {"12", 12}, {"14", 14}, {"16", 16}} {
		if strings.Contains(strings.TrimPrefix(format, "yuv"), d.part) {
			return d.bits
		}
	}
	return 8
}

// knownName replaces ffmpeg's names of unspecified values by an empty string.
func knownName(name string) string {
	if name == "unknown" || name == "reserved" || name == "unspecified" {
		return ""
	}
	return name
}

// bitrateOf returns the average bit rate, bits per second; 0 when unknown.
func bitrateOf(t *track) int64 {
	if d := t.end - t.first; d > 0 {
		return int64(float64(t.bytes) * 8 / d)
	}
	return 0
}

// isSteady reports whether the sorted gaps between frames, in seconds, belong
// to a constant rate: nine of ten within a fifth of the median.
func isSteady(gaps []float64) bool {
	if len(gaps) < 2 {
		return true
	}
	mid := gaps[len(gaps)/2]
	off := 0
	for _, g := range gaps {
		if math.Abs(g-mid) > 0.2*mid+0.0011 { // some containers round to milliseconds
			off++
		}
	}
	return off*10 <= len(gaps)
}

// parseRate reads a rate such as "30000/1001"; anything else gives the zero
// Rate.
func parseRate(s string) media.Rate {
	a, b, _ := strings.Cut(s, "/")
	n, err1 := strconv.Atoi(a)
	d, err2 := strconv.Atoi(b)
	if err1 != nil || err2 != nil || n <= 0 || d <= 0 {
		return media.Rate{}
	}
	return media.Rate{Num: n, Den: d}
}
