package story

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
)

// blobs is what intake needs of storage.
type blobs interface {
	SignPut(ctx context.Context, key string, bytes int64, contentType, sha256 string, ttl time.Duration) (media.Signed,
		error)
	StartMultipart(ctx context.Context, key, contentType string) (string, error)
	SignPart(ctx context.Context, key, uploadID string, number int, bytes int64, ttl time.Duration) (media.Signed,
		error)
	Parts(ctx context.Context, key, uploadID string) ([]media.Part, error)
	CompleteMultipart(ctx context.Context, key, uploadID string, parts []media.Part) (media.Object, error)
	AbortMultipart(ctx context.Context, key, uploadID string) error
	Head(ctx context.Context, key string) (media.Object, error)
	DeletePrefix(ctx context.Context, prefix string) (int, error)
}

// jobs is where work is announced. Announcing again is harmless, and a lost
// announcement is found by the sweep.
type jobs interface {
	Enqueue(ctx context.Context, j Job) error
}

// campaigns is what intake asks of campaigns.
type campaigns interface {
	Get(ctx context.Context, slugOrID string) (*campaign.Campaign, error)
	CurrentForms(ctx context.Context, campaign string) ([]*campaign.ReleaseForm, error)
}

// Options tune a Service. Zero values take the defaults given per field.
type Options struct {
	UploadTTL  time.Duration // an upload not finished after this expires; 24 h
	SignTTL    time.Duration // life of a presigned request; 1 h, a slow phone's 8 MiB
	SingleMax  int64         // bytes up to which one PUT is used; 8 MiB
	PartSize   int64         // bytes of a part; 8 MiB; more where a file would have over 1,000 parts
	Lease      time.Duration // a heartbeat older than this is a lost worker; 60 s
	MaxTries   int           // tries before an operator must look; 5
	RetryPause time.Duration // wait before the second try, doubling; 10 s
}

func (o Options) withDefaults() Options {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&o.UploadTTL, 24*time.Hour)
	def(&o.SignTTL, time.Hour)
	def(&o.Lease, time.Minute)
	def(&o.RetryPause, 10*time.Second)
	if o.SingleMax == 0 {
		o.SingleMax = 8 << 20
	}
	if o.PartSize == 0 {
		o.PartSize = 8 << 20
	}
	if o.MaxTries == 0 {
		o.MaxTries = 5
	}
	return o
}

// Service is the one way by which stories change.
type Service struct {
	store     Store
	blobs     blobs
	jobs      jobs
	campaigns campaigns
	now       func() time.Time
	opts      Options
	log       *slog.Logger

	completing singleflight.Group // by story
}

// NewService wires a Service; now is the clock, in UTC at microseconds.
func NewService(store Store, b blobs, j jobs, c campaigns, now func() time.Time, opts Options,
	log *slog.Logger) *Service {
	return &Service{store: store, blobs: b, jobs: j, campaigns: c, now: now, opts: opts.withDefaults(), log: log}
}

// Get returns a story.
func (s *Service) Get(ctx context.Context, id string) (*Story, error) { return s.store.Story(ctx, id) }

// History returns what happened to a story, oldest first.
func (s *Service) History(ctx context.Context, id string) ([]*Entry, error) {
	return s.store.History(ctx, id)
}

// Attempts returns the tries made at a story's work, oldest first.
func (s *Service) Attempts(ctx context.Context, id string) ([]*Attempt, error) {
	return s.store.Attempts(ctx, id)
}

// RecordAttempt keeps the record of one try, replacing an earlier write of
// the same try.
func (s *Service) RecordAttempt(ctx context.Context, a *Attempt) error {
	return s.store.RecordAttempt(ctx, a)
}

// StatesOf returns the state of each known story.
func (s *Service) StatesOf(ctx context.Context, ids []string) (map[string]State, error) {
	return s.store.StatesOf(ctx, ids)
}

