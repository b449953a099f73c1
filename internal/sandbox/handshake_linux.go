package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"time"
)

// handshakeFD is the launcher's end of the pipe. It closes when the program
// is executed.
const handshakeFD = 3

// What the launcher writes to the pipe.
const (
	executing   = 'x' // about to execute the program
	notExecuted = '!' // which failed
)

// handshake distinguishes a launcher that never came to execute the program from a
// program that failed. The exit status does not: a launcher may die of a
// signal or of its runtime's lack of memory, and a program may exit with any
// status.
type handshake struct{ read, write *os.File }

// newHandshake gives the launcher its end of a new pipe.
func newHandshake(cmd *exec.Cmd) (*handshake, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("pipe to the launcher: %w", err)
	}
	cmd.ExtraFiles = []*os.File{w}
	return &handshake{r, w}, nil
}

// started closes our copy of the launcher's end.
func (h *handshake) started() { _ = h.write.Close() }

// executed reports whether the program was executed. It is called after the
// process has ended.
func (h *handshake) executed() bool {
	if err := h.read.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		return false
	}
	var got [2]byte
	n := 0
	for n < len(got) {
		m, err := h.read.Read(got[n:])
		n += m
		if err != nil {
			break
		}
	}
	return n == 1 && got[0] == executing
}

func (h *handshake) close() {
	_ = h.read.Close()
	_ = h.write.Close() // again after started, and for a process that was never started
}
