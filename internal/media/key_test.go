package media_test

import (
	"strings"
	"testing"

	"github.com/storyreel/storyreel/internal/media"
)

func TestKeys_NameTheirRootAndStory(t *testing.T) {
	t.Parallel()
	for key, root := range map[string]string{
		media.IncomingKey("s", "u"): media.IncomingRoot, media.IncomingPrefix("s"): media.IncomingRoot,
		media.SourceKey("s", "u"): media.SourcesRoot, media.SourcePrefix("s"): media.SourcesRoot,
		media.ReviewPrefix("s", 1): media.ReviewRoot, media.PublicPrefix("s", 1): media.PublicRoot,
	} {
		t.Run(key, func(t *testing.T) {
			if !strings.HasPrefix(key, media.StoryPrefix(root, "s")) || media.StoryOf(key) != "s" {
				t.Errorf("%s is not of story s under %s", key, root)
			}
		})
	}
}

func TestAttemptOf(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]int{
		media.ReviewPrefix("s", 1): 1, media.PublicPrefix("s", 12): 12,
		media.SourceFolder("s", "7"): 0, media.StoryPrefix(media.PublicRoot, "7"): 0,
		"public/s/07/": 0, "public/s/x/": 0,
	} {
		if n, ok := media.AttemptOf(prefix); ok != (want > 0) || ok && n != want {
			t.Errorf("%s: %d, %v", prefix, n, ok)
		}
	}
}
