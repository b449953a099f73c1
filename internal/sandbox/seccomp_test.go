package sandbox

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/bpf"
)

var archs = map[string]arch{"amd64": archAMD64, "arm64": archARM64}

// kernelCalls returns the numbers of all system calls of an architecture, by
// name, as the module golang.org/x/sys generated them from the kernel's headers.
func kernelCalls(t *testing.T, goarch string) map[string]int {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	require.NoError(t, err)
	f, err := os.Open(filepath.Join(strings.TrimSpace(string(dir)), "unix", "zsysnum_linux_"+goarch+".go"))
	require.NoError(t, err)
	defer f.Close()
	line := regexp.MustCompile(`^\s+SYS_(\w+)\s+= (\d+)$`)
	calls := map[string]int{}
	for s := bufio.NewScanner(f); s.Scan(); {
		if m := line.FindStringSubmatch(s.Text()); m != nil {
			calls[strings.ToLower(m[1])], err = strconv.Atoi(m[2])
			require.NoError(t, err)
		}
	}
	require.Greater(t, len(calls), 300)
	return calls
}

// decide runs the filter on one call, in a machine of classic BPF. That
// machine loads big-endian words, so they are written that way.
func decide(t *testing.T, a arch, devices bool, audit uint32, number int, args ...uint32) uint32 {
	t.Helper()
	vm, err := bpf.NewVM(a.filter(self, devices))
	require.NoError(t, err)
	data := make([]byte, offArgs+6*argSize)
	binary.BigEndian.PutUint32(data[offNumber:], uint32(number))
	binary.BigEndian.PutUint32(data[offArch:], audit)
	for i, v := range args {
		binary.BigEndian.PutUint32(data[offArgs+argSize*i:], v)
	}
	answer, err := vm.Run(data)
	require.NoError(t, err)
	return uint32(answer)
}

const (
	self  = 4711 // process id of the sandboxed program
	other = 4712
)

func TestFilter_NumbersAreTheKernels(t *testing.T) {
	var all []call
	all = append(append(all, allowed...), forDevices...)
	for _, r := range conditional {
		all = append(all, r.call)
	}
	all = append(all, clone3)
	for goarch, a := range archs {
		t.Run(goarch, func(t *testing.T) {
			kernel := kernelCalls(t, goarch)
			for _, c := range all {
				want, ok := kernel[c.name]
				if !ok {
					want = -1
				}
				require.Equal(t, want, a.number(c), c.name)
			}
			for name, n := range kernel {
				require.LessOrEqual(t, n, newestKnown, "%s is newer than the table: decide about it", name)
			}
		})
	}
}

// TestFilter_AllowsTheTableAndNothingElse asks the filter about every call
// that the kernel has, on both architectures.
func TestFilter_AllowsTheTableAndNothingElse(t *testing.T) {
	for goarch, a := range archs {
		t.Run(goarch, func(t *testing.T) {
			listed := map[int]bool{}
			for _, c := range allowed {
				listed[a.number(c)] = true
			}
			checked := map[int]bool{a.number(clone3): true}
			for _, r := range conditional {
				checked[a.number(r.call)] = true
			}
			for name, n := range kernelCalls(t, goarch) {
				if checked[n] {
					continue
				}
				want := uint32(retDeny)
				if listed[n] {
					want = retAllow
				}
				require.Equal(t, want, decide(t, a, false, a.audit, n), name)
			}
		})
	}
}

