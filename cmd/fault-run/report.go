//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// strays are programs of ffmpeg that work in a scratch folder of the run and
// have no worker above them.
func strays(dir string) []string {
	var out []string
	found, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well-formed
	for _, d := range found {
		b, err := os.ReadFile(filepath.Join(d, "cmdline"))
		if err != nil {
			continue // it has ended
		}
		line := strings.ReplaceAll(string(b), "\x00", " ")
		if name, _, _ := strings.Cut(line, " "); strings.Contains(line, filepath.Join(dir, "scratch-")) &&
			strings.HasPrefix(filepath.Base(name), "ff") {
			out = append(out, line[:min(len(line), 120)])
		}
	}
	return out
}

// figures sums up the faults of one kind.
type figures struct {
	happened, hit, stuck, failed int
	took                         []time.Duration
}

// report is the result as Markdown.
func (r *runner) report(s *schedule, a *audit) string {
	byKind := map[string]*figures{}
	happened := 0
	for _, o := range r.done() {
		f := byKind[o.Kind.name]
		if f == nil {
			f = &figures{}
			byKind[o.Kind.name] = f
		}
		if o.noTarget {
			continue
		}
		happened++
		f.happened++
		f.hit, f.stuck, f.took = f.hit+o.hit, f.stuck+o.stuck, append(f.took, o.took...)
		if o.err != nil {
			f.failed++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Seed %d: %d faults in %.0f s, lease %s.\n\n", *seed, happened, time.Since(r.began).Seconds(),
		*lease)
	b.WriteString("| fault | times | stories hit | recovery p50 | max |\n|---|---|---|---|---|\n")
	seen := map[string]bool{}
	for _, k := range kinds(0, 0) {
		f := byKind[k.name]
		if f == nil || f.happened == 0 || seen[k.name] {
			continue
		}
		seen[k.name] = true
		p50, longest := "", ""
		if slices.Sort(f.took); len(f.took) > 0 {
			p50, longest = seconds(f.took[(len(f.took)-1)/2]), seconds(f.took[len(f.took)-1])
		}
		if f.stuck > 0 {
			longest += fmt.Sprintf(" (%d later than %s)", f.stuck, recoveryLimit)
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %s | %s |\n", k.name, f.happened, f.hit, p50, longest)
	}
	r.summary(&b, s, a)
	return b.String()
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// summary writes what flowed, what was checked and what was found.
func (r *runner) summary(b *strings.Builder, s *schedule, a *audit) {
	entries := r.ledger.all()
	fates, retries := map[fate]int{}, 0
	for _, e := range entries {
		fates[e.Plan]++
		retries += e.retries
	}
	none := 0
	for _, o := range r.done() {
		if o.noTarget {
			none++
		}
	}
	fmt.Fprintf(b, "\n%d stories; %d requests were repeated; work was started again by an operator %d times; %d of %d "+
		"planned faults found nothing to befall.\n\n", len(entries), r.load.repeats.Load(), retries, none, s.total())
	for _, name := range sorted(fates) {
		fmt.Fprintf(b, "- %s: %d\n", name, fates[name])
	}
	fmt.Fprintf(b, "\nRemoved by the sweep of the processes that ran when all was quiet: %s. Since all were restarted "+
		"for the audit: %s.\n", listed(r.before), listed(r.after))
	fmt.Fprintf(b, "\nChecked: %s", listed(a.checked))
	fmt.Fprintf(b, ".\n\nFindings: %d\n\n", len(a.findings))
	for _, f := range a.findings {
		fmt.Fprintf(b, "- %s\n", f)
	}
}

// listed writes counts in the order of their names.
func listed(counts map[string]int) string {
	if len(counts) == 0 {
		return "not known"
	}
	var parts []string
	for _, name := range sorted(counts) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[name], name))
	}
	return strings.Join(parts, ", ")
}

// sorted are the keys of m in order.
func sorted[K ~string](m map[K]int) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
