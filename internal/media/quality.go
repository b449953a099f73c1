package media

import "math"

// Quality sums up the findings as one number from 0 to 100, by which the
// creative team sorts: 40 for sharpness, 20 for size up to 1080 lines, 20 for
// exposure nearest to 0.45 of full brightness, 20 for audio, less 10 for each
// warning. It judges the recording, never the story. Nil gives 0.
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

// qualityBands are the names of qualities, best first, each with the least
// Quality that has it.
var qualityBands = []struct {
	name  string
	least int
}{{"high", 70}, {"medium", 45}, {"low", 0}}

// QualityBand names a Quality for narrowing a search: high from 70, medium
// from 45, low below.
func QualityBand(quality int) string {
	for _, b := range qualityBands {
		if quality >= b.least {
			return b.name
		}
	}
	return ""
}

// QualityRange is QualityBand turned round: the qualities from least to under
// below have the name. An unknown name has none.
func QualityRange(band string) (least, below int) {
	below = 101
	for _, b := range qualityBands {
		if b.name == band {
			return b.least, below
		}
		below = b.least
	}
	return 0, 0
}
