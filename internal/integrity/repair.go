package integrity

import (
	"context"

	"github.com/storyreel/storyreel/internal/story"
)

// settle repairs a finding if that is wanted and possible, and reports it. st is
// the row that the finding was made from; nil: none.
func (r *run) settle(ctx context.Context, st *story.Story, f Finding) error {
	if r.opts.Repair {
		if err := r.repair(ctx, st, &f); err != nil {
			return err
		}
	}
	r.report.add(f)
	return nil
}

// repair does what is safe to do again and again, and keeps what a row names
// and the states of stories as they are. Where it has done something, the
// finding is marked.
func (r *run) repair(ctx context.Context, st *story.Story, f *Finding) error {
	var err error
	switch f.Code {
	case ObjectOrphan:
		return r.removeOrphan(ctx, f)
	case StoryStuck, ClaimStale:
		now := r.Now()
		j, due := st.Work(now, now.Add(-r.opts.Lease))
		if r.Queue == nil || !due {
			return nil
		}
		err = r.Queue.Enqueue(ctx, j)
	case AttemptOpen:
		before, at := st.Attempt, st.UpdatedAt
		if st.HeartbeatAt.IsZero() {
			before++
		}
		if f.started.After(at) {
			at = f.started
		}
		err = r.Store.CloseLost(ctx, st.ID, before, at)
	case ClaimLeft:
		err = r.Store.EndClaim(ctx, st.ID)
	case MultipartOrphan:
		err = r.Bucket.AbortMultipart(ctx, f.Key, f.upload)
	case ScratchOrphan:
		err = r.Scratch.Remove(f.Key)
	case StoryState, CampaignMissing, UploadOverdue, HistoryGap, HistoryState, HistoryChanged,
		PublishUnapproved, ReleaseMismatch, SourceChanged, ObjectMissing, ObjectLeaked, ObjectUnreadable,
		ProbeUnanswered, QueueStale, TrailBroken:
		return nil // for people to judge
	}
	f.Repaired = err == nil
	return err
}

// removeOrphan removes objects that no row names. Files of contributors that
// the database does not know stay unless their removal is asked for.
func (r *run) removeOrphan(ctx context.Context, f *Finding) error {
	if f.Story == "" || f.rest {
		return nil // of no story, so that whoever put it there may need it, or not named
	}
	if f.unknown && !r.opts.RemoveUnknown {
		f.Detail += "; a contributor sent it, so it stays: the database may be an older copy"
		return nil
	}
	var err error
	if f.folder {
		_, err = r.Removal.Remove(ctx, f.Key)
	} else {
		err = r.Removal.RemoveObject(ctx, f.Key)
	}
	f.Repaired = err == nil
	return err
}
