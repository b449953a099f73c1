package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Sizes of a plot, in pixels: each figure has a strip of its own.
const (
	plotWidth   = 760
	plotLeft    = 190 // of the curves
	plotRight   = 70
	stripHeight = 46
	plotTop     = 40
)

// plot draws the figures of a soak over time, each from zero to its greatest
// value, as SVG.
func plot(samples []sample) string {
	all := columns()
	height := plotTop + stripHeight*len(all) + 30
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" `+
		`viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`, plotWidth, height, plotWidth, height)
	length := samples[len(samples)-1].at
	fmt.Fprintf(&b, "\n"+`<rect width="%d" height="%d" fill="#fff"/><text x="8" y="20" font-size="14">`+
		`%s of mixed traffic, %d samples; each strip from 0 to its greatest value</text>`+"\n",
		plotWidth, height, length.Round(time.Second), len(samples))
	for i, c := range all {
		strip(&b, plotTop+i*stripHeight, c, samples)
	}
	bottom := plotTop + stripHeight*len(all) + 16
	fmt.Fprintf(&b, `<text x="%d" y="%d">0</text><text x="%d" y="%d" text-anchor="end">%s</text>`+"\n</svg>\n",
		plotLeft, bottom, plotWidth-plotRight, bottom, length.Round(time.Second))
	return b.String()
}

// strip draws one figure.
func strip(b *strings.Builder, top int, c column, samples []sample) {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = c.value(s)
	}
	most := max(slices.Max(values), 1)
	length := samples[len(samples)-1].at.Seconds()
	room := float64(stripHeight - 10)
	points := make([]string, len(samples))
	for i, s := range samples {
		x := plotLeft + s.at.Seconds()/max(length, 1)*float64(plotWidth-plotLeft-plotRight)
		points[i] = fmt.Sprintf("%.1f,%.1f", x, float64(top)+room-values[i]/most*room)
	}
	base := top + stripHeight - 10
	fmt.Fprintf(b, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#ccc"/>`, plotLeft, base, plotWidth-plotRight, base)
	fmt.Fprintf(b, `<text x="8" y="%d">%s</text><text x="%d" y="%d" fill="#555">%.0f</text>`, base, c.name,
		plotWidth-plotRight+6, top+12, most)
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="#2457a6" stroke-width="1.5"/>`+"\n",
		strings.Join(points, " "))
}
