package sandbox

import "golang.org/x/net/bpf"

// Offsets in struct seccomp_data. Both supported architectures are
// little-endian, so the low half of an argument comes first.
const (
	offNumber = 0
	offArch   = 4
	offArgs   = 16
	argSize   = 8
)

// Answers of the filter, of linux/seccomp.h. A denied call fails instead of
// ending the program, because some libraries try calls and work without.
const (
	retAllow = 0x7fff0000
	retDeny  = 0x00050000 | 13 // EACCES
	retNoSys = 0x00050000 | 38 // ENOSYS
	retKill  = 0x80000000
)

// arch is an architecture the filter is written for.
type arch struct {
	audit  uint32 // AUDIT_ARCH_*, which the kernel passes with each call
	x32Bit uint32 // set in the numbers of a second calling convention, which the table does not have; 0: none
	number func(call) int
}

var (
	archAMD64 = arch{audit: 0xc000003e, x32Bit: 0x40000000, number: func(c call) int { return c.amd64 }}
	archARM64 = arch{audit: 0xc00000b7, number: func(c call) int { return c.arm64 }}
)

// filter returns the seccomp filter of this architecture: what syscalls.go
// allows, and nothing else. self is the process id, which exec keeps; devices
// is whether the program was given device files.
func (a arch) filter(self uint32, devices bool) []bpf.Instruction {
	load := func(off uint32) bpf.Instruction { return bpf.LoadAbsolute{Off: off, Size: 4} }
	p := []bpf.Instruction{
		// Under another architecture the numbers mean other calls.
		load(offArch),
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: a.audit, SkipTrue: 1},
		bpf.RetConstant{Val: retKill},
		load(offNumber),
	}
	if a.x32Bit != 0 {
		p = append(p, bpf.JumpIf{Cond: bpf.JumpLessThan, Val: a.x32Bit, SkipTrue: 1}, bpf.RetConstant{Val: retKill})
	}
	p = a.allow(p, allowed)
	if devices {
		p = a.allow(p, forDevices)
	}
	for _, r := range conditional {
		p = a.allowWhere(p, r, self)
	}
	return append(p,
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(a.number(clone3)), SkipFalse: 1},
		bpf.RetConstant{Val: retNoSys},
		bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: newestKnown, SkipFalse: 1},
		bpf.RetConstant{Val: retNoSys},
		bpf.RetConstant{Val: retDeny},
	)
}

func (a arch) allow(p []bpf.Instruction, calls []call) []bpf.Instruction {
	for _, c := range calls {
		if n := a.number(c); n >= 0 {
			p = append(p, bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(n), SkipFalse: 1}, bpf.RetConstant{Val: retAllow})
		}
	}
	return p
}

// allowWhere appends a block that decides r's call and that other calls skip.
func (a arch) allowWhere(p []bpf.Instruction, r rule, self uint32) []bpf.Instruction {
	var block []bpf.Instruction
	for _, c := range r.where {
		block = append(block, bpf.LoadAbsolute{Off: uint32(offArgs + argSize*c.arg), Size: 4})
		if c.noneOf != 0 {
			block = append(block, bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: c.noneOf, SkipFalse: 1},
				bpf.RetConstant{Val: retDeny})
			continue
		}
		values := c.anyOf
		if c.self {
			values = append(values[:len(values):len(values)], self)
		}
		for i, v := range values {
			// A match goes on behind the refusal that ends this condition.
			block = append(block, bpf.JumpIf{Cond: bpf.JumpEqual, Val: v, SkipTrue: uint8(len(values) - i)})
		}
		block = append(block, bpf.RetConstant{Val: retDeny})
	}
	block = append(block, bpf.RetConstant{Val: retAllow})
	p = append(p, bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(a.number(r.call)), SkipFalse: uint8(len(block))})
	return append(p, block...)
}
