// Package cdn removes media from the bucket, and published media also from the
// caches in front of it. What the caches must still drop is recorded before objects are
// removed, so that a failed request is repeated although the objects are gone.
package cdn

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/storyreel/storyreel/internal/media"
)

const (
	pageSize = 1000
	// retryAfter is the age of a recorded removal from which Retry repeats its
	// request; until then the removal itself may be under way.
	retryAfter = time.Minute
	retryBatch = 100 // stories per call of Retry
)

// Store records keys that caches must drop.
type Store interface {
	// AddInvalidations records keys of a story; known ones keep their time.
	AddInvalidations(ctx context.Context, story string, keys []string, at time.Time) error
	// Invalidations returns the recorded keys of a story, in order.
	Invalidations(ctx context.Context, story string) ([]string, error)
	// DeleteInvalidations deletes recorded keys of a story.
	DeleteInvalidations(ctx context.Context, story string, keys []string) error
	// StaleInvalidations returns stories with keys recorded before the time.
	StaleInvalidations(ctx context.Context, before time.Time, limit int) ([]string, error)
}

// bucket is the part of storage that is used.
type bucket interface {
	Keys(ctx context.Context, prefix, after string, limit int) ([]media.Object, error)
	DeletePrefix(ctx context.Context, prefix string) (int, error)
	Delete(ctx context.Context, key string) error
}

// Service removes media.
type Service struct {
	store  Store
	bucket bucket
	hook   *Hook
	ended  func(ok bool)
	now    func() time.Time
	log    *slog.Logger
}

// New wires a Service. Without a hook it removes from the bucket only. ended
// is called after every purge of a story.
func New(s Store, b bucket, h *Hook, ended func(ok bool), now func() time.Time, log *slog.Logger) *Service {
	return &Service{store: s, bucket: b, hook: h, ended: ended, now: now, log: log}
}

// Remove removes every object under a prefix of one story, and makes the caches
// drop the public ones: they may hold what the feed never named. It returns the
// number of objects, and fault.Unavailable "cdn.failed" until the caches have
// confirmed; a repeated call continues.
func (s *Service) Remove(ctx context.Context, prefix string) (n int, err error) {
	err = s.remove(ctx, prefix, func(story string) error { return s.record(ctx, story, prefix) }, func() (err error) {
		n, err = s.bucket.DeletePrefix(ctx, prefix)
		return err
	})
	return n, err
}

// RemoveObject removes the one object with exactly this key, whatever other keys
// begin with it, and makes the caches drop it if it is public. It fails as
// Remove does; that there is no such object is no error.
func (s *Service) RemoveObject(ctx context.Context, key string) error {
	record := func(story string) error { return s.store.AddInvalidations(ctx, story, []string{key}, s.now()) }
	return s.remove(ctx, key, record, func() error { return s.bucket.Delete(ctx, key) })
}

// remove deletes what the key or prefix names. What is public is recorded
// before, so that caches drop it even if this process ends in between.
func (s *Service) remove(ctx context.Context, key string, record func(story string) error, del func() error) error {
	if s.hook == nil || !media.IsPublic(key) {
		return del()
	}
	story := media.StoryOf(key)
	if err := record(story); err != nil {
		return err
	}
	if err := del(); err != nil {
		return err
	}
	return s.purge(ctx, story)
}

// record records the objects under prefix, or prefix itself where caches are
// asked about folders.
func (s *Service) record(ctx context.Context, story, prefix string) error {
	for after := ""; ; {
		objects, err := s.bucket.Keys(ctx, prefix, after, pageSize)
		if err != nil || len(objects) == 0 {
			return err
		}
		keys := make([]string, len(objects))
		for i, o := range objects {
			keys[i] = o.Key
		}
		after = keys[len(keys)-1]
		if !s.hook.perObject() {
			return s.store.AddInvalidations(ctx, story, []string{prefix}, s.now())
		}
		if err := s.store.AddInvalidations(ctx, story, keys, s.now()); err != nil {
			return err
		}
	}
}

// purge makes the caches drop what is recorded for the story.
func (s *Service) purge(ctx context.Context, story string) error {
	keys, err := s.store.Invalidations(ctx, story)
	if err != nil || len(keys) == 0 {
		return err
	}
	if err := s.hook.purge(ctx, story, keys); err != nil {
		s.ended(false)
		return err
	}
	s.ended(true)
	s.log.Info("removed media purged from caches", "story", story, "addresses", len(keys))
	return s.store.DeleteInvalidations(ctx, story, keys)
}

// Retry repeats purges that failed or were interrupted.
func (s *Service) Retry(ctx context.Context) error {
	if s.hook == nil {
		return nil
	}
	stories, err := s.store.StaleInvalidations(ctx, s.now().Add(-retryAfter), retryBatch)
	for _, story := range stories {
		if failed := s.purge(ctx, story); failed != nil {
			s.log.Warn("removed media not purged from caches; the sweep tries again", "story", story, "err", failed)
			err = errors.Join(err, ctx.Err())
		}
	}
	return err
}
