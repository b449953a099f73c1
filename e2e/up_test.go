package e2e

import (
	"encoding/json"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// item is what the feed shows of the media of a story.
type item struct{ HLS, MP4, Poster, Storyboard string }

func (e *env) item(storyID string) item {
	e.t.Helper()
	_, body := e.call("GET", "/v1/feed/"+storyID, "", nil)
	var i item
	require.NoError(e.t, json.Unmarshal(body, &i))
	return i
}

// TestUp_TheWholeWay takes a clip with a phone's rotation and position from the
// command line to the feed, into the selection, and out again.
func TestUp_TheWholeWay(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	up := e.up("up")
	require.Contains(t, up.log.String(), "/c/thatsongwhen")
	require.Contains(t, up.log.String(), "/sign-in#to=/review&link=")

	st, err := e.submit(clips.Get(t, "rotated"), "in_review")
	require.NoError(t, err)
	require.Empty(t, e.feed(), "nothing unapproved is public")
	e.decide(st.ID, "approve")
	e.await(st.ID, "published")
	require.Equal(t, []string{st.ID}, e.feed())
	first := e.item(st.ID)
	require.Empty(t, first.HLS, "players differ in what they make of a rotated stream")
	requireNoMetadata(t, first)
	requirePrivate(t, st.ID, first)
	e.refined(st.ID)
	published := e.item(st.ID)
	requirePlayable(t, published.HLS)
	status, _ := get(t, first.MP4)
	require.Equal(t, 200, status, "some may be playing it")
	requireNoMetadata(t, published)
	requirePrivate(t, st.ID, published)
	source := e.selectStory(st.ID)

	e.decide(st.ID, "hide")
	require.Empty(t, e.feed())
	for _, address := range []string{published.MP4, first.MP4} {
		testkit.Eventually(t, patience, func() bool { status, _ := get(t, address); return status != 200 })
	}
	e.decide(st.ID, "restore")
	e.await(st.ID, "published")
	restored := e.item(st.ID)

	status, _ = e.call("DELETE", "/v1/stories/"+st.ID, st.token, nil)
	require.Equal(t, 200, status)
	require.Empty(t, e.feed())
	e.await(st.ID, "erased")
	status, _ = get(t, restored.MP4)
	require.NotEqual(t, 200, status)
	status, _ = get(t, source)
	require.Equal(t, 404, status, "the source is erased too")
	_, body := e.call("GET", "/v1/stories/"+st.ID, e.key("admin"), nil)
	require.NotContains(t, string(body), "Heroes")
}

// requirePlayable requires an upright rendition and complete playlists.
func requirePlayable(t *testing.T, hls string) {
	t.Helper()
	status, master := get(t, hls)
	require.Equal(t, 200, status)
	require.Contains(t, string(master), "RESOLUTION=360x640", "upright")
	base, err := url.Parse(hls)
	require.NoError(t, err)
	for _, line := range strings.Split(string(master), "\n") {
		if strings.HasSuffix(line, ".m3u8") && !strings.HasPrefix(line, "#") {
			ref, err := base.Parse(line)
			require.NoError(t, err)
			status, playlist := get(t, ref.String())
			require.Equal(t, 200, status)
			require.Contains(t, string(playlist), "#EXT-X-ENDLIST")
		}
	}
}

// requireNoMetadata requires that nothing of the source's metadata is public.
func requireNoMetadata(t *testing.T, i item) {
	t.Helper()
	for _, public := range []string{i.MP4, i.Poster, i.Storyboard} {
		status, b := get(t, public)
		require.Equal(t, 200, status, public)
		for _, private := range []string{"+52.5163", "Acmephone", "Acme Nine", "Secret Title"} {
			require.NotContains(t, string(b), private, public)
		}
	}
}

// requirePrivate requires that nobody can list the bucket or read the story's
// other prefixes without a signature.
func requirePrivate(t *testing.T, storyID string, i item) {
	t.Helper()
	root := strings.TrimSuffix(i.MP4, "public/"+path.Join(storyID, path.Base(path.Dir(i.MP4)), path.Base(i.MP4)))
	for _, private := range []string{
		"", "review/" + storyID + "/1/review.mp4", "sources/" + storyID + "/", "incoming/" + storyID + "/",
	} {
		status, _ := get(t, root+private)
		require.Equal(t, 403, status, private)
	}
}

// selectStory puts the story into the selection and returns the address of its
// source in the export, which must be unchanged.
func (e *env) selectStory(storyID string) string {
	e.t.Helper()
	key := e.key("creative")
	status, body := e.call("PUT", "/v1/campaigns/thatsongwhen/selection/ad-1", key, map[string]string{"story": storyID})
	require.Equal(e.t, 200, status, string(body))
	var export struct {
		Items []struct {
			SourceURL string `json:"source_url"`
		}
	}
	_, body = e.call("GET", "/v1/campaigns/thatsongwhen/selection/export", key, nil)
	require.NoError(e.t, json.Unmarshal(body, &export))
	status, source := get(e.t, export.Items[0].SourceURL)
	require.Equal(e.t, 200, status)
	require.Contains(e.t, string(source), "Acmephone", "the source is unchanged")
	return export.Items[0].SourceURL
}

// TestUp_ACutIsAllThatAnyoneSees sends eight seconds of which two are the
// story, to a service that publishes in AV1 as well.
func TestUp_ACutIsAllThatAnyoneSees(t *testing.T) {
	t.Parallel()
	e := newEnv(t, "STORYREEL_AV1=true")
	e.up("up")
	file := clips.Numbered[0].Path(t)
	st, err := e.submit(file, "in_review", "--from", "9s")
	require.Error(t, err)
	require.Equal(t, "cut_outside", st.Failure.Code)
	st, err = e.submit(file, "in_review", "--from", "3s", "--to", "5s")
	require.NoError(t, err)
	e.decide(st.ID, "approve")
	e.await(st.ID, "published")
	var item struct {
		HLS        string `json:"hls"`
		MP4        string `json:"mp4"`
		DurationMS int64  `json:"duration_ms"`
	}
	_, body := e.call("GET", "/v1/feed/"+st.ID, "", nil)
	require.NoError(t, json.Unmarshal(body, &item))
	require.InDelta(t, 2000, item.DurationMS, 50)
	_, video := get(t, item.MP4)
	require.Equal(t, 3*clips.NumberedRate, firstNumber(t, video))
	e.refined(st.ID)
	_, body = e.call("GET", "/v1/feed/"+st.ID, "", nil)
	require.NoError(t, json.Unmarshal(body, &item))
	_, video = get(t, item.MP4)
	require.Equal(t, 3*clips.NumberedRate, firstNumber(t, video))
	_, master := get(t, item.HLS)
	require.Contains(t, string(master), `CODECS="av01.`)
}

// TestUp_ANewOriginMayUploadAtOnce changes a campaign while the service runs.
func TestUp_ANewOriginMayUploadAtOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.up("up")
	const brand = "https://brand.example"
	allowed := func(method, address string) string {
		req, err := http.NewRequest(http.MethodOptions, address, nil)
		require.NoError(t, err)
		req.Header.Set("Origin", brand)
		req.Header.Set("Access-Control-Request-Method", method)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.Header.Get("Access-Control-Allow-Origin")
	}
	begun := func() (upload string) {
		var b struct {
			Upload struct{ Requests []struct{ URL string } }
		}
		status, body := e.call("POST", "/v1/campaigns/thatsongwhen/stories", "", map[string]any{
			"contributor": map[string]string{"name": "Zoë"},
			"song":        map[string]string{"title": "Heroes", "artist": "David Bowie"},
			"release":     map[string]any{"version": 1, "agreed": true, "of_age": true, "others_agreed": true},
			"file":        map[string]any{"bytes": 5},
		})
		require.Equal(t, 201, status, string(body))
		require.NoError(t, json.Unmarshal(body, &b))
		return b.Upload.Requests[0].URL
	}
	require.Empty(t, allowed("POST", e.url+"/v1/campaigns/thatsongwhen/stories"))
	require.NotEqual(t, brand, allowed("PUT", begun()))
	status, body := e.call("PUT", "/v1/campaigns/thatsongwhen", e.key("admin"),
		map[string]any{"origins": []string{brand}})
	require.Equal(t, 200, status, string(body))
	require.Equal(t, brand, allowed("POST", e.url+"/v1/campaigns/thatsongwhen/stories"))
	require.Equal(t, brand, allowed("PUT", begun()))
	e.run("campaign", "set", "thatsongwhen", "--origin", "https://other.example")
	upload := begun()
	testkit.Eventually(t, patience, func() bool { return allowed("PUT", upload) != brand })
}

