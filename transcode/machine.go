package transcode

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/machine"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// reserve is the free space in bytes that a run must leave. With less, one of
// its writes may have failed: ffmpeg ends with status 0 after some of them,
// and the file that is then too short looks like a damaged source.
const reserve = 256 << 10

// lookEvery is the time between looks at the free space. Another job may make
// room again as soon as it has failed for lack of it.
const lookEvery = 25 * time.Millisecond

// disk watches the file system of a folder during a run.
type disk struct {
	dir  string
	full atomic.Bool // at any moment of the run
	stop func()      // ends the watch
}

func watchDisk(dir string) *disk {
	quit := make(chan struct{})
	d := &disk{dir: dir, stop: sync.OnceFunc(func() { close(quit) })}
	go func() {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
			}
			if s, err := machine.SpaceAt(dir); err == nil && s.Full(reserve) {
				d.full.Store(true)
			}
		}
	}()
	return d
}

// explain returns the fault of the disk where it is, or was during this run,
// full or failed, with err as a further cause; err otherwise.
func (d *disk) explain(err error) error {
	if failed := machine.TryWrite(d.dir, reserve); failed != nil {
		return fault.As(failed).Because(errors.Join(fault.As(failed).Err, err))
	}
	if d.full.Load() {
		return refusal.DiskFull().OfMachine().Because(err)
	}
	return err
}

// verify returns the fault of the machine that explains how a run ended, and
// err where there is none. A success counts only if the disk took every write;
// a refusal, and the finding of a damaged source, only if in addition
// everything that was read can be read.
func (j *job) verify(ctx context.Context, res *Result, err error) error {
	if ctx.Err() != nil || fault.IsLocal(err) {
		return err
	}
	if err = j.disk.explain(machine.OrFault(err)); fault.IsLocal(err) {
		return err
	}
	blames := err != nil && fault.KindOf(err) != fault.Unavailable
	if blames || slices.Contains(res.Findings.Warnings, WarnDamaged) {
		return explainUnread(err, j.src, j.dir)
	}
	return err
}

// explainUnread returns the fault of a disk from which one of the files, or of
// the files in the folders, cannot be read; err otherwise.
func explainUnread(err error, paths ...string) error {
	if failed := machine.TryRead(paths...); failed != nil {
		return fault.As(failed).Because(errors.Join(fault.As(failed).Err, err))
	}
	return err
}

// machineFault classifies an error of a system call, and gives a full disk the
// code that it has in all of transcoding.
func machineFault(err error) error {
	err = machine.OrFault(err)
	if fault.IsLocal(err) && fault.Is(err, machine.CodeDiskFull) {
		return refusal.DiskFull().OfMachine().Because(err)
	}
	return err
}
