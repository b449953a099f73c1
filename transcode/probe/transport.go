package probe

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"strconv"

	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// Lengths of transport packets: alone, with a timestamp before each in M2TS,
// and with parity after each in broadcast.
var packetLengths = []int{188, 192, 204}

// syncBytes is the number of packets whose first byte is looked at. Random
// bytes have so many sync bytes at one of all offsets once in 10⁹ files.
const syncBytes = 5

// headBytes is the number of bytes from which a container is recognized, five
// packets after the end of a part of one.
const headBytes = (syncBytes + 1) * 204

// transportPackets returns the offset of the first whole packet of a transport
// stream and the length of all. Packets may follow each other from any byte of
// the first one on: recordings are cut anywhere.
func transportPackets(head []byte) (first, length int, ok bool) {
	for _, length := range packetLengths {
		for first := range length {
			n := 0
			for n < syncBytes && first+n*length < len(head) && head[first+n*length] == 0x47 {
				n++
			}
			if n == syncBytes {
				return first, length, true
			}
		}
	}
	return 0, 0, false
}

// Packets from which scrambling is judged: about 4 MB. Tables, null packets
// and the programs of other channels are clear in a scrambled recording.
const (
	scrambledSample = 20_000
	nullPacket      = 0x1FFF
	firstFreePID    = 0x20
)

// inspectTransport refuses a transport stream that is scrambled for a
// receiver's card (ISO 13818-1, transport_scrambling_control).
func inspectTransport(r io.ReaderAt, head []byte) error {
	first, length, _ := transportPackets(head)
	data := make([]byte, scrambledSample*length)
	n, _ := r.ReadAt(data, int64(first)) // a shorter file is judged by what there is
	all, scrambled := 0, 0
	for at := 0; at+4 <= n; at += length {
		p := data[at:]
		pid := int(p[1]&0x1F)<<8 | int(p[2])
		if hasPayload := p[3]&0x10 != 0; p[0] != 0x47 || !hasPayload || pid == nullPacket || pid < firstFreePID {
			continue
		}
		all++
		if p[3]>>6 != 0 {
			scrambled++
		}
	}
	if scrambled > all/2 {
		return refusal.Encrypted()
	}
	return nil
}

// chooseProgram returns ffmpeg's specifier of the program of a transport
// stream whose video is the largest; empty where there is only one. Programs
// of a broadcast have clocks of their own, and the audio of another program
// does not belong to the video.
func chooseProgram(ctx context.Context, run *ffmpeg.Runner, in source) (string, error) {
	args := append(in.arguments(), "-show_entries",
		"program=program_id:program_stream=codec_type,codec_name,width,height")
	var out struct {
		Programs []struct {
			ID      int      `json:"program_id"`
			Streams []stream `json:"streams"`
		} `json:"programs"`
	}
	err := run.FFprobe(ctx, "programs", in.path, args, in.limits, func(r io.Reader) error {
		return json.NewDecoder(io.LimitReader(r, 1<<20)).Decode(&out)
	})
	if err != nil {
		return "", err
	}
	best, largest, withVideo := 0, 0, 0
	for _, p := range out.Programs {
		size := 0
		for _, s := range p.Streams {
			if s.Kind == "video" && ffmpeg.VideoCodecs[s.Codec] != nil {
				size = max(size, cmp.Or(s.Width*s.Height, 1))
			}
		}
		if size > 0 {
			withVideo++
		}
		if size > largest {
			best, largest = p.ID, size
		}
	}
	if withVideo < 2 {
		return "", nil
	}
	return "p:" + strconv.Itoa(best), nil
}
