package board

import (
	"context"
	"slices"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/text"
)

// Pick is a story that fills an ad slot.
type Pick struct {
	Campaign string // id
	Slot     string
	Story    string
	Note     string
	FromMS   int64 // of the published story, where the ad's part begins
	ToMS     int64 // where it ends; 0: with the story
	By       account.Actor
	At       time.Time

	ConfirmedBy account.Actor // zero: nobody yet
	ConfirmedAt time.Time
}

// Confirmed reports whether a second person has agreed to the choice.
func (p *Pick) Confirmed() bool { return p != nil && !p.ConfirmedAt.IsZero() }

// Choice is a story, the part of it to show, and why.
type Choice struct {
	Story  string
	Note   string
	FromMS int64
	ToMS   int64 // 0: to the end
}

// cutSlack is how many milliseconds a player may measure too much, as players
// round durations.
const cutSlack = 100

var errNoPerson = fault.New(fault.Forbidden, "selection.person",
	"choosing and confirming take a person: sign in, or use a key that belongs to a user")

var errWithdrawn = fault.New(fault.Conflict, "selection.release", "the release of this story was withdrawn")

// Select fills an ad slot with a published story. The same choice again changes
// nothing; a slot or story that is taken is a Conflict whose facts name who
// took it.
func (s *Service) Select(ctx context.Context, slug, slot string, ch Choice, by account.Actor) (*Pick, error) {
	ch.Note = text.Block(ch.Note)
	if !by.Person {
		return nil, errNoPerson
	}
	c, st, err := s.published(ctx, slug, ch.Story, ch.Note)
	if err != nil {
		return nil, err
	}
	if !c.HasSlot(slot) {
		return nil,
			fault.New(fault.NotFound, "selection.slot_unknown", "this campaign has no such ad slot").
				With("slots", c.AdSlots)
	}
	if !st.Release.WithdrawnAt.IsZero() {
		return nil, errWithdrawn
	}
	if length := st.Public.Duration.Milliseconds(); ch.FromMS < 0 || ch.ToMS < 0 || ch.FromMS >= length ||
		ch.ToMS > length+cutSlack || ch.ToMS != 0 && ch.ToMS <= ch.FromMS {
		return nil,
			fault.New(fault.Invalid, "selection.cut",
				"the part must lie within the story's %d ms and end after it begins", length).
				With("duration_ms", length)
	}
	p := Pick{
		Campaign: c.ID, Slot: slot, Story: ch.Story, Note: ch.Note, FromMS: ch.FromMS, ToMS: ch.ToMS, By: by,
		At: s.now(),
	}
	return &p, s.fill(ctx, p)
}

// fill puts the pick into its slot. Where the slot already holds the story,
// note and cut are replaced and the confirmation is void: whoever changes the
// choice is now the one who chose.
func (s *Service) fill(ctx context.Context, p Pick) error {
	added, err := s.store.AddPick(ctx, p)
	if err != nil || added {
		return err
	}
	picks, err := s.store.Selection(ctx, p.Campaign)
	if err != nil {
		return err
	}
	for _, held := range picks {
		switch {
		case held.Slot == p.Slot && held.Story == p.Story:
			if held.By.Person && held.Note == p.Note && held.FromMS == p.FromMS && held.ToMS == p.ToMS {
				return nil
			}
			return s.store.ReplacePick(ctx, p)
		case held.Story == p.Story:
			return fault.New(fault.Conflict, "selection.story",
				"%s already chose this story for %s; free that slot first", held.By.Name, held.Slot).
				With("slot", held.Slot).With("chosen_by", held.By.Name).With("chosen_at", held.At)
		case held.Slot == p.Slot:
			return fault.New(fault.Conflict, "selection.slot", "%s already filled %s with another story; free it first",
				held.By.Name, held.Slot).With("story", held.Story).With("chosen_by", held.By.Name).
				With("chosen_at", held.At)
		}
	}
	return fault.New(fault.Conflict, "selection.slot", "the selection changed at this moment; try again")
}

// Unselect empties an ad slot; emptying twice is no error.
func (s *Service) Unselect(ctx context.Context, slug, slot string) error {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return err
	}
	return s.store.DeletePick(ctx, c.ID, slot, s.now())
}

