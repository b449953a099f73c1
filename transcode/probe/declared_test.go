package probe

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// elementOf returns an element with the given ID and a length of one byte.
func elementOf(id string, body ...byte) []byte {
	return append(append([]byte(id), 0x80|byte(len(body))), body...)
}

func join(all ...[]byte) []byte { return bytes.Join(all, nil) }

// matroskaFile returns a Matroska file of a subtitle track and a video track
// whose Video element has the given body.
func matroskaFile(video []byte) []byte {
	tracks := join(
		// a track type that ffmpeg makes no stream of
		elementOf("\xAE", join(elementOf("\x83", 0x12), elementOf("\x86", 'x'))...),
		elementOf("\xAE", join(elementOf("\x83", 0x11), elementOf("\x86", 'x'))...),
		elementOf("\xAE", join(elementOf("\x83", 1), elementOf("\x86", 'x'), elementOf("\xE0", video...))...),
	)
	return join(elementOf("\x1A\x45\xDF\xA3", 0), []byte("\x18\x53\x80\x67\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
		elementOf("\xEC", 0, 0), elementOf("\x16\x54\xAE\x6B", tracks...))
}

func TestDeclared_InMatroska(t *testing.T) {
	left, right := elementOf("\x54\xCC", 60), elementOf("\x54\xDD", 0, 20)
	top, bottom := elementOf("\x54\xBB", 20), elementOf("\x54\xAA", 40)
	width, height := elementOf("\x54\xB0", 0x02, 0x80), elementOf("\x54\xBA", 240)
	part := &media.Crop{Left: 60, Top: 20, Width: 320, Height: 240}
	for name, c := range map[string]struct {
		video []byte
		crop  *media.Crop
		sar   [2]int // 7:5 comes from ffprobe
	}{
		"display size only":        {join(width, height), nil, [2]int{7, 5}},
		"cropped":                  {join(left, right, top, bottom), part, [2]int{7, 5}},
		"cropped and display size": {join(width, left, right, top, bottom, height), part, [2]int{2, 1}},
		"display aspect ratio": {
			join(left, right, top, bottom, elementOf("\x54\xB0", 16), elementOf("\x54\xBA", 9),
				elementOf("\x54\xB2", 3)),
			part, [2]int{4, 3},
		},
		"unknown display unit": {
			join(width, left, right, top, bottom, height, elementOf("\x54\xB2", 4)), part, [2]int{7, 5},
		},
		"crop of the whole frame": {join(left, elementOf("\x54\xDD", 0x01, 0x54)), nil, [2]int{7, 5}},
		"crop beyond the frame":   {join(elementOf("\x54\xCC", 0xFF, 0xFF, 0xFF, 0xFF)), nil, [2]int{7, 5}},
		"number too long":         {join(elementOf("\x54\xCC", 0, 0, 0, 0, 60)), nil, [2]int{7, 5}},
		"empty":                   {nil, nil, [2]int{7, 5}},
		"empty number": {
			join(elementOf("\x54\xCC"), elementOf("\x54\xDD", 80)), &media.Crop{Width: 320, Height: 300}, [2]int{7, 5},
		},
		"display width of 0": {join(left, right, top, bottom, elementOf("\x54\xB0", 0), height), part, [2]int{7, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			b := matroskaFile(c.video)
			v := media.Video{CodedWidth: 400, CodedHeight: 300, SARNum: 7, SARDen: 5}
			declaredInElements(bytes.NewReader(b), int64(len(b)))[1].apply(&v)
			require.Equal(t, c.crop, v.Crop)
			require.Equal(t, c.sar, [2]int{v.SARNum, v.SARDen})
			for n := range b { // truncated anywhere, it is read without a panic
				declaredInElements(bytes.NewReader(b[:n]), int64(n))
			}
		})
	}
}

func TestDeclared_ColorsOfTheBitstreamTakePrecedence(t *testing.T) {
	pq := declared{colors: colors{primaries: 9, transfer: 16, matrix: 9, full: true}}
	for name, c := range map[string]struct {
		d               declared
		bitstream, want media.Video
	}{
		"bitstream without colors": {
			pq, media.Video{},
			media.Video{Primaries: "bt2020", Transfer: "smpte2084", Matrix: "bt2020nc", FullRange: true},
		},
		"bitstream with other colors": {
			pq, media.Video{Primaries: "bt709", Transfer: "bt709", Matrix: "bt709"},
			media.Video{Primaries: "bt709", Transfer: "bt709", Matrix: "bt709"},
		},
		"bitstream with a matrix only": {
			pq, media.Video{Matrix: "bt709"}, media.Video{Primaries: "bt2020", Transfer: "smpte2084", Matrix: "bt709"},
		},
		"unspecified":   {declared{colors: colors{2, 2, 2, false}}, media.Video{}, media.Video{}},
		"unknown codes": {declared{colors: colors{99, -1, 1 << 30, false}}, media.Video{}, media.Video{}},
	} {
		t.Run(name, func(t *testing.T) {
			v := c.bitstream
			c.d.apply(&v)
			require.Equal(t, c.want, v)
		})
	}
}

func FuzzDeclared(f *testing.F) {
	b, err := os.ReadFile(clips.Get(f, "clean-aperture"))
	require.NoError(f, err)
	f.Add(b[bytes.LastIndex(b, []byte("moov"))-4:])
	for _, name := range []string{"pixel-crop-wide", "pq-container"} {
		b, err := os.ReadFile(clips.Get(f, name))
		require.NoError(f, err)
		f.Add(b[:1024])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, read := range []func(*bytes.Reader) map[int]declared{
			func(r *bytes.Reader) map[int]declared { return declaredInBoxes(r, r.Size()) },
			func(r *bytes.Reader) map[int]declared { return declaredInElements(r, r.Size()) },
		} {
			for i, d := range read(bytes.NewReader(b)) {
				require.True(t, i >= 0 && i < 20_000)
				v := media.Video{CodedWidth: 1920, CodedHeight: 1080, SARNum: 1, SARDen: 1}
				d.apply(&v)
				require.True(t, v.SARNum > 0 && v.SARDen > 0)
				if c := v.Crop; c != nil {
					require.True(t, c.Left >= 0 && c.Top >= 0 && c.Width > 0 && c.Height > 0 &&
						c.Left+c.Width <= 1920 && c.Top+c.Height <= 1080)
				}
			}
		}
	})
}
