//go:build media || zzuf

package mediatest

import (
	"context"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode"
)

// run does one profile's work on a probed film; known is what its review found.
func run(ctx context.Context, tr *transcode.Transcoder, m media.Media, src, dir string, p transcode.Profile,
	known *media.Findings) (transcode.Result, error) {
	plan, err := transcode.NewPlan(m, transcode.Order{Profile: p, Known: known}, transcode.DefaultLimits())
	if err != nil {
		return transcode.Result{}, err
	}
	return tr.Run(ctx, plan, src, dir, nil)
}
