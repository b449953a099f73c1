package transcode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// Encoder returns the encoder of that name: software, auto, or one of
// plan.Hardware after a successful trial. An unknown name is an Invalid fault;
// a failed trial an Unavailable one, with the reason as its cause.
func (t *Transcoder) Encoder(ctx context.Context, name string) (plan.Encoder, error) {
	switch e := plan.Encoder(name); e {
	case plan.Software, "":
		return plan.Software, nil
	case plan.AutoEncoder:
		for _, e := range plan.Hardware {
			if t.Try(ctx, e) == nil {
				return e, nil
			}
		}
		return plan.Software, ctx.Err()
	default:
		if e.Device().Codec == "" {
			return "", fault.New(fault.Invalid, refusal.CodeBadOptions, "The encoder %q is unknown.", name)
		}
		if err := t.Try(ctx, e); err != nil {
			return "",
				fault.New(fault.Unavailable, refusal.CodeBadOptions,
					"The encoder %s does not work on this machine; software and auto do.",
					name).Because(err)
		}
		return e, nil
	}
}

// Try encodes two seconds of a test pattern with the options and in the sandbox
// of a publish run. It returns nil when the encoder works on this machine.
func (t *Transcoder) Try(ctx context.Context, e plan.Encoder) error {
	dir, err := os.MkdirTemp("", "storyreel-encoder-")
	if err != nil {
		return fmt.Errorf("folder for trying an encoder: %w", err)
	}
	defer os.RemoveAll(dir)
	args, err := command.Trial(e, t.threads)
	if err != nil {
		return err
	}
	d := e.Device()
	_, err = t.runner.FFmpeg(ctx, ffmpeg.Spec{
		Step: "encoder trial", Args: args, Dir: dir, CPU: 30 * time.Second, Wall: 30 * time.Second,
		Devices: d.Files, Memory: d.Memory,
	})
	var exit *sandbox.ExitError // instead of a refusal: a trial has no source to blame
	if errors.As(err, &exit) {
		return exit
	}
	return err
}