func TestFilter_DecidesByArguments(t *testing.T) {
	const deny, allow = uint32(retDeny), uint32(retAllow)
	for goarch, a := range archs {
		kernel := kernelCalls(t, goarch)
		for _, c := range []struct {
			name string
			args []uint32
			want uint32
		}{
			{"clone", []uint32{0x3d0f00}, allow}, // a thread of glibc
			{"clone", []uint32{0x4000 | 0x100 | 17}, allow},
			{"clone", []uint32{0x10000000 | 17}, deny}, // CLONE_NEWUSER
			{"clone", []uint32{0x00020000 | 17}, deny}, // CLONE_NEWNS
			{"clone", []uint32{0x02000000 | 17}, deny}, // CLONE_NEWCGROUP
			{"clone", []uint32{0x40000000 | 17}, deny}, // CLONE_NEWNET
			{"clone3", nil, retNoSys},
			{"kill", []uint32{self, 6}, allow},
			{"kill", []uint32{other, 6}, deny},
			{"kill", []uint32{0, 6}, deny},
			{"kill", []uint32{0xffffffff, 9}, deny},
			{"kill", []uint32{-self & 0xffffffff, 9}, deny}, // the whole group
			{"tgkill", []uint32{self, 1}, allow},
			{"tgkill", []uint32{other, 1}, deny},
			{"prlimit64", []uint32{0, 7}, allow},
			{"prlimit64", []uint32{self, 7}, allow},
			{"prlimit64", []uint32{other, 0}, deny},
			{"prlimit64", []uint32{1, 0}, deny},
			{"sched_setaffinity", []uint32{0}, allow},
			{"sched_setaffinity", []uint32{other}, deny},
			{"sched_setscheduler", []uint32{other}, deny},
			{"setpriority", []uint32{0, 0, 19}, allow},
			{"setpriority", []uint32{0, other, 19}, deny},
			{"setpriority", []uint32{1, 0, 19}, deny}, // PRIO_PGRP
			{"setpriority", []uint32{2, 0, 19}, deny}, // PRIO_USER: all processes of the user
			{"prctl", []uint32{15}, allow},
			{"prctl", []uint32{22}, deny},         // PR_SET_SECCOMP
			{"prctl", []uint32{0x59616d61}, deny}, // PR_SET_PTRACER
			{"fcntl", []uint32{3, 2}, allow},
			{"fcntl", []uint32{3, 8}, deny},    // F_SETOWN
			{"fcntl", []uint32{3, 10}, deny},   // F_SETSIG
			{"fcntl", []uint32{3, 15}, deny},   // F_SETOWN_EX
			{"fcntl", []uint32{3, 1024}, deny}, // F_SETLEASE
			{"fcntl", []uint32{3, 1026}, deny}, // F_NOTIFY
			{"ioctl", []uint32{0, 0x5401}, allow},
			{"ioctl", []uint32{0, 0x5412}, deny},     // TIOCSTI types into the terminal
			{"ioctl", []uint32{0, 0x541c}, deny},     // TIOCLINUX
			{"ioctl", []uint32{0, 0x40086602}, deny}, // FS_IOC_SETFLAGS
			{"ioctl", []uint32{0, 0x40049409}, deny}, // FICLONE
		} {
			t.Run(fmt.Sprintf("%s %s %#x", goarch, c.name, c.args), func(t *testing.T) {
				require.Equal(t, c.want, decide(t, a, false, a.audit, kernel[c.name], c.args...))
			})
		}
	}
}

// TestFilter_DevicesAllowTheirDriversCalls: and still no other process,
// network or file.
func TestFilter_DevicesAllowTheirDriversCalls(t *testing.T) {
	for goarch, a := range archs {
		kernel := kernelCalls(t, goarch)
		for name, want := range map[string]uint32{
			"ioctl": retAllow, "memfd_create": retAllow, "mbind": retAllow,
			"socket": retDeny, "fchmodat": retDeny, "ptrace": retDeny, "io_uring_setup": retDeny,
		} {
			require.Equal(t, want, decide(t, a, true, a.audit, kernel[name], 0, 0xc0406400), "%s %s", goarch, name)
		}
	}
}

func TestFilter_OtherConventionsAndFutureCalls(t *testing.T) {
	for goarch, a := range archs {
		read := kernelCalls(t, goarch)["read"]
		require.Equal(t, uint32(retAllow), decide(t, a, false, a.audit, read), goarch)
		require.Equal(t, uint32(retKill), decide(t, a, false, 0x40000003, read), "%s: 32-bit x86", goarch)
		require.Equal(t, uint32(retKill), decide(t, a, false, 0x40000028, read), "%s: 32-bit ARM", goarch)
		require.Equal(t, uint32(retNoSys), decide(t, a, false, a.audit, newestKnown+1), goarch)
	}
	require.Equal(t, uint32(retKill), decide(t, archAMD64, false, archAMD64.audit, 0x40000000), "x32")
}
