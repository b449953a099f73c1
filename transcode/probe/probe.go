// Package probe examines a source: the container family from its first bytes,
// streams and packet times from ffprobe, colors and crop from the container's
// own boxes and elements. It returns media.Media or a refusal. It knows nothing
// of outputs.
package probe

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// File examines the file at path and describes the video as a player shows
// it. It refuses files that are outside the limits or unusable, with a
// *fault.Error and a code of package refusal. Only the first frames are
// decoded.
func File(ctx context.Context, run *ffmpeg.Runner, path string, l refusal.Limits) (media.Media, error) {
	l = l.WithDefaults()
	path, err := filepath.Abs(path)
	if err != nil {
		return media.Media{}, fmt.Errorf("source path: %w", err)
	}
	st, err := os.Stat(path)
	if err != nil {
		return media.Media{}, fmt.Errorf("stat source: %w", err)
	}
	if l.MaxBytes > 0 && st.Size() > l.MaxBytes {
		return media.Media{},
			refusal.New(refusal.CodeTooLarge, "The file is larger than %d MB. Please export it smaller.",
				l.MaxBytes>>20)
	}
	container, part, err := Sniff(path)
	if err != nil {
		return media.Media{}, err
	}
	in := source{path: path, container: container, part: part, limits: l}
	if container == "mpegts" {
		if in.program, err = chooseProgram(ctx, run, in); err != nil {
			return media.Media{}, err
		}
	}
	got, err := readPackets(ctx, run, in, "")
	if err != nil {
		return media.Media{}, err
	}
	if got.endsEarly() {
		if err := got.readAgain(ctx, run, in); err != nil {
			return media.Media{}, err
		}
	}
	if got.declared, err = readDeclared(in); err != nil {
		return media.Media{}, err
	}
	if len(got.streams) > l.MaxStreams {
		return media.Media{}, refusal.TooManyStreams(l)
	}
	m, s, err := describe(container, in.bytes(st.Size()), got)
	if err != nil {
		return media.Media{}, err
	}
	m.Section = part
	if err := refusal.Check(m, l); err != nil { // before any frame is decoded
		if fault.Is(err, refusal.CodeTooShort) && got.length >= 2*l.MinDuration.Seconds() {
			err = refusal.Corrupt().Because(err) // the index declares more than the file contains
		}
		return media.Media{}, err
	}
	if needsFrames(m.Video, s) {
		if err := readFrames(ctx, run, in, got.lead[s.Index], &m.Video); err != nil {
			return media.Media{}, err
		}
	}
	return m, refusal.Check(m, l)
}

// endsEarly reports whether reading may have ended at a sample of a stream
// that is never used: ffprobe stops at the first one that it cannot read,
// while ffmpeg leaves out the streams that are not mapped.
func (g *reading) endsEarly() bool {
	others, end := false, 0.0
	for _, s := range g.streams {
		switch s.Kind {
		case "video", "audio":
			if t := g.tracks[s.Index]; t != nil {
				end = max(end, t.end)
			}
		default:
			others = true
		}
	}
	return others && end < g.start+g.length-0.25
}

// readAgain reads the packets of video and of audio without those of other
// streams.
func (g *reading) readAgain(ctx context.Context, run *ffmpeg.Runner, in source) error {
	for _, kind := range []string{"v", "a"} {
		got, err := readPackets(ctx, run, in, kind)
		if err != nil {
			return err
		}
		maps.Copy(g.tracks, got.tracks)
		maps.Copy(g.hidden, got.hidden)
		maps.Copy(g.lead, got.lead)
	}
	return nil
}

// readPackets demuxes the whole file once and returns its streams and the
// times of every packet; only those of one kind, v or a, unless kind is empty.
func readPackets(ctx context.Context, run *ffmpeg.Runner, in source, kind string) (reading, error) {
	args := in.arguments()
	if selected := strings.Trim(in.program+":"+kind, ":"); selected != "" {
		args = append(args, "-select_streams", selected)
	}
	args = append(args, "-show_entries",
		"packet=codec_type,stream_index,pts_time,dts_time,duration_time,size,flags:"+
			"stream=index,codec_type,codec_name,codec_tag_string,profile,width,height,sample_aspect_ratio,pix_fmt,"+
			"color_range,color_space,color_transfer,color_primaries,"+
			"field_order,has_b_frames,r_frame_rate,avg_frame_rate,start_time,duration,sample_rate,channels:"+
			"stream_disposition=default,attached_pic,timed_thumbnails:stream_side_data=side_data_type,dv_profile,"+
			"displaymatrix,rotation:format=start_time,duration")
	var got reading
	err := run.FFprobe(ctx, "packets", in.path, args, in.limits, func(r io.Reader) (err error) {
		var clock *timeline
		switch in.container { // whose clocks may jump
		case "mpegts", "mpegps", "ogg":
			clock = &timeline{}
		}
		if got, err = parse(r, clock, in.limits.SourceTooLong); err == nil && clock != nil && clock.mixed {
			return errMixedClock
		}
		if errors.Is(err, errTooLong) {
			return refusal.SourceTooLong(in.limits).Because(err)
		}
		return err
	})
	return got, err
}

