package command

// Names of the files a run makes, relative to its folder.
const (
	FileReview        = "review.mp4"
	FilePoster        = "poster.jpg"
	FilePosterWebP    = "poster.webp"
	FileStoryboard    = "storyboard.jpg"
	FileStoryboardVTT = "storyboard.vtt"
	FileStory         = "story.mp4"
	FilePreview       = "preview.mp4"
	FileMaster        = "master.m3u8"
	FileAudio         = "audio.mp4"
	FileAudioPlaylist = "audio.m3u8"

	// Working files, never part of the result.
	FileTiles        = "tiles.yuv"
	FileMeasure      = "measure.gray"
	FileSharp        = "sharp.gray"
	FileLoudness     = "loudness.txt"
	FileFingerprint  = "sound.print"
	FileSamples      = "sound.pcm"
	FileFFmpegMaster = "ffmpeg.m3u8"
)

const (
	SharpEdge = 360 // short edge of the frames that sharpness is measured on
)
