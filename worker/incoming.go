package worker

import (
	"context"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// ClearIncoming removes uploads that their story does not need: second uses of
// a signed address after intake, late ones after expiry or erasure, and files
// that were replaced. Uploads of stories that the database does not know stay.
func (s *Sweeper) ClearIncoming(ctx context.Context) error {
	for after := ""; ; {
		objects, err := s.Bucket.Keys(ctx, media.IncomingRoot, after, batch)
		if err != nil || len(objects) == 0 {
			return err
		}
		after = objects[len(objects)-1].Key
		var st *story.Story // of the objects before, which are in order
		for _, o := range objects {
			id := media.StoryOf(o.Key)
			if st == nil || st.ID != id {
				st, err = s.Stories.Get(ctx, id)
				if fault.KindOf(err) == fault.NotFound {
					st = nil
					continue
				} else if err != nil {
					return err
				}
			}
			if st.Needs(o.Key) {
				continue
			}
			if err := s.Bucket.Delete(ctx, o.Key); err != nil {
				return err
			}
			s.opts.Drift("incoming", 1)
			s.opts.Log.Info("upload removed that its story does not need", "story", id, "state", st.State)
		}
	}
}
