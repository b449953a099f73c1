package main

import (
	"fmt"
	"math"
	"strconv"

	"github.com/storyreel/storyreel/transcode/plan"
)

// peer is another way to make the same rungs: commands that run one after the
// other in a folder. They write NAME.mp4 for every rung.
type peer struct {
	key, name string
	commands  func(v video, rungs []plan.Rung, sourceRate int64, threads int) [][]string
}

// peers lists the pipelines that ours is compared with. All get the same number
// of threads, the same rungs and the same ffmpeg.
var peers = []peer{
	{"a", "naive: one run per rung", naive},
	{"b", "PeerTube", peertube},
	{"c", "MediaCMS", mediacms},
}

// ff returns an ffmpeg command.
func ff(args ...string) []string {
	return append([]string{"ffmpeg", "-nostdin", "-hide_banner", "-v", "error", "-y"}, args...)
}

// naive uses ffmpeg's defaults: libx264 medium, CRF 23, a key frame at least
// every 250 frames.
func naive(v video, rungs []plan.Rung, _ int64, threads int) [][]string {
	var all [][]string
	for _, r := range rungs {
		all = append(all,
			ff("-threads", strconv.Itoa(threads), "-i", v.path, "-vf", fmt.Sprintf("scale=%d:%d", r.Width, r.Height),
				"-c:v", "libx264", "-pix_fmt", "yuv420p", "-threads", strconv.Itoa(threads), "-c:a", "aac", "-movflags",
				"+faststart", r.Name+".mp4"))
	}
	return append(all,
		ff("-i", v.path, "-vf", "fps=1,scale=192:-2,tile=10x10", "-frames:v", "1", "-update", "1", "board.jpg"),
		ff("-ss", decimal(v.seconds/5), "-i", v.path, "-vf", "thumbnail=24", "-frames:v", "1", "-update", "1",
			"poster.jpg"),
		ff("-i", v.path, "-vn", "-af", "ebur128=peak=true", "-f", "null", "-"))
}

// peertube uses PeerTube's default profile: a job per resolution that decodes
// the original and copies AAC audio, then a thumbnail and a storyboard, which
// decode it again. The arguments come from Chocobozzz/PeerTube,
// packages/ffmpeg/src: ffmpeg-default-transcoding-profile.ts, ffmpeg-vod.ts,
// ffmpeg-images.ts, shared/presets.ts and shared/encoder-options.ts.
func peertube(v video, rungs []plan.Rung, sourceRate int64, threads int) [][]string {
	// PeerTube's "average" bits per pixel
	bits := map[string]float64{"1080": 0.10, "720": 0.11, "480": 0.12, "360": 0.15}
	var all [][]string
	for _, r := range rungs {
		rate := float64(r.Width*r.Height*v.rate) * bits[r.Name]
		if sourceRate > 0 {
			rate = min(rate, 1.3*float64(sourceRate))
		}
		maxRate := int(math.Floor(rate))
		scale := fmt.Sprintf("scale=w=-2:h=%s", r.Name)
		if v.width < v.height {
			scale = fmt.Sprintf("scale=w=%s:h=-2", r.Name)
		}
		all = append(all, ff("-threads", strconv.Itoa(threads), "-i", v.path, "-movflags", "faststart",
			"-max_muxing_queue_size", "1024", "-map_metadata", "-1", "-pix_fmt", "yuv420p", "-vcodec", "libx264", "-vf",
			scale,
			"-preset", "veryfast", "-maxrate:v", strconv.Itoa(maxRate), "-bufsize:v", strconv.Itoa(2*maxRate),
			"-b_strategy", "1", "-bf", "16", "-r", strconv.Itoa(v.rate), "-g:v", strconv.Itoa(2*v.rate),
			"-threads", strconv.Itoa(threads), "-acodec", "copy",
			"-hls_time", "4", "-hls_list_size", "0", "-hls_playlist_type", "vod", "-hls_segment_filename",
			r.Name+".mp4", "-hls_segment_type", "fmp4", "-f", "hls", "-hls_flags", "single_file", r.Name+".m3u8"))
	}
	return append(all,
		ff("-ss", decimal(v.seconds/2), "-i", v.path, "-vf", "thumbnail=50", "-frames:v", "1", "-update", "1",
			"poster.jpg"),
		ff("-i", v.path, "-filter_complex",
			"setpts=N/round(FRAME_RATE)/TB,select='not(mod(t,1))',scale=192:108,tile=layout=10x10", "-frames:v", "1",
			"-q:v", "2", "-update", "1", "board.jpg"))
}

// mediacms uses a CRF run per profile, then HLS packaging, a thumbnail and the
// frames of a sprite. A stream copy replaces its packager, Bento4; its animated
// preview is left out, to its advantage. The arguments come from
// mediacms-io/mediacms, files/helpers.py (get_base_ffmpeg_command,
// VIDEO_BITRATES) and files/tasks.py.
func mediacms(v video, rungs []plan.Rung, _ int64, threads int) [][]string {
	rates := map[string]int{"1080": 4500, "720": 2500, "480": 1000, "360": 500}
	var all [][]string
	for _, r := range rungs {
		preset := "medium"
		if n, _ := strconv.Atoi(r.Name); n >= 720 {
			preset = "faster" // X26x_PRESET_BIG_HEIGHT
		}
		scale := "scale=-2:" + r.Name // it has landscape only; swapped for portrait, to get the same rungs
		if v.width < v.height {
			scale = "scale=" + r.Name + ":-2"
		}
		maxRate := strconv.Itoa(rates[r.Name]*3/2) + "k"
		all = append(all,
			ff("-threads", strconv.Itoa(threads), "-i", v.path, "-c:v", "libx264", "-filter:v",
				scale+",fps=fps="+strconv.Itoa(v.rate), "-pix_fmt", "yuv420p",
				"-crf", "23", "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-maxrate", maxRate, "-bufsize", maxRate,
				"-force_key_frames", "expr:gte(t,n_forced*4)",
				"-x264-params", fmt.Sprintf("keyint=%d:keyint_min=%d", 8*v.rate, 4*v.rate), "-preset", preset,
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
		ff("-ss", decimal(v.seconds/3), "-i", v.path, "-vframes", "1", "-update", "1", "poster.jpg"),
		ff("-i", v.path, "-f", "image2", "-vf", "fps=1/10,scale=160:90", "img%03d.jpg"))
}

// decimal returns seconds as ffmpeg reads them.
func decimal(seconds float64) string { return fmt.Sprintf("%.3f", seconds) }
