package api

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestBoard_ShortlistSelectionAndExport(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	cre := e.keys[account.Creative]
	base := "/v1/campaigns/" + e.slug
	a, b, c, d := e.published(), e.published(), e.published(), e.published()
	waiting := e.inReview()
	var found StoryList
	e.want(200, "GET", base+"/search?q=roof&orientation=portrait&limit=3", cre, nil).into(t, &found)
	require.Len(t, found.Items, 3)
	e.want(200, "GET", base+"/search?q=roof&limit=3&cursor="+found.Next, cre, nil).into(t, &found)
	require.Len(t, found.Items, 1)
	var facets struct{ Items []facetView }
	e.want(200, "GET", base+"/facets", cre, nil).into(t, &facets)
	require.Contains(t, facets.Items, facetView{Name: "song", Value: "Heroes", Count: 4})

	e.want(204, "PUT", base+"/shortlist/"+a.Story.ID, cre, map[string]any{"note": "=HYPERLINK(\"x\")"})
	require.Equal(t, "board.not_published",
		e.want(409, "PUT", base+"/shortlist/"+waiting.Story.ID, cre, map[string]any{}).code(t))
	pick := func(status int, slot, id string) answer {
		return e.want(status, "PUT", base+"/selection/"+slot, cre, map[string]any{"story": id, "note": "=1+1"})
	}
	pick(200, "ad-1", a.Story.ID)
	pick(200, "ad-1", a.Story.ID)
	pick(200, "ad-2", b.Story.ID)
	pick(200, "ad-3", c.Story.ID)
	require.Equal(t, "selection.slot_unknown", pick(404, "ad-4", d.Story.ID).code(t),
		"no more than the campaign's slots")
	require.Equal(t, "selection.slot", pick(409, "ad-3", d.Story.ID).code(t))
	require.Equal(t, "board.not_published", pick(409, "ad-3", waiting.Story.ID).code(t))

	var export struct{ Items []exportView }
	e.want(200, "GET", base+"/selection/export", cre, nil).into(t, &export)
	require.Len(t, export.Items, 3)
	first := export.Items[0]
	require.True(t, first.Usable)
	require.Equal(t, "You may use my video in advertising for two years.", first.ReleaseText)
	require.Equal(t, "abc", first.Release.SourceSHA256)
	require.Contains(t, first.SourceURL, "X-Amz-Signature")
	sheet := e.want(200, "GET", base+"/selection/export?format=csv", cre, nil)
	require.Contains(t, sheet.header.Get("Content-Disposition"), "attachment")
	rows, err := csv.NewReader(strings.NewReader(string(sheet.body))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 4)
	for _, row := range rows {
		for _, cell := range row {
			require.False(t, strings.HasPrefix(cell, "="), "a formula: %s", cell)
		}
	}

	e.want(200, "DELETE", "/v1/stories/"+b.Story.ID, b.Token, nil)
	var after struct{ Items []exportView }
	e.want(200, "GET", base+"/selection/export", cre, nil).into(t, &after)
	for _, it := range after.Items {
		require.Equal(t, it.StoryID != b.Story.ID, it.Usable)
		require.Equal(t, it.Usable, it.SourceURL != "", "no source of a withdrawn story leaves")
	}
	e.want(204, "DELETE", base+"/selection/ad-2", cre, nil)
	pick(200, "ad-2", d.Story.ID)
}

