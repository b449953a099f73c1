package plan

import (
	"time"

	"github.com/storyreel/storyreel/internal/media"
)

// Upper bounds of the working files that are not part of a result: tiles,
// gray frames and samples. docs/performance.md has measurements.
const (
	workingFixed = 8 << 20   // bytes
	workingRate  = 100 << 10 // bytes per second of video
)

// audioMaxRate is the bit rate of encoded audio, kb/s.
const audioMaxRate = 128

// Scratch returns an upper bound of the bytes that a run of the plan writes,
// the source not included. Rungs count at their rate caps, the top one twice,
// because the MP4 repeats it.
func (p Plan) Scratch() int64 {
	switch p.Profile {
	case Review:
		return ReviewScratch(p.Media.Bytes, p.Duration)
	case First:
		return firstScratch(p.Media.Bytes, p.Duration)
	case Publish:
	}
	rate := p.Rungs[0].MaxRate + 2*audioMaxRate
	for _, r := range p.Rungs {
		rate += r.MaxRate
	}
	if p.AV1 != nil {
		rate += p.AV1.MaxRate
	}
	return written(rate, p.Duration) + working(p.Duration)
}

// ReviewScratch is Scratch of the review of a source of that many bytes, of
// which nothing more is known than the longest length of its review copy. The
// copy has the size of the source when it is remuxed.
func ReviewScratch(source int64, longest time.Duration) int64 {
	return max(source, written(reviewMaxRate+audioMaxRate, longest)) + working(longest)
}

// written returns the bytes of a file at a rate in kb/s, with a quarter more
// for the container and for the first seconds, in which the rate may exceed
// its cap.
func written(rate int, length time.Duration) int64 {
	return int64(1.25 * float64(rate) * 1000 / 8 * length.Seconds())
}

func working(length time.Duration) int64 {
	return workingFixed + int64(workingRate*length.Seconds())
}

// LadderScratch is Scratch of publishing m with the options, for a decision
// before the run; 0 when no plan of it is possible.
func LadderScratch(m media.Media, o Options) int64 {
	p := Plan{Profile: Publish, Media: m, Rate: m.Video.Rate, Duration: m.Duration}
	if m.Video.Width < 2 || m.Video.Height < 2 {
		return 0
	}
	p.planPublish(o)
	return p.Scratch()
}
