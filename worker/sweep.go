package worker

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/retention"
	"github.com/storyreel/storyreel/internal/story"
)

// SweepOptions tune a Sweeper. Zero values take the defaults given.
type SweepOptions struct {
	Every      time.Duration // between rounds; 5 s
	Redispatch time.Duration // a job announced longer ago than this is announced again; 60 s
	Reconcile  time.Duration // between comparisons of bucket and database; 10 min
	Retention  time.Duration // between looks for what is kept long enough; 10 min
	Incoming   time.Duration // between looks for uploads that nobody expects; 1 min
	Name       string        // of this process, as holder of the lease
	// Drift is called with things found where no state allows them; may be nil.
	Drift func(what string, n int)
	// Lapsed is called with how much of a class of data ended; may be nil.
	Lapsed func(class string, n int)
	// Swept is called after each round of the process that leads, and after one
	// that could not find out whether it does; may be nil.
	Swept func(ok bool)
	Now   func() time.Time // the clock of the services
	Log   *slog.Logger
}

// leases elects the one process that sweeps.
type leases interface {
	Lead(ctx context.Context, name, holder string, now, until time.Time) (bool, error)
	Resign(ctx context.Context, name, holder string) error
}

// database is work inside the database that takes long.
type database interface {
	// Purge removes from the database's files what erased stories left there.
	Purge(ctx context.Context, now time.Time) error
}

// Ending is a service that keeps things for a time.
type Ending interface {
	// Sweep deletes what has run out.
	Sweep(ctx context.Context) error
}

// Sweeper finds what is due and not under way: lost announcements, lost
// workers, abandoned uploads, objects without a story.
type Sweeper struct {
	SweepDeps
	opts       SweepOptions
	purging    atomic.Bool
	background sync.WaitGroup
}

// SweepDeps are the services that the sweep works on.
type SweepDeps struct {
	Stories  *story.Service
	Uploads  *intake.Service
	Attempts *attempt.Service
	Ending   []Ending
	Bucket   bucket
	// Removal removes media of stories.
	Removal  removal
	Leases   leases
	Keep     *retention.Service
	Database database
}

// NewSweeper wires a Sweeper.
func NewSweeper(d SweepDeps, o SweepOptions) *Sweeper {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	if o.Drift == nil {
		o.Drift = func(string, int) {}
	}
	if o.Lapsed == nil {
		o.Lapsed = func(string, int) {}
	}
	if o.Swept == nil {
		o.Swept = func(bool) {}
	}
	def(&o.Every, 5*time.Second)
	def(&o.Redispatch, time.Minute)
	def(&o.Reconcile, 10*time.Minute)
	def(&o.Incoming, time.Minute)
	def(&o.Retention, 10*time.Minute)
	return &Sweeper{SweepDeps: d, opts: o}
}

// driftMultipart is the kind of drift that is no object: an open upload.
const driftMultipart = "multipart"

// DriftKinds lists what SweepOptions.Drift may be called with: stale multipart
// uploads, and objects by the root that they were found under.
func DriftKinds() []string {
	kinds := []string{driftMultipart}
	for _, root := range media.Roots() {
		kinds = append(kinds, strings.TrimSuffix(root, "/"))
	}
	return kinds
}

const (
	sweepLease = "sweep"
	batch      = 1000   // rows of one statement
	round      = 10_000 // jobs announced before the lease is renewed
)

