package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// load returns the load of the last minute, as far as the system states it.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	one, _, _ := strings.Cut(string(b), " ")
	return one
}

// clockTick is the unit of CPU times in /proc, the same on every architecture
// that Go runs on.
const clockTick = 10 * time.Millisecond

// cpuOf returns the CPU time of a process, without its children.
func cpuOf(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])) // names may hold anything
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	var sum int64
	for _, f := range fields[11:13] { // utime, stime
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return time.Duration(sum) * clockTick, nil
}

// memoryOf returns the resident memory of a process in bytes.
func memoryOf(pid int) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	number, _, found := strings.Cut(strings.TrimSpace(rest), " kB")
	if !found {
		return 0, fmt.Errorf("/proc/%d/status states no VmRSS", pid)
	}
	kb, err := strconv.ParseInt(number, 10, 64)
	return kb << 10, err
}

// descriptorsOf counts the open files of a process, and its connections among
// them.
func descriptorsOf(pid int) (all, connections int, err error) {
	folder := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return 0, 0, err
	}
	for _, e := range entries {
		if target, err := os.Readlink(filepath.Join(folder, e.Name())); err == nil { // others were closed meanwhile
			all++
			if strings.HasPrefix(target, "socket:") {
				connections++
			}
		}
	}
	return all, connections, nil
}

// goroutines of a process, as its monitoring address states them.
func (p *process) goroutines(ctx context.Context) (int, error) {
	_, text, err := get(ctx, "http://"+p.metrics+"/debug/pprof/goroutine?debug=1", "")
	if err != nil {
		return 0, err
	}
	var n int
	if _, err := fmt.Sscanf(text, "goroutine profile: total %d", &n); err != nil {
		return 0, fmt.Errorf("/debug/pprof/goroutine: %w", err)
	}
	return n, nil
}

// usage is what a process holds.
type usage struct {
	memory                               int64 // bytes, resident
	goroutines, descriptors, connections int
}

func (p *process) usage(ctx context.Context) (usage, error) {
	pid := p.cmd.Process.Pid
	var u usage
	var errs [3]error
	u.memory, errs[0] = memoryOf(pid)
	u.descriptors, u.connections, errs[1] = descriptorsOf(pid)
	u.goroutines, errs[2] = p.goroutines(ctx)
	return u, errors.Join(errs[:]...)
}

// bytesIn returns the bytes of all files in a folder. Files may vanish
// meanwhile.
func bytesIn(folder string) int64 {
	var sum int64
	_ = filepath.WalkDir(folder, func(_ string, e fs.DirEntry, err error) error { // what vanished is skipped
		if err == nil && !e.IsDir() {
			if info, err := e.Info(); err == nil {
				sum += info.Size()
			}
		}
		return nil
	})
	return sum
}

// mb is a number of bytes in megabytes.
func mb(bytes int64) float64 { return float64(bytes) / (1 << 20) }
