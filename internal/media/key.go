package media

import "fmt"

// Prefixes of the one bucket. Only PublicRoot is readable without a
// signature; a presigned write is only ever given under IncomingRoot.
const (
	IncomingRoot = "incoming/"
	SourcesRoot  = "sources/"
	ReviewRoot   = "review/"
	PublicRoot   = "public/"
	KitsRoot     = "kits/"
)

// IncomingKey is where one upload of a story lands. upload is our own random
// id, never a name the client gave.
func IncomingKey(story, upload string) string {
	return IncomingRoot + story + "/" + upload
}

// IncomingPrefix covers every upload of a story.
func IncomingPrefix(story string) string { return IncomingRoot + story + "/" }

// SourceKey is where the pinned source of a story lives after intake. upload
// is part of it so that a corrected upload never meets the older bytes.
func SourceKey(story, upload string) string {
	return SourcesRoot + story + "/" + upload + "/source"
}

// SourcePrefix covers every pinned source of a story.
func SourcePrefix(story string) string { return SourcesRoot + story + "/" }

// ReviewPrefix is what one prepare attempt may write under.
func ReviewPrefix(story string, attempt int) string {
	return fmt.Sprintf("%s%s/%d/", ReviewRoot, story, attempt)
}

// PublicPrefix is what one publish attempt may write under.
func PublicPrefix(story string, attempt int) string {
	return fmt.Sprintf("%s%s/%d/", PublicRoot, story, attempt)
}
