package attempt

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

// MaxRetried is how many failures one call of RetryFailed may look at.
const MaxRetried = 500

// FailureQuery selects stories by how they failed.
type FailureQuery struct {
	Since time.Time     // they failed then or later
	Code  string        // of the failure; empty: any
	Job   story.JobKind // that failed, prepare or publish; empty: either
}

func (q FailureQuery) matches(st *story.Story) bool {
	f := st.Failure
	return st.State == story.Failed && f != nil && (q.Code == "" || q.Code == f.Code) && (q.Job == "" || q.Job == f.Job)
}

// Failure is one failure of a story, as history has it. At and Entry order
// failures.
type Failure struct {
	Story string
	At    time.Time
	Entry string // id of the line in history
}

// Retried is the result of one call of RetryFailed.
type Retried struct {
	Stories int       // whose work was started again
	Next    *Position // where the next call continues; nil at the end
}

// Position is a place in the list of failures that a first call began.
type Position struct {
	Until time.Time // when the first call was made
	At    time.Time // of the last failure that was looked at
	Entry string
}

// RetryFailed starts the work of failed stories again, in the order in which
// they failed, as Retry of package story does for each. It looks at no more
// than limit failures; after is Next of the call before, nil for the first one.
// A story that no longer is failed, or has since failed otherwise, is left as it
// is, so repeating a call is harmless. Failures that come after the first call
// are not part of it, so that calls come to an end.
func (s *Service) RetryFailed(
	ctx context.Context, q FailureQuery, after *Position, limit int, by account.Actor,
) (Retried, error) {
	if after == nil {
		after = &Position{Until: s.now()}
	}
	limit = min(max(limit, 1), MaxRetried)
	failures, err := s.store.Failures(ctx, q, *after, limit)
	if err != nil {
		return Retried{}, err
	}
	var out Retried
	for _, f := range failures {
		changed := false
		_, err := s.stories.Change(ctx, f.Story, func(st *story.Story) (*story.Entry, error) {
			if changed = q.matches(st); !changed {
				return nil, story.ErrUnchanged
			}
			return st.Retry(by, s.now())
		})
		switch {
		case fault.KindOf(err) == fault.Conflict && err != nil, fault.KindOf(err) == fault.NotFound:
		case err != nil:
			return out, err
		case changed:
			out.Stories++
		}
	}
	if len(failures) == limit {
		end := failures[limit-1]
		out.Next = &Position{Until: after.Until, At: end.At, Entry: end.Entry}
	}
	return out, nil
}
