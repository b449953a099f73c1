package clips

import (
	"encoding/binary"
	"slices"
)

// transportPacket is the length of a packet of a transport stream, bytes.
const transportPacket = 188

// Programs of the streams that withProgram merges, with the packet identifiers
// of the tables that list their streams.
const (
	firstTable  = 0x1000 // ffmpeg's default, of program 1
	secondTable = 0x1100
)

// secondProgram are ffmpeg's options for a transport stream whose packets do
// not clash with those of one made without options, and whose clock is far
// from its.
var secondProgram = args("-mpegts_service_id", "2", "-mpegts_pmt_start_pid", "0x1100", "-mpegts_start_pid", "0x200",
	"-output_ts_offset", "5000", "-f", "mpegts")

// withProgram merges a transport stream with a second program, as broadcast
// does.
func withProgram(second Clip) func([]byte) ([]byte, error) {
	return func(d []byte) ([]byte, error) {
		other, err := second.content()
		if err != nil {
			return nil, err
		}
		var out []byte
		n, sent := len(d)/transportPacket, 0
		for i := range n {
			p := d[i*transportPacket:][:transportPacket]
			if pidOf(p) == 0 {
				p = programTable(p[3])
			}
			out = append(out, p...)
			for want := (i + 1) * (len(other) / transportPacket) / n; sent < want; sent++ {
				if o := other[sent*transportPacket:][:transportPacket]; pidOf(o) >= 0x20 {
					out = append(out, o...)
				}
			}
		}
		return out, nil
	}
}

func pidOf(packet []byte) int { return int(binary.BigEndian.Uint16(packet[1:]) & 0x1FFF) }

// programTable is the packet that names both programs (ISO 13818-1, 2.4.4.3),
// with the control byte of the one it replaces.
func programTable(control byte) []byte {
	section := []byte{0, 0xB0, 17, 0, 1, 0xC1, 0, 0, 0, 1, 0xE0 | firstTable>>8, 0, 0, 2, 0xE0 | secondTable>>8, 0}
	section = binary.BigEndian.AppendUint32(section, sectionSum(section))
	p := slices.Concat([]byte{0x47, 0x40, 0, control, 0}, section)
	for len(p) < transportPacket {
		p = append(p, 0xFF)
	}
	return p
}

// sectionSum is the checksum of a section: CRC-32 without reflection.
func sectionSum(b []byte) uint32 {
	sum := ^uint32(0)
	for _, c := range b {
		sum ^= uint32(c) << 24
		for range 8 {
			carry := sum >> 31
			sum = sum<<1 ^ carry*0x04C11DB7
		}
	}
	return sum
}

// scramble marks the packets of all programs as scrambled and changes their
// content; tables stay clear.
func scramble(d []byte) ([]byte, error) {
	for p := range slices.Chunk(d, transportPacket) {
		if pid := pidOf(p); pid < 0x20 || pid == firstTable {
			continue
		}
		p[3] |= 0x80
		body := 4
		if p[3]&0x20 != 0 {
			body = min(5+int(p[4]), len(p))
		}
		for i, noise := range randomBytes(len(p) - body) {
			p[body+i] ^= noise
		}
	}
	return d, nil
}
