package embedded

import "syscall"

// dieWithUs has the kernel signal the child when we die, however we die.
func dieWithUs(a *syscall.SysProcAttr, sig syscall.Signal) { a.Pdeathsig = sig }
