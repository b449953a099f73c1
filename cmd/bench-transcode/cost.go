package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
)

// cost is what one run of a pipeline took.
type cost struct {
	cpu     float64 // seconds, user and system
	wall    float64 // seconds
	rss     int64   // bytes, of the largest process
	scratch int64   // bytes on disk at most, seen ten times per second
}

func (c cost) add(d cost) cost {
	return cost{c.cpu + d.cpu, c.wall + d.wall, max(c.rss, d.rss), max(c.scratch, d.scratch)}
}

// runProgram runs one program in dir and returns its cost and what it printed.
// The kernel's account of a child holds everything that the child waited for.
func runProgram(ctx context.Context, dir string, args []string, env ...string) (cost, []byte, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	var peak atomic.Int64
	done := make(chan struct{})
	go watch(dir, &peak, done)
	began := time.Now()
	err := cmd.Run()
	wall := time.Since(began).Seconds()
	close(done)
	if err != nil {
		return cost{}, nil, fmt.Errorf("%v: %w: %s", args, err, said.Bytes())
	}
	ru, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return cost{}, nil, fmt.Errorf("no account of %s", args[0])
	}
	unit := int64(1024)
	cpu := (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	return cost{cpu, wall, int64(ru.Maxrss) * unit, peak.Load()}, out.Bytes(), nil
}

// watch keeps the largest size that the folder had.
func watch(dir string, peak *atomic.Int64, done <-chan struct{}) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			if n := weigh(dir); n > peak.Load() {
				peak.Store(n)
			}
		}
	}
}

// weigh returns the bytes of all files below dir.
func weigh(dir string) int64 {
	var n int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // it may be gone again already
		}
		if st, err := d.Info(); err == nil {
			n += st.Size()
		}
		return nil
	})
	return n
}

// middle returns the median cost, each figure by itself.
func middle(all []cost) cost {
	pick := func(f func(cost) float64) float64 {
		var v []float64
		for _, c := range all {
			v = append(v, f(c))
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	return cost{
		cpu: pick(func(c cost) float64 { return c.cpu }), wall: pick(func(c cost) float64 { return c.wall }),
		rss:     int64(pick(func(c cost) float64 { return float64(c.rss) })),
		scratch: int64(pick(func(c cost) float64 { return float64(c.scratch) })),
	}
}
