package probe

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/transcode/ffmpeg"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// File looks at the file and returns what a viewer would see in it. It
// refuses, with one of the codes above, what is outside the limits or can
// never be a story; nothing of the video is decoded beyond its first frames.
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
	container, err := Sniff(path)
	if err != nil {
		return media.Media{}, err
	}
	got, err := readPackets(ctx, run, path, container, l)
	if err != nil {
		return media.Media{}, err
	}
	if got.declared, err = readDeclared(path, container); err != nil {
		return media.Media{}, err
	}
	if len(got.streams) > l.MaxStreams {
		return media.Media{}, refusal.TooManyStreams(l)
	}
	m, s, err := describe(container, st.Size(), got)
	if err != nil {
		return media.Media{}, err
	}
	if err := refusal.Check(m, l); err != nil { // before a decoder is asked for a frame
		if fault.Is(err, refusal.CodeTooShort) && got.length >= 2*l.MinDuration.Seconds() {
			err = refusal.Corrupt().Because(err) // the index promises more than the file holds
		}
		return media.Media{}, err
	}
	if needsFrames(m.Video, s) {
		if err := readFrames(ctx, run, path, container, l, &m.Video); err != nil {
			return media.Media{}, err
		}
	}
	return m, refusal.Check(m, l)
}

// readPackets demuxes the whole file once: streams, and every packet's time.
func readPackets(ctx context.Context, run *ffmpeg.Runner, path, container string, l refusal.Limits) (reading, error) {
	args := append(arguments(path, container, l), "-show_entries",
		"packet=codec_type,stream_index,pts_time,dts_time,duration_time,size,flags:"+
			"stream=index,codec_type,codec_name,codec_tag_string,profile,width,height,sample_aspect_ratio,pix_fmt,"+
			"color_range,color_space,color_transfer,color_primaries,"+
			"field_order,has_b_frames,r_frame_rate,avg_frame_rate,start_time,duration,sample_rate,channels:"+
			"stream_disposition=default,attached_pic,timed_thumbnails:stream_side_data=side_data_type,dv_profile,"+
			"displaymatrix,rotation:format=start_time,duration")
	var got reading
	err := run.FFprobe(ctx, path, args, l, func(r io.Reader) (err error) {
		var line *timeline
		if container == "mpegts" {
			line = &timeline{}
		}
		if got, err = parse(r, line, l.SourceTooLong); err == nil && line != nil && line.mixed {
			return errMixedClock
		}
		if errors.Is(err, errTooLong) {
			return refusal.SourceTooLong(l).Because(err)
		}
		return err
	})
	return got, err
}

// arguments are ffprobe's options up to and with the input.
func arguments(path, container string, l refusal.Limits) []string {
	return []string{
		"-v", "warning", // the skipped external track of a QuickTime alias is only a warning
		"-protocol_whitelist", "file", // no network, no pipes, no concat:
		"-format_whitelist", ffmpeg.Demuxers[container], // no playlist reader, whatever the content suggests
		// few decoders, and ffprobe opens one per stream
		"-codec_whitelist", ffmpeg.Decoders + "," + ffmpeg.DiscDecoders + "," + ffmpeg.SubtitleDecoders,
		"-max_streams", strconv.Itoa(l.MaxStreams), // sixty audio tracks are an attack, not a story
		"-max_pixels", strconv.Itoa(l.MaxPixels), // refused before a frame is allocated
		"-probesize", "20M", "-analyzeduration", "10M", // bytes and microseconds of reading ahead at most
		"-threads", "1", // halves the memory; there is next to nothing to decode
		"-f", ffmpeg.Demuxers[container], // our sniff decides, not ffmpeg's
		"-of", "json=c=1",
		"-i", "file:" + path, // file: keeps names like concat:x or -x from meaning anything
	}
}

// needsFrames reports whether only a decoded frame tells the truth: phones
// tag HDR videos as SDR in the container, and interlacing is a frame's flag.
func needsFrames(v media.Video, s stream) bool {
	if v.BitDepth > 8 || v.PixelFormat == "" {
		return true
	}
	switch s.Codec {
	case "h264", "mpeg2video", "mpeg4", "prores", "dvvideo":
		return s.FieldOrder != "progressive"
	}
	return false
}

// readFrames decodes the first frames and corrects v by what they say.
func readFrames(
	ctx context.Context, run *ffmpeg.Runner, path, container string, l refusal.Limits, v *media.Video,
) error {
	args := append(arguments(path, container, l), "-select_streams", strconv.Itoa(v.Index),
		"-read_intervals", "%+#12", // a dozen packets: enough for reordering and both fields
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
	err := run.FFprobe(ctx, path, args, l, func(r io.Reader) error {
		_, err := io.Copy(&raw, io.LimitReader(r, 1<<20))
		return err
	})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw.Bytes(), &out); err != nil || len(out.Frames) == 0 {
		return refusal.Corrupt().Because(err)
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
