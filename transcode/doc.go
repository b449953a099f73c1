// Package transcode turns one video file into the files of a story: a review
// copy for moderators, or the published ladder. It knows files and ffmpeg, and
// nothing of stories, queues or buckets; it works on any file.
//
// A file takes three steps. Transcoder.Probe examines it (package probe) and
// refuses what can never work (package refusal). plan.New decides everything
// about the run from the probe and the options (package plan). Transcoder.Run
// builds ffmpeg's arguments from the plan (package command), runs them in the
// sandbox (package ffmpeg), computes findings from decoded frames and audio
// (package analysis), writes the playlists (package hls), and checks the
// output (package mp4).
//
// A program that uses it must call sandbox.Main first in its main function.
package transcode
