package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/transcode/plan"
)

// score is how near a rung is to the source, luma only: SSIM and PSNR at the
// rung's own size, VMAF as seen at the source's.
type score struct {
	ssim, psnr, vmaf float64
	bytes            int64 // of the frame alone
}

var (
	ssimSaid = regexp.MustCompile(`SSIM Y:([\d.]+)`)
	psnrSaid = regexp.MustCompile(`PSNR y:([\d.]+)`)
	vmafSaid = regexp.MustCompile(`VMAF score: ([\d.]+)`)
)

// compare scores one rung. vmaf is an ffmpeg with libvmaf, or empty.
func compare(ctx context.Context, f film, path string, r plan.Rung, vmaf string) (score, error) {
	var s score
	graph := fmt.Sprintf(
		"[0:v]setpts=PTS-STARTPTS,split[a][b];[1:v]setpts=PTS-STARTPTS,scale=%d:%d:flags=bicubic,split[x][y];"+
			"[a][x]ssim;[b][y]psnr", r.Width, r.Height)
	said, err := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-hide_banner", "-i", path, "-i", f.path, "-lavfi",
		graph, "-f", "null", "-").CombinedOutput()
	if err != nil {
		return s, fmt.Errorf("score %s: %w: %s", path, err, last(said))
	}
	s.ssim, s.psnr = number(ssimSaid, said), number(psnrSaid, said)
	if vmaf != "" {
		graph = fmt.Sprintf(
			"[0:v]setpts=PTS-STARTPTS,scale=%d:%d:flags=bicubic[a];[1:v]setpts=PTS-STARTPTS[x];"+
				"[a][x]libvmaf=n_threads=2:n_subsample=5", f.width, f.height)
		if said, err = exec.CommandContext(ctx, vmaf, "-nostdin", "-hide_banner", "-i", path, "-i", f.path, "-lavfi",
			graph, "-f", "null", "-").CombinedOutput(); err != nil {
			return s, fmt.Errorf("score %s: %w: %s", path, err, last(said))
		}
		s.vmaf = number(vmafSaid, said)
	}
	sizes, err := exec.CommandContext(ctx, "ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
		"packet=size", "-of", "csv=p=0", path).Output()
	if err != nil {
		return s, fmt.Errorf("sizes of %s: %w", path, err)
	}
	for _, w := range strings.FieldsFunc(string(sizes), func(c rune) bool { return c < '0' || c > '9' }) {
		n, _ := strconv.ParseInt(w, 10, 64)
		s.bytes += n
	}
	return s, nil
}

// compareAll scores every rung in dir.
func compareAll(ctx context.Context, f film, dir string, rungs []plan.Rung, vmaf string) ([]score, error) {
	var all []score
	for _, r := range rungs {
		s, err := compare(ctx, f, filepath.Join(dir, r.Name+".mp4"), r, vmaf)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func number(re *regexp.Regexp, said []byte) float64 {
	m := re.FindSubmatch(said)
	if m == nil {
		return 0
	}
	v, _ := strconv.ParseFloat(string(m[1]), 64)
	return v
}

func last(said []byte) string { return string(said[max(0, len(said)-600):]) }
