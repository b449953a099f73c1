package retention

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// Hold forbids erasing a story, or all of a campaign, because it is evidence.
// It does not keep a story on the feed: a withdrawal ends publication at once.
type Hold struct {
	ID       string
	Campaign string // id
	Story    string // empty: the whole campaign
	Reason   string // for staff
	By       account.Actor
	At       time.Time
}

// maxReason is in characters.
const maxReason = 500

func (s *Service) newHold(campaignID, storyID, reason string, by account.Actor) (Hold, error) {
	reason = text.Line(reason)
	if n := text.Len(reason); n == 0 || n > maxReason {
		return Hold{}, fault.New(fault.Invalid, "hold.reason", "a hold needs a reason of 1 to %d characters", maxReason)
	}
	return Hold{ID: id.New(), Campaign: campaignID, Story: storyID, Reason: reason, By: by, At: s.now()}, nil
}

// HoldStory puts a hold on a story that is not erased. A second one changes
// nothing.
func (s *Service) HoldStory(ctx context.Context, storyID, reason string, by account.Actor) error {
	st, err := s.store.Story(ctx, storyID)
	if err != nil {
		return err
	}
	if st.State == story.Erased {
		return fault.New(fault.Conflict, "story.state", "this story is %s", st.State)
	}
	h, err := s.newHold(st.Campaign, storyID, reason, by)
	if err != nil {
		return err
	}
	line := st.Remark(story.EventHeld, by, h.At)
	line.Note = h.Reason
	return s.store.AddHold(ctx, h, line)
}

// HoldCampaign puts a hold on every story of a campaign.
func (s *Service) HoldCampaign(ctx context.Context, campaignID, reason string, by account.Actor) error {
	h, err := s.newHold(campaignID, "", reason, by)
	if err != nil {
		return err
	}
	return s.store.AddHold(ctx, h, nil)
}

// LiftStory ends the hold on one story; NotFound "hold.unknown". What became
// due meanwhile is erased by the next sweep.
func (s *Service) LiftStory(ctx context.Context, storyID string, by account.Actor) error {
	st, err := s.store.Story(ctx, storyID)
	if err != nil {
		return err
	}
	return s.lift(ctx, st.Campaign, storyID, by, st.Remark(story.EventHoldLifted, by, s.now()))
}

// LiftCampaign ends the hold on a campaign; those on single stories stay.
func (s *Service) LiftCampaign(ctx context.Context, campaignID string, by account.Actor) error {
	return s.lift(ctx, campaignID, "", by, nil)
}

func (s *Service) lift(ctx context.Context, campaignID, storyID string, by account.Actor, line *story.Entry) error {
	lifted, err := s.store.LiftHold(ctx, campaignID, storyID, by, s.now(), line)
	if err == nil && !lifted {
		err = fault.New(fault.NotFound, "hold.unknown", "there is no hold in force here")
	}
	return err
}

// Holds returns the holds in force, newest first.
func (s *Service) Holds(ctx context.Context) ([]Hold, error) { return s.store.Holds(ctx) }
