package board

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/story"
)

// Vote is one person's opinion of a candidate.
type Vote struct {
	Campaign string // id
	Story    string
	By       account.Actor
	Value    int // 1 for, -1 against, 0 none
	Reason   string
	At       time.Time
}

// SavedSearch is a view of the board under a name, for the whole team.
type SavedSearch struct {
	ID       string
	Campaign string // id
	Name     string
	Query    string // the board's address after '?', as the page wrote it
	By       account.Actor
	At       time.Time
}

const (
	maxTags     = 20 // of one story
	maxTag      = 40 // characters
	maxSearches = 100
)

// Confirm records that a second person agrees with what a slot holds. The
// one who chose can't confirm; confirming twice is one confirmation.
func (s *Service) Confirm(ctx context.Context, slug, slot string, by account.Actor) error {
	c, selected, err := s.Selection(ctx, slug)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(selected, func(x Selected) bool { return x.Slot == slot })
	switch {
	case i < 0:
		return fault.New(fault.NotFound, "selection.slot_unknown", "this campaign has no ad slot %q", slot).
			With("slots", c.AdSlots)
	case selected[i].Pick == nil:
		return fault.New(fault.Conflict, "selection.empty", "nothing fills this slot")
	case selected[i].Pick.Confirmed():
		return nil
	case selected[i].Pick.By.ID == by.ID:
		return fault.New(fault.Conflict, "selection.own", "you chose this story; a second person confirms it")
	case !selected[i].Usable():
		return fault.New(fault.Conflict, "selection.unusable", "the story left the feed, or its release was withdrawn")
	}
	ok, err := s.store.ConfirmPick(ctx, *selected[i].Pick, by, s.now())
	if err == nil && !ok {
		err = fault.New(fault.Conflict, "selection.changed", "the slot changed at this moment; look again")
	}
	return err
}

// SetTags makes the tags those of the story. Tags are folded: lower case,
// single spaces.
func (s *Service) SetTags(ctx context.Context, slug, id string, tags []string, by account.Actor) ([]string, error) {
	c, _, err := s.published(ctx, slug, id, "")
	if err != nil {
		return nil, err
	}
	var folded []string
	for _, t := range tags {
		if t = story.Fold(strings.TrimPrefix(strings.TrimSpace(t), "#")); t != "" {
			folded = append(folded, t)
		}
		if utf8.RuneCountInString(t) > maxTag {
			return nil, fault.New(fault.Invalid, "board.tag", "a tag has at most %d characters", maxTag)
		}
	}
	slices.Sort(folded)
	folded = slices.Compact(folded)
	if len(folded) > maxTags {
		return nil, fault.New(fault.Invalid, "board.tag", "a story has at most %d tags", maxTags)
	}
	return folded, s.store.SetTags(ctx, c.ID, id, folded, by, s.now())
}

// Tags returns the tags of each of the stories that has any.
func (s *Service) Tags(ctx context.Context, stories ...string) (map[string][]string, error) {
	if len(stories) == 0 {
		return nil, nil
	}
	return s.store.Tags(ctx, stories)
}

// Vote keeps one person's opinion of a published story; voting again
// replaces it, a value of 0 takes it back.
func (s *Service) Vote(ctx context.Context, slug, id string, value int, reason string, by account.Actor) error {
	if value < -1 || value > 1 {
		return fault.New(fault.Invalid, "board.vote", "a vote is 1, -1, or 0 to take it back")
	}
	c, _, err := s.published(ctx, slug, id, reason)
	if err != nil {
		return err
	}
	return s.store.PutVote(ctx, Vote{Campaign: c.ID, Story: id, By: by, Value: value, Reason: reason, At: s.now()})
}

// Votes returns the campaign's votes by story.
func (s *Service) Votes(ctx context.Context, slug string) (map[string][]Vote, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	return s.store.Votes(ctx, c.ID)
}

// SavedSearches lists the team's saved views, by name.
func (s *Service) SavedSearches(ctx context.Context, slug string) ([]SavedSearch, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	return s.store.SavedSearches(ctx, c.ID)
}

// SaveSearch keeps a view under a name, in the place of one of that name.
func (s *Service) SaveSearch(ctx context.Context, slug, name, query string, by account.Actor) error {
	name = strings.Join(strings.Fields(name), " ")
	if n := utf8.RuneCountInString(name); n == 0 || n > 80 || len(query) > 2000 {
		return fault.New(fault.Invalid, "search.name",
			"a saved search needs a name of 1 to 80 characters and a query of at most 2000")
	}
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return err
	}
	all, err := s.store.SavedSearches(ctx, c.ID)
	if err != nil {
		return err
	}
	if len(all) >= maxSearches && !slices.ContainsFunc(all, func(x SavedSearch) bool { return x.Name == name }) {
		return fault.New(fault.Conflict, "search.many", "at most %d searches can be saved; delete one first",
			maxSearches)
	}
	return s.store.SaveSearch(ctx,
		SavedSearch{ID: id.New(), Campaign: c.ID, Name: name, Query: query, By: by, At: s.now()})
}

// DeleteSearch forgets a saved view; deleting twice is no error.
func (s *Service) DeleteSearch(ctx context.Context, slug, id string) error {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return err
	}
	return s.store.DeleteSearch(ctx, c.ID, id)
}
