package plan

// SharpFrames is the number of frames that sharpness is measured on.
const SharpFrames = 24

// MeasureRate is the rate of the small frames that are analyzed, frames per
// second: high enough to count flashes when every frame is decoded, low when
// only key frames are.
func (p Plan) MeasureRate() int {
	if p.KeyFramesOnly {
		return 5
	}
	return 25
}
