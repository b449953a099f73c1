package plan

import (
	"cmp"
	"math"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// Profile is what a run is for.
type Profile string

// The profiles.
const (
	Review  Profile = "review"  // one MP4 that moderators' browsers play, poster, storyboard, findings
	Publish Profile = "publish" // the ladder with all that the feed shows
)

// ReviewMaxBitrate is the highest bit rate at which a source is handed to
// moderators as it is. Phones write 1080p at 17 Mb/s; 25 leaves them in.
const ReviewMaxBitrate = 25_000_000

const (
	reviewEdge    = 480  // pixels of the short edge of an encoded review copy
	reviewMaxRate = 1200 // kb/s
	remuxEdge     = 1080 // largest short edge handed on as it is
	remuxKeyGap   = 10.0 // seconds between key frames beyond which seeking is no pleasure
	keysOnlyGap   = 3.0  // seconds between key frames up to which they alone serve for stills and measuring

	SharpFrames     = 24 // frames measured for sharpness
	storyboardCols  = 10
	storyboardTiles = 100
	storyboardEdge  = 192 // longer edge of a tile, pixels
	PosterEdge      = 720 // short edge of a review poster
	KeySeconds      = 2   // distance of key frames; 4 would save 6 % and make seeking and switching coarse
	SegmentSeconds  = 4
)

// Quality is how much a publish run spends on its rungs.
type Quality string

// The steps of quality. High costs about twice the CPU of Standard and
// more memory, for what is seen much: stories that were chosen.
const (
	Standard Quality = "standard"
	High     Quality = "high"
)

// Options is what a run is to make of a video.
type Options struct {
	Profile Profile
	Quality Quality // for Publish; empty is Standard
	Encoder Encoder // for Publish; empty is Software. Those of hardware have Standard quality and no AV1
	// for Publish: one more rung, in AV1 at the size of the first; wants an ffmpeg with libsvtav1
	AV1 bool
	Cut media.Cut // zero: the whole video
	// for Publish: of the review run with the same cut, which spares measuring
	// the loudness; nil makes Run measure first
	Findings *media.Findings
}

// Plan is every decision about one run, made from data alone: two equal
// probes give equal plans.
type Plan struct {
	Profile       Profile
	Media         media.Media
	Limits        refusal.Limits
	Cut           media.Cut     // both ends set; from the first chosen stream's start
	Duration      time.Duration // of the output: what the cut leaves
	Rate          media.Rate    // constant output rate
	Conversion    Conversion
	Remux         bool // review: the source's own coded frame is kept
	CopyAAC       bool // with Remux: the audio is kept as well
	KeyFramesOnly bool // with Remux: stills and findings come from key frames
	Rungs         []Rung
	Quality       Quality
	Encoder       Encoder
	AV1           *Rung // nil: none
	Storyboard    Storyboard
	Audio         Audio
	Findings      *media.Findings // what a review run has found, if any
}

// Storyboard is the storyboard's geometry: Tiles frames of Width by Height, one
// each Step seconds, Columns a row.
type Storyboard struct {
	Step          float64
	Tiles         int
	Columns, Rows int
	Width, Height int
}

// Audio is what must be done to the audio.
type Audio struct {
	Present bool
	Measure bool    // loudness is not known yet
	GainDB  float64 // to −16 LUFS, as far as the peaks and the caps allow
	Limit   bool    // peaks would pass −1 dBTP: hold them
	Changes bool    // its rate or channels change in mid-video, which only a run finds out
}

// New decides what a run does. The error is a *fault.Error: the limits
// apply here again, so that a plan is never made for what Probe would refuse,
// and those of length to what the cut leaves.
func New(m media.Media, o Options, l refusal.Limits) (Plan, error) {
	l = l.WithDefaults()
	if err := refusal.Check(m, l); err != nil {
		return Plan{}, err
	}
	if o.Profile != Review && o.Profile != Publish {
		return Plan{}, fault.New(fault.Internal, refusal.CodeBadOptions, "unknown profile")
	}
	o.Quality, o.Encoder = cmp.Or(o.Quality, Standard), cmp.Or(o.Encoder, Software)
	if o.Quality != Standard && o.Quality != High {
		return Plan{}, fault.New(fault.Internal, refusal.CodeBadOptions, "unknown quality")
	}
	if o.Encoder != Software && (o.Encoder.Device().Codec == "" || o.Quality != Standard || o.AV1) {
		return Plan{},
			fault.New(fault.Internal, refusal.CodeBadOptions, "unknown encoder, or one without high quality and AV1")
	}
	cut, whole, err := resolveCut(o.Cut, m)
	if err != nil {
		return Plan{}, err
	}
	v := m.Video
	plan := Plan{
		Profile: o.Profile, Media: m, Limits: l, Findings: o.Findings, Rate: v.Rate, Cut: cut,
		Duration: cut.To - cut.From,
		Quality:  Standard, Encoder: Software,
		Conversion: conversionOf(v),
		Audio:      Audio{Present: m.Audio != nil},
	}
	if err := refusal.CheckLength(plan.Duration, l); err != nil {
		return Plan{}, err
	}
	plan.Storyboard = newStoryboard(v.Width, v.Height, plan.Duration.Seconds())
	if plan.Rate.Float() <= 0 {
		plan.Rate = media.Rate{Num: 30, Den: 1}
	}
	switch o.Profile {
	case Review:
		// Coded frames can only begin at a key frame. A remux that hid the
		// rest behind an edit list would hand on what the contributor took out.
		plan.Remux = whole && remuxable(m)
		plan.CopyAAC = plan.Remux && m.Audio != nil && m.Audio.Codec == "aac" && m.Audio.Channels <= 2 &&
			!m.Audio.Edited
		plan.KeyFramesOnly = plan.Remux && v.KeyGap <= keysOnlyGap
		w, h := Fit(v.Width, v.Height, reviewEdge)
		plan.Rungs = []Rung{{Name: "review", Width: w, Height: h, MaxRate: reviewMaxRate}}
		plan.Audio.Measure = plan.Audio.Present
	case Publish:
		plan.Rungs = Ladder(v.Width, v.Height, plan.Rate)
		plan.Quality, plan.Encoder = o.Quality, o.Encoder
		if o.AV1 {
			plan.AV1 = newAV1Rung(plan.Rungs[0])
		}
		plan.Audio.Measure = plan.Audio.Present && o.Findings == nil
		if o.Findings != nil {
			plan.Audio.GainDB, plan.Audio.Limit = Gain(o.Findings)
		}
	}
	return plan, nil
}

// remuxable reports whether today's browsers play the source's frame as it
// is: 8-bit 4:2:0 H.264 of at most 1080p60, square pixels, no mirror, with key
// frames near enough to seek by.
func remuxable(m media.Media) bool {
	v := m.Video
	switch {
	case v.Codec != "h264", m.Container != "mov" && m.Container != "matroska":
		return false
	case v.PixelFormat != "yuv420p" && v.PixelFormat != "yuvj420p":
		return false
	case v.Interlaced, v.Mirrored, v.HDR(), v.DolbyVision != 0:
		return false
	case conversionOf(v).ToBT709():
		return false
	case v.Edited: // what was cut away would be handed on, shown by some players
		return false
	case v.Crop != nil: // Safari shows the part, others the whole
		return false
	case !v.Square():
		return false
	case v.ShortEdge() > remuxEdge, max(v.Width, v.Height) > 1920, v.AvgRate > maxRate+1:
		return false
	case max(m.Bitrate, v.Bitrate) > ReviewMaxBitrate:
		return false
	}
	return v.KeyGap <= remuxKeyGap
}

// newStoryboard plans one tile a second, and never more than a hundred.
func newStoryboard(width, height int, seconds float64) Storyboard {
	b := Storyboard{Columns: storyboardCols, Step: max(1, seconds/storyboardTiles)}
	b.Tiles = min(max(int(math.Ceil(seconds/b.Step-0.01)), 1), storyboardTiles)
	b.Columns = min(b.Columns, b.Tiles)
	b.Rows = (b.Tiles + b.Columns - 1) / b.Columns
	k := min(1, storyboardEdge/float64(max(width, height)))
	b.Width = max(int(math.Round(float64(width)*k/2))*2, 2)
	b.Height = max(int(math.Round(float64(height)*k/2))*2, 2)
	return b
}

const (
	targetLUFS  = -16.0 // what streaming services and phones agree on for speech and music
	peakDBTP    = -1.0  // AAC decoders overshoot a little; above this they clip
	maxGainDB   = 25.0  // a voice far from the microphone; more would lift noise, not speech
	maxLimitDB  = 8.0   // how far peaks may be held before it is heard
	SilenceLUFS = -60.0 // below this there is nothing to lift
)

// Gain returns the gain in dB that brings the audio to −16 LUFS, and
// whether its peaks must be held at −1 dBTP for that.
func Gain(f *media.Findings) (db float64, limit bool) {
	if f.LoudnessLUFS == nil || *f.LoudnessLUFS < SilenceLUFS || f.Silent {
		return 0, false
	}
	db = min(targetLUFS-*f.LoudnessLUFS, maxGainDB)
	if f.TruePeakDBTP == nil {
		return min(db, 0), false
	}
	room := peakDBTP - *f.TruePeakDBTP
	if db > room {
		limit, db = true, min(db, room+maxLimitDB)
	}
	return math.Round(db*100) / 100, limit
}

// MeasureRate is how many small frames per second are kept: enough to count
// flashes when every frame is decoded, few when only key frames are.
func (p Plan) MeasureRate() int {
	if p.KeyFramesOnly {
		return 5
	}
	return 25
}
