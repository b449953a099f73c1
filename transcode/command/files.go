package command

// Names of the files that a run writes, relative to its folder.
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
)

// Names of working files, which are not part of the result.
const (
	FileCandidate    = "candidate-%02d.jpg" // from 1 on
	FileTiles        = "tiles.yuv"
	FileMeasure      = "measure.gray"
	FileSharp        = "sharp.gray"
	FileLoudness     = "loudness.txt"
	FileFingerprint  = "sound.print"
	FileSamples      = "sound.pcm"
	FileCopySamples  = "copy.pcm"
	FileDecoded      = "sound.crc"
	FileFrames       = "sound.amr"
	FileFFmpegMaster = "ffmpeg.m3u8"
)