// Authorize returns the story if the token speaks for it. A wrong token and
// an unknown story are the same NotFound, so that ids cannot be tried.
func (s *Service) Authorize(ctx context.Context, id, token string) (*Story, error) {
	ok, err := s.store.HasToken(ctx, id, account.HashToken(token))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.NotFound, "story.unknown", "there is no such story, or this is not its token")
	}
	return s.store.Story(ctx, id)
}

// Change is the one way a stored story changes: it reads the story, lets
// change alter it, and writes it back guarded by its version, again from the
// start where somebody else was faster. After the commit the work that the
// new state calls for is announced.
func (s *Service) Change(ctx context.Context, id string, change func(*Story) (*Entry, error)) (*Story, error) {
	st, err := s.quietly(ctx, id, change)
	if err == nil {
		s.announce(ctx, st)
	}
	return st, err
}

// quietly is Change without the announcement.
func (s *Service) quietly(ctx context.Context, id string, change func(*Story) (*Entry, error)) (*Story, error) {
	for try := 1; ; try++ {
		st, err := s.store.Story(ctx, id)
		if err != nil {
			return nil, err
		}
		line, err := change(st)
		if err != nil {
			return nil, err
		}
		err = s.store.SaveStory(ctx, st, line)
		if fault.Is(err, "story.stale") && try < 10 {
			continue
		}
		if err != nil {
			return nil, err
		}
		return st, nil
	}
}

// announce enqueues the story's due work. Failing is no failure: the sweep
// finds the same work in the row.
func (s *Service) announce(ctx context.Context, st *Story) {
	now := s.now()
	j, due := st.Work(now, now.Add(-s.opts.Lease))
	if !due {
		return
	}
	if err := s.jobs.Enqueue(context.WithoutCancel(ctx), j); err != nil {
		s.log.Warn("work not announced; the sweep will", "story", st.ID, "job", j.String(), "err", err)
	}
}

// Dispatch announces every job that is due and was not announced lately, at
// most limit of them, and returns how many.
func (s *Service) Dispatch(ctx context.Context, redispatch time.Duration, limit int) (int, error) {
	now := s.now()
	due, err := s.store.Due(ctx, now, now.Add(-s.opts.Lease), now.Add(-redispatch), limit)
	if err != nil {
		return 0, err
	}
	for i, j := range due {
		if err := s.jobs.Enqueue(ctx, j); err != nil {
			return i, err
		}
	}
	return len(due), nil
}

// idempotencyLife is how long a repeated creation finds its first answer.
const idempotencyLife = 24 * time.Hour

// Forget drops what is kept for a while only.
func (s *Service) Forget(ctx context.Context) error {
	return s.store.ForgetIdempotency(ctx, s.now().Add(-idempotencyLife))
}

// Withdraw takes a story back: it is off the feed with the commit, and a
// remove job erases the rest. Withdrawing twice is one withdrawal.
func (s *Service) Withdraw(ctx context.Context, id string, by account.Actor) (*Story, error) {
	st, err := s.store.Story(ctx, id)
	if err != nil || st.State == Withdrawn || st.State == Erased {
		return st, err
	}
	return s.Change(ctx, id, func(st *Story) (*Entry, error) {
		now := s.now()
		line, err := st.Apply(EventWithdrawn, by, now)
		if err != nil {
			return nil, err
		}
		st.Release.WithdrawnAt, st.PublishedAt = now, time.Time{}
		st.NextRunAt, st.Tries = time.Time{}, 0
		return line, nil
	})
}

// Retry tries failed work again at an operator's word.
func (s *Service) Retry(ctx context.Context, id string, by account.Actor) (*Story, error) {
	return s.Change(ctx, id, func(st *Story) (*Entry, error) {
		event := EventPrepareRetried
		if st.Failure != nil && st.Failure.Job == Publish {
			event = EventPublishRetried
		}
		line, err := st.Apply(event, by, s.now())
		if err == nil {
			st.rest()
		}
		return line, err
	})
}

// Troubled returns what an operator must look at, newest first.
func (s *Service) Troubled(ctx context.Context, limit int) ([]*Story, error) {
	return s.store.Troubled(ctx, limit)
}
