package analysis

import (
	"encoding/binary"
	"math"
	"math/cmplx"
	"slices"
)

// What the audio is, told from 8 kHz mono samples by two well-known marks.
// Speech comes in syllables: the bands of its spectrum rise and fall together
// some two to eight times per second, and deeply (Scheirer and Slaney, 1997).
// Music holds tones: its spectrum has narrow peaks that stay where they are
// for a while (continuous frequency activation, Seyerlehner et al., 2007).
// Noise does neither.
const (
	SampleRate = 8000 // samples per second
	windowSize = 512  // samples of one spectrum: 64 ms, bins of 15.6 Hz
	hop        = 128  // samples from one spectrum to the next: 16 ms
	blockSize  = 125  // spectra judged together: 2 s
	blockStep  = 62   // spectra from one judgement to the next: 1 s
	bandCount  = 12   // between 200 and 3600 Hz, equally wide to the ear

	peakReach = 10  // bins to either side that a peak must stand out from
	peakAbove = 6.0 // dB by which it must
	peakFloor = -75 // dB of full scale below which nothing is a peak
	peakFoot  = 4   // bins to either side within which a steady peak ends
)

// Where the marks divide, from talk of several people on phones, spoken
// text of four synthetic voices, the music of two games, and noise: depths of
// syllables were 0.79 to 1.65 in speech, 0.27 to 0.78 in music and 0.13 to
// 0.18 in noise and engines; tones were 2.4 to 5 in nine tenths of the music.
// Drums alone are taken for speech, and pulses go far beyond it.
const (
	silence       = -50.0 // dB of full scale: nothing is judged below
	speechFrom    = 0.75
	speechTo      = 2.4
	musicFrom     = 0.22
	musicTones    = 2.3
	syllablesFrom = 2.0 // a second
	syllablesTo   = 8.0
)

// spectrum is one spectrum.
type spectrum struct {
	level float64               // dB of full scale
	bands [bandCount]float64    // amplitude
	peaks [windowSize / 2]uint8 // 1 where a bin stands out
}

// audioBlock is what one block of audio is judged by.
type audioBlock struct {
	level     float64 // dB of full scale, of the loudest tenth
	syllables float64 // how deeply the bands rise and fall, 1 being as much as their mean
	tones     float64 // how long the five steadiest peaks stay, 0…5
}

func (h audioBlock) speech() bool {
	return h.level > silence && h.syllables >= speechFrom && h.syllables <= speechTo
}

func (h audioBlock) music() bool {
	return h.level > silence && h.syllables >= musicFrom && h.syllables < speechFrom && h.tones >= musicTones
}

// Classify returns which shares of the audio, 0…1, are speech and music; ok is
// false when there is less than a second of it. raw is 16-bit little-endian
// mono at hearRate. Speech over quiet music is speech.
func Classify(raw []byte) (speech, music float64, ok bool) {
	pcm := make([]int16, len(raw)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return shares(pcm)
}

func shares(pcm []int16) (speech, music float64, ok bool) {
	all := analyze(pcm)
	for _, h := range all {
		if h.speech() {
			speech++
		}
		if h.music() {
			music++
		}
	}
	n := float64(max(len(all), 1))
	return speech / n, music / n, len(all) > 0
}

// analyze judges every second of the samples with the second after it.
func analyze(pcm []int16) []audioBlock {
	all := spectra(pcm)
	var out []audioBlock
	for at := 0; at+blockSize <= len(all) || at == 0 && len(all) >= blockStep; at += blockStep {
		b := all[at:min(at+blockSize, len(all))]
		out = append(out, audioBlock{level: loudest(b), syllables: syllables(b), tones: tones(b)})
	}
	return out
}

// spectra takes a spectrum of every hop.
func spectra(pcm []int16) []spectrum {
	var window [windowSize]float64
	for i := range windowSize {
		window[i] = (0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/windowSize)) / 32768
	}
	band := melBands()
	turns := twiddles(windowSize)
	buf, bins := make([]complex128, windowSize), make([]float64, windowSize/2)
	var all []spectrum
	for at := 0; at+windowSize <= len(pcm); at += hop {
		var it spectrum
		sum := 0.0
		for i, s := range pcm[at : at+windowSize] {
			buf[i] = complex(float64(s)*window[i], 0)
			sum += float64(s) * float64(s)
		}
		it.level = powerDB(sum / windowSize / (32768 * 32768))
		fft(buf, turns)
		for i := range bins {
			power := real(buf[i])*real(buf[i]) + imag(buf[i])*imag(buf[i])
			bins[i] = powerDB(power)
			if b := band[i]; b >= 0 {
				it.bands[b] += power
			}
		}
		for b := range it.bands {
			it.bands[b] = math.Sqrt(it.bands[b])
		}
		it.markPeaks(bins)
		all = append(all, it)
	}
	return all
}

