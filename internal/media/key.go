package media

import (
	"fmt"
	"path"
	"strconv"
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

// IsPublic reports whether the object can be read without a signature.
func IsPublic(key string) bool { return strings.HasPrefix(key, PublicRoot) }

// Roots lists every root, the public one first.
func Roots() []string { return []string{PublicRoot, ReviewRoot, SourcesRoot, IncomingRoot} }

// IncomingKey is the key of one upload of a story. upload is a random id of ours,
// never a name given by the client.
func IncomingKey(story, upload string) string { return IncomingPrefix(story) + upload }

// IncomingPrefix covers every upload of a story.
func IncomingPrefix(story string) string { return StoryPrefix(IncomingRoot, story) }

// SourceKey is the key of a story's source after intake. It holds the upload's
// id, so that a replacement never has the key of the older source.
func SourceKey(story, upload string) string { return SourceFolder(story, upload) + "source" }

// SourceFolder covers the source that one upload of a story became.
func SourceFolder(story, upload string) string { return SourcePrefix(story) + upload + "/" }

// SourcePrefix covers every source of a story.
func SourcePrefix(story string) string { return StoryPrefix(SourcesRoot, story) }

// ReviewPrefix is the prefix under which a prepare attempt may write.
func ReviewPrefix(story string, attempt int) string {
	return fmt.Sprintf("%s%d/", StoryPrefix(ReviewRoot, story), attempt)
}

// PublicPrefix is the prefix under which a publish attempt may write.
func PublicPrefix(story string, attempt int) string {
	return fmt.Sprintf("%s%d/", StoryPrefix(PublicRoot, story), attempt)
}

// StoryPrefix covers every object of a story under the root.
func StoryPrefix(root, story string) string { return root + story + "/" }

// RootOf returns the root of a key or prefix, with its slash.
func RootOf(key string) string {
	root, _, _ := strings.Cut(key, "/")
	return root + "/"
}

// StoryOf returns the story id in a key or prefix.
func StoryOf(key string) string {
	_, rest, _ := strings.Cut(key, "/")
	story, _, _ := strings.Cut(rest, "/")
	return story
}

// AttemptOf returns the attempt that wrote under a prefix of ReviewPrefix or
// PublicPrefix; false for any other prefix.
func AttemptOf(prefix string) (int, bool) {
	n, err := strconv.Atoi(path.Base(prefix))
	made := prefix == ReviewPrefix(StoryOf(prefix), n) || prefix == PublicPrefix(StoryOf(prefix), n)
	return n, err == nil && made
}
