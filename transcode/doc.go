// Package transcode makes what a story needs from one video file: a review
// copy for moderators, or the published ladder. It knows files and ffmpeg,
// and nothing of stories, queues or buckets.
//
// The way of a file is Probe, which sniffs and measures it and refuses what
// can never work; NewPlan, which is pure and decides everything; and Run,
// which makes ffmpeg's arguments from the plan, runs them in the sandbox,
// measures, and checks what came out. Every program that uses it must call
// sandbox.Main first thing in main.
package transcode