// markPeaks notes the bins that stand out from the mean of their neighbours.
func (it *spectrum) markPeaks(bins []float64) {
	sum := 0.0
	for _, v := range bins[:peakReach] {
		sum += v
	}
	for i, v := range bins {
		if i+peakReach < len(bins) {
			sum += bins[i+peakReach]
		}
		if i > peakReach {
			sum -= bins[i-peakReach-1]
		}
		n := min(i+peakReach, len(bins)-1) - max(i-peakReach, 0) + 1
		if v > peakFloor && v > sum/float64(n)+peakAbove {
			it.peaks[i] = 1
		}
	}
}

func powerDB(power float64) float64 { return 10 * math.Log10(power+1e-10) }

// twiddles returns the roots of one that a transform of n needs.
func twiddles(n int) []complex128 {
	t := make([]complex128, n/2)
	for i := range t {
		t[i] = cmplx.Rect(1, -2*math.Pi*float64(i)/float64(n))
	}
	return t
}

// fft is a fast Fourier transform in place; len(x) is a power of two.
func fft(x, turns []complex128) {
	n := len(x)
	for i, j := 1, 0; i < n; i++ {
		bit := n >> 1
		for ; j&bit != 0; bit >>= 1 {
			j ^= bit
		}
		if j ^= bit; i < j {
			x[i], x[j] = x[j], x[i]
		}
	}
	for size := 2; size <= n; size <<= 1 {
		for from := 0; from < n; from += size {
			for k := range size / 2 {
				a, b := x[from+k], x[from+k+size/2]*turns[k*n/size]
				x[from+k], x[from+k+size/2] = a+b, a-b
			}
		}
	}
}

// melBands returns the band of each bin, -1 for none. Bands are as wide as
// the ear spaces them (mel).
func melBands() (band [windowSize / 2]int) {
	mel := func(hz float64) float64 { return math.Log10(1 + hz/700) }
	low, high := mel(200), mel(3600)
	for i := range band {
		at := (mel(float64(i)*SampleRate/windowSize) - low) / (high - low)
		band[i] = -1
		if at >= 0 && at < 1 {
			band[i] = int(at * bandCount)
		}
	}
	return band
}

func loudest(block []spectrum) float64 {
	levels := make([]float64, len(block))
	for i, it := range block {
		levels[i] = it.level
	}
	slices.Sort(levels)
	return levels[len(levels)*9/10]
}

// syllables returns how deep the variation of the bands is between two and
// eight times per second, together, in units of their mean.
func syllables(block []spectrum) float64 {
	n := float64(len(block))
	deep, all := 0.0, 0.0
	for b := range bandCount {
		mean := 0.0
		for _, it := range block {
			mean += it.bands[b] / n
		}
		squares := 0.0
		for k := 1.0; k*SampleRate/hop/n <= syllablesTo; k++ {
			if k*SampleRate/hop/n < syllablesFrom {
				continue
			}
			var sum complex128
			turn, at := cmplx.Rect(1, -2*math.Pi*k/n), complex(1, 0)
			for _, it := range block {
				sum += complex(it.bands[b]-mean, 0) * at
				at *= turn
			}
			a := cmplx.Abs(sum) * 2 / n
			squares += a * a
		}
		deep += math.Sqrt(squares)
		all += mean
	}
	if all < 1e-4 {
		return 0
	}
	return deep / all
}

// tones returns how steady the five steadiest peaks are: the share of the time
// that each is there, counted from its higher foot.
func tones(block []spectrum) float64 {
	var active [windowSize / 2]float64
	for _, it := range block {
		for i, p := range it.peaks {
			active[i] += float64(p) / float64(len(block))
		}
	}
	var peaks []float64
	for i := peakFoot; i < len(active)-peakFoot; i++ {
		if active[i] < active[i-1] || active[i] <= active[i+1] {
			continue
		}
		left, right := slices.Min(active[i-peakFoot:i]), slices.Min(active[i+1:i+1+peakFoot])
		peaks = append(peaks, active[i]-max(left, right))
	}
	slices.Sort(peaks)
	sum := 0.0
	for _, p := range peaks[max(len(peaks)-5, 0):] {
		sum += p
	}
	return sum
}
