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

// score compares the luma of a rung with the source: SSIM and PSNR at the
// rung's size, VMAF scaled up to the source's size.
type score struct {
	ssim, psnr, vmaf float64
	bytes            int64 // of the video stream
}

// scoreAll scores the files of all rungs in dir.
func scoreAll(ctx context.Context, v video, dir string, rungs []plan.Rung, vmaf string) ([]score, error) {
	var all []score
	for _, r := range rungs {
		s, err := scoreRung(ctx, v, filepath.Join(dir, r.Name+".mp4"), r, vmaf)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// scoreRung scores one file. vmaf is an ffmpeg with libvmaf; without one the
// score has no VMAF.
func scoreRung(ctx context.Context, v video, path string, r plan.Rung, vmaf string) (score, error) {
	var s score
	out, err := compare(ctx, "ffmpeg", path, v.path, fmt.Sprintf(
		"[0:v]setpts=PTS-STARTPTS,split[a][b];[1:v]setpts=PTS-STARTPTS,scale=%d:%d:flags=bicubic,split[x][y];"+
			"[a][x]ssim;[b][y]psnr", r.Width, r.Height))
	if err != nil {
		return s, err
	}
	s.ssim, s.psnr = number(ssimLine, out), number(psnrLine, out)
	if vmaf != "" {
		out, err := compare(ctx, vmaf, path, v.path, fmt.Sprintf(
			"[0:v]setpts=PTS-STARTPTS,scale=%d:%d:flags=bicubic[a];[1:v]setpts=PTS-STARTPTS[x];"+
				"[a][x]libvmaf=n_threads=2:n_subsample=5", v.width, v.height))
		if err != nil {
			return s, err
		}
		s.vmaf = number(vmafLine, out)
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

// The results in ffmpeg's output.
var (
	ssimLine = regexp.MustCompile(`SSIM Y:([\d.]+)`)
	psnrLine = regexp.MustCompile(`PSNR y:([\d.]+)`)
	vmafLine = regexp.MustCompile(`VMAF score: ([\d.]+)`)
)

// compare runs a filter graph on a file and its source and returns ffmpeg's
// output.
func compare(ctx context.Context, ffmpeg, path, source, graph string) ([]byte, error) {
	out, err := exec.CommandContext(ctx, ffmpeg, "-nostdin", "-hide_banner", "-i", path, "-i", source, "-lavfi",
		graph, "-f", "null", "-").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("score %s: %w: %s", path, err, out[max(0, len(out)-600):])
	}
	return out, nil
}

// number returns the number that a pattern finds, 0 without a match.
func number(re *regexp.Regexp, text []byte) float64 {
	m := re.FindSubmatch(text)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseFloat(string(m[1]), 64)
	return n
}
