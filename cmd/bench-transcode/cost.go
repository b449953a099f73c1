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

// cost is the cost of one run of a pipeline.
type cost struct {
	cpu     float64 // seconds, user and system
	wall    float64 // seconds
	rss     int64   // of the largest process, bytes
	scratch int64   // largest size on disk, sampled ten times per second, bytes
}

// add returns the cost of two runs one after the other.
func (c cost) add(d cost) cost {
	return cost{c.cpu + d.cpu, c.wall + d.wall, max(c.rss, d.rss), max(c.scratch, d.scratch)}
}

// sequence runs commands one after the other in dir, which it creates if
// needed.
func sequence(ctx context.Context, dir string, commands [][]string) (cost, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cost{}, err
	}
	var sum cost
	for _, args := range commands {
		c, _, err := runProgram(ctx, dir, args)
		if err != nil {
			return sum, err
		}
		sum = sum.add(c)
	}
	return sum, nil
}

// runProgram runs one program in dir and returns its cost and its standard
// output. The kernel's usage of a child includes all children that it waited
// for.
func runProgram(ctx context.Context, dir string, args []string, env ...string) (cost, []byte, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var peak atomic.Int64
	done := make(chan struct{})
	go watchSize(dir, &peak, done)
	began := time.Now()
	err := cmd.Run()
	wall := time.Since(began).Seconds()
	close(done)
	if err != nil {
		return cost{}, nil, fmt.Errorf("%v: %w: %s", args, err, stderr.Bytes())
	}
	ru, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return cost{}, nil, fmt.Errorf("no resource usage of %s", args[0])
	}
	cpu := (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	return cost{cpu, wall, ru.Maxrss << 10, peak.Load()}, stdout.Bytes(), nil
}

// watchSize stores the largest size of the folder until done is closed.
func watchSize(dir string, peak *atomic.Int64, done <-chan struct{}) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			if n := sizeOf(dir); n > peak.Load() {
				peak.Store(n)
			}
		}
	}
}

// sizeOf returns the bytes of all files below dir.
func sizeOf(dir string) int64 {
	var n int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if st, err := d.Info(); err == nil {
				n += st.Size()
			}
		}
		return nil // files may be removed while they are counted
	})
	return n
}

// median returns the medians of the costs, each field separately.
func median(all []cost) cost {
	of := func(field func(cost) float64) float64 {
		var v []float64
		for _, c := range all {
			v = append(v, field(c))
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	return cost{
		cpu: of(func(c cost) float64 { return c.cpu }), wall: of(func(c cost) float64 { return c.wall }),
		rss:     int64(of(func(c cost) float64 { return float64(c.rss) })),
		scratch: int64(of(func(c cost) float64 { return float64(c.scratch) })),
	}
}