// source is the file to be examined.
type source struct {
	path      string // absolute
	container string
	part      *media.Section // nil: all of it
	program   string         // ffmpeg's specifier of the program that is read; empty: all of them
	limits    refusal.Limits
}

// bytes returns the size of the video in a file of the given size.
func (s source) bytes(size int64) int64 {
	if s.part != nil {
		return s.part.Bytes
	}
	return size
}

// arguments returns ffprobe's options up to the input.
func (s source) arguments() []string {
	name, protocols := ffmpeg.Input(s.path, s.part)
	return []string{
		// a skipped external track of a QuickTime alias is only a warning
		"-v", "warning",
		// no network, no pipes, no concat:
		"-protocol_whitelist", protocols,
		// no playlist reader, whatever the content suggests
		"-format_whitelist", ffmpeg.Demuxers[s.container],
		// few decoders; ffprobe opens one per stream
		"-codec_whitelist", ffmpeg.Decoders + "," + ffmpeg.DiscDecoders + "," + ffmpeg.SubtitleDecoders,
		// sixty audio tracks are an attack
		"-max_streams", strconv.Itoa(s.limits.MaxStreams),
		// refused before a frame is allocated
		"-max_pixels", strconv.Itoa(s.limits.MaxPixels),
		// limits of reading ahead: bytes, and microseconds
		"-probesize", "20M", "-analyzeduration", "10M",
		// halves the memory; there is almost nothing to decode
		"-threads", "1",
		// the container that Sniff found, not ffmpeg's own guess
		"-f", ffmpeg.Demuxers[s.container],
		"-of", "json=c=1",
		"-i", name,
	}
}

// needsFrames reports whether frames must be decoded: phones tag HDR videos as
// SDR in the container, and interlacing is a flag of frames.
func needsFrames(v media.Video, s stream) bool {
	if v.BitDepth > 8 || v.PixelFormat == "" {
		return true
	}
	switch s.Codec {
	case "h264", "mpeg2video", "mpeg4", "prores", "dvvideo", "dnxhd", "cfhd", "vc1", "wmv3":
		return s.FieldOrder != "progressive"
	}
	return false
}

const (
	// firstFrames is the number of packets that are decoded to examine frames:
	// enough for reordering and both fields.
	firstFrames = 12
	// maxLead bounds the packets that are decoded before those: five seconds
	// at 60 frames per second. Videos trimmed without encoding begin with
	// hidden ones, cut transport streams with ones that no key frame precedes.
	maxLead = 300
)

// readFrames decodes the first frames that are shown and corrects pixel
// format, colors and interlacing of v. When there are none after maxLead
// packets, the values of the container stay.
func readFrames(ctx context.Context, run *ffmpeg.Runner, in source, skip *lead, v *media.Video) error {
	before := max(skip.packets-1, 0)
	args := append(in.arguments(), "-select_streams", strconv.Itoa(v.Index),
		"-read_intervals", fmt.Sprintf("%%+#%d", firstFrames+min(before, maxLead)),
		"-show_frames", "-show_entries",
		"frame=width,height,pix_fmt,interlaced_frame,color_range,color_space,color_transfer,color_primaries")
	var out struct {
		Frames []struct {
			Width       int    `json:"width"`
			Height      int    `json:"height"`
			PixelFormat string `json:"pix_fmt"`
			Interlaced  int    `json:"interlaced_frame"`
			Range       string `json:"color_range"`
			Matrix      string `json:"color_space"`
			Transfer    string `json:"color_transfer"`
			Primaries   string `json:"color_primaries"`
		} `json:"frames"`
	}
	var raw bytes.Buffer
	err := run.FFprobe(ctx, "frames", in.path, args, in.limits, func(r io.Reader) error {
		_, err := io.Copy(&raw, io.LimitReader(r, 1<<20))
		return err
	})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw.Bytes(), &out); err != nil {
		return refusal.Corrupt().Because(err)
	}
	if len(out.Frames) == 0 {
		if before < maxLead || v.PixelFormat == "" {
			return refusal.Corrupt()
		}
		return nil
	}
	f := out.Frames[0]
	if f.PixelFormat != "" {
		v.PixelFormat, v.BitDepth = f.PixelFormat, bitDepth(f.PixelFormat)
	}
	v.FullRange = v.FullRange || f.Range == "pc"
	v.Transfer, v.Primaries, v.Matrix = cmp.Or(knownName(f.Transfer), v.Transfer),
		cmp.Or(knownName(f.Primaries), v.Primaries),
		cmp.Or(knownName(f.Matrix), v.Matrix)
	fields := 0
	for _, f := range out.Frames {
		fields += f.Interlaced
	}
	v.Interlaced = fields*2 > len(out.Frames)
	return nil
}
