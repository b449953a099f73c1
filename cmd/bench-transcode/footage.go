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

// video is a source that the pipelines are measured on.
type video struct {
	name          string
	path          string
	width, height int
	rate          int // frames per second
	seconds       float64
	recipe        string // how it was made, for the report
	publish       bool   // the ladders are measured on it
	kind          string // h264, hevc or uhd
}

// description returns the video's properties for the report.
func (v video) description() string {
	return fmt.Sprintf("%d×%d, %d frames per second, %.0f s; %s.", v.width, v.height, v.rate, v.seconds, v.recipe)
}

const (
	partSeconds  = 14.0 // longest part of a file of real footage
	videoSeconds = 20.0 // length of the joined video
	noisyBelow   = 0.03 // bits per pixel; below it, footage is compressed more than any camera does
	minBits      = 0.01 // bits per pixel; below it, files are drawings and stills instead of footage
)

// part is a file of real footage in a joined video.
type part struct {
	path          string
	seconds       float64
	addNoise      bool
	width, height int
	rate          int // frames per second
}

// footage creates the videos, or finds them in the cache.
func footage(ctx context.Context, c config) ([]video, error) {
	length := videoSeconds
	if c.quick {
		length = 6
	}
	var videos []video
	for _, edge := range []int{1080, 720} {
		v := video{name: fmt.Sprintf("%dp", edge), seconds: length, publish: true, kind: "h264"}
		args := generated(&v, edge, length)
		if c.footage != "" {
			parts, err := choose(ctx, c.footage, edge)
			if err != nil {
				return nil, err
			}
			if len(parts) > 0 {
				args = joined(&v, parts, length)
			}
		}
		var err error
		if v.path, err = create(ctx, c, v.name, append(args, x264High...)); err != nil {
			return nil, err
		}
		videos = append(videos, v)
	}
	hevc := videos[0]
	hevc.name, hevc.kind, hevc.publish = "1080p HEVC", "hevc", false
	var err error
	hevc.path, err = create(ctx, c, "hevc",
		[]string{
			"-i", videos[0].path, "-c:v", "libx265", "-preset", "ultrafast", "-crf", "20", "-x265-params",
			"log-level=none", "-tag:v", "hvc1", "-c:a", "copy",
		})
	if err != nil {
		return nil, err
	}
	uhd := video{name: "4K portrait", kind: "uhd", seconds: 2}
	uhd.path, err = create(ctx, c, "uhd",
		append(generated(&uhd, 2160, 2), "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-c:a", "aac"))
	return append(videos, hevc, uhd), err
}

// x264High encodes so well that scores hardly measure this encoding.
var x264High = []string{"-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-g", "60", "-pix_fmt", "yuv420p",
	"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv", "-c:a", "aac",
	"-b:a", "128k"}

// generated returns the arguments for a video from ffmpeg's generators: moving
// detail, sensor noise, and a new scene every three seconds.
func generated(v *video, edge int, length float64) []string {
	v.width, v.height, v.rate = edge, edge*16/9, 30
	v.recipe = "generated: Mandelbrot zoom and test pattern in turn, with noise"
	return []string{
		"-f", "lavfi", "-i",
		fmt.Sprintf("testsrc2=s=%dx%d:r=30:d=%g,noise=c0s=8:c0f=t,format=yuv420p", v.width, v.height, length),
		"-f", "lavfi", "-i",
		fmt.Sprintf("mandelbrot=s=%dx%d:r=30:end_scale=0.01:maxiter=200,noise=c0s=6:c0f=t,format=yuv420p", v.width/4&^1,
			v.height/4&^1),
		"-f", "lavfi", "-i", fmt.Sprintf("sine=f=330:d=%g,tremolo=f=3", length),
		"-filter_complex",
		fmt.Sprintf("[1:v]scale=%d:%d[m];[0:v][m]overlay=enable='lt(mod(t,6),3)':shortest=1[v]", v.width, v.height),
		"-map", "[v]", "-map", "2:a", "-t", fmt.Sprint(length)}
}

// choose returns the files of the folder that are footage with the given short
// edge: with audio, in standard dynamic range, all of the same size.
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
			continue // the folder may have files other than videos
		}
		v := m.Video
		bits := float64(v.Bitrate) / (float64(v.Width*v.Height) * max(v.AvgRate, 1))
		if v.ShortEdge() != edge || v.HDR() || v.BitDepth != 8 || v.FullRange || v.Interlaced || v.Variable ||
			m.Audio == nil || m.Duration.Seconds() < 5 || bits < minBits {
			continue
		}
		p := part{
			path: path, seconds: min(m.Duration.Seconds()-0.2, partSeconds), addNoise: bits < noisyBelow,
			width: v.Width, height: v.Height, rate: int(v.Rate.Float() + 0.5),
		}
		if len(parts) == 0 || parts[0].width == p.width && parts[0].height == p.height {
			parts = append(parts, p)
		}
	}
	return parts, nil
}

// joined returns the arguments for a video of the parts, repeated up to the
// given length in seconds.
func joined(v *video, parts []part, length float64) []string {
	v.width, v.height, v.rate = parts[0].width, parts[0].height, parts[0].rate
	var args []string
	var chains, ends strings.Builder
	n, sum := 0, 0.0
	var names []string
	for ; sum < length; n++ {
		p := parts[n%len(parts)]
		seconds := min(p.seconds, length-sum, max(length/2, 2))
		sum += seconds
		args = append(args, "-t", fmt.Sprintf("%.3f", seconds), "-i", p.path)
		noise := ""
		if p.addNoise { // compression removed the sensor noise that every camera records
			noise = ",noise=c0s=4:c0f=t"
		}
		fmt.Fprintf(&chains,
			"[%d:v:0]fps=%d,setsar=1%s,format=yuv420p[v%d];[%d:a:0]aresample=48000:async=1:first_pts=0,"+
				"aformat=channel_layouts=stereo,apad=whole_dur=%.3f,atrim=end=%.3f[a%d];", n, v.rate, noise, n, n,
			seconds, seconds, n)
		fmt.Fprintf(&ends, "[v%d][a%d]", n, n)
		names = append(names,
			fmt.Sprintf("%s %.1f s%s", filepath.Base(p.path), seconds,
				map[bool]string{true: " with light noise"}[p.addNoise]))
	}
	v.recipe = "joined from " + strings.Join(names, ", ")
	fmt.Fprintf(&chains, "%sconcat=n=%d:v=1:a=1[v][a]", ends.String(), n)
	return append(args, "-filter_complex", chains.String(), "-map", "[v]", "-map", "[a]")
}

// create runs ffmpeg with the arguments unless the result is in the cache, and
// returns its path.
func create(ctx context.Context, c config, name string, args []string) (string, error) {
	sum := sha256.Sum256([]byte(strings.Join(args, "\x00")))
	path := filepath.Join(c.cache, name+"-"+hex.EncodeToString(sum[:6])+".mp4")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	fmt.Fprintln(os.Stderr, "creating", filepath.Base(path))
	unfinished := path + ".part"
	cmd := exec.CommandContext(ctx, "ffmpeg",
		append(append([]string{"-nostdin", "-hide_banner", "-v", "error", "-y"}, args...), "-map_metadata", "-1", "-f",
			"mp4", unfinished)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("create %s: %w: %s", name, err, out)
	}
	return path, os.Rename(unfinished, path)
}
