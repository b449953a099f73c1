package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// TestSickWorker_LeavesItsWorkToOthers takes ffprobe away from one of two
// workers. It pauses and reports that, the other one does all the work, and no
// story fails or uses up a try; with ffprobe back, it works again by itself.
func TestSickWorker_LeavesItsWorkToOthers(t *testing.T) {
	t.Parallel()
	e, _, _ := external(t)
	e.up("serve")
	programs := t.TempDir()
	for _, name := range []string{"ffmpeg", "ffprobe"} {
		path, err := exec.LookPath(name)
		require.NoError(t, err)
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(programs, name), b, 0o755))
	}
	sick := *e
	address := freePort(t)
	sick.vars = append([]string{}, e.vars...)
	sick.vars = append(sick.vars, "PATH="+programs, "STORYREEL_METRICS_LISTEN="+address,
		"STORYREEL_SCRATCH="+t.TempDir())
	ready := func() (int, string) {
		resp, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			return 0, ""
		}
		defer resp.Body.Close()
		var answer struct{ Checks map[string]string }
		if json.NewDecoder(resp.Body).Decode(&answer) != nil {
			return 0, ""
		}
		return resp.StatusCode, answer.Checks["worker"]
	}
	sick.start("work")
	testkit.Eventually(t, patience, func() bool { status, worker := ready(); return status == 200 && worker == "ok" })
	gone := filepath.Join(programs, "ffprobe")
	require.NoError(t, os.Rename(gone, gone+".away"))

	clip := clips.Get(t, "no-audio")
	first, err := e.submit(clip, "uploaded")
	require.NoError(t, err)
	testkit.Eventually(t, patience, func() bool {
		status, worker := ready()
		return status == 503 && worker == "paused: transcode.killed"
	})
	_, metrics := get(t, "http://"+address+"/metrics")
	require.Contains(t, string(metrics), "storyreel_worker_paused{")
	healthy := e.start("work")
	for range 3 {
		_, err := e.submit(clip, "in_review")
		require.NoError(t, err)
	}
	e.await(first.ID, "in_review")
	testkit.Eventually(t, patience, func() bool { // the end of an attempt is recorded after the story's state
		return !slices.ContainsFunc(e.attempts(first.ID), func(try string) bool {
			return try != "prepare deferred" && try != "prepare done"
		})
	})
	healthy.stop(syscall.SIGINT)
	require.NoError(t, os.Rename(gone+".away", gone))
	testkit.Eventually(t, patience, func() bool { status, _ := ready(); return status == 200 })
	_, err = e.submit(clip, "in_review")
	require.NoError(t, err)
}
