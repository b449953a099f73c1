package transcode

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/storyreel/storyreel/transcode/command"
	"github.com/storyreel/storyreel/transcode/plan"
	"github.com/storyreel/storyreel/transcode/refusal"
)

// sheetQuality is the JPEG quality of the storyboard; a tile takes 3 to 5 kB.
const sheetQuality = 75

// writeStoryboard assembles the tiles to one sheet and writes its WebVTT.
// Missing tiles at the end, of frames that could not be decoded, repeat the
// last one.
func (j *job) writeStoryboard() error {
	raw, err := os.ReadFile(filepath.Join(j.dir, command.FileTiles))
	if err != nil {
		return fmt.Errorf("read tiles: %w", err)
	}
	b := j.plan.Storyboard
	size := b.Width * b.Height * 3 / 2 // planar 4:2:0
	tiles := slices.Collect(slices.Chunk(raw[:len(raw)/size*size], size))
	if len(tiles) == 0 {
		return refusal.Corrupt()
	}
	sheet := image.NewYCbCr(image.Rect(0, 0, b.Columns*b.Width, b.Rows*b.Height), image.YCbCrSubsampleRatio420)
	for i := range sheet.Cb { // positions without a tile stay black
		sheet.Cb[i], sheet.Cr[i] = 128, 128
	}
	for k := range b.Tiles {
		placeTile(b, sheet, tiles[min(k, len(tiles)-1)], k)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, sheet, &jpeg.Options{Quality: sheetQuality}); err != nil {
		return fmt.Errorf("write storyboard: %w", err)
	}
	if err := os.WriteFile(filepath.Join(j.dir, command.FileStoryboard), out.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write storyboard: %w", err)
	}
	if err := os.WriteFile(filepath.Join(j.dir, command.FileStoryboardVTT),
		[]byte(storyboardVTT(b, command.FileStoryboard, j.plan.Duration)),
		0o644); err != nil {
		return fmt.Errorf("write storyboard: %w", err)
	}
	return nil
}

// placeTile copies tile k, planar 4:2:0, to its position on the sheet.
func placeTile(b plan.Storyboard, sheet *image.YCbCr, tile []byte, k int) {
	x, y := k%b.Columns*b.Width, k/b.Columns*b.Height
	for row := range b.Height {
		copy(sheet.Y[(y+row)*sheet.YStride+x:], tile[row*b.Width:(row+1)*b.Width])
	}
	luma, cw := b.Width*b.Height, b.Width/2
	for row := range b.Height / 2 {
		at, from := (y/2+row)*sheet.CStride+x/2, luma+row*cw
		copy(sheet.Cb[at:], tile[from:from+cw])
		copy(sheet.Cr[at:], tile[from+luma/4:from+luma/4+cw])
	}
}

// storyboardVTT returns the storyboard's WebVTT: each cue names the tile of the
// sheet for its time. sheet is the sheet's URL, relative to the VTT.
func storyboardVTT(b plan.Storyboard, sheet string, length time.Duration) string {
	var s strings.Builder
	s.WriteString("WEBVTT\n")
	end := length.Seconds()
	for k := range b.Tiles {
		from, to := float64(k)*b.Step, float64(k+1)*b.Step
		if k == b.Tiles-1 || to > end {
			to = max(end, from+0.001)
		}
		fmt.Fprintf(&s, "\n%s --> %s\n%s#xywh=%d,%d,%d,%d\n", vttTime(from), vttTime(to), sheet,
			k%b.Columns*b.Width, k/b.Columns*b.Height, b.Width, b.Height)
	}
	return s.String()
}

// vttTime returns seconds in WebVTT's notation, such as 00:01:02.003.
func vttTime(seconds float64) string {
	ms := int64(seconds*1000 + 0.5)
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, ms%1000)
}
