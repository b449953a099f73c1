package integrity_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/integrity"
	"github.com/storyreel/storyreel/internal/media"
)

// TestAudit_ListsWhatIsNotRepairedFirst: it comes after more findings than are
// listed.
func TestAudit_ListsWhatIsNotRepairedFirst(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for range 3 {
			w.put(media.ReviewPrefix(old, 1), map[string]string{"a.mp4": "a"})
			w.put(media.ReviewPrefix(id.New(), 1), map[string]string{"a.mp4": "a"})
		}
		kept := media.SourceKey(id.New(), "u")
		w.put(kept[:len(kept)-len("source")], map[string]string{"source": "a"})
		r := w.audit(integrity.Options{Repair: true, PerCode: 2})
		require.Len(t, r.Findings, 2)
		require.True(t, r.Findings[0].Repaired)
		require.Equal(t, kept, r.Findings[1].Key)
		for _, c := range r.Checks {
			if c.Code == integrity.ObjectOrphan {
				require.Equal(t, 5, c.Count)
			}
		}
	})
}

// TestAudit_CountsTheObjectsThatItDoesNotList of a story with more strays than are
// listed; further repairs remove them.
func TestAudit_CountsTheObjectsThatItDoesNotList(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		files := map[string]string{}
		for i := range 23 {
			files[fmt.Sprintf("left-%02d", i)] = "a"
		}
		w.put(media.StoryPrefix(media.ReviewRoot, w.published.ID), files)
		w.later = 2 * time.Hour
		r := w.audit(integrity.Options{Repair: true})
		require.Len(t, r.Findings, 21)
		require.Contains(t, r.Findings[20].Detail, "3 more objects")
		require.False(t, r.Findings[20].Repaired)
		require.False(t, r.OK)
		require.Len(t, w.audit(integrity.Options{Repair: true}).Findings, 3)
		require.Empty(t, w.audit(integrity.Options{Repair: true}).Findings)
	})
}
