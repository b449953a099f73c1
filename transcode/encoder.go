package transcode

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// Encoder returns the encoder of that name: software, auto, or one of
// Hardware, which is tried first. The error says why it does not work here.
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
			return "", fault.New(fault.Invalid, refusal.CodeBadOptions, "There is no encoder %q.", name)
		}
		if err := t.Try(ctx, e); err != nil {
			return "",
				fault.New(fault.Unavailable, refusal.CodeBadOptions,
					"The encoder %s does not work here; software and auto do.",
					name).Because(err)
		}
		return e, nil
	}
}

// Try codes two seconds of a test frame with the options and behind the
// walls of a publish run. Nil means that the encoder works here.
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
		Args: args, Dir: dir, CPU: 30 * time.Second, Wall: 30 * time.Second, Devices: d.Files, Memory: d.Memory,
	})
	return err
}
