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

// childWord is the only argument of our own pipeline as a process of its own,
// so that its cost can be told from that of measuring.
const childWord = "bench-child"

// task is what the child does, and reply what it tells.
type task struct {
	Source   string
	Dir      string
	Profile  plan.Profile
	Quality  plan.Quality
	AV1      bool
	Media    *media.Media // nil: probe first
	Findings *media.Findings
	Threads  int
	Bound    bool // only the arguments of the bound
}

type reply struct {
	Result transcode.Result
	Rungs  []plan.Rung
	Media  media.Media
	Bound  []string
}

const taskVar = "STORYREEL_BENCH_TASK"

// child carries out the task in this process.
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
	plan, err := plan.New(r.Media,
		plan.Options{Profile: t.Profile, Quality: t.Quality, AV1: t.AV1, Findings: t.Findings}, l)
	if err != nil {
		return err
	}
	r.Rungs = plan.Rungs
	if t.Bound {
		if r.Bound, err = command.Bound(plan, t.Source, t.Threads); err != nil {
			return err
		}
	} else if r.Result, err = tr.Run(ctx, plan, t.Source, t.Dir, nil); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// ours runs the child.
func ours(ctx context.Context, t task) (cost, reply, error) {
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
	c, out, err := runProgram(ctx, t.Dir, []string{self, childWord}, taskVar+"="+string(b))
	if err != nil {
		return c, reply{}, err
	}
	var r reply
	return c, r, json.Unmarshal(out, &r)
}

// around returns the share of the wall time that no program of the run took:
// our own code.
func around(r transcode.Result) float64 {
	var programs time.Duration
	for _, s := range r.Steps {
		programs += s.Wall
	}
	return (r.Usage.Wall - programs).Seconds() / r.Usage.Wall.Seconds()
}
