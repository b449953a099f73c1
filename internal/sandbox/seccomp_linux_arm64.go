package sandbox

import "golang.org/x/sys/unix"

const (
	auditArch = unix.AUDIT_ARCH_AARCH64
	x32Bit    = 0 // this architecture has no second calling convention
)

// deniedHere are the denied calls listed per architecture.
var deniedHere = []uint32{unix.SYS_KEXEC_FILE_LOAD}
