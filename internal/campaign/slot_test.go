package campaign

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
)

func TestSlot_MisfitsHaveCodes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		slot          Slot
		ms            int64
		width, height int
		want          []string
	}{
		"nothing known":           {Slot{}, 20_000, 1080, 1920, []string{}},
		"within the tolerance":    {Slot{TargetMS: 20_000}, 20_500, 0, 0, []string{}},
		"a little too long":       {Slot{TargetMS: 20_000}, 20_501, 0, 0, []string{TooLong}},
		"too short":               {Slot{TargetMS: 20_000, ToleranceMS: 1000}, 18_999, 0, 0, []string{TooShort}},
		"longer than the maximum": {Slot{MaxMS: 15_000}, 15_001, 0, 0, []string{TooLong}},
		"upright":                 {Slot{Shape: "9:16"}, 1, 1080, 1920, []string{}},
		"upright, even numbers":   {Slot{Shape: "9:16"}, 1, 608, 1080, []string{}},
		"4:5 for 9:16":            {Slot{Shape: "9:16"}, 1, 1080, 1350, []string{WrongShape}},
		"lying":                   {Slot{Shape: "16:9"}, 1, 1280, 720, []string{}},
		"square":                  {Slot{Shape: "1:1"}, 1, 720, 720, []string{}},
		"lying for square":        {Slot{Shape: "1:1"}, 1, 1280, 720, []string{WrongShape}},
		"unknown size":            {Slot{Shape: "1:1"}, 1, 0, 0, []string{}},
		"all": {
			Slot{TargetMS: 1000, Shape: "4:5", MaxMS: 2000}, 2001, 1920, 1080, []string{TooLong, WrongShape},
		},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, c.slot.Misfit(c.ms, c.width, c.height)) })
	}
}

func TestSlots_FollowTheNames(t *testing.T) {
	t.Parallel()
	c := &Campaign{Slug: "song", Title: "Song", AdSlots: []string{"tv", "social"}}
	apply := func(ch Changes) error {
		ch.Apply(c)
		return c.normalize()
	}
	require.NoError(
		t,
		apply(Changes{Slots: []Slot{{ID: "social", Title: " 20 s\nTikTok ", Shape: "9:16"}, {ID: "tv"}}}),
	)
	require.Equal(t, []string{"social", "tv"}, c.AdSlots, "slots alone name them")
	require.Equal(t, "20 s TikTok", c.Slot("social").Title)
	require.NoError(t, apply(Changes{AdSlots: []string{"radio", "social"}}))
	require.Equal(t, []Slot{{ID: "radio"}, {ID: "social", Title: "20 s TikTok", Shape: "9:16"}}, c.Slots,
		"names alone keep what is known")
	require.NoError(t, apply(Changes{AdSlots: []string{"a1", "b1"}, Slots: []Slot{{ID: "b1", MaxMS: 5}}}))
	require.Equal(t, []Slot{{ID: "a1"}, {ID: "b1", MaxMS: 5}}, c.Slots)
	for name, slots := range map[string][]Slot{
		"twice":       {{ID: "a1"}, {ID: "a1"}},
		"another":     {{ID: "a1"}, {ID: "zz"}},
		"long title":  {{ID: "a1", Title: strings.Repeat("x", 81)}},
		"long market": {{ID: "a1", Market: strings.Repeat("x", 41)}},
		"negative":    {{ID: "a1", TargetMS: -1}},
		"too long":    {{ID: "a1", MaxMS: 3_600_001}},
		"no target":   {{ID: "a1", ToleranceMS: 5}},
		"past max":    {{ID: "a1", TargetMS: 9, MaxMS: 8}},
		"shape":       {{ID: "a1", Shape: "3:2"}},
	} {
		t.Run(name, func(t *testing.T) {
			ch := Changes{AdSlots: []string{"a1", "b1"}, Slots: slots}
			x := *c
			ch.Apply(&x)
			require.True(t, fault.Is(x.normalize(), "campaign.invalid"))
		})
	}
}
