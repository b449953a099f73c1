package campaign

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestChanges_NilLeavesAndEmptyEmpties(t *testing.T) {
	t.Parallel()
	title, most := "New", int64(5)
	c := Campaign{Title: "Old", Prompt: "Why?", AdSlots: []string{"ad-1"}, Countries: []string{"DE"}}
	Changes{Title: &title, MaxBytes: &most, Countries: []string{}}.Apply(&c)
	want := Campaign{Title: "New", Prompt: "Why?", AdSlots: []string{"ad-1"}, Countries: []string{}}
	want.Limits.MaxBytes = 5
	require.Equal(t, want, c)
}

func TestDifferences_NameWhatChanged(t *testing.T) {
	t.Parallel()
	from := &Campaign{Title: "Old", Prompt: "Why?", Origins: []string{"https://a.example"}, UpdatedAt: time.Unix(1, 0)}
	to := &Campaign{
		Title: "Old", Prompt: strings.Repeat("é", 400), Origins: []string{"https://a.example", "https://b.example"},
		Countries: []string{}, UpdatedAt: time.Unix(2, 0),
	}
	require.Equal(t, map[string]string{
		"prompt":  `"Why?" → "` + strings.Repeat("é", 299) + "…",
		"origins": `["https://a.example"] → ["https://a.example","https://b.example"]`,
	}, Differences(from, to))
}

func TestZone_IsAnIANAName(t *testing.T) {
	t.Parallel()
	for zone, ok := range map[string]bool{
		"": true, "UTC": true, "Europe/Berlin": true, "America/St_Johns": true, "Local": false, "CEST": false,
		"Europe/Nowhere": false, "../etc/passwd": false, "+02:00": false,
	} {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			c := &Campaign{Slug: "song", Title: "Song", Zone: zone}
			err := c.normalize()
			require.Equal(t, ok, err == nil, err)
			require.NotEmpty(t, c.Zone)
		})
	}
}

func TestOpen_NamesTheTimeInTheCampaignsZone(t *testing.T) {
	t.Parallel()
	// 02:30 happens twice on this day: this is the second time
	closes := time.Date(2026, 10, 25, 1, 30, 59, 0, time.UTC)
	c := &Campaign{Zone: "Europe/Berlin", ClosesAt: closes}
	require.NoError(t, c.Open(closes.Add(-time.Second)))
	require.ErrorContains(t, c.Open(closes), "Sun, 25 Oct 2026 02:30:59 CET")
}
