package intake

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/limit"
	"github.com/storyreel/storyreel/internal/story"
)

// triesPerBegin is how many requests an address may make for every story that
// it may begin, those that are refused included.
const triesPerBegin = 10

// try counts a request of the address, whatever becomes of it.
func (s *Service) try(ctx context.Context, address string) error {
	most := int64(s.opts.BeginsPerHour) * triesPerBegin
	return s.quota.Take(ctx, limit.Key(address), limit.Use{
		Rule: limit.Rule{Name: "tries", Max: most, Per: time.Hour}, N: 1,
	})
}

// use counts a file that an address announces: once the request is found
// valid, so that one which is refused uses up nothing.
func (s *Service) use(ctx context.Context, address string, f File) (giveBack func(), err error) {
	key := limit.Key(address)
	uses := []limit.Use{
		{Rule: limit.Rule{Name: "begin", Max: int64(s.opts.BeginsPerHour), Per: time.Hour}, N: 1},
		{Rule: limit.Rule{Name: "bytes", Max: s.opts.BytesPerHour, Per: time.Hour}, N: f.Bytes},
	}
	if err := s.quota.Take(ctx, key, uses...); err != nil {
		return nil, err
	}
	return func() { s.quota.Return(context.WithoutCancel(ctx), key, uses...) }, nil
}

// mayReplace holds a story to the number of files it may have.
func (s *Service) mayReplace(ctx context.Context, st *story.Story) error {
	lines, err := s.stories.History(ctx, st.ID)
	if err != nil {
		return err
	}
	replaced, resubmitted := 0, 0
	for _, l := range lines {
		if l.Event == story.EventReplaced {
			replaced++
			if l.From == story.Rejected {
				resubmitted++
			}
		}
	}
	switch {
	case replaced >= s.opts.Replacements:
		return fault.New(fault.Conflict, "upload.replacements",
			"this story's file was replaced %d times, which is the most; begin a new story", replaced).
			With("max", s.opts.Replacements)
	case st.State == story.Rejected && resubmitted >= s.opts.Resubmissions:
		return fault.New(fault.Conflict, "upload.resubmissions",
			"this story was sent again %d times after it was rejected, which is the most", resubmitted).
			With("max", s.opts.Resubmissions)
	}
	return nil
}
