package transcode

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Progress is the progress of a run.
type Progress struct {
	Fraction float64       // of the whole run, 0…1; it never decreases
	ETA      time.Duration // estimated time left; 0 while unknown
	Speed    float64       // of the current step, seconds of video per second; 0 while unknown
}

// meter reads ffmpeg's -progress lines and reports the progress of one step. It
// is an io.Writer; Write never fails.
type meter struct {
	mu       sync.Mutex
	report   func(Progress)
	alive    func() // called whenever ffmpeg makes progress
	now      func() time.Time
	began    time.Time
	from, to float64 // progress of the whole run at the step's beginning and end
	length   time.Duration
	line     []byte
	last     float64 // last reported fraction; below 0 before the first report
	at       int64   // microseconds of video
	frames   int64
	speed    float64
}

// maxLine bounds the bytes that are kept of a line without an end.
const maxLine = 1024

// watch sets the function that is called whenever ffmpeg makes progress.
func (m *meter) watch(alive func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.alive = alive
}

// step begins a step that takes the run from one fraction to another and
// writes video of the given length.
func (m *meter) step(from, to float64, length time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.from, m.to, m.length, m.at, m.frames, m.line = from, to, length, -1, -1, nil
	m.advance(from)
}

// decoded returns the number of frames that the step's first video output has
// had.
func (m *meter) decoded() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.frames
}

// Write takes a part of ffmpeg's output; it may end within a line.
func (m *meter) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := len(p)
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			if len(m.line)+len(p) <= maxLine {
				m.line = append(m.line, p...)
			}
			return n, nil
		}
		m.parseLine(strings.TrimSpace(string(m.line) + string(p[:i])))
		m.line, p = m.line[:0], p[i+1:]
	}
}

func (m *meter) parseLine(line string) {
	key, value, _ := strings.Cut(line, "=")
	value = strings.TrimSpace(value)
	switch key {
	case "frame":
		if f, err := strconv.ParseInt(value, 10, 64); err == nil && f > m.frames {
			m.frames = f
			m.alive()
		}
	case "out_time_us", "out_time_ms": // both are microseconds in 5.1; N/A or negative at first
		us, err := strconv.ParseInt(value, 10, 64)
		if err != nil || us <= m.at {
			return
		}
		m.at = us
		m.alive()
	case "speed":
		if s, err := strconv.ParseFloat(strings.TrimSuffix(value, "x"), 64); err == nil && s >= 0 && s < 1e6 {
			m.speed = s
		}
	case "progress": // ends each block
		part := 0.0
		if m.length > 0 && m.at > 0 {
			part = min(float64(m.at)/float64(m.length.Microseconds()), 1)
		}
		if value == "end" {
			part = 1
			m.alive()
		}
		m.advance(m.from + (m.to-m.from)*part)
	}
}

// advance reports the progress of the whole run, 0…1. Repeated steps never
// lower it.
func (m *meter) advance(fraction float64) {
	if fraction <= m.last || m.report == nil {
		return
	}
	m.last = fraction
	p := Progress{Fraction: fraction, Speed: m.speed}
	if spent := m.now().Sub(m.began); fraction > 0.02 && spent > 0 {
		p.ETA = time.Duration(float64(spent) * (1 - fraction) / fraction).Round(100 * time.Millisecond)
	}
	m.report(p)
}
