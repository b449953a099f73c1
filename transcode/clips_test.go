package transcode

import (
	"context"
	"encoding/json"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode/analysis"
	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/mp4"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

func transcoder(t *testing.T) *Transcoder {
	t.Helper()
	tr, err := New(Options{Threads: 2, Sandbox: sandbox.Require})
	require.NoError(t, err)
	return tr
}

// secrets are values of the clips' metadata; no output may contain them.
var secrets = []string{
	"52.5163", "Acmephone", "Acme Nine", "Core Media Video by Acme", "Secret Title", "Secret Comment",
	"Secret Subtitle", "Secret Chapter", "Secret Markup", "<script",
}

// TestClips_ContainSecrets proves that requireNoSecrets can fail.
func TestClips_ContainSecrets(t *testing.T) {
	var all strings.Builder
	for _, list := range [][]clips.Clip{clips.Classes, clips.Hostile} {
		for _, c := range list {
			b, err := os.ReadFile(c.Path(t))
			require.NoError(t, err)
			all.Write(b)
		}
	}
	for _, s := range secrets {
		require.True(t, strings.Contains(all.String(), s), "no clip contains %q", s)
	}
}

func TestRun_EveryClass(t *testing.T) {
	tr := transcoder(t)
	for _, c := range clips.Classes {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel() // the checks take one core, as ffmpeg does on small videos
			src := c.Path(t)
			m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
			require.NoError(t, err)
			require.Equal(t, [2]int{c.Width, c.Height}, [2]int{m.Video.Width, m.Video.Height}, "display size")
			require.InDelta(t, c.Seconds, m.Duration.Seconds(), 0.06)
			require.InDelta(t, c.Rate, m.Video.Rate.Float(), 0.01)
			require.Equal(t, c.Audio, m.Audio != nil)
			require.Equal(t, c.HDR, m.Video.HDR())
			require.Equal(t, strings.HasPrefix(c.Name, "dolby-vision"), m.Video.DolbyVision == 8)

			review := runProfile(t, tr, src, m, plan.Review, c)
			require.Equal(t, c.Remux, review.res.Assets.Remuxed)
			publish := runProfile(t, tr, src, m, plan.Publish, c)
			requireSameFrames(t, src, m, review)
			requireSameStory(t, review, publish)
			first := requireFirst(t, tr, review)
			publish.requireHLS(t, c)
			publish.requireDecodes(t)
			publish.requirePreview(t)
			require.Less(t, publish.res.Usage.MaxRSS, int64(700<<20))
			if c.Audio && c.Name != "silent-track" && c.Seconds >= 2 && !slices.Contains(synced, c.Name) {
				require.InDelta(t, -16, loudnessOf(t, filepath.Join(publish.dir, command.FileStory)), 1)
				require.InDelta(t, -16, loudnessOf(t, filepath.Join(first.dir, command.FileStory)), 1.2)
			}
		})
	}
}

// outcome is a run of a profile on a clip.
type outcome struct {
	dir  string
	res  Result
	plan plan.Plan
}

// runProfile runs a profile on a probed clip and checks what holds for every
// output.
func runProfile(t *testing.T, tr *Transcoder, src string, m media.Media, profile plan.Profile, c clips.Clip) outcome {
	t.Helper()
	p, err := plan.New(m, plan.Options{Profile: profile}, refusal.DefaultLimits())
	require.NoError(t, err)
	o := outcome{dir: t.TempDir(), plan: p}
	last := -1.0
	o.res, err = tr.Run(t.Context(), p, src, o.dir, func(p Progress) {
		require.GreaterOrEqual(t, p.Fraction, last, "progress never decreases")
		last = p.Fraction
	})
	require.NoError(t, err, "%s: %s", profile, ffmpeg.Stderr(err))
	require.Equal(t, 1.0, last)
	require.InDelta(t, c.Seconds, o.res.Assets.Duration.Seconds(), max(0.05, 1.01/p.Rate.Float()),
		"length of %s", profile)
	requireOnlyNamed(t, o)
	requireNoSecrets(t, o.dir)
	if c.Corners {
		requireCorners(t, filepath.Join(o.dir, o.res.Assets.Poster), c)
	}
	return o
}

