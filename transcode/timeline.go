package transcode

// timeline mends the times of a transport stream as ffmpeg does when it reads
// one: a recorder that starts anew, or two recordings in one file, let its
// clock jump, and what follows the jump is joined to what came before. ffprobe
// tells the times as they stand.
type timeline struct {
	shift   float64         // what is added to all times from here on, seconds
	streams map[int]*moment // pictures and sounds
	last    *moment         // of any of them
	// old and new times stand mixed, and too near each other for ffmpeg to tell: it would leave a hole
	torn bool
}

// moment is where a stream is, and by which shift.
type moment struct{ at, next, shift float64 }

// jumpLeast and backLeast are ffmpeg's own: a clock that goes on by more, or
// back by more, has jumped. Less is a gap, or packets out of order; but a gap
// right behind a jump is none.
const (
	jumpLeast = 10.0
	backLeast = 0.1
	holeLeast = 1.0
)

// mend takes the decoding time of the next packet and returns the shift that
// holds for it.
func (c *timeline) mend(stream int, at, length float64) float64 {
	at += c.shift
	jump := 0.0
	switch s := c.streams[stream]; {
	case s != nil && (beyond(at-s.next) || at+backLeast < s.at):
		jump = at - s.next
	case s == nil && c.last != nil && beyond(at-c.last.at):
		jump = at - c.last.at
	case s != nil && s.shift != c.shift && at > s.next+holeLeast:
		c.torn = true
	}
	c.shift -= jump
	m := &moment{at - jump, at - jump + length, c.shift}
	if c.streams == nil {
		c.streams = map[int]*moment{}
	}
	c.streams[stream], c.last = m, m
	return c.shift
}

func beyond(d float64) bool { return d > jumpLeast || d < -jumpLeast }
