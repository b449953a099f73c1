package transcode

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/analysis"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// Warnings of findings. They are hints for moderators, not decisions.
const (
	WarnDark     = "dark"           // mean luma below 0.15
	WarnBright   = "overexposed"    // mean luma above 0.85
	WarnBlurry   = "blurry"         // sharpness below 0.1
	WarnBlack    = "black"          // over a fifth of the video is black
	WarnFrozen   = "frozen"         // over a third of the video has no motion
	WarnFlashing = "flashing"       // more than three flashes in a second, harmful to photosensitive viewers
	WarnSilent   = "silent"         // no audio, or none above −60 LUFS
	WarnQuiet    = "quiet"          // below −35 LUFS
	WarnClipping = "clipping"       // true peak above full scale
	WarnLowRes   = "low_resolution" // short edge below 480 pixels
	WarnDamaged  = "damaged"        // parts could not be decoded, or the video ends early
)

const (
	blackFor  = 0.5 // shortest black interval reported, seconds
	frozenFor = 2.0 // shortest frozen interval reported, seconds
)

// measurements are computed from the working files of the main step.
type measurements struct {
	analysis.Frames
	sharpness float64 // 0…1
	loudness  analysis.Loudness
	speech    *float64 // share of the audio, 0…1; nil when unknown
	music     *float64
	missing   bool // much of the audio could not be decoded
}

// measure reads the working files of the main step.
func (j *job) measure() (m measurements, err error) {
	raw, err := j.readWorkingFile(command.FileMeasure)
	if err != nil {
		return m, err
	}
	m.Frames = analysis.MeasureFrames(raw, plan.MeasureRate, j.plan.Duration.Seconds())
	if m.Frames.Len() == 0 {
		return m, refusal.Corrupt() // not one frame could be decoded
	}
	w, h := plan.Fit(j.plan.Media.Video.Width, j.plan.Media.Video.Height, command.SharpEdge)
	if !j.plan.Remux {
		low := j.plan.Rungs[len(j.plan.Rungs)-1]
		w, h = plan.Fit(low.Width, low.Height, command.SharpEdge)
	}
	if raw, err = j.readWorkingFile(command.FileSharp); err != nil {
		return m, err
	}
	m.sharpness = analysis.Sharpness(raw, w, h)
	if !j.plan.Audio.Measure {
		return m, nil
	}
	if m.loudness, err = j.loudness(); err != nil {
		return m, err
	}
	if m.missing, err = j.missesAudio(); err != nil {
		return m, err
	}
	if raw, err = j.readAudioFile(command.FileSamples); err != nil {
		return m, err
	}
	if speech, music, ok := analysis.Classify(raw); ok {
		m.speech, m.music = new(analysis.Round(speech, 2)), new(analysis.Round(music, 2))
	}
	return m, nil
}

// minDecoded is the share of the audio's length, as its packets declare it,
// that must be decoded for audio that is not damaged.
const minDecoded = 0.9

// missesAudio reports whether much less audio was decoded than the packets of
// the whole video declare. A publish run does not list what it decodes.
func (j *job) missesAudio() (bool, error) {
	raw, err := j.readAudioFile(command.FileDecoded)
	if err != nil || j.plan.Profile != plan.Review {
		return false, err
	}
	a, cut := j.plan.Media.Audio, j.plan.Cut
	if a.Packed && a.Irregular { // frames of such packets are joined without the gaps between them
		return true, nil
	}
	want := min(a.Seconds, cut.To.Seconds()-a.Start) // audio beyond the video is not read
	if cut.From > 0 || want < 0.5 {
		return false, nil
	}
	return analysis.DecodedSeconds(raw) < minDecoded*want, nil
}

// loudness reads the measurement of the loudness filter.
func (j *job) loudness() (analysis.Loudness, error) {
	raw, err := j.readAudioFile(command.FileLoudness)
	if err != nil {
		return analysis.Loudness{}, err
	}
	return analysis.ParseLoudness(raw)
}

// readWorkingFile returns the content of a working file.
func (j *job) readWorkingFile(name string) ([]byte, error) {
	raw, err := os.ReadFile(filepath.Join(j.dir, name))
	if err != nil {
		return nil, fmt.Errorf("read working file: %w", err)
	}
	return raw, nil
}

// readAudioFile returns the content of a working file of the audio; nil when
// the stream had no output, for which ffmpeg creates no file.
func (j *job) readAudioFile(name string) ([]byte, error) {
	raw, err := j.readWorkingFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return raw, err
}

// findings returns the findings of the measurements.
func (j *job) findings(m measurements) media.Findings {
	p, v := j.plan, j.plan.Media.Video
	f := media.Findings{Silent: true}
	switch {
	case p.Audio.Measure:
		f = m.loudness.Findings()
		if !f.Silent {
			f.SpeechShare, f.MusicShare = m.speech, m.music
		}
	case p.Findings != nil:
		f = *p.Findings
		f.Warnings = nil
	}
	if p.Media.Audio == nil {
		f.Silent = true
	}
	f.ShortEdge = v.ShortEdge()
	f.Orientation = string(media.OrientationOf(v.Width, v.Height))
	f.EffectiveBitrate = p.Media.Bitrate
	f.Brightness = new(analysis.Round(m.Brightness(), 3))
	f.Sharpness = new(analysis.Round(m.sharpness, 3))
	f.Black = m.Black(blackFor)
	f.Frozen = m.Frozen(frozenFor)
	f.FrameHashes = m.Hashes(8)
	f.Warnings = j.warnings(m, f)
	return f
}

// warnings returns the codes whose thresholds the findings exceed.
func (j *job) warnings(m measurements, f media.Findings) []string {
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
	add(total(f.Black) > length/5, WarnBlack)
	add(total(f.Frozen) > length/3, WarnFrozen)
	add(m.Flashes() > analysis.MaxFlashes, WarnFlashing)
	add(f.Silent, WarnSilent)
	add(!f.Silent && f.LoudnessLUFS != nil && *f.LoudnessLUFS < -35, WarnQuiet)
	add(f.TruePeakDBTP != nil && *f.TruePeakDBTP > 0.3, WarnClipping)
	add(f.ShortEdge < 480, WarnLowRes)
	add(m.missing || j.plan.Media.Restarts || ffmpeg.Concealed.MatchString(j.stderr), WarnDamaged)
	return w
}

// total returns the sum of the intervals' lengths, seconds.
func total(s []media.Interval) float64 {
	sum := 0.0
	for _, x := range s {
		sum += x.To - x.From
	}
	return sum
}
