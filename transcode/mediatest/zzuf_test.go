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

const (
	seedMost = 512 << 10 // bytes: larger videos give fewer variants in the time
	// far above the seconds that a variant takes, for a busy machine on which fuzzing comes last
	hangs = 4 * time.Minute
)

// ratios are the shares of bits that are turned; small ones get further in.
var ratios = []string{"0.00001", "0.0001", "0.001", "0.004", "0.02"}

// areas are the bytes that are touched: everything, and the head, where most
// of the structure is.
var areas = []string{"", "0-4096", "0-256"}

// variant is one damaged video, made again from these values.
type variant struct {
	film, ratio, area string
	seed              int
}

func (v variant) String() string {
	return fmt.Sprintf("zzuf -s %d -r %s -b %q %s", v.seed, v.ratio, v.area, filepath.Base(v.film))
}

// publishOf is how many variants a published one stands for: ladders cost ten
// times a review.
const publishOf = 4

// TestZzuf sends damaged videos through probe and review for FUZZTIME, and every
// fourth of those that pass through publish, as moderators might approve it.
// None may bring a panic, a hang, an error that blames us, or a file where none
// belongs.
func TestZzuf(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("FUZZTIME"))
	require.NoError(t, err, "FUZZTIME says how long")
	first, _ := strconv.Atoi(os.Getenv("FUZZSEED"))
	tr, err := transcode.New(transcode.Options{Threads: 1, Sandbox: sandbox.Require})
	require.NoError(t, err)
	films := seeds(t)
	require.NotEmpty(t, films)

	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	todo := make(chan variant)
	go func() {
		defer close(todo)
		for n := first; ; n++ {
			v := variant{
				films[n%len(films)], ratios[n/len(films)%len(ratios)], areas[n/len(films)/len(ratios)%len(areas)], n,
			}
			select {
			case todo <- v:
			case <-ctx.Done():
				return
			}
		}
	}()
	var mu sync.Mutex
	ends := map[string]int{}
	var wg sync.WaitGroup
	root := t.TempDir()
	for w := range max(runtime.NumCPU(), 2) {
		wg.Go(func() {
			dir := filepath.Join(root, strconv.Itoa(w))
			for v := range todo {
				end, err := try(tr, v, dir)
				mu.Lock()
				ends[end]++
				mu.Unlock()
				if err != nil {
					t.Errorf("%s: %v", v, err)
				}
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, end := range slices.Sorted(maps.Keys(ends)) {
		t.Logf("%6d %s", ends[end], end)
		sum += ends[end]
	}
	t.Logf("%6d variants of %d films in %s", sum, len(films), length)
}

// seeds are the videos that variants are made of.
func seeds(t *testing.T) []string {
	var films []string
	for _, c := range clips.Catalogue {
		films = append(films, c.Path(t))
	}
	if dir := os.Getenv("CORPUS"); dir != "" {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			if !e.IsDir() && filepath.Ext(e.Name()) != ".md" {
				films = append(films, filepath.Join(dir, e.Name()))
			}
		}
	}
	return slices.DeleteFunc(films, func(p string) bool {
		st, err := os.Stat(p)
		return err != nil || st.Size() == 0 || st.Size() > seedMost
	})
}

// try makes the variant, runs it, and says how it ended. The error is what
// must not happen.
func try(tr *transcode.Transcoder, v variant, dir string) (end string, err error) {
	defer func() {
		if r := recover(); r != nil {
			end, err = "PANIC", fmt.Errorf("panic: %v\n%s", r, debug.Stack())
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
	ctx, stop := context.WithTimeout(context.Background(), hangs)
	defer stop()
	var made transcode.Result
	m, rerr := tr.Probe(ctx, src, refusal.DefaultLimits())
	if rerr == nil {
		made, rerr = run(ctx, tr, m, src, out, plan.Review, nil)
	}
	end, err = judge(ctx, "reviewed", rerr)
	if err == nil {
		err = inPlace(dir, out, rerr == nil)
	}
	if err != nil || rerr != nil || v.seed%publishOf != 0 {
		return end, err
	}
	if err := os.RemoveAll(out); err != nil {
		return "setup", err
	}
	_, rerr = run(ctx, tr, m, src, out, plan.Publish, &made.Findings)
	end, err = judge(ctx, "published", rerr)
	if entries, _ := os.ReadDir(out); err == nil && rerr != nil && len(entries) > 0 {
		err = fmt.Errorf("a refused film leaves %s", entries[0].Name())
	}
	return end, err
}

// judge names the end of a run; the error is what must not happen.
func judge(ctx context.Context, good string, err error) (string, error) {
	switch {
	case ctx.Err() != nil:
		return "HANG", fmt.Errorf("no end within %s: %w", hangs, err)
	case err == nil:
		return good, nil
	case fault.KindOf(err) == fault.Invalid:
		return fault.CodeOf(err), nil
	}
	return "BLAMES US", err
}

func damage(v variant, path string) error {
	in, err := os.Open(v.film)
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
	var bad bytes.Buffer
	cmd.Stdout = &bad
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("zzuf: %w", err)
	}
	return os.WriteFile(path, bad.Bytes(), 0o644)
}

// inPlace holds that the result is all that came to be.
func inPlace(dir, out string, good bool) error {
	var found []string
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			found = append(found, rel)
		}
		return err
	})
	want := []string{"source"}
	if good {
		want = []string{"out/poster.jpg", "out/review.mp4", "out/storyboard.jpg", "out/storyboard.vtt", "source"}
	}
	if !slices.Equal(found, want) {
		return fmt.Errorf("files are %s, right are %s (%w)", strings.Join(found, " "), strings.Join(want, " "), err)
	}
	return nil
}
