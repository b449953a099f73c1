package sandbox

import "golang.org/x/sys/unix"

const (
	auditArch = unix.AUDIT_ARCH_AARCH64
	x32Bit    = 0 // no second calling convention under this architecture
)

// deniedHere are calls that only this architecture has, or numbers alike.
var deniedHere = []uint32{unix.SYS_KEXEC_FILE_LOAD}
