//go:build media || zzuf

package mediatest

import (
	"context"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// run does one profile's work on a probed video; known is what its review found.
func run(ctx context.Context, tr *transcode.Transcoder, m media.Media, src, dir string, p plan.Profile,
	known *media.Findings) (transcode.Result, error) {
	plan, err := plan.New(m, plan.Options{Profile: p, Findings: known}, refusal.DefaultLimits())
	if err != nil {
		return transcode.Result{}, err
	}
	return tr.Run(ctx, plan, src, dir, nil)
}
