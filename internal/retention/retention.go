// Package retention ends what is kept by itself: stories whose period is over,
// sources, network addresses and tombstones, and the legal holds that stop it.
package retention

import (
	"context"
	"errors"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/story"
)

// Periods are how long each class is kept. Zero keeps it until its contributor
// withdraws.
type Periods struct {
	Expired   time.Duration // abandoned uploads, from their expiry
	Failed    time.Duration // from the failure
	Rejected  time.Duration // from the decision
	Hidden    time.Duration // from the decision
	Undecided time.Duration // in review, from their arrival there
	Published time.Duration // from the campaign's end
	Source    time.Duration // of published stories that are on no list of the team's, from the campaign's end
	Address   time.Duration // network addresses in full, from the submission
	Tombstone time.Duration // what erasure left, from the erasure
	Notice    time.Duration // reports of visitors, from the decision
}

// Class is a kind of data that ends together.
type Class struct {
	Name  string
	Keep  time.Duration // zero: until withdrawn
	State story.State   // of the stories
	// FromEnd counts from the end of the campaign, not from the last change.
	FromEnd bool
	// What ends: the whole story, unless it is one of these.
	Source, Address, Tombstone, Notice bool
}

// Classes lists every class in the order of a story's life.
func (p Periods) Classes() []Class {
	return []Class{
		{Name: "expired", Keep: p.Expired, State: story.Expired},
		{Name: "failed", Keep: p.Failed, State: story.Failed},
		{Name: "undecided", Keep: p.Undecided, State: story.InReview},
		{Name: "rejected", Keep: p.Rejected, State: story.Rejected},
		{Name: "hidden", Keep: p.Hidden, State: story.Hidden},
		{Name: "published", Keep: p.Published, State: story.Published, FromEnd: true},
		{Name: "source", Keep: p.Source, State: story.Published, FromEnd: true, Source: true},
		{Name: "address", Keep: p.Address, Address: true},
		{Name: "tombstone", Keep: p.Tombstone, State: story.Erased, Tombstone: true},
		{Name: "notice", Keep: p.Notice, Notice: true},
	}
}

// Count is how much of a class there is.
type Count struct {
	Stored int64
	Due    int64 // its period is over, and no hold stops its end
	Held   int64 // its period is over, and a hold stops its end
}

// Store is where stories and holds are kept.
type Store interface {
	// Lapsed returns ids of stories, or notices, of the class that are due, not held and not
	// claimed, those due longest first.
	Lapsed(ctx context.Context, c Class, now time.Time, limit int) ([]string, error)
	// CountClass counts a class.
	CountClass(ctx context.Context, c Class, now time.Time) (Count, error)
	// DeleteTombstone deletes what is left of an erased story but its id, state
	// and times.
	DeleteTombstone(ctx context.Context, id string) error
	// DeleteNotice deletes a notice that was decided, with its tokens.
	DeleteNotice(ctx context.Context, id string) error
	// ReleaseWithdrawn makes the erasure of withdrawn stories due that no hold
	// stops any more: from now, not from when they were withdrawn.
	ReleaseWithdrawn(ctx context.Context, now time.Time) error
	// AddHold adds the hold unless an equal one is in force, and the line to the
	// history of the story unless it is nil.
	AddHold(ctx context.Context, h Hold, line *story.Entry) error
	// LiftHold ends the hold in force on exactly this story or campaign; false
	// where there is none. The erasure of withdrawn stories that it stopped is
	// due from at.
	LiftHold(ctx context.Context, campaignID, storyID string, by account.Actor, at time.Time,
		line *story.Entry) (bool, error)
	// Holds returns the holds in force, newest first.
	Holds(ctx context.Context) ([]Hold, error)
	StatesOf(ctx context.Context, ids []string) (map[string]story.State, error)
	Story(ctx context.Context, id string) (*story.Story, error)
}

// Service applies the periods.
type Service struct {
	store   Store
	stories *story.Service
	periods Periods
	now     func() time.Time
}

// NewService wires a Service; now is the clock. Without stories it only reads.
func NewService(store Store, stories *story.Service, p Periods, now func() time.Time) *Service {
	return &Service{store: store, stories: stories, periods: p, now: now}
}

// Classes lists every class with its period.
func (s *Service) Classes() []Class { return s.periods.Classes() }

// Sweep ends what is due, at most limit of each class; a story that fails keeps
// no other from its end. It returns how many of each class it ended; a class
// with limit has more.
func (s *Service) Sweep(ctx context.Context, limit int) (map[string]int, error) {
	ended := map[string]int{}
	failed := s.store.ReleaseWithdrawn(ctx, s.now())
	for _, c := range s.periods.Classes() {
		if c.Keep == 0 {
			continue
		}
		ids, err := s.store.Lapsed(ctx, c, s.now(), limit)
		failed = errors.Join(failed, err)
		for _, id := range ids {
			if err := s.end(ctx, c, id); err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			ended[c.Name]++
		}
	}
	return ended, failed
}

// end ends one story's part in the class, unless it changed since it was found.
func (s *Service) end(ctx context.Context, c Class, id string) error {
	switch {
	case c.Tombstone:
		return s.store.DeleteTombstone(ctx, id)
	case c.Notice:
		return s.store.DeleteNotice(ctx, id)
	}
	_, err := s.stories.Change(ctx, id, func(st *story.Story) (*story.Entry, error) {
		now := s.now()
		changed := !c.FromEnd && !c.Address && st.UpdatedAt.After(now.Add(-c.Keep))
		if st.Held || changed || c.State != "" && st.State != c.State {
			return nil, story.ErrUnchanged
		}
		switch {
		case c.Address:
			st.Release.TruncateAddress()
			return nil, nil
		case c.Source:
			if st.Source == nil || st.Source.Erased() {
				return nil, story.ErrUnchanged
			}
			st.Source.Lapse = story.LapseDue
			if st.NextRunAt.Before(now) {
				st.NextRunAt = now // since when its removal is due
			}
			return nil, nil
		}
		line, err := st.Leave(story.EventLapsed, account.TheSystem, now)
		if err == nil {
			line.Reason = c.Name
		}
		return line, err
	})
	return err
}

// Report is the state of every class, in the order of Classes.
func (s *Service) Report(ctx context.Context) ([]Count, error) {
	var out []Count
	for _, c := range s.periods.Classes() {
		n, err := s.store.CountClass(ctx, c, s.now())
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}