// requireOnlyNamed checks that the folder has the files of the result, those of
// the playlists, and no others.
func requireOnlyNamed(t *testing.T, o outcome) {
	t.Helper()
	s := o.res.Assets
	want := []string{s.MP4, s.Poster, s.Storyboard, s.StoryboardVTT}
	if o.plan.Profile == plan.Publish {
		want = append(want, s.HLS, s.PosterModern, s.Preview)
		for _, r := range o.plan.Rungs {
			want = append(want, r.Name+".mp4", r.Name+".m3u8", r.Name+"-iframes.m3u8")
		}
		if o.plan.Audio.Present {
			want = append(want, command.FileAudio, command.FileAudioPlaylist)
		}
	}
	entries, err := os.ReadDir(o.dir)
	require.NoError(t, err)
	var got []string
	var bytes int64
	for _, e := range entries {
		st, err := e.Info()
		require.NoError(t, err)
		got, bytes = append(got, e.Name()), bytes+st.Size()
	}
	require.ElementsMatch(t, want, got)
	require.Equal(t, bytes, s.Bytes)
	require.Len(t, s.Digest, 64)
}

func requireNoSecrets(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		for _, s := range secrets {
			require.False(t, strings.Contains(string(b), s), "%s contains %q", e.Name(), s)
		}
	}
}

// requireCorners checks the four marked corners of an image: with a wrong
// rotation, matrix or range, mirrored or tone-mapped wrongly, they differ.
func requireCorners(t *testing.T, path string, c clips.Clip) {
	t.Helper()
	tolerance := 16.0
	if c.HDR { // converted to HDR and tone-mapped
		tolerance = 45
	}
	img := readImage(t, path)
	requireMarked(t, img, img.Bounds(), tolerance)
}

func readImage(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	img, _, err := image.Decode(f)
	require.NoError(t, err)
	return img
}

// requireMarked checks the marked corners of a part of an image.
func requireMarked(t *testing.T, img image.Image, part image.Rectangle, tolerance float64) {
	t.Helper()
	for i, at := range [4]image.Point{{1, 1}, {7, 1}, {7, 7}, {1, 7}} { // in eighths
		got := average(img, part.Min.X+part.Dx()*at.X/8, part.Min.Y+part.Dy()*at.Y/8)
		for k := range 3 {
			require.InDelta(t, int(clips.Corners[i][k]), got[k], tolerance, "corner %d is %v, want %v", i, got,
				clips.Corners[i])
		}
	}
}

// average returns the mean color of the 5×5 pixels around a point.
func average(img image.Image, x, y int) [3]int {
	var sum [3]int
	for dy := -2; dy <= 2; dy++ {
		for dx := -2; dx <= 2; dx++ {
			r, g, b, _ := img.At(x+dx, y+dy).RGBA()
			sum[0], sum[1], sum[2] = sum[0]+int(r>>8), sum[1]+int(g>>8), sum[2]+int(b>>8)
		}
	}
	return [3]int{sum[0] / 25, sum[1] / 25, sum[2] / 25}
}

// TestRun_PadsFramesOfAnotherShape: the phone was rotated during the recording;
// frames of another shape than the first keep it, between bars.
func TestRun_PadsFramesOfAnotherShape(t *testing.T) {
	tr := transcoder(t)
	src := clips.Get(t, "turned")
	m, err := tr.Probe(t.Context(), src, refusal.DefaultLimits())
	require.NoError(t, err)
	for _, profile := range []plan.Profile{plan.Review, plan.Publish} {
		t.Run(string(profile), func(t *testing.T) {
			o := runProfile(t, tr, src, m, profile, clips.Clip{Seconds: 4})
			// portrait frames have 240 by 320 pixels, landscape ones 240 by 180 of them
			for at, top := range map[string]int{"1": 0, "3": 70} {
				still := filepath.Join(t.TempDir(), "still.png")
				out, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-ss", at, "-i",
					filepath.Join(o.dir, o.res.Assets.MP4), "-frames:v", "1", still).CombinedOutput()
				require.NoError(t, err, "%s", out)
				img := readImage(t, still)
				require.Equal(t, image.Pt(240, 320), img.Bounds().Size())
				requireMarked(t, img, image.Rect(0, top, 240, 320-top), 16)
				if top > 0 {
					require.Equal(t, [2][3]int{}, [2][3]int{average(img, 120, 30), average(img, 120, 290)}, "bars")
				}
			}
		})
	}
}

// requireHLS opens the master playlist with ffprobe and checks its streams.
func (o outcome) requireHLS(t *testing.T, c clips.Clip) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(o.dir, o.res.Assets.HLS))
	require.NoError(t, err)
	for _, want := range []string{
		"AVERAGE-BANDWIDTH=", "CODECS=\"avc1.", "FRAME-RATE=", "VIDEO-RANGE=SDR", "#EXT-X-INDEPENDENT-SEGMENTS",
		"#EXT-X-I-FRAME-STREAM-INF",
	} {
		require.Contains(t, string(b), want)
	}
	require.Equal(t, c.Audio, strings.Contains(string(b), `AUDIO="audio"`))
	require.Len(t, o.res.Assets.Renditions, len(o.plan.Rungs))
	var got struct {
		Streams []struct {
			Kind   string `json:"codec_type"`
			Width  int    `json:"width"`
			Pix    string `json:"pix_fmt"`
			SAR    string `json:"sample_aspect_ratio"`
			Matrix string `json:"color_space"`
		} `json:"streams"`
	}
	out, err := exec.Command("ffprobe", "-v", "error", "-of", "json", "-show_streams",
		filepath.Join(o.dir, o.res.Assets.HLS)).Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &got))
	videos := 0
	for _, s := range got.Streams {
		if s.Kind != "video" {
			continue
		}
		videos++
		require.Equal(t, "yuv420p", s.Pix)
		require.Contains(t, []string{"1:1", ""}, s.SAR)
		require.Equal(t, "bt709", s.Matrix)
	}
	require.Equal(t, len(o.plan.Rungs), videos)
}

