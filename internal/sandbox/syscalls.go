package sandbox

// call is a system call by its number on each supported architecture; -1 where
// an architecture does not have it.
type call struct {
	name         string
	amd64, arm64 int
}

// condition allows a call by one of its arguments. Only the low 32 bits are
// compared: every argument named here is an int or a set of flags below bit 32.
type condition struct {
	arg    int      // position, from 0
	anyOf  []uint32 // allowed values
	self   bool     // the program's own process id is allowed as well
	noneOf uint32   // bits that must all be zero
}

// rule allows a call whose arguments meet every condition.
type rule struct {
	call
	where []condition
}

// allowed are the calls a sandboxed program may make whatever their arguments.
// ffmpeg 5.1 and ffprobe were traced on every class of clip, review and
// publish, on glibc 2.36; the rest is what later versions of glibc and the
// kernel put in the place of a traced call, what Go programs need, and what
// cannot reach beyond the process. Everything that is not here is denied.
var allowed = []call{
	// reading and writing open files
	{"read", 0, 63},
	{"write", 1, 64},
	{"readv", 19, 65},
	{"writev", 20, 66},
	{"pread64", 17, 67},
	{"pwrite64", 18, 68},
	{"preadv", 295, 69},
	{"pwritev", 296, 70},
	{"lseek", 8, 62},
	{"close", 3, 57},
	{"close_range", 436, 436},
	{"dup", 32, 23},
	{"dup2", 33, -1},
	{"dup3", 292, 24},
	{"pipe", 22, -1},
	{"pipe2", 293, 59},
	{"fsync", 74, 82},
	{"fdatasync", 75, 83},
	{"ftruncate", 77, 46},
	{"fallocate", 285, 47},
	{"fadvise64", 221, 223},
	{"flock", 73, 32},
	// files by name, which Landlock decides
	{"open", 2, -1},
	{"openat", 257, 56},
	{"openat2", 437, 437},
	{"creat", 85, -1},
	{"access", 21, -1},
	{"faccessat", 269, 48},
	{"faccessat2", 439, 439},
	{"stat", 4, -1},
	{"lstat", 6, -1},
	{"fstat", 5, 80},
	{"newfstatat", 262, 79},
	{"statx", 332, 291},
	{"statfs", 137, 43},
	{"fstatfs", 138, 44},
	{"readlink", 89, -1},
	{"readlinkat", 267, 78},
	{"getdents", 78, -1},
	{"getdents64", 217, 61},
	{"getcwd", 79, 17},
	{"chdir", 80, 49},
	{"fchdir", 81, 50},
	{"mkdir", 83, -1},
	{"mkdirat", 258, 34},
	{"rmdir", 84, -1},
	{"unlink", 87, -1},
	{"unlinkat", 263, 35},
	{"rename", 82, -1},
	{"renameat", 264, 38},
	{"renameat2", 316, 276},
	{"umask", 95, 166},
	// memory of its own
	{"brk", 12, 214},
	{"mmap", 9, 222},
	{"munmap", 11, 215},
	{"mprotect", 10, 226},
	{"mremap", 25, 216},
	{"madvise", 28, 233},
	{"mlock", 149, 228},
	{"mlock2", 325, 284},
	{"munlock", 150, 229},
	{"msync", 26, 227},
	{"get_mempolicy", 239, 236},
	{"set_mempolicy", 238, 237},
	{"membarrier", 324, 283},
	{"mseal", 462, 462},
	{"map_shadow_stack", 453, 453},
	// threads of its own
	{"futex", 202, 98},
	{"futex_waitv", 449, 449},
	{"futex_wake", 454, 454},
	{"futex_wait", 455, 455},
	{"futex_requeue", 456, 456},
	{"set_robust_list", 273, 99},
	{"get_robust_list", 274, 100},
	{"set_tid_address", 218, 96},
	{"rseq", 334, 293},
	{"gettid", 186, 178},
	{"sched_yield", 24, 124},
	{"sched_getaffinity", 204, 123},
	{"sched_getparam", 143, 121},
	{"sched_getscheduler", 145, 120},
	{"sched_get_priority_max", 146, 125},
	{"sched_get_priority_min", 147, 126},
	{"exit", 60, 93},
	{"exit_group", 231, 94},
	{"restart_syscall", 219, 128},
	// children, which inherit every restriction
	{"fork", 57, -1},
	{"vfork", 58, -1},
	{"execve", 59, 221},
	{"wait4", 61, 260},
	{"waitid", 247, 95},
	// what it is and has used
	{"getpid", 39, 172},
	{"getppid", 110, 173},
	{"getuid", 102, 174},
	{"geteuid", 107, 175},
	{"getgid", 104, 176},
	{"getegid", 108, 177},
	{"getpgrp", 111, -1},
	{"getrlimit", 97, 163},
	{"getrusage", 98, 165},
	{"getpriority", 140, 141},
	{"times", 100, 153},
	{"uname", 63, 160},
	{"sysinfo", 99, 179},
	{"getcpu", 309, 168},
	{"arch_prctl", 158, -1},
	// signals to itself
	{"rt_sigaction", 13, 134},
	{"rt_sigprocmask", 14, 135},
	{"rt_sigreturn", 15, 139},
	{"rt_sigpending", 127, 136},
	{"rt_sigsuspend", 130, 133},
	{"rt_sigtimedwait", 128, 137},
	{"sigaltstack", 131, 132},
	// time
	{"clock_gettime", 228, 113},
	{"clock_getres", 229, 114},
	{"clock_nanosleep", 230, 115},
	{"gettimeofday", 96, 169},
	{"time", 201, -1},
	{"nanosleep", 35, 101},
	{"alarm", 37, -1},
	{"getitimer", 36, 102},
	{"setitimer", 38, 103},
	// waiting for input
	{"poll", 7, -1},
	{"ppoll", 271, 73},
	{"select", 23, -1},
	{"pselect6", 270, 72},
	{"epoll_create", 213, -1},
	{"epoll_create1", 291, 20},
	{"epoll_ctl", 233, 21},
	{"epoll_wait", 232, -1},
	{"epoll_pwait", 281, 22},
	{"epoll_pwait2", 441, 441},
	{"eventfd", 284, -1},
	{"eventfd2", 290, 19},
	{"getrandom", 318, 278},
}

