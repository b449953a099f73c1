// Package media holds shared value types for video: what a probe found, what a
// pipeline produced, and the keys of objects. It has no behavior beyond
// arithmetic and imports no other package of the module.
package media

import (
	"math"
	"time"
)

// Media is what the probe found in a source. Sizes are as displayed: after
// cropping and rotation, with square pixels.
type Media struct {
	Container string `json:"container"` // demuxer family: mov, matroska, avi, mpegts, mpegps, asf, flv, ogg
	// Section is the video within a motion photo; nil: the file is the video.
	Section *Section `json:"section,omitempty"`
	Bytes   int64    `json:"bytes"` // of the video
	// Duration of the chosen video stream, from packets where the header has none
	// or a wrong one.
	Duration time.Duration `json:"duration_ns"`
	Bitrate  int64         `json:"bitrate"` // bits per second over the whole file
	Streams  int           `json:"streams"` // of any kind
	// Offset is the time from the start of the container to that of the first
	// chosen stream, seconds.
	Offset float64 `json:"offset,omitempty"`
	// Restarts means that times go back within the file, in a container of one
	// clock. Players and ffmpeg show what comes before.
	Restarts bool   `json:"restarts,omitempty"`
	Video    Video  `json:"video"`
	Audio    *Audio `json:"audio,omitempty"` // nil without audio stream
}

// Section is a part of a file, in bytes.
type Section struct {
	Offset int64 `json:"offset"`
	Bytes  int64 `json:"bytes"`
}

// Video describes the chosen video stream, never a cover image.
type Video struct {
	Index       int     `json:"index"` // ffmpeg's stream index in the source
	Codec       string  `json:"codec"`
	Profile     string  `json:"profile,omitempty"`
	CodedWidth  int     `json:"coded_width"`
	CodedHeight int     `json:"coded_height"`
	Width       int     `json:"width"`          // display size, after cropping, sample aspect and rotation
	Height      int     `json:"height"`         // display size, after cropping, sample aspect and rotation
	Crop        *Crop   `json:"crop,omitempty"` // displayed part of the coded frame; nil: all of it
	SARNum      int     `json:"sar_num"`
	SARDen      int     `json:"sar_den"`
	Rotation    int     `json:"rotation"`           // clockwise, by players, in degrees: 0, 90, 180, 270
	Mirrored    bool    `json:"mirrored,omitempty"` // the display matrix flips it too
	PixelFormat string  `json:"pixel_format"`
	BitDepth    int     `json:"bit_depth"`
	FullRange   bool    `json:"full_range,omitempty"`
	Interlaced  bool    `json:"interlaced,omitempty"`
	Rate        Rate    `json:"rate"`     // planned constant output rate, before any limit
	AvgRate     float64 `json:"avg_rate"` // frames per second, measured or from the header
	Variable    bool    `json:"variable,omitempty"`
	Transfer    string  `json:"transfer,omitempty"` // as ffmpeg names it: bt709, smpte2084, arib-std-b67, …
	Primaries   string  `json:"primaries,omitempty"`
	Matrix      string  `json:"matrix,omitempty"`
	DolbyVision int     `json:"dolby_vision,omitempty"` // profile number, 0 when absent
	// Start is the time from the start of the first chosen stream to the first
	// frame, seconds.
	Start float64 `json:"start"`
	// Delay is the time by which decoded frames are late in containers without
	// presentation times, seconds.
	Delay           float64 `json:"delay,omitempty"`
	Bitrate         int64   `json:"bitrate,omitempty"`
	Frames          int     `json:"frames,omitempty"`  // coded frames found
	MaxKeyInterval  float64 `json:"key_gap,omitempty"` // longest distance of two key frames, seconds
	HasHiddenFrames bool    `json:"edited,omitempty"`  // an edit list hides coded frames
	// Irregular means that a stream copy may play differently from what is
	// decoded: several sample descriptions or edits, or a display matrix that
	// does more than rotate and mirror.
	Irregular bool `json:"irregular,omitempty"`
}

// Crop is a part of a coded frame, in pixels.
type Crop struct {
	Left   int `json:"left"`
	Top    int `json:"top"`
	Width  int `json:"width"`
	Height int `json:"height"`
}

// HDR reports whether frames must be tone-mapped for SDR screens.
func (v Video) HDR() bool { return v.Transfer == "smpte2084" || v.Transfer == "arib-std-b67" }

// HasOddSize reports whether the displayed part of the coded frame has an odd
// width or height.
func (v Video) HasOddSize() bool {
	if c := v.Crop; c != nil {
		return (c.Width|c.Height)&1 != 0
	}
	return (v.CodedWidth|v.CodedHeight)&1 != 0
}

// HasSquarePixels reports whether pixels are square within 1 %, which tolerates
// rounding by encoders.
func (v Video) HasSquarePixels() bool {
	return math.Abs(float64(v.SARNum)/float64(max(v.SARDen, 1))-1) < 0.01
}

// ShortEdge returns the smaller side of the display size in pixels, which names
// rungs.
func (v Video) ShortEdge() int { return min(v.Width, v.Height) }

