package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// machine says where the figures were measured.
func machine() string {
	version := "ffmpeg unknown"
	if out, err := exec.Command("ffmpeg", "-version").Output(); err == nil {
		version = strings.Join(strings.Fields(string(out))[:3], " ")
	}
	load := ""
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = ", load at the start " + strings.Fields(string(b))[0]
	}
	return fmt.Sprintf("%s, %d cores%s. CPU and wall in seconds, medians; `±` is half the spread of the runs.",
		version, runtime.NumCPU(), load)
}

func (t *table) line(key string) *line {
	for _, l := range t.lines {
		if l.key == key {
			return l
		}
	}
	return nil
}

// markdown writes the tables of one video.
func (t *table) markdown() string {
	var s strings.Builder
	f := t.film
	fmt.Fprintf(&s, "### %s\n\n%d×%d, %d frames a second, %.0f s; %s.\n\n", f.name, f.width, f.height, f.rate,
		f.seconds, f.recipe)
	t.costs(&s)
	if f.publish {
		t.rungTable(&s)
	}
	t.steps(&s)
	t.bars(&s)
	return s.String()
}

func (t *table) costs(s *strings.Builder) {
	s.WriteString(
		"| | pipeline | runs | CPU | ± | wall | peak RSS MB | scratch MB | picture MB | all files MB |\n" +
			"|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, l := range t.lines {
		m := middle(l.costs)
		lo, hi := l.costs[0].cpu, l.costs[0].cpu
		for _, c := range l.costs {
			lo, hi = min(lo, c.cpu), max(hi, c.cpu)
		}
		fmt.Fprintf(s, "| %s | %s | %d | %.1f | %.1f | %.1f | %.0f | %.1f | %.2f | %.2f |\n", l.key, l.name,
			len(l.costs), m.cpu, (hi-lo)/2, m.wall, mb(m.rss), mb(m.scratch), mb(picture(l)), mb(l.total))
	}
	s.WriteString("\n")
}

func (t *table) rungTable(s *strings.Builder) {
	s.WriteString("| rung |")
	for _, l := range t.lines {
		if len(l.scores) > 0 {
			fmt.Fprintf(s, " %s: kb/s · SSIM · PSNR%s |", l.key, map[bool]string{true: " · VMAF"}[t.vmaf])
		}
	}
	s.WriteString("\n|---|" + strings.Repeat("---|", len(t.lines)-1) + "\n")
	for i, r := range t.rungs {
		fmt.Fprintf(s, "| %s |", r.Name)
		for _, l := range t.lines {
			if len(l.scores) == 0 {
				continue
			}
			q := l.scores[i]
			fmt.Fprintf(s, " %.0f · %.4f · %.2f", float64(q.bytes)*8/1000/t.film.seconds, q.ssim, q.psnr)
			if t.vmaf {
				fmt.Fprintf(s, " · %.1f", q.vmaf)
			}
			s.WriteString(" |")
		}
		s.WriteString("\n")
	}
	s.WriteString("\n")
}

// steps shows where our own time goes.
func (t *table) steps(s *strings.Builder) {
	var parts []string
	for _, st := range t.ours.Steps {
		parts = append(parts, fmt.Sprintf("%s %.2f", st.Name, st.CPU.Seconds()))
	}
	r := t.review
	way := "encoded"
	if r.remuxed {
		way = "remuxed"
	}
	fmt.Fprintf(s, "Programs of one publish, CPU: %s; our own code around them takes %.1f %% of the wall time.\n",
		strings.Join(parts, ", "), 100*around(t.ours))
	fmt.Fprintf(s,
		"Review (%s): %.2f CPU s with probe (%.2f of it), stills and findings; the copy alone %.2f, a bare one %.2f;"+
			" peak RSS %.0f MB.\n\n", way, r.ours.cpu, r.probe, r.alone.cpu, r.bare.cpu, mb(r.ours.rss))
}

// bars holds the figures against what was set as their bars.
func (t *table) bars(s *strings.Builder) {
	s.WriteString("| bar | limit | aim | here | |\n|---|--:|--:|--:|---|\n")
	row := func(name string, limit, aim, got float64) {
		verdict := "met"
		switch {
		case got > limit:
			verdict = "**missed**"
		case aim > 0 && got <= aim:
			verdict = "met, and the aim"
		}
		goal := ""
		if aim > 0 {
			goal = fmt.Sprintf("%.2f", aim)
		}
		fmt.Fprintf(s, "| %s | %.2f | %s | %.2f | %s |\n", name, limit, goal, got, verdict)
	}
	own := middle(t.line("ours").costs)
	ladder := own.cpu
	if t.film.publish {
		t.against(row, own)
	}
	r := t.review
	if r.remuxed {
		row("review's remux, CPU s", 0.5, 0, r.alone.cpu)
		row("review's remux / bare copy", 1.5, 0, r.alone.cpu/r.bare.cpu)
	} else if t.film.kind == "hevc" {
		row("review's encode / ladder", 0.25, 0, r.alone.cpu/ladder)
	}
	row("stills and findings of review / ladder", 0.08, 0, (r.ours.cpu-r.probe-r.alone.cpu)/ladder)
	if t.film.kind == "uhd" {
		row("peak RSS of a 4K job, GB", 1.2, 0, mb(own.rss)/1000)
	} else {
		row("peak RSS, GB", 0.7, 0, mb(own.rss)/1000)
	}
	row("our code around ffmpeg, share of wall", 0.03, 0, around(t.ours))
	s.WriteString("\n")
}

func (t *table) against(row func(string, float64, float64, float64), own cost) {
	b, naive, bound := t.line("b"), t.line("a"), t.line("d")
	if t.film.name == "720p" {
		row("CPU / (b)", 0.70, 0.45, own.cpu/middle(b.costs).cpu)
	} else {
		row("CPU / (b)", 0.60, 0.45, own.cpu/middle(b.costs).cpu)
	}
	if naive != nil {
		row("CPU / (a)", 0.45, 0.30, own.cpu/middle(naive.costs).cpu)
	}
	row("CPU / (d)", 2.0, 1.5, own.cpu/middle(bound.costs).cpu)
	row("picture bytes / (b)", 1, 0, float64(picture(t.line("ours")))/float64(picture(b)))
	worst := func(loss func(score) float64) (most float64) {
		for i, q := range t.line("ours").scores {
			most = max(most, loss(q)/loss(b.scores[i]))
		}
		return most
	}
	if t.vmaf { // it judges; SSIM, which leans to even loss of detail, is in the table above
		row("100 − VMAF / (b)'s, worst rung", 1, 0, worst(func(q score) float64 { return 100 - q.vmaf }))
	} else {
		row("1 − SSIM / (b)'s, worst rung", 1, 0, worst(func(q score) float64 { return 1 - q.ssim }))
	}
}

func picture(l *line) int64 {
	var n int64
	for _, q := range l.scores {
		n += q.bytes
	}
	return n
}

func mb(n int64) float64 { return float64(n) / 1e6 }
