package command

import (
	"fmt"
	"strconv"

	ffmpeg "github.com/u2takey/ffmpeg-go"

	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// opts are options of one input or output, or arguments of one filter, by
// name. ffmpeg-go writes them in alphabetical order.
type opts = ffmpeg.KwArgs

// graph is a stream in an ffmpeg-go graph.
type graph = *ffmpeg.Stream

// builder makes the arguments of one plan.
type builder struct{ plan.Plan }

// compile turns the outputs that make returns into ffmpeg's arguments.
// ffmpeg-go panics where others return errors; such a panic is a defect of
// ours and comes back as one. Only GetArgs is used: Compile and Run log whole
// command lines and write package globals.
func compile(threads int, make func() []graph) (args []string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = refusal.Defect(fmt.Errorf("ffmpeg graph: %v", r))
		}
	}()
	return append(globals(threads), ffmpeg.MergeOutputs(make()...).GetArgs()...), nil
}

// globals hold for every run of ffmpeg.
func globals(threads int) []string {
	return []string{
		"-nostdin",             // never wait for a key
		"-hide_banner",         // build flags are no news
		"-nostats",             // the line for people; progress comes by the pipe
		"-loglevel", "warning", // skipped external tracks are only warnings
		"-progress", "pipe:1", // key=value lines for Progress and the watchdog
		"-stats_period", "0.25", // a short job shows progress as well
		"-max_alloc", "268435456", // no single allocation a good 4K video would need
		"-filter_threads", strconv.Itoa(threads), // simple filters: not one thread per core of a big machine
		"-filter_complex_threads", strconv.Itoa(threads), // the same for the graph
		"-y", // the folder is ours and empty; never ask
	}
}

// split gives n separate copies. Each branch must have its own: ffmpeg-go
// tells filters apart by arguments and input only, not by name.
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

// filter appends one filter with named arguments.
func filter(s graph, name string, o opts) graph { return s.Filter(name, nil, o) }

// input opens a file, or a generator, with its options.
func input(name string, o opts) graph { return ffmpeg.Input(name, o) }

func output(s graph, name string, o opts) graph { return outputs([]graph{s}, name, o) }

func outputs(s []graph, name string, o opts) graph { return ffmpeg.Output(s, name, o) }
