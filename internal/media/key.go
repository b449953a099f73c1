package media

import (
	"fmt"
	"strings"
)

// Roots of the one bucket. Only PublicRoot is readable without a signature; a
// presigned write is only ever given under IncomingRoot. Keys and prefixes are
// built and parsed here alone.
const (
	IncomingRoot = "incoming/"
	SourcesRoot  = "sources/"
	ReviewRoot   = "review/"
	PublicRoot   = "public/"
)

// Roots lists every root, the public one first.
func Roots() []string { return []string{PublicRoot, ReviewRoot, SourcesRoot, IncomingRoot} }

// IncomingKey is where one upload of a story arrives. upload is our own random
// id, never a name the client gave.
func IncomingKey(story, upload string) string { return IncomingPrefix(story) + upload }

// IncomingPrefix covers every upload of a story.
func IncomingPrefix(story string) string { return StoryPrefix(IncomingRoot, story) }

// SourceKey is where the pinned source of a story lives after intake. upload
// is part of it so that a corrected upload never meets the older bytes.
func SourceKey(story, upload string) string { return SourcePrefix(story) + upload + "/source" }

// SourcePrefix covers every pinned source of a story.
func SourcePrefix(story string) string { return StoryPrefix(SourcesRoot, story) }

// ReviewPrefix is what one prepare attempt may write under.
func ReviewPrefix(story string, attempt int) string {
	return fmt.Sprintf("%s%d/", StoryPrefix(ReviewRoot, story), attempt)
}

// PublicPrefix is what one publish attempt may write under.
func PublicPrefix(story string, attempt int) string {
	return fmt.Sprintf("%s%d/", StoryPrefix(PublicRoot, story), attempt)
}

// StoryPrefix covers every object of a story under the root.
func StoryPrefix(root, story string) string { return root + story + "/" }

// StoryOf returns the story id in a key or prefix.
func StoryOf(key string) string {
	_, rest, _ := strings.Cut(key, "/")
	story, _, _ := strings.Cut(rest, "/")
	return story
}
