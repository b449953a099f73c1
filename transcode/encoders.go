package transcode

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
)

// Encoder returns the encoder of that name: software, auto, or one of
// Hardware, which is tried first. The error says why it does not work here.
func (t *Transcoder) Encoder(ctx context.Context, name string) (Encoder, error) {
	switch e := Encoder(name); e {
	case Software, "":
		return Software, nil
	case AutoEncoder:
		for _, e := range Hardware {
			if t.Try(ctx, e) == nil {
				return e, nil
			}
		}
		return Software, ctx.Err()
	default:
		if e.device().codec == "" {
			return "", fault.New(fault.Invalid, CodeBadOptions, "There is no encoder %q.", name)
		}
		if err := t.Try(ctx, e); err != nil {
			return "",
				fault.New(fault.Unavailable, CodeBadOptions, "The encoder %s does not work here; software and auto do.",
					name).Because(err)
		}
		return e, nil
	}
}

// Try codes two seconds of a test picture with the options and behind the
// walls of a publish run. Nil means that the encoder works here.
func (t *Transcoder) Try(ctx context.Context, e Encoder) error {
	dir, err := os.MkdirTemp("", "storyreel-encoder-")
	if err != nil {
		return fmt.Errorf("folder for trying an encoder: %w", err)
	}
	defer os.RemoveAll(dir)
	args, err := trialArgs(e, t.threads)
	if err != nil {
		return err
	}
	d := e.device()
	_, err = t.run.ffmpeg(ctx, spec{
		args: args, dir: dir, cpu: 30 * time.Second, wall: 30 * time.Second, devices: d.files, memory: d.memory,
	})
	return err
}