// requireDecodes decodes every MP4 file completely.
func (o outcome) requireDecodes(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(o.dir, "*.mp4"))
	require.NoError(t, err)
	require.Greater(t, len(files), len(o.plan.Rungs))
	for _, f := range files {
		out, err := exec.Command("ffmpeg", "-nostdin", "-v", "warning", "-xerror", "-i", f, "-f", "null", "-").
			CombinedOutput()
		require.NoError(t, err, "%s: %s", f, out)
		require.Empty(t, string(out), f)
	}
}

// requirePreview checks that the preview is short, muted and of the video's
// aspect ratio.
func (o outcome) requirePreview(t *testing.T) {
	t.Helper()
	m, err := mp4.ReadTrack(filepath.Join(o.dir, o.res.Assets.Preview), "vide")
	require.NoError(t, err)
	require.Zero(t, m.Others, "the preview has a video track only")
	require.InDelta(t, min(analysis.PreviewSeconds, o.plan.Duration.Seconds()), m.Seconds, 0.2)
	aspect := float64(o.res.Assets.Width) / float64(o.res.Assets.Height)
	require.InDelta(t, aspect, float64(m.Width)/float64(m.Height), 0.05)
}

// loudnessOf returns the integrated loudness in LUFS and checks the true peak.
func loudnessOf(t *testing.T, path string) float64 {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:a", "-af",
		"ebur128=peak=true:metadata=1,ametadata=mode=print:file=-", "-f", "null", "-").Output()
	require.NoError(t, err)
	l, err := analysis.ParseLoudness(out)
	require.NoError(t, err)
	require.Less(t, l.Peak, -0.5, "true peak")
	return l.Integrated
}

func TestRun_EveryHostileClipGetsAnExpectedCode(t *testing.T) {
	tr := transcoder(t)
	for _, c := range clips.Hostile {
		t.Run(c.Name, func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), hangLimit)
			defer stop()
			got := clips.Accept
			for _, p := range []plan.Profile{plan.Review, plan.Publish} {
				dir := t.TempDir()
				res, err := pipeline(ctx, tr, c.Path(t), dir, p)
				require.Less(t, res.Usage.MaxRSS, int64(300<<20))
				if err != nil {
					got = fault.CodeOf(err)
					require.True(t, fault.Permanent(err), "a hostile file is not retried: %v", err)
					require.NotContains(t, fault.As(err).Detail, "/", "contributors see no path")
					entries, err := os.ReadDir(dir)
					require.NoError(t, err)
					require.Empty(t, entries, "a failed run leaves no file")
				} else {
					requireNoSecrets(t, dir)
				}
				require.True(t, slices.Contains(c.Codes, got), "%s gives %s, expected are %v: %v %s", p, got, c.Codes,
					err, ffmpeg.Stderr(err))
			}
		})
	}
}

// pipeline probes, plans and runs one profile.
func pipeline(ctx context.Context, tr *Transcoder, src, dir string, profile plan.Profile) (Result, error) {
	m, err := tr.Probe(ctx, src, refusal.DefaultLimits())
	if err != nil {
		return Result{}, err
	}
	p, err := plan.New(m, plan.Options{Profile: profile}, refusal.DefaultLimits())
	if err != nil {
		return Result{}, err
	}
	return tr.Run(ctx, p, src, dir, nil)
}

// TestProbe_AMRAudio checks that the clip has the codecs of its name.
func TestProbe_AMRAudio(t *testing.T) {
	m, err := transcoder(t).Probe(t.Context(), clips.Get(t, "h263-amr"), refusal.DefaultLimits())
	require.NoError(t, err)
	require.Equal(t, "h263", m.Video.Codec)
	require.InDelta(t, 3, m.Audio.Seconds, 0.05)
	require.Equal(t, media.Audio{Index: 1, Codec: "amr_nb", Channels: 1, SampleRate: 8000, Bitrate: m.Audio.Bitrate,
		Seconds: m.Audio.Seconds}, *m.Audio)
}
