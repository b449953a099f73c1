package campaign

import (
	"encoding/json"
	"time"
	"unicode/utf8"
)

// Changes are fields of a campaign to be set. Nil leaves a field as it is;
// an empty list empties it.
type Changes struct {
	Title, Hashtag, Prompt, Policy *string
	Zone, Privacy, Imprint         *string
	OpensAt, ClosesAt              *time.Time
	MaxBytes                       *int64
	MinDuration, MaxDuration       *time.Duration
	MinAge                         *int
	AdSlots, Countries, Origins    []string
	Slots                          []Slot // without AdSlots, they name these as well
	Questions                      []Question
	Reasons                        []Reason
	Locales                        map[string]Translation // all of them; nil leaves them
	Standing                       *Standing
	Theme                          *Theme // replaces all of it
}

// Apply sets the fields of c. It checks nothing; Create and Update do.
func (ch Changes) Apply(c *Campaign) {
	assign(&c.Title, ch.Title)
	assign(&c.Hashtag, ch.Hashtag)
	assign(&c.Prompt, ch.Prompt)
	assign(&c.Policy, ch.Policy)
	assign(&c.Zone, ch.Zone)
	assign(&c.Privacy, ch.Privacy)
	assign(&c.Imprint, ch.Imprint)
	assign(&c.OpensAt, ch.OpensAt)
	assign(&c.ClosesAt, ch.ClosesAt)
	assign(&c.Limits.MaxBytes, ch.MaxBytes)
	assign(&c.Limits.MinDuration, ch.MinDuration)
	assign(&c.Limits.MaxDuration, ch.MaxDuration)
	assign(&c.Limits.MinAge, ch.MinAge)
	ch.applySlots(c)
	assignList(&c.Countries, ch.Countries)
	assignList(&c.Origins, ch.Origins)
	assignList(&c.Questions, ch.Questions)
	assignList(&c.Reasons, ch.Reasons)
	assign(&c.Standing, ch.Standing)
	assign(&c.Theme, ch.Theme)
	if ch.Locales != nil {
		c.Locales = ch.Locales
	}
}

// applySlots sets names and details of the ad slots. New names alone keep the
// details of those that stay.
func (ch Changes) applySlots(c *Campaign) {
	assignList(&c.AdSlots, ch.AdSlots)
	assignList(&c.Slots, ch.Slots)
	switch {
	case ch.Slots == nil:
		c.keepSlots()
	case ch.AdSlots == nil:
		c.AdSlots = nil
		for _, s := range ch.Slots {
			c.AdSlots = append(c.AdSlots, s.ID)
		}
	}
}

func assign[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func assignList[T any](to *[]T, from []T) {
	if from != nil {
		*to = from
	}
}

// maxDifference bounds a value in Differences, in characters.
const maxDifference = 300

// Differences names the fields in which two states of a campaign differ, with
// both values: "from → to". Long texts are cut. Times of change are left out.
func Differences(from, to *Campaign) map[string]string {
	out := map[string]string{}
	for name, v := range map[string][2]any{
		"title": {from.Title, to.Title}, "hashtag": {from.Hashtag, to.Hashtag}, "prompt": {from.Prompt, to.Prompt},
		"policy": {from.Policy, to.Policy}, "zone": {from.Zone, to.Zone}, "opens_at": {from.OpensAt, to.OpensAt},
		"closes_at": {from.ClosesAt, to.ClosesAt}, "limits": {from.Limits, to.Limits},
		"ad_slots": {from.AdSlots, to.AdSlots}, "slots": {from.Slots, to.Slots},
		"questions": {from.Questions, to.Questions}, "locales": {from.Locales, to.Locales},
		"privacy_url": {from.Privacy, to.Privacy}, "imprint_url": {from.Imprint, to.Imprint},
		"countries": {from.Countries, to.Countries}, "origins": {from.Origins, to.Origins},
		"reasons": {from.Reasons, to.Reasons}, "standing": {from.Standing, to.Standing},
		"theme": {from.Theme, to.Theme},
	} {
		if was, is := described(v[0]), described(v[1]); was != is {
			out[name] = shorten(was) + " → " + shorten(is)
		}
	}
	return out
}

// described is a value as JSON; an absent list is an empty one.
func described(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	if string(b) == "null" {
		return "[]"
	}
	return string(b)
}

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= maxDifference {
		return s
	}
	return string([]rune(s)[:maxDifference]) + "…"
}