// Run sweeps, whenever this process leads, until ctx ends.
func (s *Sweeper) Run(ctx context.Context) {
	tick := time.NewTicker(s.opts.Every)
	defer tick.Stop()
	var reconciled, cleared, lapsed time.Time
	for {
		full := false
		lead, err := s.Leases.Lead(ctx, sweepLease, s.opts.Name, s.opts.Now(), s.opts.Now().Add(3*s.opts.Every))
		if err == nil && lead {
			full, err = s.once(ctx)
			if time.Since(cleared) > s.opts.Incoming {
				err = errors.Join(err, s.ClearIncoming(ctx), s.Removal.Retry(ctx))
				cleared = time.Now()
			}
			if time.Since(lapsed) > s.opts.Retention {
				more, failed := s.Lapse(ctx)
				if lapsed = time.Now(); more {
					lapsed = time.Time{}
				}
				err = errors.Join(err, failed)
			}
			if time.Since(reconciled) > s.opts.Reconcile {
				failed := s.Reconcile(ctx)
				if reconciled = time.Now(); failed != nil { // again as soon as the others
					reconciled = reconciled.Add(s.opts.Incoming - s.opts.Reconcile)
				}
				err = errors.Join(err, failed)
			}
		}
		if (lead || err != nil) && ctx.Err() == nil {
			s.opts.Swept(err == nil)
		}
		if err != nil && ctx.Err() == nil {
			s.opts.Log.Warn("sweep did not finish; it runs again", "err", err)
		}
		if full && err == nil && ctx.Err() == nil {
			continue // more is due
		}
		select {
		case <-ctx.Done():
			s.background.Wait()
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			if err := s.Leases.Resign(end, sweepLease, s.opts.Name); err != nil {
				s.opts.Log.Debug("sweep lease runs out by itself", "err", err)
			}
			return
		case <-tick.C:
		}
	}
}

// once announces due work and checks open uploads, and reports whether more is
// due than one round announces. In the background, as it can take long, it
// purges the database.
func (s *Sweeper) once(ctx context.Context) (bool, error) {
	if s.purging.CompareAndSwap(false, true) {
		s.background.Go(func() {
			defer s.purging.Store(false)
			if err := s.Database.Purge(ctx, s.opts.Now()); err != nil && ctx.Err() == nil {
				s.opts.Log.Info("erased stories not purged from the database yet; the sweep tries again", "err", err)
			}
		})
	}
	announced, err := s.Attempts.Dispatch(ctx, s.opts.Redispatch, round)
	if err != nil {
		return false, err
	}
	completed, expired, err := s.Uploads.CheckUploads(ctx, batch)
	if completed+expired > 0 {
		s.opts.Log.Info("uploads settled", "completed", completed, "expired", expired)
	}
	return announced == round, err
}

// lapseBatch is how many stories of each class one round ends: each is a
// transaction.
const lapseBatch = 100

// Lapse ends what is kept long enough, and reports whether there may be more.
func (s *Sweeper) Lapse(ctx context.Context) (more bool, err error) {
	ended, err := s.Keep.Sweep(ctx, lapseBatch)
	for class, n := range ended {
		s.opts.Lapsed(class, n)
		s.opts.Log.Info("retention period ended", "class", class, "stories", n)
		more = more || n == lapseBatch
	}
	return more, err
}

// Reconcile compares bucket and database: multipart uploads of stories that
// expect none are aborted, objects that a story's state no longer allows and the
// output of attempts that its row does not name are removed. Objects of stories
// the database does not know are removed only under public/, where all can be
// made again. A step that fails, such as one that the credentials do not allow,
// keeps no other from being taken.
func (s *Sweeper) Reconcile(ctx context.Context) error {
	err := errors.Join(s.Uploads.PruneIdempotency(ctx), s.abortStale(ctx))
	for _, e := range s.Ending {
		err = errors.Join(err, e.Sweep(ctx))
	}
	for _, root := range media.Roots() {
		err = errors.Join(err, s.reconcileRoot(ctx, root))
	}
	return err
}

// abortStale aborts multipart uploads of stories that expect none.
func (s *Sweeper) abortStale(ctx context.Context) error {
	stale, err := s.Bucket.PartialUploads(ctx, s.opts.Now().Add(-time.Hour))
	if err != nil {
		return err
	}
	for _, u := range stale {
		id := media.StoryOf(u.Key)
		states, err := s.Stories.StatesOf(ctx, []string{id})
		if err != nil {
			return err
		}
		if states[id] == story.AwaitingUpload && s.opts.Now().Sub(u.StartedAt) < 48*time.Hour {
			continue
		}
		if err := s.Bucket.AbortMultipart(ctx, u.Key, u.ID); err != nil {
			return err
		}
		s.opts.Drift(driftMultipart, 1)
		s.opts.Log.Info("stale multipart upload aborted", "story", id)
	}
	return nil
}

