package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// video is one source that everything is measured on.
type film struct {
	name          string
	path          string
	width, height int
	rate          int
	seconds       float64
	recipe        string // how it was made, for the report
	publish       bool   // the ladders are measured on it
	kind          string // h264, hevc or uhd
}

const (
	partSeconds = 14.0 // of each file of real footage
	filmSeconds = 20.0 // of the joined video
	noisyBelow  = 0.03 // bits a pixel: compressed further than any camera does
	leastBits   = 0.01 // bits a pixel: drawings and stills below it are no footage
)

// part is a file of real footage that takes part in a video.
type part struct {
	path   string
	take   float64
	noise  bool
	height int
	width  int
	rate   int
}

// footage makes the videos, or finds them made.
func footage(ctx context.Context, c config) ([]film, error) {
	length := filmSeconds
	if c.quick {
		length = 6
	}
	var films []film
	for _, edge := range []int{1080, 720} {
		f := film{name: fmt.Sprintf("%dp", edge), seconds: length, publish: true, kind: "h264"}
		args, err := generated(&f, edge, length), error(nil)
		if c.footage != "" {
			parts, perr := choose(ctx, c.footage, edge)
			if perr != nil {
				return nil, perr
			}
			if len(parts) > 0 {
				args = joined(&f, parts, length)
			}
		}
		if f.path, err = make1(ctx, c, f.name, append(args, x264High...)); err != nil {
			return nil, err
		}
		films = append(films, f)
	}
	h := films[0]
	h.name, h.kind, h.publish = "1080p HEVC", "hevc", false
	var err error
	h.path, err = make1(ctx, c, "hevc",
		[]string{
			"-i", films[0].path, "-c:v", "libx265", "-preset", "ultrafast", "-crf", "20", "-x265-params",
			"log-level=none", "-tag:v", "hvc1", "-c:a", "copy",
		})
	if err != nil {
		return nil, err
	}
	u := film{name: "4K portrait", kind: "uhd", seconds: 2}
	u.path, err = make1(ctx, c, "uhd",
		append(generated(&u, 2160, 2), "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-c:a", "aac"))
	return append(films, h, u), err
}

// x264High keeps so much that what is measured on it is not the making of it.
var x264High = []string{"-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-g", "60", "-pix_fmt", "yuv420p",
	"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv", "-c:a", "aac",
	"-b:a", "128k"}

// generated is a video of ffmpeg's generators: moving detail, sensor noise and
// a scene every three seconds.
func generated(f *film, edge int, length float64) []string {
	f.width, f.height, f.rate = edge, edge*16/9, 30
	f.recipe = "generated: mandelbrot zoom and test picture in turn, with noise"
	return []string{
		"-f", "lavfi", "-i",
		fmt.Sprintf("testsrc2=s=%dx%d:r=30:d=%g,noise=c0s=8:c0f=t,format=yuv420p", f.width, f.height, length),
		"-f", "lavfi", "-i",
		fmt.Sprintf("mandelbrot=s=%dx%d:r=30:end_scale=0.01:maxiter=200,noise=c0s=6:c0f=t,format=yuv420p", f.width/4&^1,
			f.height/4&^1),
		"-f", "lavfi", "-i", fmt.Sprintf("sine=f=330:d=%g,tremolo=f=3", length),
		"-filter_complex",
		fmt.Sprintf("[1:v]scale=%d:%d[m];[0:v][m]overlay=enable='lt(mod(t,6),3)':shortest=1[v]", f.width, f.height),
		"-map", "[v]", "-map", "2:a", "-t", fmt.Sprint(length)}
}

// choose returns the files of the folder that are footage with the given
// short edge: filmed with audio, in standard range, of one orientation.
func choose(ctx context.Context, dir string, edge int) ([]part, error) {
	t, err := transcode.New(transcode.Options{})
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var parts []part
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if e.IsDir() || strings.HasSuffix(path, ".md") {
			continue
		}
		m, err := t.Probe(ctx, path, refusal.DefaultLimits())
		if err != nil {
			continue // the folder may hold what is no video
		}
		v := m.Video
		bits := float64(v.Bitrate) / (float64(v.Width*v.Height) * max(v.AvgRate, 1))
		if v.ShortEdge() != edge || v.HDR() || v.BitDepth != 8 || v.FullRange || v.Interlaced || v.Variable ||
			m.Audio == nil || m.Duration.Seconds() < 5 || bits < leastBits {
			continue
		}
		p := part{
			path: path, take: min(m.Duration.Seconds()-0.2, partSeconds), noise: bits < noisyBelow, width: v.Width,
			height: v.Height, rate: int(v.Rate.Float() + 0.5),
		}
		if len(parts) == 0 || parts[0].width == p.width && parts[0].height == p.height {
			parts = append(parts, p)
		}
	}
	return parts, nil
}

// joined is one video out of parts, repeated until it is long enough.
func joined(f *film, parts []part, length float64) []string {
	f.width, f.height, f.rate = parts[0].width, parts[0].height, parts[0].rate
	var args []string
	var chains, ends strings.Builder
	n, sum := 0, 0.0
	var names []string
	for ; sum < length; n++ {
		p := parts[n%len(parts)]
		take := min(p.take, length-sum, max(length/2, 2))
		sum += take
		args = append(args, "-t", fmt.Sprintf("%.3f", take), "-i", p.path)
		noise := ""
		if p.noise { // compression took the sensor's noise away; no camera hands over such a clean frame
			noise = ",noise=c0s=4:c0f=t"
		}
		fmt.Fprintf(&chains,
			"[%d:v:0]fps=%d,setsar=1%s,format=yuv420p[v%d];[%d:a:0]aresample=48000:async=1:first_pts=0,"+
				"aformat=channel_layouts=stereo,apad=whole_dur=%.3f,atrim=end=%.3f[a%d];", n, f.rate, noise, n, n, take,
			take, n)
		fmt.Fprintf(&ends, "[v%d][a%d]", n, n)
		names = append(names,
			fmt.Sprintf("%s %.1f s%s", filepath.Base(p.path), take,
				map[bool]string{true: " with light noise"}[p.noise]))
	}
	f.recipe = "joined from " + strings.Join(names, ", ")
	fmt.Fprintf(&chains, "%sconcat=n=%d:v=1:a=1[v][a]", ends.String(), n)
	return append(args, "-filter_complex", chains.String(), "-map", "[v]", "-map", "[a]")
}

// make1 runs the recipe unless its result is in the cache.
func make1(ctx context.Context, c config, name string, args []string) (string, error) {
	sum := sha256.Sum256([]byte(strings.Join(args, "\x00")))
	path := filepath.Join(c.cache, name+"-"+hex.EncodeToString(sum[:6])+".mp4")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	fmt.Fprintln(os.Stderr, "making", filepath.Base(path))
	part := path + ".part"
	cmd := exec.CommandContext(ctx, "ffmpeg",
		append(append([]string{"-nostdin", "-hide_banner", "-v", "error", "-y"}, args...), "-map_metadata", "-1", "-f",
			"mp4", part)...)
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make %s: %w: %s", name, err, said)
	}
	return path, os.Rename(part, path)
}
