package analysis

import (
	"encoding/binary"
	"math"
	"math/cmplx"
	"slices"
)

// Speech and music are recognized in 8 kHz mono samples by two established
// features. Speech comes in syllables: the bands of its spectrum rise and fall
// together two to eight times per second, and deeply (Scheirer and Slaney,
// 1997). Music has tones: its spectrum has narrow peaks that stay at their
// frequency for a while (continuous frequency activation, Seyerlehner et al.,
// 2007). Noise has neither.

// SampleRate is the rate of the audio that Classify takes, samples per second.
const SampleRate = 8000

const (
	windowSize = 512 // samples of one spectrum: 64 ms, bins of 15.6 Hz
	hop        = 128 // samples from one spectrum to the next: 16 ms
	blockSize  = 125 // spectra classified together: 2 s
	blockStep  = 62  // spectra from one block to the next: 1 s
	bandCount  = 12  // between 200 and 3600 Hz, of equal width on the mel scale

	peakReach = 10  // bins on each side whose mean a peak is compared with
	peakAbove = 6.0 // dB by which a peak exceeds that mean
	peakFloor = -75 // lowest level of a peak, dB of full scale
	peakFoot  = 4   // bins on each side that contain the feet of a steady peak
)

// The thresholds come from phone recordings of several speakers, texts read by
// four synthetic voices, the music of two games, and noise. Syllable depths
// were 0.79 to 1.65 in speech, 0.27 to 0.78 in music and 0.13 to 0.18 in noise
// and engines; tones were 2.4 to 5 in nine tenths of the music. Drums alone
// count as speech; pulses are far above speechTo.
const (
	silence       = -50.0 // dB of full scale; blocks below it are neither speech nor music
	speechFrom    = 0.75  // syllable depth
	speechTo      = 2.4   // syllable depth
	musicFrom     = 0.22  // syllable depth
	musicTones    = 2.3   // lowest sum of tones in music, 0…5
	syllablesFrom = 2.0   // per second
	syllablesTo   = 8.0   // per second
)

// Classify returns the shares of the audio, 0…1, that are speech and music; ok
// is false for less than a second of audio. raw holds 16-bit little-endian
// mono samples at SampleRate. Speech over quiet music counts as speech.
func Classify(raw []byte) (speech, music float64, ok bool) {
	pcm := make([]int16, len(raw)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return classify(pcm)
}

func classify(pcm []int16) (speech, music float64, ok bool) {
	blocks := analyze(pcm)
	for _, b := range blocks {
		if b.speech() {
			speech++
		}
		if b.music() {
			music++
		}
	}
	n := float64(max(len(blocks), 1))
	return speech / n, music / n, len(blocks) > 0
}

// audioBlock holds the features of two seconds of audio.
type audioBlock struct {
	level     float64 // dB of full scale, of the ninth decile
	syllables float64 // depth of the bands' variation in units of their mean
	tones     float64 // sum of the steadiness of the five steadiest peaks, 0…5
}

func (b audioBlock) speech() bool {
	return b.level > silence && b.syllables >= speechFrom && b.syllables <= speechTo
}

func (b audioBlock) music() bool {
	return b.level > silence && b.syllables >= musicFrom && b.syllables < speechFrom && b.tones >= musicTones
}

// analyze returns a block for every second of the samples; each block includes
// the second after it.
func analyze(pcm []int16) []audioBlock {
	all := spectra(pcm)
	var out []audioBlock
	for at := 0; at+blockSize <= len(all) || at == 0 && len(all) >= blockStep; at += blockStep {
		b := all[at:min(at+blockSize, len(all))]
		out = append(out, audioBlock{level: loudest(b), syllables: syllables(b), tones: tones(b)})
	}
	return out
}

// spectrum holds the features of one window of samples.
type spectrum struct {
	level float64               // dB of full scale
	bands [bandCount]float64    // amplitude
	peaks [windowSize / 2]uint8 // 1 for bins that are peaks
}

// spectra returns the spectrum at every hop.
func spectra(pcm []int16) []spectrum {
	var window [windowSize]float64
	for i := range windowSize {
		window[i] = (0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/windowSize)) / 32768
	}
	band := melBands()
	roots := twiddles(windowSize)
	buf, bins := make([]complex128, windowSize), make([]float64, windowSize/2)
	var all []spectrum
	for at := 0; at+windowSize <= len(pcm); at += hop {
		var s spectrum
		sum := 0.0
		for i, v := range pcm[at : at+windowSize] {
			buf[i] = complex(float64(v)*window[i], 0)
			sum += float64(v) * float64(v)
		}
		s.level = powerDB(sum / windowSize / (32768 * 32768))
		fft(buf, roots)
		for i := range bins {
			power := real(buf[i])*real(buf[i]) + imag(buf[i])*imag(buf[i])
			bins[i] = powerDB(power)
			if b := band[i]; b >= 0 {
				s.bands[b] += power
			}
		}
		for b := range s.bands {
			s.bands[b] = math.Sqrt(s.bands[b])
		}
		s.markPeaks(bins)
		all = append(all, s)
	}
	return all
}

// markPeaks marks the bins that exceed the mean of their neighbors.
func (s *spectrum) markPeaks(bins []float64) {
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
			s.peaks[i] = 1
		}
	}
}

func powerDB(power float64) float64 { return 10 * math.Log10(power+1e-10) }

// twiddles returns the roots of unity for a transform of n values.
func twiddles(n int) []complex128 {
	t := make([]complex128, n/2)
	for i := range t {
		t[i] = cmplx.Rect(1, -2*math.Pi*float64(i)/float64(n))
	}
	return t
}

// fft is a fast Fourier transform in place; len(x) is a power of two and roots
// are its twiddles.
func fft(x, roots []complex128) {
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
				a, b := x[from+k], x[from+k+size/2]*roots[k*n/size]
				x[from+k], x[from+k+size/2] = a+b, a-b
			}
		}
	}
}

// melBands returns the band of each bin, -1 outside all bands. Bands have
// equal width on the mel scale.
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

// loudest returns the ninth decile of the levels, dB of full scale.
func loudest(block []spectrum) float64 {
	levels := make([]float64, len(block))
	for i, s := range block {
		levels[i] = s.level
	}
	slices.Sort(levels)
	return levels[len(levels)*9/10]
}

// syllables returns the depth of the bands' variation between syllablesFrom
// and syllablesTo, summed over the bands, in units of their mean.
func syllables(block []spectrum) float64 {
	n := float64(len(block))
	deep, all := 0.0, 0.0
	for b := range bandCount {
		mean := 0.0
		for _, s := range block {
			mean += s.bands[b] / n
		}
		squares := 0.0
		for k := 1.0; k*SampleRate/hop/n <= syllablesTo; k++ {
			if k*SampleRate/hop/n < syllablesFrom {
				continue
			}
			var sum complex128
			step, phase := cmplx.Rect(1, -2*math.Pi*k/n), complex(1, 0)
			for _, s := range block {
				sum += complex(s.bands[b]-mean, 0) * phase
				phase *= step
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

// tones returns the sum of the steadiness of the five steadiest peaks: the
// share of the time that each is present, less that of its higher foot.
func tones(block []spectrum) float64 {
	var active [windowSize / 2]float64
	for _, s := range block {
		for i, p := range s.peaks {
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
