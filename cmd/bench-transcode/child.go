package main

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// Our own pipeline runs in a child process, so that its cost is separate from
// that of measuring. childArg is its only argument; it reads a task from the
// environment variable taskVar and prints a reply, both as JSON.
const (
	childArg = "bench-child"
	taskVar  = "STORYREEL_BENCH_TASK"
)

// task is a run of the child.
type task struct {
	Source   string
	Dir      string
	Profile  plan.Profile
	Quality  plan.Quality
	AV1      bool
	Media    *media.Media // nil: probe first
	Findings *media.Findings
	Threads  int
	Bound    bool // return the arguments of the bound instead of running
}

// reply is the result of a task.
type reply struct {
	Result transcode.Result
	Rungs  []plan.Rung
	Media  media.Media
	Bound  []string
}

// runTask runs a task in a child process.
func runTask(ctx context.Context, t task) (cost, reply, error) {
	self, err := os.Executable()
	if err != nil {
		return cost{}, reply{}, err
	}
	b, err := json.Marshal(t)
	if err != nil {
		return cost{}, reply{}, err
	}
	if err := os.MkdirAll(t.Dir, 0o755); err != nil {
		return cost{}, reply{}, err
	}
	c, out, err := runProgram(ctx, t.Dir, []string{self, childArg}, taskVar+"="+string(b))
	if err != nil {
		return c, reply{}, err
	}
	var r reply
	return c, r, json.Unmarshal(out, &r)
}

// child runs the task in this process.
func child() error {
	var t task
	if err := json.Unmarshal([]byte(os.Getenv(taskVar)), &t); err != nil {
		return err
	}
	ctx := context.Background()
	tr, err := transcode.New(transcode.Options{Threads: t.Threads})
	if err != nil {
		return err
	}
	l := refusal.DefaultLimits()
	var r reply
	if t.Media != nil {
		r.Media = *t.Media
	} else if r.Media, err = tr.Probe(ctx, t.Source, l); err != nil {
		return err
	}
	p, err := plan.New(r.Media,
		plan.Options{Profile: t.Profile, Quality: t.Quality, AV1: t.AV1, Findings: t.Findings}, l)
	if err != nil {
		return err
	}
	r.Rungs = p.Rungs
	if t.Bound {
		if r.Bound, err = command.Bound(p, t.Source, t.Threads); err != nil {
			return err
		}
	} else if r.Result, err = tr.Run(ctx, p, t.Source, t.Dir, nil); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// ownShare returns the share of the wall time in which no ffmpeg ran: the time
// of our own code.
func ownShare(r transcode.Result) float64 {
	var ffmpeg time.Duration
	for _, s := range r.Steps {
		ffmpeg += s.Wall
	}
	return (r.Usage.Wall - ffmpeg).Seconds() / r.Usage.Wall.Seconds()
}