// Audio describes the chosen audio stream.
type Audio struct {
	Index      int     `json:"index"`
	Codec      string  `json:"codec"`
	Channels   int     `json:"channels"`
	SampleRate int     `json:"sample_rate"`
	Start      float64 `json:"start"` // seconds, from the same origin as Video.Start
	Bitrate    int64   `json:"bitrate,omitempty"`
	// Seconds is the length that the packets declare.
	Seconds float64 `json:"seconds,omitempty"`
	// Packed means that packets hold several frames of which ffmpeg decodes the
	// first only: AMR as phones write it.
	Packed bool `json:"packed,omitempty"`
	// HasHiddenAudio means that an edit list hides audio, beyond the encoder's priming.
	HasHiddenAudio bool `json:"edited,omitempty"`
	// Irregular means that a stream copy may play differently from what is
	// decoded: several sample descriptions or edits, or gaps between packets.
	Irregular bool `json:"irregular,omitempty"`
}

// Rate is a frame rate as an exact fraction, such as 30000/1001.
type Rate struct {
	Num int `json:"num"`
	Den int `json:"den"`
}

// Float returns frames per second, 0 for the zero Rate.
func (r Rate) Float() float64 {
	if r.Den == 0 {
		return 0
	}
	return float64(r.Num) / float64(r.Den)
}

// Orientation is portrait, landscape or square.
type Orientation string

// The three orientations. Square is within 5 % of 1:1.
const (
	Portrait  Orientation = "portrait"
	Landscape Orientation = "landscape"
	Square    Orientation = "square"
)

// OrientationOf returns the orientation of a display size.
func OrientationOf(width, height int) Orientation {
	switch {
	case width*20 > height*21:
		return Landscape
	case height*20 > width*21:
		return Portrait
	default:
		return Square
	}
}

// Findings are measurements of a source, for moderators and for the creative
// team's sorting.
type Findings struct {
	LoudnessLUFS     *float64   `json:"loudness_lufs,omitempty"`  // EBU R128 integrated; nil without audible audio
	TruePeakDBTP     *float64   `json:"true_peak_dbtp,omitempty"` // nil when silent or without audio
	LoudnessRange    *float64   `json:"loudness_range,omitempty"` // LU
	Silent           bool       `json:"silent"`                   // no audio stream, or nothing above −60 LUFS
	ShortEdge        int        `json:"short_edge"`               // pixels
	Orientation      string     `json:"orientation"`              // an Orientation
	EffectiveBitrate int64      `json:"effective_bitrate"`        // bits per second of the source
	Black            []Interval `json:"black,omitempty"`          // dark frames
	Frozen           []Interval `json:"frozen,omitempty"`         // frozen frames
	SilentSpans      []Interval `json:"silent_spans,omitempty"`   // no audio
	// SpeechShare is the estimated share of the video with speech, 0…1; nil without
	// audio.
	SpeechShare      *float64 `json:"speech_share,omitempty"`
	MusicShare       *float64 `json:"music_share,omitempty"`  // the same of music without speech
	Brightness       *float64 `json:"brightness,omitempty"`   // mean luma 0…1
	Sharpness        *float64 `json:"sharpness,omitempty"`    // 0…1, higher is sharper
	Warnings         []string `json:"warnings,omitempty"`     // stable codes: dark, blurry, quiet, clipped, …
	FrameHashes      []string `json:"frame_hashes,omitempty"` // perceptual hashes of frames, hex
	AudioFingerprint string   `json:"audio_fingerprint,omitempty"`
}

// Interval is a time range of the story, in seconds from its start.
type Interval struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

// Rendition is one encoded size of a published story.
type Rendition struct {
	Name             string  `json:"name"` // the rung: 1080, 720, 480, 360 or the source's own short edge
	Width            int     `json:"width"`
	Height           int     `json:"height"`
	Rate             float64 `json:"frame_rate"`
	Bandwidth        int64   `json:"bandwidth"`         // peak bits per second, with audio
	AverageBandwidth int64   `json:"average_bandwidth"` // bits per second, with audio
	Codecs           string  `json:"codecs"`            // RFC 6381
}

// Assets is the output of one attempt: a tree of files under one prefix. Names
// are relative to the prefix; an empty name means that there is no such file.
type Assets struct {
	Prefix        string        `json:"prefix,omitempty"` // set when the tree is stored
	MP4           string        `json:"mp4,omitempty"`    // review copy or fallback
	HLS           string        `json:"hls,omitempty"`    // master playlist
	Poster        string        `json:"poster,omitempty"`
	PosterModern  string        `json:"poster_modern,omitempty"` // AVIF or WebP
	PosterColor   string        `json:"poster_color,omitempty"`  // its mean, #rrggbb
	Storyboard    string        `json:"storyboard,omitempty"`    // sprite sheet
	StoryboardVTT string        `json:"storyboard_vtt,omitempty"`
	Preview       string        `json:"preview,omitempty"` // muted loop
	Width         int           `json:"width"`
	Height        int           `json:"height"`
	Duration      time.Duration `json:"duration_ns"`
	Remuxed       bool          `json:"remuxed,omitempty"` // the review copy holds the source's own streams
	Renditions    []Rendition   `json:"renditions,omitempty"`
	// First means that the public set is made of the review copy and a ladder may
	// follow; Heavy, that its bit rate is too high for many phones; GivenUp, that
	// no ladder can be made.
	First   bool `json:"first,omitempty"`
	Heavy   bool `json:"heavy,omitempty"`
	GivenUp bool `json:"given_up,omitempty"`
	// Before is the prefix of the first set that this one replaced, while players
	// may still read it.
	Before string `json:"before,omitempty"`
	Bytes  int64  `json:"bytes"`            // of the whole tree
	Digest string `json:"digest,omitempty"` // SHA-256 over the tree's names and contents, hex
}
