// Package clips generates the small videos that tests use: one for each class of
// source that contributors send, and hostile files. They come from ffmpeg's
// generators or are built byte by byte; nothing is downloaded. Generated files
// are cached between runs.
package clips

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Clip is the recipe of one source and what processing it must give.
type Clip struct {
	Name  string
	Class string   // what it is an example of
	Ext   string   // of the file, with dot; must not influence the pipeline
	Args  []string // of ffmpeg, without the output; empty if After builds the file
	Pipe  bool     // ffmpeg writes to a pipe and cannot seek back to write lengths
	After func(data []byte) ([]byte, error)
	Tag   string // identifies After in the cache: change it together with After

	Width, Height int     // as displayed, pixels
	Seconds       float64 // of the video stream
	Rate          float64 // planned output rate, frames per second
	Audio         bool
	Remux         bool // the review copy is a remux
	Corners       bool // every frame has the colors Corners
	HDR           bool
	Codes         []string // of hostile clips: allowed outcomes, error codes or Accept and Partial
}

// Accept and Partial are outcomes of a hostile clip that is processed, whole or
// as far as it decodes.
const (
	Accept  = "ACCEPT"
	Partial = "ACCEPT_PARTIAL"
)

// Corners are the colors of the test pattern's corners, as sRGB, clockwise from
// the top left. They reveal wrong rotation, mirroring, matrix, range and tone
// mapping. The third is middle gray.
var Corners = [4][3]uint8{{0xC0, 0x30, 0x30}, {0x30, 0xA0, 0x40}, {0x80, 0x80, 0x80}, {0x30, 0x40, 0xC0}}

// recipeVersion is part of the cache's keys. Raise it when generate changes.
const recipeVersion = "1"

// Get returns the path of the named clip, generated if it is not in the cache.
// Other tests share the file: never write to it.
func Get(t testing.TB, name string) string {
	t.Helper()
	for _, list := range [][]Clip{Classes, Irregular, Recorded, Formats, MotionPhotos, Numbered, Flawed, Hostile} {
		for _, c := range list {
			if c.Name == name {
				return c.Path(t)
			}
		}
	}
	t.Fatalf("no clip has the name %q", name)
	return ""
}

// Path returns the path of the clip, generated if it is not in the cache.
func (c Clip) Path(t testing.TB) string {
	t.Helper()
	p, err := c.ensure()
	if err != nil {
		t.Fatalf("make clip %s: %v", c.Name, err)
	}
	return p
}

// Folder returns the folder of the cache, which it creates if needed:
// $STORYREEL_TEST_CACHE, else a folder in the user's cache folder.
func Folder() (string, error) {
	dir := os.Getenv("STORYREEL_TEST_CACHE")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			base = os.TempDir()
		}
		dir = filepath.Join(base, "storyreel-clips")
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// ensure returns the path of the clip in the cache and generates a missing one.
func (c Clip) ensure() (string, error) {
	dir, err := Folder()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(
		[]byte(strings.Join(append([]string{recipeVersion, c.Tag, fmt.Sprint(c.Pipe), c.Ext}, c.Args...), "\x00")))
	path := filepath.Join(dir, c.Name+"-"+hex.EncodeToString(sum[:6])+c.Ext)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	// Several test processes may need the same clip: one generates it, the others wait.
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	work, err := os.MkdirTemp(dir, ".making-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	tmp := filepath.Join(work, "clip"+c.Ext)
	if err := c.generate(tmp); err != nil {
		return "", err
	}
	return path, os.Rename(tmp, path)
}

// generate writes the clip to path.
func (c Clip) generate(path string) error {
	var data []byte
	if len(c.Args) > 0 {
		output := path
		if c.Pipe {
			output = "pipe:1"
		}
		options := append([]string{"-nostdin", "-hide_banner", "-v", "error", "-y"}, c.Args...)
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		cmd := exec.CommandContext(ctx, "ffmpeg", append(options, output)...)
		cmd.Dir = filepath.Dir(path)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		piped, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("ffmpeg %s: %w: %s", strings.Join(c.Args, " "), err, stderr.String())
		}
		if c.Pipe {
			data = piped
		} else if data, err = os.ReadFile(path); err != nil {
			return err
		}
	}
	if c.After != nil {
		var err error
		if data, err = c.After(data); err != nil {
			return err
		}
	}
	return os.WriteFile(path, data, 0o644)
}

// content generates the clip outside of the cache and returns its bytes.
func (c Clip) content() ([]byte, error) {
	dir, err := os.MkdirTemp("", "storyreel-clip-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "clip"+c.Ext)
	if err := c.generate(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