func TestSelection_NeedsASecondPerson(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	ann, bo := e.keys[account.Creative], e.newKey("creative", "Bo")
	st := e.published()
	base := "/v1/campaigns/" + e.slug
	e.want(200, "PUT", base+"/stories/"+st.Story.ID+"/tags", ann, map[string]any{"tags": []string{"roof top", "night"}})
	pick := func(status int, key string, body map[string]any) answer {
		body["story"] = st.Story.ID
		return e.want(status, "PUT", base+"/selection/ad-1", key, body)
	}
	confirm := func(status int, key, slot string) answer {
		return e.want(status, "POST", base+"/selection/"+slot+"/confirmation", key, nil)
	}
	require.Equal(t, "selection.cut", pick(422, ann, map[string]any{"from_ms": 30_000}).code(t))
	require.Equal(t, "selection.cut", pick(422, ann, map[string]any{"from_ms": 3000, "to_ms": 2000}).code(t))
	var sel selectionView
	pick(200, ann, map[string]any{"from_ms": 2000, "to_ms": 8000, "note": "why"}).into(t, &sel)
	require.Equal(t, []string{"unconfirmed"}, sel.Slots[0].Blocking)
	require.True(t, sel.Slots[0].Mine)
	require.Equal(t, []string{"empty"}, sel.Slots[1].Blocking)
	require.Equal(t, "selection.own", confirm(409, ann, "ad-1").code(t))
	require.Equal(t, "selection.empty", confirm(409, bo, "ad-2").code(t))
	require.Equal(t, "selection.slot_unknown", confirm(404, bo, "ad-9").code(t))
	confirm(200, bo, "ad-1").into(t, &sel)
	require.Empty(t, sel.Slots[0].Blocking)
	require.Equal(t, "Bo (script)", sel.Slots[0].ConfirmedBy)
	confirm(200, bo, "ad-1")

	var export struct{ Items []exportView }
	e.want(200, "GET", base+"/selection/export", ann, nil).into(t, &export)
	require.EqualValues(t, 2000, export.Items[0].FromMS)
	require.EqualValues(t, 8000, export.Items[0].ToMS)
	require.Equal(t, "Bo (script)", export.Items[0].ConfirmedBy)
	require.Equal(t, []string{"night", "roof top"}, export.Items[0].Tags)
	sums := e.want(200, "GET", base+"/selection/export?format=sha256", ann, nil)
	require.Equal(t, "abc  ad-1-"+st.Story.ID+"-source\n", string(sums.body))

	pick(200, bo, map[string]any{"from_ms": 2500, "to_ms": 8000, "note": "why"}).into(t, &sel)
	require.Equal(t, []string{"unconfirmed"}, sel.Slots[0].Blocking, "another cut, another confirmation")
	require.Equal(t, "selection.own", confirm(409, bo, "ad-1").code(t))
	e.want(200, "POST", "/v1/stories/"+st.Story.ID+"/decisions", e.keys[account.Moderator],
		map[string]any{"action": "hide", "reason": "other"})
	require.Equal(t, "selection.unusable", confirm(409, ann, "ad-1").code(t))
	require.Equal(t, http.StatusOK, e.do("GET", base+"/selection/export?format=sha256", ann, nil).status)
}

func TestSelection_WarnsWhereACutDoesNotFitItsSlot(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	cre, admin := e.keys[account.Creative], e.keys[account.Admin]
	base := "/v1/campaigns/" + e.slug
	var set campaignView
	e.want(200, "PUT", base, admin, map[string]any{"slots": []any{
		map[string]any{"id": "tiktok", "title": "5 s TikTok", "target_ms": 5000, "shape": "9:16", "market": "DE"},
		map[string]any{"id": "tv", "max_ms": 3000, "shape": "16:9"},
	}}).into(t, &set)
	require.Equal(t, []string{"tiktok", "tv"}, set.AdSlots)
	require.Equal(t, "campaign.invalid", e.want(422, "PUT", base, admin, map[string]any{
		"ad_slots": []string{"a1"}, "slots": []any{map[string]any{"id": "other"}},
	}).code(t))
	var public campaignView
	e.want(200, "GET", base, "", nil).into(t, &public)
	require.Nil(t, public.Slots, "what visitors need not know")

	story := e.published().Story.ID
	var sel selectionView
	pick := func(slot string, to int) slotView {
		e.want(200, "PUT", base+"/selection/"+slot, cre, map[string]any{"story": story, "to_ms": to}).into(t, &sel)
		for _, s := range sel.Slots {
			if s.Slot == slot {
				return s
			}
		}
		return slotView{}
	}
	fits := pick("tiktok", 5000)
	require.Equal(t, SlotFacts{Title: "5 s TikTok", TargetMS: 5000, Shape: "9:16", Market: "DE"}, fits.SlotFacts)
	require.EqualValues(t, 5000, fits.CutMS)
	require.Empty(t, fits.Warnings)
	require.Equal(t, []string{"too_long"}, pick("tiktok", 8000).Warnings)
	require.Equal(t, []string{"unconfirmed"}, pick("tiktok", 2000).Blocking, "a warning blocks nothing")
	e.want(204, "DELETE", base+"/selection/tiktok", cre, nil)
	require.Equal(t, []string{"too_long", "shape"}, pick("tv", 8000).Warnings)
	require.Empty(t, sel.Slots[0].Warnings, "an empty slot")
	var export struct{ Items []exportView }
	e.want(200, "GET", base+"/selection/export", cre, nil).into(t, &export)
	require.Equal(t, []string{"too_long", "shape"}, export.Items[0].Warnings)
}
