//go:build !linux

package embedded

import "syscall"

// signalOnParentDeath does nothing on systems whose kernel cannot do that. The
// S3 server ends with its input there, and StartRedis stops an orphan.
func signalOnParentDeath(*syscall.SysProcAttr, syscall.Signal) {}
