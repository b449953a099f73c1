// Package backup writes what one machine keeps, the SQLite database and the
// objects of the embedded S3 server, into one tar archive, and restores it.
// Redis holds nothing that cannot be found again.
package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
)

// Names in the archive and, but for the first and last, in the data folder.
const (
	manifestName = "manifest.json"
	databaseName = "storyreel.db"
	objectsName  = "s3/objects"
	sidecarName  = "s3/attributes" // of objects, on file systems without extended attributes
	summaryName  = "complete.json" // the last entry: without it an archive is cut off
)

// format is raised when an older version could not restore an archive.
const format = 1

// xattrRecord begins the names of extended attributes in PAX headers, as GNU
// tar and bsdtar write them.
const xattrRecord = "SCHILY.xattr."

// partial is the folder in a bucket of uploads that are under way. They are
// not part of a backup: their contributors send again.
const partial = ".sgwtmp"

// Manifest says what an archive is; its first entry.
type Manifest struct {
	Format    int       `json:"format"`
	Version   string    `json:"version"` // of Storyreel
	CreatedAt time.Time `json:"created_at"`
}

// Summary counts what an archive holds; its last entry.
type Summary struct {
	Files  int64  `json:"files"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // of all contents, one after the other, in hex
}

// Source is what is backed up.
type Source struct {
	Data string // data folder
	// Snapshot writes the database, as it is at one moment, to a new file.
	Snapshot func(ctx context.Context, path string) error
	// Objects: false where an S3 server elsewhere has them.
	Objects bool
}

// writer writes entries and counts them.
type writer struct {
	tar   *tar.Writer
	all   hash.Hash
	count Summary
}

// Write writes the archive. The service may run: the database comes first, and
// every object that it names is complete and never changed. Objects that are
// removed meanwhile are left out. The snapshot takes as much room in the data
// folder as the database, until Write returns.
func Write(ctx context.Context, to io.Writer, m Manifest, from Source) (Summary, error) {
	m.Format = format
	w := &writer{tar: tar.NewWriter(to), all: sha256.New()}
	if err := w.json(manifestName, m, m.CreatedAt); err != nil {
		return Summary{}, err
	}
	if err := w.database(ctx, from); err != nil {
		return Summary{}, fmt.Errorf("back up the database: %w", err)
	}
	if from.Objects {
		for _, root := range []string{objectsName, sidecarName} {
			if err := w.tree(ctx, from.Data, root); err != nil {
				return Summary{}, fmt.Errorf("back up objects: %w", err)
			}
		}
	}
	w.count.SHA256 = hex.EncodeToString(w.all.Sum(nil))
	if err := w.json(summaryName, w.count, m.CreatedAt); err != nil {
		return Summary{}, err
	}
	return w.count, w.tar.Close()
}

func (w *writer) json(name string, v any, at time.Time) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := &tar.Header{Name: name, Mode: 0o600, Size: int64(len(b)), ModTime: at, Format: tar.FormatPAX}
	if err := w.tar.WriteHeader(h); err != nil {
		return err
	}
	_, err = w.tar.Write(b)
	return err
}

// database writes a snapshot.
func (w *writer) database(ctx context.Context, from Source) (err error) {
	dir, err := os.MkdirTemp(from.Data, ".backup-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, databaseName)
	if err := from.Snapshot(ctx, file); err != nil {
		return err
	}
	return w.file(file, databaseName)
}

// tree writes the files below root in the data folder.
func (w *writer) tree(ctx context.Context, data, root string) error {
	base := filepath.Join(data, filepath.FromSlash(root))
	return filepath.WalkDir(base, func(file string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // removed meanwhile, or there is none
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() && d.Name() == partial:
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(data, file)
		if err != nil {
			return err
		}
		if d.IsDir() || d.Type().IsRegular() {
			return w.file(file, filepath.ToSlash(rel))
		}
		return nil
	})
}

// file writes a file or folder with its extended attributes. One that is gone
// is left out.
func (w *writer) file(file, name string) error {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	h := &tar.Header{Name: name, Mode: 0o600, Size: st.Size(), ModTime: st.ModTime(), Format: tar.FormatPAX}
	if st.IsDir() {
		h.Typeflag, h.Name, h.Mode, h.Size = tar.TypeDir, name+"/", 0o700, 0
	}
	if h.PAXRecords, err = attributes(f); err != nil {
		return err
	}
	if err := w.tar.WriteHeader(h); err != nil || st.IsDir() {
		return err
	}
	n, err := io.Copy(io.MultiWriter(w.tar, w.all), io.LimitReader(f, st.Size()))
	if err == nil && n != st.Size() {
		err = fmt.Errorf("%s became shorter while it was read", name)
	}
	w.count.Files, w.count.Bytes = w.count.Files+1, w.count.Bytes+n
	return err
}

// known reports whether an archive may hold the name.
func known(name string) bool {
	if !filepath.IsLocal(filepath.FromSlash(name)) || path.Clean(name) != name {
		return false
	}
	return name == databaseName || strings.HasPrefix(name+"/", objectsName+"/") ||
		strings.HasPrefix(name+"/", sidecarName+"/")
}

func damaged(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "backup.damaged", "this is no whole backup: "+format, args...)
}
