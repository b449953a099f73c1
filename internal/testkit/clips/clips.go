// Package clips makes the small videos that tests run on, one for each class
// of source that contributors send, and the hostile files that attackers do.
// Everything is made by ffmpeg's own generators or by hand; nothing is
// downloaded. Made files are kept between runs.
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

// Clip is one source and what it must become.
type Clip struct {
	Name  string
	Class string   // what it stands for
	Ext   string   // of the file, with dot; the pipeline must not care
	Args  []string // ffmpeg's arguments, without the output
	Pipe  bool     // ffmpeg writes to a pipe and cannot go back to fill in lengths
	After func(data []byte) ([]byte, error)
	Tag   string // names what After does; changing it makes the clip anew

	Width, Height int     // as displayed
	Seconds       float64 // of the video
	Rate          float64 // planned output rate
	Sound         bool
	Remux         bool // reviewed with its own bits
	Corners       bool // shows Corners; false where the frame is something else
	HDR           bool
	Codes         []string // for hostile clips: outcomes that are right; Accept and Partial among them
}

// Accept and Partial are outcomes of a hostile clip that is let through, whole
// or as far as it decodes.
const (
	Accept  = "ACCEPT"
	Partial = "ACCEPT_PARTIAL"
)

// Corner colors of the marked frame, as sRGB, clockwise from the top left:
// they tell rotation, mirroring, matrix, range and tone mapping apart. The
// last is middle gray.
var Corners = [4][3]uint8{{0xC0, 0x30, 0x30}, {0x30, 0xA0, 0x40}, {0x80, 0x80, 0x80}, {0x30, 0x40, 0xC0}}

// recipeVersion is raised when the way of making clips changes.
const recipeVersion = "1"

// Get returns the path of the named clip, made if it is not in the cache. The
// file is shared with other tests: read it only.
func Get(t testing.TB, name string) string {
	t.Helper()
	for _, list := range [][]Clip{Catalogue, Numbered, Flawed, Hostile} {
		for _, c := range list {
			if c.Name == name {
				return c.Path(t)
			}
		}
	}
	t.Fatalf("no clip is called %q", name)
	return ""
}

// Path returns the clip's file, made if it is not in the cache.
func (c Clip) Path(t testing.TB) string {
	t.Helper()
	p, err := c.make()
	if err != nil {
		t.Fatalf("make clip %s: %v", c.Name, err)
	}
	return p
}

// Folder is where made clips are kept: $STORYREEL_TEST_CACHE, else a folder
// in the user's cache.
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

func (c Clip) make() (string, error) {
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
	// Two test programs may want the same clip: one makes it, the other waits.
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
	made := filepath.Join(work, "clip"+c.Ext)
	if err := c.write(made); err != nil {
		return "", err
	}
	return path, os.Rename(made, path)
}

func (c Clip) write(path string) error {
	var data []byte
	if len(c.Args) > 0 {
		out := path
		if c.Pipe {
			out = "pipe:1"
		}
		args := append([]string{"-nostdin", "-hide_banner", "-v", "error", "-y"}, c.Args...)
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		cmd := exec.CommandContext(ctx, "ffmpeg", append(args, out)...)
		cmd.Dir = filepath.Dir(path)
		var said strings.Builder
		cmd.Stderr = &said
		piped, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("ffmpeg %s: %w: %s", strings.Join(c.Args, " "), err, said.String())
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

// bytes makes the clip in a folder of its own and returns its content.
func (c Clip) bytes() ([]byte, error) {
	dir, err := os.MkdirTemp("", "storyreel-clip-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "clip"+c.Ext)
	if err := c.write(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
