package transcode

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
)

// probeFile looks at the file and returns what a viewer would see in it. It
// refuses, with one of the codes above, what is outside the limits or can
// never be a story; nothing of the film is decoded beyond its first pictures.
func probeFile(ctx context.Context, run *runner, path string, l Limits) (media.Media, error) {
	l = l.withDefaults()
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
			refuse(CodeTooLarge, "The file is larger than %d MB. Please export it smaller.", l.MaxBytes>>20)
	}
	container, err := Sniff(path)
	if err != nil {
		return media.Media{}, err
	}
	got, err := readFile(ctx, run, path, container, l)
	if err != nil {
		return media.Media{}, err
	}
	if got.declared, err = readDeclared(path, container); err != nil {
		return media.Media{}, err
	}
	if len(got.streams) > l.MaxStreams {
		return media.Media{}, tooManyStreams(l)
	}
	m, s, err := describe(container, st.Size(), got)
	if err != nil {
		return media.Media{}, err
	}
	if err := judge(m, l); err != nil { // before a decoder is asked for a picture
		if fault.Is(err, CodeTooShort) && got.length >= 2*l.MinDuration.Seconds() {
			err = corrupt().Because(err) // the index promises more than the file holds
		}
		return media.Media{}, err
	}
	if needsPicture(m.Video, s) {
		if err := readPicture(ctx, run, path, container, l, &m.Video); err != nil {
			return media.Media{}, err
		}
	}
	return m, judge(m, l)
}

// readFile demuxes the whole file once: streams, and every packet's time.
func readFile(ctx context.Context, run *runner, path, container string, l Limits) (reading, error) {
	args := append(probeArgs(path, container, l), "-show_entries",
		"packet=codec_type,stream_index,pts_time,dts_time,duration_time,size,flags:"+
			"stream=index,codec_type,codec_name,codec_tag_string,profile,width,height,sample_aspect_ratio,pix_fmt,"+
			"color_range,color_space,color_transfer,color_primaries,"+
			"field_order,has_b_frames,r_frame_rate,avg_frame_rate,start_time,duration,sample_rate,channels:"+
			"stream_disposition=default,attached_pic,timed_thumbnails:stream_side_data=side_data_type,dv_profile,"+
			"displaymatrix,rotation:format=start_time,duration")
	var got reading
	err := run.ffprobe(ctx, path, args, l, func(r io.Reader) (err error) {
		var line *timeline
		if container == "mpegts" {
			line = &timeline{}
		}
		if got, err = readProbe(r, line, l.endless); err == nil && line != nil && line.torn {
			return errTorn
		}
		if errors.Is(err, errOver) {
			return endless(l).Because(err)
		}
		return err
	})
	return got, err
}

// probeArgs are ffprobe's options up to and with the input.
func probeArgs(path, container string, l Limits) []string {
	return []string{
		"-v", "warning", // the skipped external track of a QuickTime alias is only a warning
		"-protocol_whitelist", "file", // no network, no pipes, no concat:
		"-format_whitelist", demuxers[container], // no playlist reader, whatever the content suggests
		// few decoders, and ffprobe opens one per stream
		"-codec_whitelist", decoderNames + "," + discNames + "," + subtitleNames,
		"-max_streams", strconv.Itoa(l.MaxStreams), // sixty sound tracks are an attack, not a story
		"-max_pixels", strconv.Itoa(l.MaxPixels), // refused before a picture is allocated
		"-probesize", "20M", "-analyzeduration", "10M", // bytes and microseconds of reading ahead at most
		"-threads", "1", // halves the memory; there is next to nothing to decode
		"-f", demuxers[container], // our sniff decides, not ffmpeg's
		"-of", "json=c=1",
		"-i", "file:" + path, // file: keeps names like concat:x or -x from meaning anything
	}
}

// needsPicture reports whether only a decoded picture tells the truth: phones
// tag HDR films as SDR in the container, and interlacing is a picture's flag.
func needsPicture(v media.Video, s stream) bool {
	if v.BitDepth > 8 || v.PixelFormat == "" {
		return true
	}
	switch s.Codec {
	case "h264", "mpeg2video", "mpeg4", "prores", "dvvideo":
		return s.FieldOrder != "progressive"
	}
	return false
}

// readPicture decodes the first pictures and corrects v by what they say.
func readPicture(
	ctx context.Context, run *runner, path, container string, l Limits, v *media.Video,
) error {
	args := append(probeArgs(path, container, l), "-select_streams", strconv.Itoa(v.Index),
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
	err := run.ffprobe(ctx, path, args, l, func(r io.Reader) error {
		_, err := io.Copy(&raw, io.LimitReader(r, 1<<20))
		return err
	})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw.Bytes(), &out); err != nil || len(out.Frames) == 0 {
		return corrupt().Because(err)
	}
	f := out.Frames[0]
	if f.PixelFormat != "" {
		v.PixelFormat, v.BitDepth = f.PixelFormat, depthOf(f.PixelFormat)
	}
	v.FullRange = v.FullRange || f.Range == "pc"
	v.Transfer, v.Primaries, v.Matrix = cmp.Or(known(f.Transfer), v.Transfer), cmp.Or(known(f.Primaries), v.Primaries),
		cmp.Or(known(f.Matrix), v.Matrix)
	fields := 0
	for _, f := range out.Frames {
		fields += f.Interlaced
	}
	v.Interlaced = fields*2 > len(out.Frames)
	return nil
}
