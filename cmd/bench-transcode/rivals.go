package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"strconv"

	"github.com/storyreel/storyreel/transcode/plan"
)

// rival is another way to make the same rungs: commands, one after the other,
// in a folder that is theirs. Each writes NAME.mp4 for every rung.
type rival struct {
	key, name string
	read      string // where the arguments were read
	commands  func(f film, rungs []plan.Rung, sourceRate int64, threads int) [][]string
}

// rivals are what we are measured against. All get the same number of
// threads, the same rungs and the same ffmpeg.
var rivals = []rival{
	{
		"a", "naive: one run a rung", "ffmpeg's own defaults: libx264 medium, CRF 23, a key frame at least every 250",
		naive,
	},
	{
		"b", "PeerTube",
		"Chocobozzz/PeerTube, packages/ffmpeg/src: ffmpeg-default-transcoding-profile.ts, ffmpeg-vod.ts, " +
			"ffmpeg-images.ts, shared/presets.ts, shared/encoder-options.ts",
		peertube,
	},
	{
		"c", "MediaCMS",
		"mediacms-io/mediacms, files/helpers.py: get_base_ffmpeg_command, VIDEO_BITRATES; files/tasks.py", mediacms,
	},
}

func ff(args ...string) []string {
	return append([]string{"ffmpeg", "-nostdin", "-hide_banner", "-v", "error", "-y"}, args...)
}

func naive(f film, rungs []plan.Rung, _ int64, threads int) [][]string {
	var all [][]string
	for _, r := range rungs {
		all = append(all,
			ff("-threads", strconv.Itoa(threads), "-i", f.path, "-vf", fmt.Sprintf("scale=%d:%d", r.Width, r.Height),
				"-c:v", "libx264", "-pix_fmt", "yuv420p", "-threads", strconv.Itoa(threads), "-c:a", "aac", "-movflags",
				"+faststart", r.Name+".mp4"))
	}
	return append(all,
		ff("-i", f.path, "-vf", "fps=1,scale=192:-2,tile=10x10", "-frames:v", "1", "-update", "1", "board.jpg"),
		ff("-ss", fixed(f.seconds/5), "-i", f.path, "-vf", "thumbnail=24", "-frames:v", "1", "-update", "1",
			"poster.jpg"),
		ff("-i", f.path, "-vn", "-af", "ebur128=peak=true", "-f", "null", "-"))
}

// peertube is its default profile: every resolution a job of its own that
// reads the original, audio copied when it is AAC already, then a thumbnail
// and a storyboard, which decode again.
func peertube(f film, rungs []plan.Rung, sourceRate int64, threads int) [][]string {
	bits := map[string]float64{"1080": 0.10, "720": 0.11, "480": 0.12, "360": 0.15} // average theoretical, a pixel
	var all [][]string
	for _, r := range rungs {
		rate := float64(r.Width*r.Height*f.rate) * bits[r.Name]
		if sourceRate > 0 {
			rate = min(rate, 1.3*float64(sourceRate))
		}
		b := strconv.Itoa(int(math.Floor(rate)))
		scale := fmt.Sprintf("scale=w=-2:h=%s", r.Name)
		if f.width < f.height {
			scale = fmt.Sprintf("scale=w=%s:h=-2", r.Name)
		}
		all = append(all, ff("-threads", strconv.Itoa(threads), "-i", f.path, "-movflags", "faststart",
			"-max_muxing_queue_size", "1024", "-map_metadata", "-1", "-pix_fmt", "yuv420p", "-vcodec", "libx264", "-vf",
			scale,
			"-preset", "veryfast", "-maxrate:v", b, "-bufsize:v", doubled(b), "-b_strategy", "1", "-bf", "16", "-r",
			strconv.Itoa(f.rate), "-g:v", strconv.Itoa(2*f.rate),
			"-threads", strconv.Itoa(threads), "-acodec", "copy",
			"-hls_time", "4", "-hls_list_size", "0", "-hls_playlist_type", "vod", "-hls_segment_filename",
			r.Name+".mp4", "-hls_segment_type", "fmp4", "-f", "hls", "-hls_flags", "single_file", r.Name+".m3u8"))
	}
	return append(all,
		ff("-ss", fixed(f.seconds/2), "-i", f.path, "-vf", "thumbnail=50", "-frames:v", "1", "-update", "1",
			"poster.jpg"),
		ff("-i", f.path, "-filter_complex",
			"setpts=N/round(FRAME_RATE)/TB,select='not(mod(t,1))',scale=192:108,tile=layout=10x10", "-frames:v", "1",
			"-q:v", "2", "-update", "1", "board.jpg"))
}

// mediacms is one CRF run a profile, then packing as HLS, for which a copy
// stands in (Bento4, which it uses, is no ffmpeg), a thumbnail and the sprite's
// frames. Its animated preview is left out, to its advantage.
func mediacms(f film, rungs []plan.Rung, _ int64, threads int) [][]string {
	rates := map[string]int{"1080": 4500, "720": 2500, "480": 1000, "360": 500}
	var all [][]string
	for _, r := range rungs {
		preset := "medium"
		if n, _ := strconv.Atoi(r.Name); n >= 720 {
			preset = "faster" // X26x_PRESET_BIG_HEIGHT
		}
		scale := "scale=-2:" + r.Name // it has no portrait; turned here, so that the rungs are the same
		if f.width < f.height {
			scale = "scale=" + r.Name + ":-2"
		}
		cap := strconv.Itoa(rates[r.Name]*3/2) + "k"
		all = append(all,
			ff("-threads", strconv.Itoa(threads), "-i", f.path, "-c:v", "libx264", "-filter:v",
				scale+",fps=fps="+strconv.Itoa(f.rate), "-pix_fmt", "yuv420p",
				"-crf", "23", "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-maxrate", cap, "-bufsize", cap,
				"-force_key_frames", "expr:gte(t,n_forced*4)",
				"-x264-params", fmt.Sprintf("keyint=%d:keyint_min=%d", 8*f.rate, 4*f.rate), "-preset", preset,
				"-profile:v",
				"main", "-level", "4.2",
				"-threads", strconv.Itoa(threads), "-strict", "-2", r.Name+".mp4"))
	}
	for _, r := range rungs {
		all = append(all,
			ff("-i", r.Name+".mp4", "-c", "copy", "-hls_time", "4", "-hls_playlist_type", "vod", "-hls_segment_type",
				"fmp4", "-hls_flags", "single_file", "-hls_segment_filename", "hls-"+r.Name+".m4s", "-f", "hls",
				"hls-"+r.Name+".m3u8"))
	}
	return append(all,
		ff("-ss", fixed(f.seconds/3), "-i", f.path, "-vframes", "1", "-update", "1", "poster.jpg"),
		ff("-i", f.path, "-f", "image2", "-vf", "fps=1/10,scale=160:90", "img%03d.jpg"))
}

func fixed(s float64) string { return fmt.Sprintf("%.3f", s) }

func doubled(n string) string {
	v, _ := strconv.Atoi(n)
	return strconv.Itoa(2 * v)
}

// sequence runs commands one after the other in dir.
func sequence(ctx context.Context, dir string, commands [][]string) (cost, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cost{}, err
	}
	var sum cost
	for _, args := range commands {
		c, _, err := runProgram(ctx, dir, args)
		if err != nil {
			return sum, err
		}
		sum = sum.add(c)
	}
	return sum, nil
}
