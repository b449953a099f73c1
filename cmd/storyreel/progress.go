package main

import (
	"fmt"
	"io"
	"time"
)

// progressBar is one line on a terminal, redrawn a few times a second.
type progressBar struct {
	w     io.Writer
	quiet bool

	start time.Time
	from  int64 // bytes that were there before the start
	drawn time.Time
	shown bool
}

// set draws how many bytes of the total are sent.
func (b *progressBar) set(sent, total int64) {
	if b.start.IsZero() {
		b.start, b.from = time.Now(), sent
	}
	if b.quiet || total == 0 || time.Since(b.drawn) < 100*time.Millisecond {
		return
	}
	b.drawn, b.shown = time.Now(), true
	share := float64(sent) / float64(total)
	width := 30
	fill := min(int(share*float64(width)), width)
	left := ""
	if moved := sent - b.from; moved > 0 {
		rate := float64(moved) / time.Since(b.start).Seconds()
		left = fmt.Sprintf("  %.1f MB/s  %s left", rate/1e6,
			time.Duration(float64(total-sent)/rate*float64(time.Second)).Round(time.Second))
	}
	fmt.Fprintf(b.w, "\r\x1b[K[%-*s] %3.0f %%%s", width, "##############################"[:max(fill, 0)], 100*share,
		left)
}

// print replaces the line by a text.
func (b *progressBar) print(format string, args ...any) {
	if !b.quiet {
		b.shown = true
		fmt.Fprintf(b.w, "\r\x1b[K"+format, args...)
	}
}

// end clears the line.
func (b *progressBar) end() {
	if b.shown {
		fmt.Fprint(b.w, "\r\x1b[K")
		b.shown = false
	}
}
