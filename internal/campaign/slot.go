package campaign

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/storyreel/storyreel/internal/text"
)

// Slot is what is known of a place that a selection may fill. Zero values are
// not known, and anything fits them.
type Slot struct {
	ID          string `json:"id"` // one of AdSlots
	Title       string `json:"title,omitempty"`
	TargetMS    int64  `json:"target_ms,omitempty"`    // length that the ad should have
	ToleranceMS int64  `json:"tolerance_ms,omitempty"` // how far from it the ad may be; 0: defaultTolerance
	MaxMS       int64  `json:"max_ms,omitempty"`       // length that the ad may have at most
	Shape       string `json:"shape,omitempty"`        // one of Shapes
	Market      string `json:"market,omitempty"`       // a country, or what people call it
}

// Shapes are the ratios of width to height that a slot can ask for.
func Shapes() []string { return []string{"9:16", "4:5", "1:1", "16:9"} }

// Why what was chosen does not fit a slot.
const (
	TooShort   = "too_short"
	TooLong    = "too_long"
	WrongShape = "shape"
)

// Misfits lists the reasons in a fixed order.
func Misfits() []string { return []string{TooShort, TooLong, WrongShape} }

const (
	defaultTolerance = 500       // ms: what an editor cuts off without harm
	maxSlotMS        = 3_600_000 // an hour
	// shapeSlack is how far, in percent, a ratio may be off: 1080×1350 cut to even
	// numbers, or 608×1080.
	shapeSlack = 3
)

// Misfit lists, as stable codes, why a part of a video does not fit the slot:
// its length in milliseconds and the size of the video in pixels, as
// displayed. An unknown size fits.
func (s Slot) Misfit(ms int64, width, height int) []string {
	out := []string{}
	tolerance := cmp.Or(s.ToleranceMS, defaultTolerance)
	if s.TargetMS > 0 && ms < s.TargetMS-tolerance {
		out = append(out, TooShort)
	}
	if s.TargetMS > 0 && ms > s.TargetMS+tolerance || s.MaxMS > 0 && ms > s.MaxMS {
		out = append(out, TooLong)
	}
	if w, h, ok := ratio(s.Shape); ok && width > 0 && height > 0 {
		is, want := int64(width)*h, int64(height)*w
		if 100*max(is-want, want-is) > shapeSlack*want {
			out = append(out, WrongShape)
		}
	}
	return out
}

func ratio(shape string) (w, h int64, ok bool) {
	a, b, ok := strings.Cut(shape, ":")
	w, _ = strconv.ParseInt(a, 10, 64)
	h, _ = strconv.ParseInt(b, 10, 64)
	return w, h, ok
}

// Slot returns what is known of the ad slot of the name.
func (c *Campaign) Slot(name string) Slot {
	for _, s := range c.Slots {
		if s.ID == name {
			return s
		}
	}
	return Slot{ID: name}
}

// keepSlots drops what is known of slots that the campaign has no longer.
func (c *Campaign) keepSlots() {
	c.Slots = slices.DeleteFunc(slices.Clone(c.Slots), func(s Slot) bool { return !c.HasSlot(s.ID) })
}

// alignSlots leaves one Slot for each ad slot, in order.
func (c *Campaign) alignSlots() {
	out := make([]Slot, len(c.AdSlots))
	for i, name := range c.AdSlots {
		out[i] = c.Slot(name)
		out[i].Title, out[i].Market = text.Line(out[i].Title), text.Line(out[i].Market)
	}
	c.Slots = out
}

// checkSlotDetails refuses details that name no slot, name one twice, or are
// out of range.
func (c *Campaign) checkSlotDetails() error {
	seen := map[string]bool{}
	for _, s := range c.Slots {
		switch {
		case !c.HasSlot(s.ID) || seen[s.ID]:
			return invalid("slots must name each of ad_slots once, and no other")
		case text.Len(s.Title) > 80 || text.Len(s.Market) > 40:
			return invalid("a slot's title has at most 80 characters, its market at most 40")
		case min(s.TargetMS, s.ToleranceMS, s.MaxMS) < 0 || max(s.TargetMS, s.ToleranceMS, s.MaxMS) > maxSlotMS:
			return invalid("lengths of slots must be between 0 and an hour")
		case s.TargetMS == 0 && s.ToleranceMS > 0 || s.MaxMS > 0 && s.TargetMS > s.MaxMS:
			return invalid("a slot's tolerance needs a target, and its target must not be longer than its maximum")
		case s.Shape != "" && !slices.Contains(Shapes(), s.Shape):
			return invalid("a slot's shape is one of %s", strings.Join(Shapes(), ", "))
		}
		seen[s.ID] = true
	}
	c.alignSlots()
	return nil
}
