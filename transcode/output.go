package transcode

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/command"
)

// workingFiles are removed before the output is moved.
var workingFiles = []string{
	command.FileTiles, command.FileMeasure, command.FileSharp, command.FileLoudness, command.FileFingerprint,
	command.FileSamples, command.FileCopySamples, command.FileDecoded, command.FileFrames, command.FileFFmpegMaster,
}

// moveOutput moves the result from the working folder to outDir and sets its
// size and digest. On an error outDir has no file of it.
func moveOutput(work, outDir string, set *media.Assets) error {
	for _, name := range workingFiles {
		if err := os.Remove(filepath.Join(work, name)); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("remove working file: %w", err)
		}
	}
	entries, err := os.ReadDir(work)
	if err != nil {
		return fmt.Errorf("list working folder: %w", err)
	}
	var files []string
	for _, e := range entries {
		if !e.Type().IsRegular() {
			return fmt.Errorf("unexpected %s in the working folder", e.Type())
		}
		files = append(files, e.Name())
	}
	if set.Bytes, set.Digest, err = Digest(work, files); err != nil {
		return err
	}
	for i, name := range files {
		if err := os.Rename(filepath.Join(work, name), filepath.Join(outDir, name)); err != nil {
			for _, moved := range files[:i] {
				_ = os.Remove(filepath.Join(outDir, moved))
			}
			return fmt.Errorf("move %s: %w", name, err)
		}
	}
	return nil
}

// Digest returns the total size of the named files of a folder in bytes, and the
// SHA-256 in hex over the name, size and content of each, in the order of names:
// the Bytes and Digest of their media.Assets.
func Digest(dir string, files []string) (int64, string, error) {
	files = slices.Sorted(slices.Values(files))
	h := sha256.New()
	var total int64
	for _, name := range files {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return 0, "", fmt.Errorf("digest of %s: %w", name, err)
		}
		st, err := f.Stat()
		if err == nil {
			fmt.Fprintf(h, "%s\x00%d\x00", name, st.Size())
			_, err = io.Copy(h, f)
			total += st.Size()
		}
		_ = f.Close()
		if err != nil {
			return 0, "", fmt.Errorf("digest of %s: %w", name, err)
		}
	}
	return total, hex.EncodeToString(h.Sum(nil)), nil
}
