// Package command builds the arguments of every ffmpeg run from a plan: the
// options, filters and files of each output, with the reason for each option.
// It decides nothing that a plan states, and runs nothing.
package command

import (
	"fmt"
	"strconv"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// opts are the options of an input or output, or the arguments of a filter, by
// name. ffmpeg-go writes them in alphabetical order.
type opts = ffmpeg.KwArgs

// graph is a stream in an ffmpeg-go graph.
type graph = *ffmpeg.Stream

// builder builds the arguments for one plan.
type builder struct{ plan.Plan }

// compile turns the outputs that build returns into ffmpeg's arguments.
// ffmpeg-go panics instead of returning errors; such a panic is a defect of
// ours and is returned as one. Only GetArgs is used: Compile and Run log whole
// command lines and write package globals.
func compile(threads int, build func() []graph) (args []string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = refusal.Defect(fmt.Errorf("ffmpeg graph: %v", r))
		}
	}()
	return append(globals(threads), ffmpeg.MergeOutputs(build()...).GetArgs()...), nil
}

// globals returns the options of every run of ffmpeg.
func globals(threads int) []string {
	return []string{
		"-nostdin", // never wait for a key
		"-hide_banner",
		"-nostats",             // no status line; progress comes through the pipe
		"-loglevel", "warning", // skipped external tracks are only warnings
		"-progress", "pipe:1", // key=value lines for Progress and the watchdog
		"-stats_period", "0.25", // seconds; short jobs report progress as well
		"-max_alloc", "268435456", // bytes; a good 4K video needs no larger allocation
		"-filter_threads", strconv.Itoa(threads), // simple filters; the default is one thread per core
		"-filter_complex_threads", strconv.Itoa(threads), // the same for the graph
		"-y", // the folder is empty and belongs to the run; never ask
	}
}

// input opens a file, or a generator, with its options.
func input(name string, o opts) graph { return ffmpeg.Input(name, o) }

// filter appends a filter with named arguments.
func filter(s graph, name string, o opts) graph { return s.Filter(name, nil, o) }

// split returns n copies of a stream. Each branch needs its own: ffmpeg-go
// distinguishes filters by arguments and input, not by name.
func split(s graph, n int) []graph {
	if n == 1 {
		return []graph{s}
	}
	node := s.Split()
	out := make([]graph, n)
	for i := range out {
		out[i] = node.Get(strconv.Itoa(i))
	}
	return out
}

// output writes one stream to a file.
func output(s graph, name string, o opts) graph { return outputs([]graph{s}, name, o) }

// outputs writes several streams to a file.
func outputs(s []graph, name string, o opts) graph { return ffmpeg.Output(s, name, o) }
