package worker

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/internal/story"
)

// scratch is this process's folder for files of running jobs. A lock on it
// shows other processes that its owner is alive; it ends with the process.
type scratch struct {
	dir  string
	lock *os.File
	lost []string // names of folders of attempts whose process had ended
}

func openScratch(root string) (*scratch, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, err
	}
	lost, err := sweepScratch(root)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(root, "worker-")
	if err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &scratch{dir: dir, lock: lock, lost: lost}, nil
}

// sweepScratch removes folders whose owner is gone, and returns the names of the
// folders of attempts in them.
func sweepScratch(root string) ([]string, error) {
	locks, err := filepath.Glob(filepath.Join(root, "worker-*.lock"))
	if err != nil {
		return nil, err
	}
	var lost []string
	for _, name := range locks {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			continue // removed by another process at this moment
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			dir := strings.TrimSuffix(name, ".lock")
			attempts, _ := os.ReadDir(dir) // it may be gone already
			for _, a := range attempts {
				lost = append(lost, a.Name())
			}
			err = errors.Join(os.RemoveAll(dir), os.Remove(name))
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return lost, err
		}
	}
	return lost, nil
}

// jobOf is the job of an attempt's folder, the inverse of path.
func jobOf(folder string) (story.Job, error) {
	kind, rest, _ := strings.Cut(folder, "-")
	id, attempt := rest, ""
	if end := strings.LastIndexByte(rest, '-'); end >= 0 {
		id, attempt = rest[:end], rest[end+1:]
	}
	return story.ParseJob(kind + ":" + id + ":" + attempt)
}

// path is that of the folder of one attempt.
func (s *scratch) path(job string) string {
	return filepath.Join(s.dir, strings.ReplaceAll(job, ":", "-"))
}

// folder makes an empty folder for one attempt.
func (s *scratch) folder(job string) (string, error) {
	dir := s.path(job)
	return dir, os.Mkdir(dir, 0o700)
}

// scratchFault is the fault of an error in the scratch folder.
func scratchFault(err error) error {
	if f := machine.Fault(err); f != nil {
		return f
	}
	return fault.New(fault.Unavailable, "worker.scratch", "no scratch space").OfMachine().Because(err)
}

func (s *scratch) close() error {
	return errors.Join(os.RemoveAll(s.dir), os.Remove(s.dir+".lock"), s.lock.Close())
}

// Scratch is the folder of all workers of this machine, as an audit looks at it.
type Scratch string

// Orphans returns the folders of workers that have ended without removing them:
// their lock is free, or gone. Those that were made after the time are left out,
// since their process may still be starting.
func (s Scratch) Orphans(before time.Time) ([]string, error) {
	folders, err := filepath.Glob(filepath.Join(string(s), "worker-*"))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range folders {
		info, err := os.Stat(name)
		if err != nil || !info.IsDir() || info.ModTime().After(before) {
			continue // removed at this moment, or a lock
		}
		free, err := lockFree(name + ".lock")
		if err != nil {
			return nil, err
		}
		if free {
			out = append(out, name)
		}
	}
	return out, nil
}

// lockFree reports whether no process has the lock.
func lockFree(name string) (bool, error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	free := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
	return free, f.Close()
}

// Remove removes one of Orphans, with its lock.
func (s Scratch) Remove(folder string) error {
	if filepath.Dir(folder) != filepath.Clean(string(s)) {
		return fault.New(fault.Internal, "worker.scratch", "the folder is not one of scratch files")
	}
	return errors.Join(os.RemoveAll(folder), os.RemoveAll(folder+".lock"))
}
