package media

import "time"

// Cut is the part of a source that is shown, as times from the start of the
// first chosen stream, video or audio. The zero Cut is the whole video.
type Cut struct {
	From time.Duration `json:"from_ns"`         // the first frame is the one displayed at this time
	To   time.Duration `json:"to_ns,omitempty"` // exclusive; 0: the end of the video
}

// Valid reports whether the times are in order. They may lie behind the end of a
// video.
func (c Cut) Valid() bool { return c.From >= 0 && c.To >= 0 && (c.To == 0 || c.To > c.From) }
