package probe

// minJump and minBackJump are ffmpeg's thresholds: a clock that advances by
// more, or goes back by more, has jumped; smaller differences are gaps or
// packets out of order. minHole is the gap in one stream after a jump of
// another from which the clocks count as mixed. All are in seconds.
const (
	minJump     = 10.0
	minBackJump = 0.1
	minHole     = 1.0
)

// timeline corrects the times of a transport stream in the way ffmpeg does. A
// recorder that restarts, or two recordings in one file, let the clock jump;
// packets after the jump are joined to those before. ffprobe reports the times
// uncorrected.
type timeline struct {
	shift   float64           // added to all times from here on, seconds
	streams map[int]*position // video and audio, by stream index
	last    *position         // of any stream
	// mixed is set when packets before and after a jump are interleaved and
	// too close for ffmpeg to distinguish: it would leave a gap.
	mixed bool
}

// position is the time of a stream's last packet and the end of it, in
// seconds, with the shift that was applied.
type position struct{ at, next, shift float64 }

// adjust returns the shift for a packet with the given decoding time and
// length, in seconds. Packets must come in the order of the file.
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
