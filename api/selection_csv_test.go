package api

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/campaign"
)

func TestSelectionCSV_IsTheGoldenFile(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	later := at.Add(time.Hour)
	full := exportView{
		Slot: "ad-1", StoryID: "018f", Usable: true, Name: "Zoë, \"Z\"", Email: "zoe@example.com", Country: "DE",
		Title: "=HYPERLINK(\"x\")", Text: "First line\nsecond line",
		Song:       songView{Title: "+Heroes", Artist: "@Bowie", ISRC: "GBAYE7700246"},
		DurationMS: 20000, Width: 1080, Height: 1920,
		Release: releaseView{
			Version: 3, TextSHA256: "aa", Locale: "en", AgreedAt: at, Address: "192.0.2.1", SourceSHA256: "bb",
		},
		ReleaseText: "You may use it.", Note: "\ttabbed", FromMS: 1000, ToMS: 9000,
		Answers: []campaign.Answer{{Label: "Who?", Value: "Ana"}, {Label: "Mood?", Value: "light"}},
		Tags:    []string{"night", "roof top"}, ChosenBy: "-Bo", ChosenAt: at, ConfirmedBy: "Ann", ConfirmedAt: &later,
		Blocking: []string{}, SourceFromMS: 2000, SourceToMS: 10000, SourceBytes: 5,
		SourceURL: "https://s3/source?X=1", SourceExpires: &later, MP4: "https://cdn/story.mp4",
		SlotTitle: "20 s TikTok", Warnings: []string{"too_long", "shape"},
	}
	blocked := exportView{
		Slot: "ad-2", StoryID: "018e", Name: "Al", Release: releaseView{AgreedAt: at}, ChosenAt: at,
		Blocking: []string{"not_published", "unconfirmed"},
	}
	want, err := os.ReadFile("testdata/selection.csv")
	require.NoError(t, err)
	require.Equal(t, string(want), string(selectionCSV([]exportView{full, blocked})))
}
