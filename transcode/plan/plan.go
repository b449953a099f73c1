// Package plan decides what a run makes of a video: cut, frame rate, rungs,
// encoder, colors, audio gain and storyboard. Its functions work on data
// alone. It starts no program, opens no file and knows no ffmpeg option;
// package command turns a Plan into arguments.
package plan

import (
	"cmp"
	"slices"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// Profile is the purpose of a run.
type Profile string

// The profiles.
const (
	Review  Profile = "review"  // one MP4 that moderators' browsers play, poster, storyboard, findings
	First   Profile = "first"   // a review copy, not encoded again, as the feed shows it until there is a ladder
	Publish Profile = "publish" // the ladder and the other files that the feed shows
)

// Quality is the effort that a publish run spends on its rungs.
type Quality string

// The quality levels. High costs about twice the CPU of Standard and more
// memory; it is meant for stories with many viewers, such as selected ones.
const (
	Standard Quality = "standard"
	High     Quality = "high"
)

// Options configure a run. Quality, Encoder and AV1 apply to Publish only,
// Findings to First as well.
type Options struct {
	Profile Profile
	Quality Quality // empty is Standard
	// Encoder is empty for Software. Hardware encoders have Standard quality
	// and no AV1.
	Encoder Encoder
	// AV1 adds a rung in AV1 at the size of the first; it needs an ffmpeg
	// with libsvtav1.
	AV1 bool
	Cut media.Cut // zero: the whole video
	// Findings of the review run with the same cut save a loudness
	// measurement; without them, the run measures first.
	Findings *media.Findings
}

// Plan holds every decision about one run. Equal probes and options give
// equal plans.
type Plan struct {
	Profile    Profile
	Media      media.Media
	Limits     refusal.Limits
	Cut        media.Cut     // both ends set; counted from the first chosen stream's start
	Duration   time.Duration // of the output, after cutting
	Rate       media.Rate    // constant output rate
	Conversion Conversion
	Remux      bool // Review: the source's video stream is copied
	CopyAAC    bool // with Remux: the audio stream is copied as well
	Streams    bool // First: with HLS, not only an MP4
	Rungs      []Rung
	Quality    Quality
	Encoder    Encoder
	AV1        *Rung // nil: no AV1 rung
	Storyboard Storyboard
	Audio      Audio
	Findings   *media.Findings // of the review run, if given
}

// New makes the plan of a run. Errors are *fault.Error. It applies the limits
// again, so that no plan exists for a source that the probe would refuse; the
// limits of length apply to the video after cutting.
func New(m media.Media, o Options, l refusal.Limits) (Plan, error) {
	l = l.WithDefaults()
	if err := refusal.Check(m, l); err != nil {
		return Plan{}, err
	}
	o.Quality, o.Encoder = cmp.Or(o.Quality, Standard), cmp.Or(o.Encoder, Software)
	if err := o.check(); err != nil {
		return Plan{}, err
	}
	cut, uncut, err := resolveCut(o.Cut, m)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{
		Profile: o.Profile, Media: m, Limits: l, Findings: o.Findings, Rate: m.Video.Rate, Cut: cut,
		Duration: cut.To - cut.From,
		Quality:  Standard, Encoder: Software,
		Conversion: conversionOf(m.Video),
		Audio:      Audio{Present: m.Audio != nil, Unpack: m.Audio != nil && m.Audio.Packed},
	}
	if err := refusal.CheckLength(plan.Duration, l); err != nil {
		return Plan{}, err
	}
	plan.Storyboard = newStoryboard(m.Video.Width, m.Video.Height, plan.Duration.Seconds())
	if plan.Rate.Float() <= 0 {
		plan.Rate = media.Rate{Num: 30, Den: 1}
	}
	switch o.Profile {
	case Review:
		plan.planReview(uncut)
	case First:
		plan.planFirst(o)
	case Publish:
		plan.planPublish(o)
	}
	return plan, nil
}

// check refuses unknown values and combinations that no encoder supports.
func (o Options) check() error {
	if !slices.Contains([]Profile{Review, First, Publish}, o.Profile) {
		return fault.New(fault.Internal, refusal.CodeBadOptions, "unknown profile")
	}
	if o.Quality != Standard && o.Quality != High {
		return fault.New(fault.Internal, refusal.CodeBadOptions, "unknown quality")
	}
	if o.Encoder != Software && (o.Encoder.Device().Codec == "" || o.Quality != Standard || o.AV1) {
		return fault.New(fault.Internal, refusal.CodeBadOptions,
			"unknown encoder, or one without high quality and AV1")
	}
	return nil
}

func (p *Plan) planPublish(o Options) {
	p.Rungs = Ladder(p.Media.Video.Width, p.Media.Video.Height, p.Rate)
	p.Quality, p.Encoder = o.Quality, o.Encoder
	if o.AV1 {
		p.AV1 = newAV1Rung(p.Rungs[0])
	}
	p.Audio.Measure = p.Audio.Present && o.Findings == nil
	if o.Findings != nil {
		p.Audio.GainDB, p.Audio.Limit = Gain(o.Findings)
	}
}
