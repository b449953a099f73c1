//go:build zzuf

package mediatest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/sandbox"
	"github.com/storyreel/storyreel/internal/testkit/clips"
	"github.com/storyreel/storyreel/transcode"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// maxSeedBytes excludes larger videos, of which fewer variants run in the same
// time.
const maxSeedBytes = 512 << 10

// publishEvery publishes one of so many variants: a ladder costs ten times a
// review.
const publishEvery = 4

// ratios are shares of changed bits; with low ones more of the file is read.
var ratios = []string{"0.00001", "0.0001", "0.001", "0.004", "0.02"}

// areas are ranges of changed bytes: the whole file, and its head, which has
// most of the structure.
var areas = []string{"", "0-4096", "0-256"}

// variant describes a damaged video; the same values give the same bytes.
type variant struct {
	video, ratio, area string
	seed               int
}

func (v variant) String() string {
	return fmt.Sprintf("zzuf -s %d -r %s -b %q %s", v.seed, v.ratio, v.area, filepath.Base(v.video))
}

// TestZzuf sends damaged videos through probe and review for FUZZTIME, and
// every fourth of those that pass through publish. It fails on a panic, a hang,
// an error other than a refusal, a review copy that shows anything else than
// what is published, and on unexpected files.
func TestZzuf(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("FUZZTIME"))
	require.NoError(t, err, "FUZZTIME must be a duration")
	first, _ := strconv.Atoi(os.Getenv("FUZZSEED"))
	tr, err := transcode.New(transcode.Options{Threads: 1, Sandbox: sandbox.Require})
	require.NoError(t, err)
	videos := seeds(t)
	require.NotEmpty(t, videos)

	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	variants := make(chan variant)
	go func() {
		defer close(variants)
		for n := first; ; n++ {
			v := variant{
				videos[n%len(videos)], ratios[n/len(videos)%len(ratios)],
				areas[n/len(videos)/len(ratios)%len(areas)], n,
			}
			select {
			case variants <- v:
			case <-ctx.Done():
				return
			}
		}
	}()
	var mu sync.Mutex
	outcomes := map[string]int{}
	var wg sync.WaitGroup
	root := t.TempDir()
	for w := range max(runtime.NumCPU(), 2) {
		wg.Go(func() {
			dir := filepath.Join(root, strconv.Itoa(w))
			for v := range variants {
				outcome, err := try(tr, v, dir)
				mu.Lock()
				outcomes[outcome]++
				mu.Unlock()
				if err != nil {
					t.Errorf("%s: %v", v, err)
				}
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, outcome := range slices.Sorted(maps.Keys(outcomes)) {
		t.Logf("%6d %s", outcomes[outcome], outcome)
		sum += outcomes[outcome]
	}
	t.Logf("%6d variants of %d videos in %s", sum, len(videos), length)
}

// seeds returns the videos that are damaged: the clips, and those of CORPUS if
// set.
func seeds(t *testing.T) []string {
	var videos []string
	for _, c := range slices.Concat(clips.Classes, clips.Irregular, clips.Recorded, clips.Formats, clips.MotionPhotos) {
		videos = append(videos, c.Path(t))
	}
	if dir := os.Getenv("CORPUS"); dir != "" {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			if !e.IsDir() && filepath.Ext(e.Name()) != ".md" {
				videos = append(videos, filepath.Join(dir, e.Name()))
			}
		}
	}
	return slices.DeleteFunc(videos, func(p string) bool {
		st, err := os.Stat(p)
		return err != nil || st.Size() == 0 || st.Size() > maxSeedBytes
	})
}

// try makes the variant, runs it and returns its outcome. err is nil unless the
// test must fail.
func try(tr *transcode.Transcoder, v variant, dir string) (outcome string, err error) {
	defer func() {
		if r := recover(); r != nil {
			outcome, err = "PANIC", fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	out := filepath.Join(dir, "out")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return "setup", err
	}
	defer os.RemoveAll(dir)
	src := filepath.Join(dir, "source")
	if err := damage(v, src); err != nil {
		return "setup", err
	}
	ctx, stop := context.WithTimeout(context.Background(), hangLimit)
	defer stop()
	var review transcode.Result
	m, runErr := tr.Probe(ctx, src, refusal.DefaultLimits())
	if runErr == nil {
		review, runErr = run(ctx, tr, m, src, out, plan.Review, nil)
	}
	outcome, err = classify(ctx, "reviewed", runErr)
	if err == nil {
		err = checkFiles(dir, runErr == nil)
	}
	if err != nil || runErr != nil || v.seed%publishEvery != 0 {
		return outcome, err
	}
	seen := filepath.Join(dir, "seen")
	if err := os.Rename(out, seen); err != nil {
		return "setup", err
	}
	published, runErr := run(ctx, tr, m, src, out, plan.Publish, &review.Findings)
	outcome, err = classify(ctx, "published", runErr)
	if err == nil && runErr == nil {
		err = clips.Compare(filepath.Join(seen, review.Assets.MP4), filepath.Join(out, published.Assets.MP4))
	}
	if entries, _ := os.ReadDir(out); err == nil && runErr != nil && len(entries) > 0 {
		err = fmt.Errorf("a refused video leaves %s", entries[0].Name())
	}
	return outcome, err
}

// classify returns the outcome of a run with the given error. Its own error is
// nil for a success and for a refusal.
func classify(ctx context.Context, success string, err error) (string, error) {
	switch {
	case ctx.Err() != nil:
		return "HANG", fmt.Errorf("not ended after %s: %w", hangLimit, err)
	case err == nil:
		return success, nil
	case fault.KindOf(err) == fault.Invalid:
		return fault.CodeOf(err), nil
	}
	return "DEFECT", err
}

// damage writes the variant's bytes to path.
func damage(v variant, path string) error {
	in, err := os.Open(v.video)
	if err != nil {
		return err
	}
	defer in.Close()
	args := []string{"-s", strconv.Itoa(v.seed), "-r", v.ratio}
	if v.area != "" {
		args = append(args, "-b", v.area)
	}
	cmd := exec.Command("zzuf", args...)
	cmd.Stdin = in
	var damaged bytes.Buffer
	cmd.Stdout = &damaged
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("zzuf: %w", err)
	}
	return os.WriteFile(path, damaged.Bytes(), 0o644)
}

// checkFiles fails when dir has other files than the source and, after a
// success, those of the review copy.
func checkFiles(dir string, success bool) error {
	var found []string
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			found = append(found, rel)
		}
		return err
	})
	want := []string{"source"}
	if success {
		want = []string{"out/poster.jpg", "out/review.mp4", "out/storyboard.jpg", "out/storyboard.vtt", "source"}
	}
	if !slices.Equal(found, want) {
		return fmt.Errorf("files are %s, expected are %s (%w)", strings.Join(found, " "), strings.Join(want, " "), err)
	}
	return nil
}
