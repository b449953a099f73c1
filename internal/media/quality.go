package media

import "math"

// Quality rates the recording from 0 to 100, for the creative team's sorting: up
// to 40 points for sharpness, 20 for a short edge up to 1080 pixels, 20 for a
// mean luma near 0.45, 20 for audible audio, less 10 for each warning. Nil
// gives 0.
func (f *Findings) Quality() int {
	if f == nil {
		return 0
	}
	score := 20 * min(float64(f.ShortEdge)/1080, 1)
	if f.Sharpness != nil {
		score += 40 * *f.Sharpness
	}
	if f.Brightness != nil {
		score += 20 * max(0, 1-math.Abs(*f.Brightness-0.45)/0.45)
	}
	if !f.Silent {
		score += 20
	}
	score -= 10 * float64(len(f.Warnings))
	return int(math.Round(min(max(score, 0), 100)))
}

// qualityBands are the names of the bands, best first, each with its minimum
// Quality.
var qualityBands = []struct {
	name string
	min  int
}{{"high", 70}, {"medium", 45}, {"low", 0}}

// QualityBand returns the band of a Quality, for the filter of a search: high
// from 70, medium from 45, low below.
func QualityBand(quality int) string {
	for _, b := range qualityBands {
		if quality >= b.min {
			return b.name
		}
	}
	return ""
}

// QualityRange returns the range of a band: least is inclusive, below exclusive.
// Both are 0 for an unknown band.
func QualityRange(band string) (least, below int) {
	below = 101
	for _, b := range qualityBands {
		if b.name == band {
			return b.min, below
		}
		below = b.min
	}
	return 0, 0
}
