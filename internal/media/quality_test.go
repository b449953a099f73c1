package media

import "testing"

func TestQuality_BandsAndRangesAgree(t *testing.T) {
	for q := range 101 {
		least, below := QualityRange(QualityBand(q))
		if q < least || q >= below {
			t.Errorf("%d is %s, which is %d to %d", q, QualityBand(q), least, below)
		}
	}
	if least, below := QualityRange("excellent"); least != below {
		t.Error("an unknown band has qualities")
	}
	one, bright := 1.0, 0.45
	best := &Findings{ShortEdge: 2160, Sharpness: &one, Brightness: &bright}
	worst := &Findings{Silent: true, Warnings: []string{"a", "b"}}
	if best.Quality() != 100 || worst.Quality() != 0 || (*Findings)(nil).Quality() != 0 {
		t.Errorf("best %d, worst %d", best.Quality(), worst.Quality())
	}
}
