package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
)

// slotView is one ad slot and what fills it.
type slotView struct {
	Slot        string     `json:"slot"`
	Story       *storyView `json:"story,omitempty"`
	Note        string     `json:"note,omitempty" doc:"Why it was chosen."`
	FromMS      int64      `json:"from_ms,omitempty" doc:"Where the ad's part of the story begins."`
	ToMS        int64      `json:"to_ms,omitempty" doc:"Where it ends; 0: with the story."`
	By          string     `json:"by,omitempty"`
	At          *time.Time `json:"at,omitempty"`
	Mine        bool       `json:"mine,omitempty" doc:"You chose it, so somebody else must confirm it."`
	ConfirmedBy string     `json:"confirmed_by,omitempty"`
	ConfirmedAt *time.Time `json:"confirmed_at,omitempty"`
	SlotFacts
	CutMS    int64    `json:"cut_ms,omitempty" doc:"How long the chosen part is."`
	Warnings []string `json:"warnings" enum:"too_short,too_long,shape" doc:"Why the chosen part does not fit the slot; they block nothing."`
	Usable   bool     `json:"usable" doc:"The story is on the feed and its release stands."`
	Blocking []string `json:"blocking" doc:"What stands in the way of using it: empty, not_published, release_withdrawn, release_unknown, unconfirmed."`
}

// SlotFacts are what is known of an ad slot besides its name.
type SlotFacts struct {
	Title       string `json:"title,omitempty" maxLength:"80" example:"20 s TikTok"`
	TargetMS    int64  `json:"target_ms,omitempty" minimum:"0" maximum:"3600000" doc:"Length that the ad should have."`
	ToleranceMS int64  `json:"tolerance_ms,omitempty" minimum:"0" maximum:"3600000" doc:"How far from the target it may be; 500 where none is given."`
	MaxMS       int64  `json:"max_ms,omitempty" minimum:"0" maximum:"3600000" doc:"Length that the ad may have at most."`
	Shape       string `json:"shape,omitempty" enum:"9:16,4:5,1:1,16:9"`
	Market      string `json:"market,omitempty" maxLength:"40" doc:"A country, or what people call it."`
}

func aboutSlot(s campaign.Slot) SlotFacts {
	return SlotFacts{s.Title, s.TargetMS, s.ToleranceMS, s.MaxMS, s.Shape, s.Market}
}

// adSlot is an ad slot in a campaign's settings.
type adSlot struct {
	ID string `json:"id" maxLength:"64"`
	SlotFacts
}

func slotsOf(c *campaign.Campaign) []adSlot {
	out := make([]adSlot, len(c.AdSlots))
	for i, name := range c.AdSlots {
		out[i] = adSlot{name, aboutSlot(c.Slot(name))}
	}
	return out
}

func (s adSlot) slot() campaign.Slot {
	return campaign.Slot{
		ID: s.ID, Title: s.Title, TargetMS: s.TargetMS, ToleranceMS: s.ToleranceMS, MaxMS: s.MaxMS, Shape: s.Shape,
		Market: s.Market,
	}
}

type selectionView struct {
	Slots []slotView `json:"slots"`
}

// SlotPath names the ad slot that a request is about.
type SlotPath struct {
	CampaignPath
	Slot string `path:"slot" maxLength:"64" doc:"The ad slot's name."`
}

type selectStoryInput struct {
	SlotPath
	Body struct {
		Story  string `json:"story" maxLength:"36" doc:"The story's id."`
		Note   string `json:"note,omitempty" maxLength:"2000" doc:"Why."`
		FromMS int64  `json:"from_ms,omitempty" minimum:"0" maximum:"86400000"`
		ToMS   int64  `json:"to_ms,omitempty" minimum:"0" maximum:"86400000" doc:"0: to the end."`
	}
}

func (s *server) selectionRoutes() {
	handle(s, creatives, op("get-selection", "GET /v1/campaigns/{campaign}/selection", "board", "Read the selection").
		about("Every ad slot in order, filled or not.").fails(notFound), s.getSelection)
	handle(s, creatives, op("select-story", "PUT /v1/campaigns/{campaign}/selection/{slot}", "board",
		"Fill an ad slot").
		about("With a published story. A slot or story that is taken is a conflict that says by whom.").
		fails(notFound, conflict).audited("selection.chosen"), s.selectStory)
	handle(s, creatives, op("unselect-story", "DELETE /v1/campaigns/{campaign}/selection/{slot}", "board",
		"Empty an ad slot").noContent().fails(notFound).
		audited("selection.cleared"), s.unselectStory)
	handle(s, creatives, op("confirm-story", "POST /v1/campaigns/{campaign}/selection/{slot}/confirmation", "board",
		"Confirm what fills an ad slot").
		about("By a second person; who chose it can't, with whichever session or key. Changing the choice voids the "+
			"confirmation.").fails(notFound, conflict).audited("selection.confirmed"), s.confirmStory)
}

// getSelection answers with every ad slot, filled or not.
func (s *server) getSelection(ctx context.Context, in *CampaignPath) (*body[selectionView], error) {
	_, selected, err := s.Board.Selection(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	v := selectionView{make([]slotView, len(selected))}
	for i, sel := range selected {
		v.Slots[i] = s.slotView(ctx, sel)
	}
	return bodyOf(v), nil
}

func (s *server) slotView(ctx context.Context, sel board.Selected) slotView {
	v := slotView{
		Slot: sel.Slot, SlotFacts: aboutSlot(sel.About), CutMS: sel.CutMS(), Warnings: sel.Warnings(),
		Usable: sel.Usable(), Blocking: sel.Blocking(),
	}
	if p := sel.Pick; p != nil {
		st := s.boardView(sel.Story)
		v.Story, v.Note, v.FromMS, v.ToMS, v.By, v.At = &st, p.Note, p.FromMS, p.ToMS, p.By.Name, &p.At
		v.Mine = p.By.ID == callerOf(ctx).id()
		v.ConfirmedBy, v.ConfirmedAt = p.ConfirmedBy.Name, timePtr(p.ConfirmedAt)
	}
	return v
}

// selectStory fills an ad slot, or changes what fills it, and answers with
// the selection.
func (s *server) selectStory(ctx context.Context, in *selectStoryInput) (*body[selectionView], error) {
	callerOf(ctx).about(in.Body.Story, "campaign", in.Campaign, "slot", in.Slot)
	if _, err := s.Board.Select(ctx, in.Campaign, in.Slot, board.Choice(in.Body),
		callerOf(ctx).actor(account.Creative)); err != nil {
		return nil, err
	}
	return s.getSelection(ctx, &in.CampaignPath)
}

// unselectStory empties an ad slot.
func (s *server) unselectStory(ctx context.Context, in *SlotPath) (*none, error) {
	callerOf(ctx).about(in.Campaign, "slot", in.Slot)
	return nil, s.Board.Unselect(ctx, in.Campaign, in.Slot)
}

// confirmStory is the second signature on what fills an ad slot.
func (s *server) confirmStory(ctx context.Context, in *SlotPath) (*body[selectionView], error) {
	callerOf(ctx).about(in.Campaign, "slot", in.Slot)
	if err := s.Board.Confirm(ctx, in.Campaign, in.Slot, callerOf(ctx).actor(account.Creative)); err != nil {
		return nil, err
	}
	return s.getSelection(ctx, &in.CampaignPath)
}
