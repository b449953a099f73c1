package board

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

const (
	maxTags = 20 // of one story
	maxTag  = 40 // characters
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

// Marks are what the team wrote about one story.
type Marks struct {
	Tags   []string
	Votes  []Vote
	Listed []Candidate // on every shortlist that has the story
	Pick   *Pick       // nil: fills no slot
}

// Marks returns what the team wrote about a story in any state.
func (s *Service) Marks(ctx context.Context, st *story.Story) (*Marks, error) {
	return s.store.Marks(ctx, st.Campaign, st.ID)
}

// Tagged is a story and its tags, sorted.
type Tagged struct {
	Story string
	State story.State // empty: the campaign has no such story
	Tags  []string
}

// SetTags replaces the tags of a published story. Tags are stored folded.
func (s *Service) SetTags(ctx context.Context, slug, id string, tags []string, by account.Actor) ([]string, error) {
	folded, err := foldTags(tags)
	if err != nil {
		return nil, err
	}
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	edit := func(t Tagged) ([]string, error) { return folded, t.checked(folded) }
	refused, err := s.store.EditTags(ctx, c.ID, []string{id}, edit, by, s.now())
	if err == nil {
		err = refused[0]
	}
	return folded, err
}

// TagOutcome is what became of one story of many that were tagged.
type TagOutcome struct {
	Story   string
	Tags    []string // as they are now
	Changed bool
	Err     error // where the story was refused and is as it was
}

// TagMany adds tags to stories and takes others off them; each story succeeds
// or fails by itself. Invalid "board.bulk" for no story, more than MaxBulk, or
// nothing to change.
func (s *Service) TagMany(ctx context.Context, slug string, stories, add, remove []string, by account.Actor) (
	[]TagOutcome, error,
) {
	stories = unique(stories)
	if err := checkBulk(stories, MaxBulk); err != nil {
		return nil, err
	}
	add, err := foldTags(add)
	if err != nil {
		return nil, err
	}
	if remove, err = foldTags(remove); err != nil {
		return nil, err
	}
	if len(add)+len(remove) == 0 {
		return nil, fault.New(fault.Invalid, "board.bulk", "name a tag to add or to remove")
	}
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	out := make([]TagOutcome, len(stories))
	i := -1
	edit := func(t Tagged) ([]string, error) {
		i++
		next := slices.DeleteFunc(slices.Clone(t.Tags), func(tag string) bool { return slices.Contains(remove, tag) })
		next = append(next, add...)
		slices.Sort(next)
		next = slices.Compact(next)
		out[i] = TagOutcome{Story: t.Story, Tags: next, Changed: !slices.Equal(next, t.Tags)}
		return next, t.checked(next)
	}
	refused, err := s.store.EditTags(ctx, c.ID, stories, edit, by, s.now())
	for k, why := range refused {
		if why != nil {
			out[k] = TagOutcome{Story: stories[k], Err: why}
		}
	}
	return out, err
}

// checked refuses tags that the story cannot have.
func (t Tagged) checked(tags []string) error {
	switch {
	case t.State == "":
		return errUnknownStory
	case t.State != story.Published:
		return errNotPublished
	case len(tags) > maxTags:
		return errTags
	}
	return nil
}

var errTags = fault.New(fault.Invalid, "board.tag", "a story has at most %d tags", maxTags)

// foldTags returns tags as they are stored, sorted, each once.
func foldTags(tags []string) ([]string, error) {
	var folded []string
	for _, t := range tags {
		if t = foldTag(t); t != "" {
			folded = append(folded, t)
		}
		if text.Len(t) > maxTag {
			return nil, fault.New(fault.Invalid, "board.tag", "a tag has at most %d characters", maxTag)
		}
	}
	slices.Sort(folded)
	if folded = slices.Compact(folded); len(folded) > maxTags {
		return nil, errTags
	}
	return folded, nil
}

// foldTag folds a tag, which may be typed with a leading #.
func foldTag(t string) string { return text.Fold(strings.TrimPrefix(text.Line(t), "#")) }

// Tags returns the tags of each of the stories that has any.
func (s *Service) Tags(ctx context.Context, stories ...string) (map[string][]string, error) {
	if len(stories) == 0 {
		return nil, nil
	}
	return s.store.Tags(ctx, stories)
}

// Vote records one person's opinion of a published story; voting again replaces
// it, a value of 0 removes it.
func (s *Service) Vote(ctx context.Context, slug, id string, value int, reason string, by account.Actor) error {
	if value < -1 || value > 1 {
		return fault.New(fault.Invalid, "board.vote", "a vote is 1, -1, or 0 to take it back")
	}
	reason = text.Block(reason)
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
