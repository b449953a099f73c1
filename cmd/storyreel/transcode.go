package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

type transcodeCmd struct {
	File        string        `arg:"" help:"The video."`
	Dir         string        `arg:"" help:"Where the result goes; made if absent."`
	Profile     string        `enum:"review,publish" default:"publish" help:"What to make: ${enum}."`
	Quality     string        `enum:"standard,high" default:"standard" help:"Effort of encoding for publishing: ${enum}."`
	Encoder     string        `enum:"software,auto,nvenc,vaapi,videotoolbox" default:"software" help:"Video encoder for publishing: ${enum}."`
	AV1         bool          `name:"av1" help:"Publish one more rendition, in AV1."`
	From        time.Duration `help:"Leave out what comes before this moment, such as 1.5s."`
	To          time.Duration `help:"Leave out this moment and what follows; by default the end."`
	MinDuration time.Duration `default:"250ms" help:"Shortest video accepted, after cutting."`
	MaxDuration time.Duration `default:"3m" help:"Longest video accepted, after cutting; four times as much is read."`
	Threads     int           `help:"Encoder threads; by default the machine's cores, at most 4."`
	Sandbox     string        `enum:"auto,require" default:"auto" help:"How ffmpeg is confined: ${enum}."`
	JSON        bool          `help:"Print the result, or the refusal, as JSON."`
	Quiet       bool          `short:"q" help:"No progress."`
}

// Run implements the command.
func (c transcodeCmd) Run(e *env) error {
	res, err := c.transcode(e)
	err = machine.OrFault(err)
	if !c.Quiet && !c.JSON {
		fmt.Fprint(e.stderr, "\r\x1b[K")
	}
	if err != nil {
		if !c.JSON {
			return err
		}
		detail := "something went wrong"
		if f := fault.As(err); f != nil {
			detail = f.Detail
		}
		answer := map[string]string{
			"code": fault.CodeOf(err), "detail": detail, "kind": fault.KindOf(err).String(),
		}
		if err := e.json(answer); err != nil {
			return err
		}
		return errReported
	}
	if c.JSON {
		sum, err := sumOf(c.File)
		if err != nil {
			return err
		}
		return e.json(transcoded{res, sum})
	}
	fmt.Fprintf(e.stdout, "%s: %d×%d, %s, %d bytes, %.1f CPU seconds\n", c.Dir, res.Assets.Width, res.Assets.Height,
		res.Assets.Duration.Round(10*time.Millisecond), res.Assets.Bytes, res.Usage.CPU.Seconds())
	return nil
}

// transcoded is the result as it is printed.
type transcoded struct {
	*transcode.Result
	SHA256 string `json:"source_sha256"` // hex; identifies the file
}

func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (c transcodeCmd) transcode(e *env) (*transcode.Result, error) {
	mode, err := sandbox.ParseMode(c.Sandbox)
	if err != nil {
		return nil, err
	}
	t, err := transcode.New(
		transcode.Options{
			Threads: c.Threads, Sandbox: mode,
			Log: slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		})
	if err != nil {
		return nil, err
	}
	src, err := filepath.Abs(c.File)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	limits := refusal.DefaultLimits()
	limits.MinDuration, limits.MaxDuration = c.MinDuration, c.MaxDuration
	m, err := t.Probe(e.ctx, src, limits)
	if err != nil {
		return nil, err
	}
	options := plan.Options{
		Profile: plan.Profile(c.Profile), Quality: plan.Quality(c.Quality), AV1: c.AV1,
		Cut: media.Cut{From: c.From, To: c.To},
	}
	if options.Encoder, err = t.Encoder(e.ctx, c.Encoder); err != nil {
		return nil, err
	}
	planned, err := plan.New(m, options, limits)
	if err != nil {
		return nil, err
	}
	res, err := t.Run(e.ctx, planned, src, dir, func(p transcode.Progress) {
		if !c.Quiet && !c.JSON {
			fmt.Fprintf(e.stderr, "\r\x1b[K%3.0f %%  %s left", 100*p.Fraction, p.ETA.Round(time.Second))
		}
	})
	return &res, err
}
