package embedded

import "syscall"

// signalOnParentDeath makes the kernel signal the child when we end for any
// reason.
func signalOnParentDeath(a *syscall.SysProcAttr, sig syscall.Signal) { a.Pdeathsig = sig }