// firstNumber reads the number in the first frame of a numbered video.
func firstNumber(t *testing.T, video []byte) int {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "video.mp4"), filepath.Join(dir, "first.png")
	require.NoError(t, os.WriteFile(in, video, 0o600))
	output, err := exec.Command("ffmpeg", "-v", "error", "-i", in, "-frames:v", "1", out).CombinedOutput()
	require.NoError(t, err, string(output))
	f, err := os.Open(out)
	require.NoError(t, err)
	defer f.Close()
	img, err := png.Decode(f)
	require.NoError(t, err)
	return clips.Number(img, img.Bounds())
}

// TestUp_StopsCleanlyAndGoesOn stops in the middle of work and starts again.
func TestUp_StopsCleanlyAndGoesOn(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	up := e.up("up")
	st, err := e.submit(clips.Get(t, "portrait-hevc"), "in_review")
	require.NoError(t, err)
	e.decide(st.ID, "approve")
	e.awaitLadder(st.ID)
	up.stop(syscall.SIGINT)
	require.Contains(t, up.log.String(), "Storyreel has stopped")
	require.Equal(t, 0, up.cmd.ProcessState.ExitCode())
	e.up("up")
	e.awaitAttempts(st.ID, "prepare done", "publish done", "ladder handed_back", "ladder done")
}

// TestUp_HostileFilesEndWhereTheyMust sends every class of hostile file
// through the whole service.
func TestUp_HostileFilesEndWhereTheyMust(t *testing.T) {
	t.Parallel()
	e := newEnv(t, "STORYREEL_BEGINS_PER_HOUR=1000")
	e.up("up")
	t.Run("files", func(t *testing.T) {
		for _, clip := range clips.Hostile {
			t.Run(clip.Name, func(t *testing.T) {
				t.Parallel()
				got := e.in(t).outcome(clip.Path(t))
				mayPass := slices.Contains(clip.Codes, clips.Accept) || slices.Contains(clip.Codes, clips.Partial)
				if got == accepted && mayPass {
					return
				}
				require.Contains(t, clip.Codes, got, clip.Class)
			})
		}
	})
	status, _ := get(t, e.url+"/readyz")
	require.Equal(t, 200, status, "the service has taken no harm")
}
