//go:build media || zzuf

package mediatest

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// hangLimit ends a file that hangs. It is far above the seconds that a file
// takes, for a machine under load.
const hangLimit = 4 * time.Minute

// run executes one profile on a probed video; findings are those of its review
// run, or nil.
func run(ctx context.Context, tr *transcode.Transcoder, m media.Media, src, dir string, profile plan.Profile,
	findings *media.Findings) (transcode.Result, error) {
	p, err := plan.New(m, plan.Options{Profile: profile, Findings: findings}, refusal.DefaultLimits())
	if err != nil {
		return transcode.Result{}, err
	}
	return tr.Run(ctx, p, src, dir, nil)
}
