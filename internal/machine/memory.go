package machine

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"
)

// lowMemory is the available memory, bytes, below which a failed allocation
// counts as the machine's fault.
const lowMemory = 128 << 20

// MemoryShort reports whether the machine, at this moment, cannot give a
// program that much address space. It is false where the kernel does not
// report its memory.
func MemoryShort(addressSpace int64) bool {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return false
	}
	strict, err := os.ReadFile("/proc/sys/vm/overcommit_memory")
	return memoryShort(info, err == nil && strings.TrimSpace(string(strict)) == "2", addressSpace)
}

// memoryShort reads the text of /proc/meminfo. A strict kernel promises no
// more memory than it has.
func memoryShort(info []byte, strict bool, addressSpace int64) bool {
	size := map[string]int64{}
	for lines := bufio.NewScanner(bytes.NewReader(info)); lines.Scan(); {
		name, rest, _ := strings.Cut(lines.Text(), ":")
		if f := strings.Fields(rest); len(f) > 0 {
			if kB, err := strconv.ParseInt(f[0], 10, 64); err == nil {
				size[name] = kB << 10
			}
		}
	}
	if strict && size["CommitLimit"]-size["Committed_AS"] < addressSpace {
		return true
	}
	available, known := size["MemAvailable"]
	return known && available+size["SwapFree"] < lowMemory
}
