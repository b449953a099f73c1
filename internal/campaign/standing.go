package campaign

import (
	"context"
	"slices"

	"github.com/storyreel/storyreel/internal/fault"
)

// Standing is whether staff have taken a campaign out of its course. The feed
// stays public in each.
type Standing string

// The standings. Live campaigns follow their times.
const (
	Live     Standing = "live"
	Paused   Standing = "paused"   // takes no stories until it is live again
	Archived Standing = "archived" // takes no stories, and leaves the lists of staff
)

// takesStories fails with Forbidden "campaign.paused" or "campaign.archived".
func (s Standing) takesStories() error {
	switch s {
	case Live:
	case Paused:
		return fault.New(fault.Forbidden, "campaign.paused", "this campaign takes no stories for the time being")
	case Archived:
		return fault.New(fault.Forbidden, "campaign.archived", "this campaign has ended and takes no more stories")
	}
	return nil
}

func (c *Campaign) checkStanding() error {
	switch c.Standing {
	case Live, Paused, Archived:
		return nil
	}
	return invalid("standing must be live, paused or archived")
}

// errChanged is what a change meets that was made of an older revision.
func errChanged() error {
	return fault.New(fault.Conflict, "campaign.changed",
		"somebody else has changed this campaign since it was read; read it again and repeat the change")
}

// Duplicate creates a campaign with the settings, the current release forms and
// the mail settings of another, under a slug of its own. It has no stories, is
// live, and its forms begin with version 1; the example of its theme stays
// behind with the other's stories. An empty title keeps the other's.
// Conflict "campaign.exists" when the slug is taken.
func (s *Service) Duplicate(ctx context.Context, slug, newSlug, title string) (*Campaign, error) {
	from, err := s.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	forms, err := s.CurrentForms(ctx, from.ID)
	if err != nil {
		return nil, err
	}
	slices.Reverse(forms) // the oldest first, so that versions keep their order
	c := *from
	c.Slug, c.Standing, c.Revision, c.Theme.Example = newSlug, Live, 0, ""
	if title != "" {
		c.Title = title
	}
	if err := s.begin(&c); err != nil {
		return nil, err
	}
	for _, f := range forms {
		f.CreatedAt = c.CreatedAt
	}
	return &c, s.store.CopyCampaign(ctx, from.ID, &c, forms)
}
