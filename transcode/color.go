package transcode

import (
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
)

// posterColor returns the mean color of a JPEG file as #rrggbb, for the place
// where pages load it. It is empty where the file cannot be decoded here:
// nothing but that place depends on it.
func (j *job) posterColor(name string) string {
	f, err := os.Open(filepath.Join(j.dir, name))
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	decoded, err := jpeg.Decode(f)
	m, ok := decoded.(*image.YCbCr) // as ffmpeg writes it
	if err != nil || !ok {
		return ""
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	cw := m.COffset(m.Rect.Max.X-1, m.Rect.Min.Y) - m.COffset(m.Rect.Min.X, m.Rect.Min.Y) + 1
	ch := (m.COffset(m.Rect.Min.X, m.Rect.Max.Y-1)-m.COffset(m.Rect.Min.X, m.Rect.Min.Y))/m.CStride + 1
	r, g, b := color.YCbCrToRGB(mean(m.Y, m.YStride, w, h), mean(m.Cb, m.CStride, cw, ch), mean(m.Cr, m.CStride, cw, ch))
	return fmt.Sprintf("#%02x%02x%02x", r, g, b)
}

// mean returns the mean of a plane of w by h samples.
func mean(plane []uint8, stride, w, h int) uint8 {
	var sum int
	for y := range h {
		for _, v := range plane[y*stride : y*stride+w] {
			sum += int(v)
		}
	}
	return uint8(sum / (w * h)) //nolint:gosec // a mean of bytes
}
