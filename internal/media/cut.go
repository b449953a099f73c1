package media

import "time"

// Cut is the part of a source that is shown, on the clock of Media.Duration.
// The zero Cut is the whole video.
type Cut struct {
	From time.Duration `json:"from_ns"`         // the first frame is the one that shows at this moment
	To   time.Duration `json:"to_ns,omitempty"` // no frame that begins here or later; 0 means the video's end
}

// Valid reports whether the cut leaves something of an endless video.
func (c Cut) Valid() bool { return c.From >= 0 && c.To >= 0 && (c.To == 0 || c.To > c.From) }