func (s *Sweeper) reconcileRoot(ctx context.Context, root string) error {
	for after := ""; ; {
		folders, err := s.Bucket.Folders(ctx, root, after, batch)
		if err != nil || len(folders) == 0 {
			return err
		}
		after = folders[len(folders)-1]
		if err := s.reconcileFolders(ctx, root, folders); err != nil {
			return err
		}
	}
}

// reconcileFolders removes what may not be in these folders of stories.
func (s *Sweeper) reconcileFolders(ctx context.Context, root string, folders []string) error {
	ids := make([]string, len(folders))
	for i, f := range folders {
		ids[i] = media.StoryOf(f)
	}
	states, err := s.Stories.StatesOf(ctx, ids)
	if err != nil {
		return err
	}
	var kept []string
	for i, f := range folders {
		state, known := states[ids[i]]
		if !misplaced(root, state, known) {
			kept = append(kept, ids[i])
			continue
		}
		// read again: the story may have been restored since the folders were listed
		now, err := s.Stories.StatesOf(ctx, ids[i:i+1])
		if err != nil {
			return err
		}
		if state, known = now[ids[i]]; !misplaced(root, state, known) {
			continue
		}
		n, err := s.Removal.Remove(ctx, f)
		if err != nil {
			return err
		}
		s.opts.Drift(strings.TrimSuffix(root, "/"), n)
		s.opts.Log.Warn("misplaced objects removed", "story", ids[i], "state", state, "root", root, "objects", n)
	}
	if root != media.PublicRoot && root != media.ReviewRoot {
		return nil
	}
	// One attempt at each job leaves nothing to look for.
	if kept, err = s.Attempts.Repeated(ctx, kept); err != nil {
		return err
	}
	for _, id := range kept {
		if err := s.clearAttempts(ctx, root, id); err != nil {
			return err
		}
	}
	return nil
}

// clearAttempts removes the output of attempts that the story's row does not
// name: their workers were lost, or could not remove it. A story that waits for
// its first output keeps all of it, since the attempt at that removes what others
// left.
func (s *Sweeper) clearAttempts(ctx context.Context, root, id string) error {
	st, err := s.Stories.Get(ctx, id)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return nil
	case err != nil:
		return err
	case st.State != story.Published && st.WorkKind() != "":
		return nil
	}
	folders, err := s.Bucket.Folders(ctx, media.StoryPrefix(root, id), "", batch)
	if err != nil {
		return err
	}
	for _, f := range folders {
		n, known := media.AttemptOf(f)
		underWay := n > st.Attempt || n == st.Attempt && !st.HeartbeatAt.IsZero()
		if !known || underWay || slices.Contains(namedFolders(st), f) {
			continue
		}
		removed, err := s.Removal.Remove(ctx, f)
		if err != nil {
			return err
		}
		s.opts.Drift(strings.TrimSuffix(root, "/"), removed)
		s.opts.Log.Info("output of an earlier attempt removed", "story", id, "folder", f, "objects", removed)
	}
	return nil
}

// namedFolders are the folders of output that the story's row names.
func namedFolders(st *story.Story) []string {
	var out []string
	for _, a := range []*media.Assets{st.Review, st.Public} {
		if a != nil {
			out = append(out, a.Prefix, a.Before)
		}
	}
	return out
}

// misplaced reports whether objects under the root must not exist for a
// story in the state.
func misplaced(root string, state story.State, known bool) bool {
	if !known {
		return root == media.PublicRoot
	}
	if state == story.Erased {
		return true
	}
	if root != media.PublicRoot {
		return false
	}
	switch state {
	// public, about to be, or with a remove job of its own
	case story.Approved, story.Publishing, story.Published, story.Withdrawn:
		return false
	case story.Hidden, story.AwaitingUpload, story.Uploaded, story.Preparing, story.InReview, story.Rejected,
		story.Failed, story.Expired, story.Erased:
		return true
	}
	return false
}