// Confirm records that a second person agrees with what a slot holds. Whoever
// chose it can't confirm it, with whichever session or key; confirming again
// changes nothing. A choice that no known person made must be made again.
func (s *Service) Confirm(ctx context.Context, slug, slot string, by account.Actor) error {
	c, selected, err := s.Selection(ctx, slug)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(selected, func(x Selected) bool { return x.Slot == slot })
	switch {
	case i < 0:
		return fault.New(fault.NotFound, "selection.slot_unknown", "this campaign has no such ad slot").
			With("slots", c.AdSlots)
	case !by.Person:
		return errNoPerson
	case selected[i].Pick == nil:
		return fault.New(fault.Conflict, "selection.empty", "nothing fills this slot")
	case selected[i].Pick.Confirmed():
		return nil
	case !selected[i].Pick.By.Person:
		return fault.New(fault.Conflict, "selection.chooser_unknown",
			"this was chosen with a key that belongs to nobody; choose it again, then another person confirms it")
	case selected[i].Pick.By.ID == by.ID:
		return fault.New(fault.Conflict, "selection.own", "you chose this story; a second person confirms it")
	case !selected[i].Usable():
		return fault.New(fault.Conflict, "selection.unusable", "the story left the feed, or its release was withdrawn")
	}
	ok, err := s.store.ConfirmPick(ctx, *selected[i].Pick, by, s.now())
	if err == nil && !ok {
		err = fault.New(fault.Conflict, "selection.changed", "the slot has just changed; read the selection again")
	}
	return err
}

// Selected is one slot of the campaign, filled or not.
type Selected struct {
	Slot  string
	About campaign.Slot
	Pick  *Pick        // nil: empty
	Story *story.Story // nil: empty
	Form  *campaign.ReleaseForm
}

// Usable reports whether the chosen story may still be used: it is on the feed
// and its release is in force.
func (s Selected) Usable() bool {
	return s.Story != nil && s.Story.State == story.Published && s.Story.Release.WithdrawnAt.IsZero()
}

// Blocking lists, as stable codes, what prevents the use of the slot: empty,
// not_published, release_withdrawn, release_unknown (its text can't be shown)
// and unconfirmed. An empty list means that the agency may use it.
func (s Selected) Blocking() []string {
	out := []string{}
	add := func(when bool, code string) {
		if when {
			out = append(out, code)
		}
	}
	add(s.Pick == nil, "empty")
	if s.Pick != nil {
		add(s.Story.State != story.Published, "not_published")
		add(!s.Story.Release.WithdrawnAt.IsZero(), "release_withdrawn")
		add(s.Form == nil, "release_unknown")
		add(!s.Pick.Confirmed(), "unconfirmed")
	}
	return out
}

// CutMS is how long the chosen part is in milliseconds; 0 for an empty slot, and
// for a story without published video that was chosen to its end.
func (s Selected) CutMS() int64 {
	switch {
	case s.Pick == nil:
		return 0
	case s.Pick.ToMS > 0:
		return s.Pick.ToMS - s.Pick.FromMS
	case s.Story.Public == nil:
		return 0
	}
	return s.Story.Public.Duration.Milliseconds() - s.Pick.FromMS
}

// Warnings lists, as stable codes, why the chosen part does not fit the slot:
// too_short, too_long, shape. They block nothing.
func (s Selected) Warnings() []string {
	cut := s.CutMS()
	if cut == 0 {
		return []string{}
	}
	width, height := 0, 0
	if s.Story.Public != nil {
		width, height = s.Story.Public.Width, s.Story.Public.Height
	}
	return s.About.Misfit(cut, width, height)
}

// Selection returns every slot of the campaign in order, with what fills it
// and the release form that was agreed to.
func (s *Service) Selection(ctx context.Context, slug string) (*campaign.Campaign, []Selected, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, nil, err
	}
	picks, err := s.store.Selection(ctx, c.ID)
	if err != nil {
		return nil, nil, err
	}
	forms, err := s.campaigns.ReleaseForms(ctx, slug)
	if err != nil {
		return nil, nil, err
	}
	bySlot := map[string]*Pick{}
	for i := range picks {
		bySlot[picks[i].Slot] = &picks[i]
	}
	out := make([]Selected, len(c.AdSlots))
	for i, slot := range c.AdSlots {
		out[i] = Selected{Slot: slot, About: c.Slot(slot), Pick: bySlot[slot]}
		if out[i].Pick == nil {
			continue
		}
		if out[i].Story, err = s.store.Story(ctx, out[i].Pick.Story); err != nil {
			return nil, nil, err
		}
		for _, f := range forms {
			if f.SHA256 == out[i].Story.Release.TextSHA256 {
				out[i].Form = f
			}
		}
	}
	return c, out, nil
}

// Complete reports whether every slot of a campaign is among those that may be
// used.
func Complete(slots, usable []string) bool {
	return !slices.ContainsFunc(slots, func(slot string) bool { return !slices.Contains(usable, slot) })
}

// Exported reports that somebody took the selection's data in a format.
func (s *Service) Exported(ctx context.Context, campaignID, format string, selected []Selected) error {
	var picks []Pick
	for _, x := range selected {
		if x.Pick != nil {
			picks = append(picks, *x.Pick)
		}
	}
	return s.store.RecordExport(ctx, campaignID, format, picks, s.now())
}
