package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/storyreel/storyreel/internal/fault"
)

// maxJSON bounds the entries that are read into memory, bytes.
const maxJSON = 1 << 20

// Restore reads an archive into the data folder, which must hold neither a
// database nor objects (Conflict "backup.not_empty"). Nothing is put in place
// before the archive was read to its end and found whole; an archive that is
// not, or is of a later version, is Invalid "backup.damaged".
func Restore(ctx context.Context, from io.Reader, data string) (m Manifest, s Summary, err error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return m, s, err
	}
	if err := vacant(data); err != nil {
		return m, s, err
	}
	dir, err := os.MkdirTemp(data, ".restore-")
	if err != nil {
		return m, s, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	r := &reader{tar: tar.NewReader(from), dir: dir, all: sha256.New()}
	if err := r.read(ctx); err != nil {
		return m, s, err
	}
	if err := os.MkdirAll(filepath.Join(data, "s3"), 0o700); err != nil {
		return m, s, err
	}
	for _, name := range []string{objectsName, sidecarName, databaseName} { // the database last: it is the truth
		err := os.Rename(filepath.Join(dir, name), filepath.Join(data, name))
		if err != nil && !(errors.Is(err, fs.ErrNotExist) && name != databaseName) {
			return m, s, err
		}
	}
	return r.manifest, r.count, nil
}

// vacant checks that nothing would be overwritten.
func vacant(data string) error {
	for _, name := range []string{databaseName, objectsName, sidecarName} {
		file := filepath.Join(data, filepath.FromSlash(name))
		// the server's empty folder is no obstacle: os.Remove removes nothing else
		if st, err := os.Lstat(file); err == nil && st.IsDir() && os.Remove(file) == nil {
			continue
		}
		if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.Conflict, "backup.not_empty",
				"%s exists; restore into an empty data folder (STORYREEL_DATA)", file).Because(err)
		}
	}
	return nil
}

// reader reads entries into a folder and counts them.
type reader struct {
	tar      *tar.Reader
	dir      string
	all      hash.Hash
	count    Summary
	manifest Manifest
}

func (r *reader) read(ctx context.Context) error {
	if err := r.json(manifestName, &r.manifest); err != nil {
		return err
	}
	if r.manifest.Format > format {
		return damaged("it was made by a later version, %s", r.manifest.Version)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := r.tar.Next()
		if err != nil {
			return damaged("it ends early").Because(err)
		}
		if h.Name == summaryName {
			return r.finish()
		}
		if err := r.entry(h); err != nil {
			return err
		}
	}
}

// json reads the next entry, which must have the name.
func (r *reader) json(name string, v any) error {
	h, err := r.tar.Next()
	if err != nil || h.Name != name {
		return damaged("it does not begin as one").Because(err)
	}
	return r.decode(name, v)
}

// decode reads the content of the entry that the archive is at.
func (r *reader) decode(name string, v any) error {
	if err := json.NewDecoder(io.LimitReader(r.tar, maxJSON)).Decode(v); err != nil {
		return damaged("%s cannot be read", name).Because(err)
	}
	return nil
}

// entry writes one file or folder.
func (r *reader) entry(h *tar.Header) error {
	name := strings.TrimSuffix(h.Name, "/")
	if !known(name) {
		return damaged("it holds %q", h.Name)
	}
	file := filepath.Join(r.dir, filepath.FromSlash(name))
	switch h.Typeflag {
	case tar.TypeDir:
		if err := os.MkdirAll(file, 0o700); err != nil {
			return err
		}
	case tar.TypeReg:
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := r.write(file); err != nil {
			return err
		}
	default:
		return damaged("%q is neither a file nor a folder", h.Name)
	}
	if err := setAttributes(file, h.PAXRecords); err != nil {
		return err
	}
	return os.Chtimes(file, h.ModTime, h.ModTime)
}

func (r *reader) write(file string) (err error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	n, err := io.Copy(io.MultiWriter(f, r.all), r.tar)
	if err != nil {
		return damaged("it ends early").Because(err)
	}
	r.count.Files, r.count.Bytes = r.count.Files+1, r.count.Bytes+n
	return f.Sync()
}

// finish compares what was read with the summary.
func (r *reader) finish() error {
	r.count.SHA256 = hex.EncodeToString(r.all.Sum(nil))
	var want Summary
	if err := r.decode(summaryName, &want); err != nil {
		return err
	}
	if want != r.count {
		return damaged("its contents are not those that were written")
	}
	return nil
}
