package sandbox

import "strings"

// ring keeps the last max bytes written to it; with max 0, nothing.
type ring struct {
	max  int
	data []byte
}

// Write never fails, so much output never stops a program.
func (r *ring) Write(p []byte) (int, error) {
	n := len(p)
	if len(p) > r.max {
		p = p[len(p)-r.max:]
	}
	if over := len(r.data) + len(p) - r.max; over > 0 {
		r.data = append(r.data[:0], r.data[over:]...)
	}
	r.data = append(r.data, p...)
	return n, nil
}

// String returns the kept bytes, with invalid UTF-8 replaced by "?".
func (r *ring) String() string { return strings.ToValidUTF8(string(r.data), "?") }

// lastLine returns the last non-blank line of s, cut to 300 bytes.
func lastLine(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.LastIndexAny(s, "\r\n"); i >= 0 {
		s = s[i+1:]
	}
	if len(s) > 300 {
		s = s[:300]
	}
	return s
}
