package probe

// timeline mends the times of a transport stream as ffmpeg does when it reads
// one: a recorder that starts anew, or two recordings in one file, let its
// clock jump, and what follows the jump is joined to what came before. ffprobe
// tells the times as they stand.
type timeline struct {
	shift   float64           // what is added to all times from here on, seconds
	streams map[int]*position // frames and sounds
	last    *position         // of any of them
	// old and new times stand mixed, and too near each other for ffmpeg to tell: it would leave a hole
	mixed bool
}

// position is where a stream is, and by which shift.
type position struct{ at, next, shift float64 }

// jumpLeast and backLeast are ffmpeg's own: a clock that goes on by more, or
// back by more, has jumped. Less is a gap, or packets out of order; but a gap
// right behind a jump is none.
const (
	minJump     = 10.0
	minBackJump = 0.1
	minHole     = 1.0
)

// adjust takes the decoding time of the next packet and returns the shift that
// holds for it.
func (c *timeline) adjust(stream int, at, length float64) float64 {
	at += c.shift
	jump := 0.0
	switch s := c.streams[stream]; {
	case s != nil && (isJump(at-s.next) || at+minBackJump < s.at):
		jump = at - s.next
	case s == nil && c.last != nil && isJump(at-c.last.at):
		jump = at - c.last.at
	case s != nil && s.shift != c.shift && at > s.next+minHole:
		c.mixed = true
	}
	c.shift -= jump
	m := &position{at - jump, at - jump + length, c.shift}
	if c.streams == nil {
		c.streams = map[int]*position{}
	}
	c.streams[stream], c.last = m, m
	return c.shift
}

func isJump(d float64) bool { return d > minJump || d < -minJump }
