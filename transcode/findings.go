package transcode

import (
	"math"
	"regexp"
	"time"

	"github.com/storyreel/storyreel/internal/media"
)

// Warnings that findings may carry. They are hints for people, not verdicts.
const (
	WarnDark       = "dark"           // mean luma under 0.15
	WarnBright     = "overexposed"    // mean luma over 0.85
	WarnBlurry     = "blurry"         // sharpness under 0.1
	WarnBlack      = "black"          // a fifth of the film is black
	WarnFrozen     = "frozen"         // a third of the film stands still
	WarnFlashing   = "flashing"       // more than three flashes in a second: may harm photosensitive viewers
	WarnSilent     = "silent"         // no sound, or none to be heard
	WarnQuiet      = "quiet"          // under −35 LUFS
	WarnClipping   = "clipping"       // true peak over full scale
	WarnLowRes     = "low_resolution" // short edge under 480
	WarnDamaged    = "damaged"        // parts could not be decoded, or the film ends early
	blackMean      = 0.06
	blackFor       = 0.5    // seconds
	frozenFor      = 2.0    // seconds
	frozenBelow    = 0.0004 // mean change: a tenth of one step of 256, which is encoder noise on a still
	flashesAllowed = 3
)

// findings judges what was seen and heard.
func (j *job) findings(s seen) media.Findings {
	p, v := j.plan, j.plan.Media.Video
	f := media.Findings{Silent: true}
	switch {
	case p.Sound.Measure:
		f = s.sound.findings()
		if !f.Silent {
			f.SpeechShare, f.MusicShare = s.speech, s.music
		}
	case p.Known != nil:
		f = *p.Known
		f.Warnings = nil
	}
	if p.Media.Audio == nil {
		f.Silent = true
	}
	f.ShortEdge = v.ShortEdge()
	f.Orientation = string(media.OrientationOf(v.Width, v.Height))
	f.EffectiveRate = p.Media.Bitrate
	total := 0.0
	for _, m := range s.mean {
		total += m
	}
	f.Brightness = pointer(round(total/float64(len(s.mean)), 3))
	f.Sharpness = pointer(round(sharpness(median(s.sharp)), 3))
	f.Black = s.stretches(blackFor, func(i int) bool { return s.mean[i] < blackMean })
	still := frozenFor
	if p.KeysOnly { // between key frames nothing can be seen to move
		still = max(still, 2.5*v.KeyGap)
	}
	f.Frozen = s.stretches(still, func(i int) bool { return s.change[i] < frozenBelow && s.mean[i] >= blackMean })
	f.FrameHashes = s.hashes(8)
	f.Warnings = j.warnings(s, f)
	return f
}

// sharpness maps the variance of the Laplacian to 0…1; 100, which is common
// advice for the border of focus, gives 0.5.
func sharpness(variance float64) float64 { return variance / (variance + 100) }

func (j *job) warnings(s seen, f media.Findings) []string {
	length := j.plan.Duration.Seconds()
	var w []string
	add := func(when bool, code string) {
		if when {
			w = append(w, code)
		}
	}
	add(*f.Brightness < 0.15, WarnDark)
	add(*f.Brightness > 0.85, WarnBright)
	add(*f.Sharpness < 0.1, WarnBlurry)
	add(covered(f.Black) > length/5, WarnBlack)
	add(covered(f.Frozen) > length/3, WarnFrozen)
	add(s.again > flashesAllowed || !j.plan.KeysOnly && s.flashes() > flashesAllowed, WarnFlashing)
	add(f.Silent, WarnSilent)
	add(!f.Silent && f.LoudnessLUFS != nil && *f.LoudnessLUFS < -35, WarnQuiet)
	add(f.TruePeakDBTP != nil && *f.TruePeakDBTP > 0.3, WarnClipping)
	add(f.ShortEdge < 480, WarnLowRes)
	add(damaged.MatchString(j.noise), WarnDamaged)
	return w
}

// damaged matches what decoders of 5.1 say when they conceal or skip.
var damaged = regexp.MustCompile(
	`(?i)error while decoding|concealing|corrupt|invalid nal|decode_slice_header error|partial file|invalid data found`)

func covered(s []media.Stretch) float64 {
	sum := 0.0
	for _, x := range s {
		sum += x.To - x.From
	}
	return sum
}

// wholeEnough reports whether so much of the film came out that it may be
// shown with its true length.
func wholeEnough(got, want time.Duration) bool {
	return float64(got) >= 0.8*float64(want)-float64(250*time.Millisecond)
}

// near reports whether got is want within a quarter second, or within two
// frames and a tenth where frames are long.
func near(got, want time.Duration, rate media.Rate) bool {
	tol := 0.25
	if r := rate.Float(); r > 0 {
		tol = max(tol, 2/r+0.1)
	}
	return math.Abs((got - want).Seconds()) <= tol
}
