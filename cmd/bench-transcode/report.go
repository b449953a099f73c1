package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// machine returns a line about the machine.
func machine(ctx context.Context) string {
	version := "ffmpeg unknown"
	if out, err := exec.CommandContext(ctx, "ffmpeg", "-version").Output(); err == nil {
		version = strings.Join(strings.Fields(string(out))[:3], " ")
	}
	load := ""
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = ", load at the start " + strings.Fields(string(b))[0]
	}
	return fmt.Sprintf("%s, %d cores%s. CPU and wall in seconds, medians; `±` is half the spread of the runs.",
		version, runtime.NumCPU(), load)
}

// markdown returns the tables of one video.
func (t *table) markdown() string {
	var s strings.Builder
	title := t.video.name
	if !t.video.publish {
		title = "Review of " + title
	}
	fmt.Fprintf(&s, "### %s\n\n%s\n\n", title, t.video.description())
	t.costTable(&s)
	if t.video.publish {
		t.rungTable(&s)
	}
	t.summary(&s)
	t.criteria(&s)
	return s.String()
}

func (t *table) costTable(s *strings.Builder) {
	s.WriteString(
		"| | pipeline | runs | CPU | ± | wall | peak RSS MB | scratch MB | video MB | all files MB |\n" +
			"|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, l := range t.lines {
		m := median(l.costs)
		lo, hi := l.costs[0].cpu, l.costs[0].cpu
		for _, c := range l.costs {
			lo, hi = min(lo, c.cpu), max(hi, c.cpu)
		}
		fmt.Fprintf(s, "| %s | %s | %d | %.1f | %.1f | %.1f | %.0f | %.1f | %.2f | %.2f |\n", l.key, l.name,
			len(l.costs), m.cpu, (hi-lo)/2, m.wall, mb(m.rss), mb(m.scratch), mb(l.videoBytes()), mb(l.total))
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
			fmt.Fprintf(s, " %.0f · %.4f · %.2f", float64(q.bytes)*8/1000/t.video.seconds, q.ssim, q.psnr)
			if t.vmaf {
				fmt.Fprintf(s, " · %.1f", q.vmaf)
			}
			s.WriteString(" |")
		}
		s.WriteString("\n")
	}
	s.WriteString("\n")
}

// summary writes the CPU seconds of our publish run by step, and the cost of
// reviewing.
func (t *table) summary(s *strings.Builder) {
	var parts []string
	for _, st := range t.ours.Steps {
		parts = append(parts, fmt.Sprintf("%s %.2f", st.Name, st.CPU.Seconds()))
	}
	r := t.review
	method := "encoded"
	if r.remuxed {
		method = "remuxed"
	}
	fmt.Fprintf(s, "ffmpeg runs of one publish, CPU: %s; our own code takes %.1f %% of the wall time.\n",
		strings.Join(parts, ", "), 100*ownShare(t.ours))
	fmt.Fprintf(s,
		"Review (%s): %.2f CPU s with probe, stills and findings; the review copy alone %.2f, "+
			"a plain ffmpeg copy %.2f; peak RSS %.0f MB.\n\n",
		method, r.run.cpu, r.copy.cpu, r.plainCopy.cpu, mb(r.run.rss))
}

// criteria compares the measurements with their limits and goals.
func (t *table) criteria(s *strings.Builder) {
	s.WriteString("| criterion | limit | goal | measured | |\n|---|--:|--:|--:|---|\n")
	row := func(name string, limit, goal, got float64) {
		verdict := "met"
		switch {
		case got > limit:
			verdict = "**missed**"
		case goal > 0 && got <= goal:
			verdict = "met, goal too"
		}
		goalCell := ""
		if goal > 0 {
			goalCell = fmt.Sprintf("%.2f", goal)
		}
		fmt.Fprintf(s, "| %s | %.2f | %s | %.2f | %s |\n", name, limit, goalCell, got, verdict)
	}
	ours := median(t.line("ours").costs)
	if t.video.publish {
		t.peerCriteria(row, ours)
	}
	r := t.review
	if r.remuxed {
		row("review's remux, CPU s", 0.5, 0, r.copy.cpu)
		row("review's remux / bare copy", 1.5, 0, r.copy.cpu/r.plainCopy.cpu)
	} else if t.video.kind == "hevc" {
		row("review's encode / ladder", 0.25, 0, r.copy.cpu/ours.cpu)
	}
	row("stills and findings of review / ladder", 0.08, 0, (r.run.cpu-r.probe-r.copy.cpu)/ours.cpu)
	if t.video.kind == "uhd" {
		row("peak RSS of a 4K job, GB", 1.2, 0, mb(ours.rss)/1000)
	} else {
		row("peak RSS, GB", 0.7, 0, mb(ours.rss)/1000)
	}
	row("our own code, share of wall", 0.03, 0, ownShare(t.ours))
	s.WriteString("\n")
}

// peerCriteria compares our publish run with those of peers and the bound.
func (t *table) peerCriteria(row func(name string, limit, goal, got float64), ours cost) {
	b, naive, bound := t.line("b"), t.line("a"), t.line("d")
	if t.video.name == "720p" {
		row("CPU / (b)", 0.70, 0.45, ours.cpu/median(b.costs).cpu)
	} else {
		row("CPU / (b)", 0.60, 0.45, ours.cpu/median(b.costs).cpu)
	}
	if naive != nil {
		row("CPU / (a)", 0.45, 0.30, ours.cpu/median(naive.costs).cpu)
	}
	row("CPU / (d)", 2.0, 1.5, ours.cpu/median(bound.costs).cpu)
	row("video bytes / (b)", 1, 0, float64(t.line("ours").videoBytes())/float64(b.videoBytes()))
	worst := func(loss func(score) float64) (most float64) {
		for i, q := range t.line("ours").scores {
			most = max(most, loss(q)/loss(b.scores[i]))
		}
		return most
	}
	if t.vmaf { // preferred to SSIM, which counts the even loss of fine noise
		row("100 − VMAF / (b)'s, worst rung", 1, 0, worst(func(q score) float64 { return 100 - q.vmaf }))
	} else {
		row("1 − SSIM / (b)'s, worst rung", 1, 0, worst(func(q score) float64 { return 1 - q.ssim }))
	}
}

// videoBytes returns the size of all rungs' video streams.
func (l *line) videoBytes() int64 {
	var n int64
	for _, q := range l.scores {
		n += q.bytes
	}
	return n
}

func mb(n int64) float64 { return float64(n) / 1e6 }
