package transcode

// Names of the files a run makes, relative to its folder.
const (
	fileReview  = "review.mp4"
	filePoster  = "poster.jpg"
	fileWebP    = "poster.webp"
	fileBoard   = "storyboard.jpg"
	fileVTT     = "storyboard.vtt"
	fileStory   = "story.mp4"
	filePreview = "preview.mp4"
	fileMaster  = "master.m3u8"
	fileAudio   = "audio.mp4"
	fileAudioM  = "audio.m3u8"

	// Working files, never part of the result.
	fileTiles    = "tiles.yuv"
	fileMeasure  = "measure.gray"
	fileSharp    = "sharp.gray"
	fileLoudness = "loudness.txt"
	filePrint    = "sound.print"
	fileSamples  = "sound.pcm"
	fileFFMaster = "ffmpeg.m3u8"
)

const (
	sharpEdge = 360 // short edge of the pictures that sharpness is measured on
)