// conditional are the calls that only some arguments make harmless.
var conditional = []rule{
	{call{"clone", 56, 220}, []condition{{arg: 0, noneOf: namespaces}}},
	// Signals reach the program itself only, for abort.
	{call{"kill", 62, 129}, []condition{{arg: 0, self: true}}},
	{call{"tgkill", 234, 131}, []condition{{arg: 0, self: true}}},
	// Limits, processor affinity and priority of other processes of the same
	// user could be set just as its own.
	{call{"prlimit64", 302, 261}, []condition{{arg: 0, anyOf: []uint32{0}, self: true}}},
	{call{"sched_setaffinity", 203, 122}, []condition{{arg: 0, anyOf: []uint32{0}, self: true}}},
	{call{"sched_setscheduler", 144, 119}, []condition{{arg: 0, anyOf: []uint32{0}, self: true}}},
	{call{"setpriority", 141, 140}, []condition{{arg: 0, anyOf: []uint32{prioProcess}}, {arg: 1, anyOf: []uint32{0}}}},
	{call{"prctl", 157, 167}, []condition{{arg: 0, anyOf: prctlOptions}}},
	// F_SETOWN and F_SETSIG send signals to any process of the same user.
	{call{"fcntl", 72, 25}, []condition{{arg: 1, anyOf: fcntlCommands}}},
	{call{"ioctl", 16, 29}, []condition{{arg: 1, anyOf: ioctlRequests}}},
}

// forDevices are the further calls of a program that was given device files:
// their drivers map memory and take requests of their own.
var forDevices = []call{
	{"memfd_create", 319, 279},
	{"mbind", 237, 235},
	{"ioctl", 16, 29},
}

// clone3 passes its flags in memory, which a filter cannot read. After ENOSYS
// every libc falls back to clone.
var clone3 = call{"clone3", 435, 435}

// newestKnown is the highest number of a call that this table was compared
// with, the same on both architectures. Above it the answer is ENOSYS, as from
// a kernel that does not have the call, so that a newer libc falls back.
const newestKnown = 471

// Values of linux/sched.h, linux/resource.h, linux/prctl.h, linux/fcntl.h and
// asm-generic/ioctls.h; both architectures use these.
const (
	// namespaces holds every CLONE_NEW* flag of clone(2) except NEWTIME, whose
	// bit belongs to the exit signal there.
	namespaces  = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
	prioProcess = 0
)

var (
	prctlOptions = []uint32{
		1,          // PR_SET_PDEATHSIG
		3,          // PR_GET_DUMPABLE
		15,         // PR_SET_NAME
		16,         // PR_GET_NAME
		23,         // PR_CAPBSET_READ
		0x53564d41, // PR_SET_VMA
	}
	fcntlCommands = []uint32{
		0,          // F_DUPFD
		1,          // F_GETFD
		2,          // F_SETFD
		3,          // F_GETFL
		4,          // F_SETFL
		5,          // F_GETLK
		6,          // F_SETLK
		7,          // F_SETLKW
		36, 37, 38, // F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW
		1030, // F_DUPFD_CLOEXEC
		1032, // F_GETPIPE_SZ
	}
	ioctlRequests = []uint32{
		0x5401, // TCGETS: is this a terminal
		0x5413, // TIOCGWINSZ
		0x541B, // FIONREAD
		0x5421, // FIONBIO
		0x5450, // FIONCLEX
		0x5451, // FIOCLEX
	}
)
