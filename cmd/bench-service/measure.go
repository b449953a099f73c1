package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/testkit/million"
)

// operation is one read or write that is measured.
type operation struct {
	name  string
	do    func() error
	undo  func() error // not measured; nil: nothing is to undo
	times int          // 0: as the flag has it
	found *int         // most rows that a read found; nil: no read
}

// result is what one operation took.
type result struct {
	name     string
	p50, p99 time.Duration
}

// bar is what an operation may take.
type bar struct {
	p99   time.Duration // 0: nothing is asked for
	ratio float64       // of p99 to that of the small database; 0: any
}

// pageBar is that of what is done all day.
var pageBar = bar{5 * time.Millisecond, 1.5}

// barOf is the bar of a read or write.
func barOf(name string) bar {
	group, _, _ := strings.Cut(name, ",")
	switch group {
	case "sweep":
		return bar{50 * time.Millisecond, 1.5}
	case "feed", "queue", "claim", "decision", "story by id":
		return pageBar
	case "search", "funnel", "report":
		return bar{p99: 50 * time.Millisecond}
	case "facets", "facet song":
		return bar{p99: 30 * time.Millisecond}
	case "start-up":
		return bar{p99: 2 * time.Second}
	}
	return bar{}
}

// judge states whether a result is within its bar. A p99 of less than a
// millisecond at the small size counts as one: below it, the machine's
// scheduling decides.
func (b bar) judge(base, r result) string {
	if b.p99 == 0 {
		return ""
	}
	var missed []string
	if r.p99 > b.p99 {
		missed = append(missed, fmt.Sprintf("p99 above %v", b.p99))
	}
	if limit := b.ratio * float64(max(base.p99, time.Millisecond)); b.ratio > 0 && float64(r.p99) > limit {
		missed = append(missed, fmt.Sprintf("p99 above %.1f × the small one", b.ratio))
	}
	return verdict(missed...)
}

// verdict is the last column of a table.
func verdict(missed ...string) string {
	if len(missed) == 0 {
		return "met"
	}
	return "**missed**: " + strings.Join(missed, ", ")
}

// sizes are the databases that are compared, the smallest first.
func sizes() []int {
	return slices.DeleteFunc([]int{*small, *middle, *large}, func(n int) bool { return n == 0 })
}

// measureStores measures reads and writes on databases of every size.
func measureStores(ctx context.Context, b *bench, reads, writes bool) error {
	for _, kind := range kinds() {
		var results [][]result
		for _, n := range sizes() {
			one, err := b.measureStore(ctx, kind, n, reads, writes)
			if err != nil {
				return fmt.Errorf("%s with %d stories: %w", kind, n, err)
			}
			results = append(results, one)
		}
		b.printSizes(kind, results)
	}
	return nil
}

// measureStore seeds the database if it is empty, and measures on it.
func (b *bench) measureStore(ctx context.Context, kind string, n int, reads, writes bool) ([]result, error) {
	address, err := addressOf(ctx, kind, *dir, fmt.Sprintf("storyreel_bench_%d", n))
	if err != nil {
		return nil, err
	}
	db, err := open(ctx, address)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := prepare(ctx, db, kind, address, million.Seed, n); err != nil {
		return nil, err
	}
	list, closing, err := b.operations(ctx, db, address, reads, writes)
	if err != nil {
		return nil, err
	}
	defer closing()
	pattern := regexp.MustCompile(*only)
	var out []result
	var empty error
	for _, o := range list {
		if !pattern.MatchString(o.name) {
			continue
		}
		res, err := o.measure()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.name, err)
		}
		if n == *large { // the small ones hold nothing rare
			empty = errors.Join(empty, o.checkFound())
		}
		progress("%s %d %s: %v, %v", kind, n, res.name, res.p50, res.p99)
		out = append(out, res)
	}
	return out, empty
}

func (b *bench) operations(ctx context.Context, db *store.Store, address string, reads, writes bool) (
	list []operation, closing func(), err error) {
	closing = func() {}
	r, err := newReader(ctx, db)
	if err != nil {
		return nil, nil, err
	}
	if reads {
		list = r.all()
	}
	if !writes {
		return list, closing, nil
	}
	w, err := b.newWriter(ctx, r, address)
	if err != nil {
		return nil, nil, err
	}
	return append(list, w.all()...), w.close, nil
}

// measure performs the operation many times.
func (o operation) measure() (result, error) {
	var took []time.Duration
	for range cmp.Or(o.times, *requests) {
		began := time.Now()
		if err := o.do(); err != nil {
			return result{}, err
		}
		took = append(took, time.Since(began))
		if o.undo != nil {
			if err := o.undo(); err != nil {
				return result{}, err
			}
		}
	}
	return result{o.name, quantile(took, 0.5), quantile(took, 0.99)}, nil
}

// quantile returns that share's value of the times, 0 of none.
func quantile(times []time.Duration, share float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// printSizes writes the table of one kind of database.
func (b *bench) printSizes(kind string, results [][]result) {
	fmt.Fprintf(b.w, "\n| %s, p50 / p99 in ms ", title(kind))
	for _, n := range sizes() {
		fmt.Fprintf(b.w, "| %d ", n)
	}
	fmt.Fprint(b.w, "| ratio of p50 / p99 | bar |\n|---"+strings.Repeat("|--:", len(sizes())+1)+"|---|\n")
	for i, base := range results[0] {
		fmt.Fprintf(b.w, "| %s ", base.name)
		for _, size := range results {
			fmt.Fprintf(b.w, "| %.1f / %.1f ", ms(size[i].p50), ms(size[i].p99))
		}
		last := results[len(results)-1][i]
		fmt.Fprintf(b.w, "| %.1f / %.1f | %s |\n", ms(last.p50)/max(ms(base.p50), 0.1),
			ms(last.p99)/max(ms(base.p99), 0.1), barOf(base.name).judge(base, last))
	}
}
