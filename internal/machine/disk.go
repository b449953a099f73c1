package machine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Space is the room of a file system.
type Space struct {
	Free  int64 // bytes that this process may still write
	Total int64 // bytes of the whole file system
	Files int64 // files that may still be created; -1 where there is no such limit
}

// SpaceAt returns the room of the file system at path, which must exist. A
// quota of a user is not part of it.
func SpaceAt(path string) (Space, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return Space{}, fmt.Errorf("room of %s: %w", path, err)
	}
	unit := int64(st.Bsize) //nolint:unconvert // 32 bits on some systems
	s := Space{Free: int64(st.Bavail) * unit, Total: int64(st.Blocks) * unit, Files: int64(st.Ffree)}
	if st.Files == 0 {
		s.Files = -1
	}
	return s, nil
}

// Full reports whether less than reserve bytes, or no file, can be written.
func (s Space) Full(reserve int64) bool { return s.Free < reserve || s.Files == 0 }

// TryWrite writes a file of that many bytes into dir and removes it. Any error
// is a fault of this machine. It also finds what SpaceAt cannot see: quotas,
// and a file system that has become read-only.
func TryWrite(dir string, bytes int) error {
	f, err := os.CreateTemp(dir, ".room-*")
	if err != nil {
		return OfDisk(err)
	}
	_, err = f.Write(make([]byte, bytes))
	return OfDisk(errors.Join(err, f.Close(), os.Remove(f.Name())))
}

// OfDisk returns the fault of err, an error of a file in a folder of our own:
// what Fault knows, and a failed disk for anything else. nil stays nil.
func OfDisk(err error) error {
	if err == nil || Fault(err) != nil {
		return OrFault(err)
	}
	return errDisk.Because(err)
}

// TryRead reads the files, and those directly in the folders, to their ends.
// They have been read before: any error is a fault of this machine.
func TryRead(paths ...string) error {
	for _, path := range paths {
		if err := tryRead(path); err != nil {
			return OfDisk(err)
		}
	}
	return nil
}

func tryRead(path string) error {
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !st.IsDir() {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, f)
		return errors.Join(err, f.Close())
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			if err := tryRead(filepath.Join(path, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
