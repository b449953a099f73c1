package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
)

func TestBegin_AnswersAndCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *campaign.Campaign) {
		c.Questions = []campaign.Question{
			{ID: "who", Label: "Who was with you?", Kind: campaign.ShortText, Required: true},
			{ID: "mood", Label: "How did it feel?", Kind: campaign.Choice, Choices: []string{"light", "heavy"}},
		}
	})
	var c campaignView
	w.want(200, "GET", "/v1/campaigns/"+w.slug, "", nil).into(t, &c)
	require.Equal(t,
		[]questionView{
			{ID: "who", Label: "Who was with you?", Kind: "text", Required: true},
			{ID: "mood", Label: "How did it feel?", Kind: "choice", Choices: []string{"light", "heavy"}},
		}, c.Questions)

	path := "/v1/campaigns/" + w.slug + "/stories"
	require.Equal(t, "answer.required", w.want(422, "POST", path, "", beginBody(5)).code(t))
	body := patch(beginBody(5), map[string]string{"who": "  Ana\u202e ", "mood": "light"}, "answers")
	require.Equal(t, "cut.invalid",
		w.want(422, "POST", path, "", patch(body, map[string]int{"from_ms": 5000, "to_ms": 4000}, "cut")).code(t))
	require.Equal(t, "too_short",
		w.want(422, "POST", path, "", patch(body, map[string]int{"from_ms": 5000, "to_ms": 5500}, "cut")).code(t))
	require.Equal(t, "too_long",
		w.want(422, "POST", path, "", patch(body, map[string]int{"from_ms": 0, "to_ms": 600_000}, "cut")).code(t))
	var b begunStory
	w.want(201, "POST", path, "", patch(body, map[string]int{"from_ms": 1500, "to_ms": 9000}, "cut")).into(t, &b)
	require.Equal(t,
		[]campaign.Answer{
			{ID: "who", Label: "Who was with you?", Value: "Ana"},
			{ID: "mood", Label: "How did it feel?", Value: "light"},
		}, b.Story.Answers)
	require.Equal(t, &cutView{1500, 9000}, b.Story.Cut)
	var whole begunStory
	w.want(201, "POST", path, "", patch(body, map[string]int{"from_ms": 0, "to_ms": 0}, "cut")).into(t, &whole)
	require.Nil(t, whole.Story.Cut, "the whole video is no cut")
}

func TestSongs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var found struct{ Items []songView }
	w.want(200, "GET", "/v1/songs?q=bow+her&limit=3", "", nil).into(t, &found)
	require.Equal(t, []songView{{Title: "Heroes", Artist: "David Bowie"}}, found.Items)
	w.want(200, "GET", "/v1/songs?q=", "", nil).into(t, &found)
	require.Empty(t, found.Items)
	w.want(422, "GET", "/v1/songs?limit=100", "", nil)
}

func TestData_EverythingForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.published()
	path := "/v1/stories/" + b.Story.ID + "/data"
	w.want(401, "GET", path, "", nil)
	w.want(403, "GET", path, w.keys[account.Moderator], nil)
	a := w.want(200, "GET", path, b.Token, nil)
	require.Contains(t, a.header.Get("Content-Disposition"), "attachment")
	var d dataView
	a.into(t, &d)
	require.Equal(t, "zoe@private.example", d.Email)
	require.Contains(t, d.ReleaseText, "two years")
	require.NotEmpty(t, d.SourceURL)
	require.NotContains(t, string(a.body), "key of moderator", "a moderator's name is not the contributor's to have")
	require.Equal(t, "staff", d.History[len(d.History)-3].By)
	w.want(200, "DELETE", "/v1/stories/"+b.Story.ID, b.Token, nil)
	var after dataView
	w.want(200, "GET", path, b.Token, nil).into(t, &after)
	require.Empty(t, after.SourceURL)
}

func TestCaptions_PublicWhileTheirStoryIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.inReview()
	path := "/v1/stories/" + b.Story.ID + "/captions/"
	key := w.keys[account.Moderator]
	srt := map[string]any{"vtt": "1\n00:00:01,000 --> 00:00:02,000\nWe <b>danced</b> & sang\n", "label": "English"}
	w.want(401, "PUT", path+"en", b.Token, srt)
	require.Equal(t, "caption.invalid", w.want(422, "PUT", path+"en", key, map[string]any{"vtt": "hello"}).code(t))
	require.Equal(t, "caption.invalid", w.want(422, "PUT", path+"not%20a%20language", key, srt).code(t))
	w.want(200, "PUT", path+"en", key, srt)
	a := w.want(200, "GET", path+"en", b.Token, nil)
	require.Equal(t, "text/vtt; charset=utf-8", a.header.Get("Content-Type"))
	require.Equal(t, "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nWe danced &amp; sang\n", string(a.body))
	w.want(404, "GET", "/v1/feed/"+b.Story.ID+"/captions/en", "", nil)

	p := w.published()
	w.want(200, "PUT", "/v1/stories/"+p.Story.ID+"/captions/pt-BR", w.keys[account.Creative], srt)
	var item feedItem
	w.want(200, "GET", "/v1/feed/"+p.Story.ID, "", nil).into(t, &item)
	require.Len(t, item.Captions, 1)
	require.Equal(t, "pt-BR", item.Captions[0].Locale)
	require.True(t,
		strings.HasPrefix(item.Captions[0].URL, "http://stories.test/v1/feed/"+p.Story.ID+"/captions/pt-BR?v="),
		item.Captions[0].URL)
	a = w.want(200, "GET", strings.TrimPrefix(item.Captions[0].URL, "http://stories.test"), "", nil, "Origin",
		"https://brand.example")
	require.Equal(t, "https://brand.example", a.header.Get("Access-Control-Allow-Origin"))
	w.want(200, "POST", "/v1/stories/"+p.Story.ID+"/decisions", key,
		map[string]any{"action": "hide", "reason": "other"})
	w.want(404, "GET", "/v1/feed/"+p.Story.ID+"/captions/pt-BR", "", nil)
	w.want(204, "DELETE", path+"en", key, nil)
	w.want(404, "GET", path+"en", key, nil)
}

func TestReview_BulkReportSampleAndRelated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mod, ben := w.keys[account.Moderator], w.secondModerator()
	a, b, c, d := w.inReview(), w.inReview(), w.inReview(), w.inReview()
	w.want(200, "POST", "/v1/stories/"+c.Story.ID+"/decisions", ben, map[string]any{"action": "approve"})
	one := func(x begunStory) map[string]any { return map[string]any{"id": x.Story.ID} }
	many := func(status int, action, reason string, stories ...map[string]any) answer {
		return w.want(status, "POST", "/v1/review/decisions", mod,
			map[string]any{"action": action, "reason": reason, "stories": stories})
	}
	many(422, "reject", "", one(a))
	many(422, "reject", "spam")
	w.want(403, "POST", "/v1/review/decisions", w.keys[account.Creative],
		map[string]any{"action": "approve", "stories": []any{one(a)}})
	var out struct{ Items []outcomeView }
	many(200, "reject", "spam", one(a), one(b), one(c), map[string]any{"id": "no-such-story"},
		map[string]any{"id": d.Story.ID, "version": 1}).into(t, &out)
	require.Len(t, out.Items, 5)
	for i, code := range []string{"", "", "story.state", "story.unknown", "story.stale"} {
		if code == "" {
			require.Equal(t, "rejected", out.Items[i].Story.State)
			continue
		}
		require.Nil(t, out.Items[i].Story)
		require.Equal(t, code, out.Items[i].Refused.Code)
	}
	require.Equal(t, "approved", w.state(c.Story.ID), "the faster colleague's decision stands")
	require.Equal(t, "in_review", w.state(d.Story.ID))

	var report reportView
	w.want(200, "GET", "/v1/review/report?hours=1&campaign="+w.slug, mod, nil).into(t, &report)
	require.EqualValues(t, 3, report.Decided)
	require.Len(t, report.Moderators, 2)
	w.want(422, "GET", "/v1/review/report?hours=100000", mod, nil)

	var sample StoryList
	w.want(200, "GET", "/v1/review/sample?seed=7", ben, nil).into(t, &sample)
	require.Len(t, sample.Items, 2, "others' decisions only")
	w.want(200, "GET", "/v1/review/sample?seed=7&count=1", mod, nil).into(t, &sample)
	require.Equal(t, c.Story.ID, sample.Items[0].ID)

	var related relatedView
	w.want(200, "GET", "/v1/stories/"+d.Story.ID+"/related", mod, nil).into(t, &related)
	require.Len(t, related.SamePerson, 3)
	require.Empty(t, related.Alike)
	w.want(200, "POST", "/v1/review/claims", ben, map[string]any{"count": 1})
	var q queueView
	w.want(200, "GET", "/v1/review/queue", mod, nil).into(t, &q)
	require.Len(t, q.Colleagues, 1)
	require.EqualValues(t, 1, q.Colleagues[0].Holding)
}

func TestBoard_TagsVotesSearchesAndConfirmation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.keys[account.Creative]
	var k struct{ Key string }
	w.want(201, "POST", "/v1/admin/keys", w.keys[account.Admin], map[string]any{"role": "creative", "name": "Bo"}).
		into(t, &k)
	bo := k.Key
	st := w.published()
	base := "/v1/campaigns/" + w.slug
	story := base + "/stories/" + st.Story.ID

	var tags struct{ Tags []string }
	w.want(200, "PUT", story+"/tags", ann, map[string]any{"tags": []string{" #Roof  top", "Night", "night", ""}}).
		into(t, &tags)
	require.Equal(t, []string{"night", "roof top"}, tags.Tags)
	w.want(422, "PUT", story+"/tags", ann, map[string]any{"tags": []string{strings.Repeat("x", 41)}})
	var found StoryList
	w.want(200, "GET", base+"/search?tag=Night&sort=random&seed=x", bo, nil).into(t, &found)
	require.Len(t, found.Items, 1)
	require.Equal(t, []string{"night", "roof top"}, found.Items[0].Tags)

	w.want(204, "PUT", base+"/shortlist/"+st.Story.ID, ann, map[string]any{"note": "maybe"})
	w.want(204, "PUT", story+"/vote", ann, map[string]any{"value": 1, "reason": "goosebumps"})
	w.want(204, "PUT", story+"/vote", bo, map[string]any{"value": -1})
	w.want(422, "PUT", story+"/vote", bo, map[string]any{"value": 2})
	var list struct{ Items []candidateView }
	w.want(200, "GET", base+"/shortlist", bo, nil).into(t, &list)
	require.Len(t, list.Items[0].Votes, 2)
	require.False(t, list.Items[0].Votes[0].Mine)
	require.True(t, list.Items[0].Votes[1].Mine)

	var saved struct{ Items []searchView }
	w.want(200, "POST", base+"/searches", ann, map[string]any{"name": " Roofs ", "query": "campaign=x&q=roof"}).
		into(t, &saved)
	require.Equal(t, "Roofs", saved.Items[0].Name)
	w.want(204, "DELETE", base+"/searches/"+saved.Items[0].ID, bo, nil)

	pick := func(status int, key string, body map[string]any) answer {
		body["story"] = st.Story.ID
		return w.want(status, "PUT", base+"/selection/ad-1", key, body)
	}
	confirm := func(status int, key, slot string) answer {
		return w.want(status, "POST", base+"/selection/"+slot+"/confirmation", key, nil)
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
	require.Equal(t, "Bo", sel.Slots[0].ConfirmedBy)
	confirm(200, bo, "ad-1")

	var export struct{ Items []exportView }
	w.want(200, "GET", base+"/selection/export", ann, nil).into(t, &export)
	require.EqualValues(t, 2000, export.Items[0].FromMS)
	require.EqualValues(t, 8000, export.Items[0].ToMS)
	require.Equal(t, "Bo", export.Items[0].ConfirmedBy)
	require.Equal(t, []string{"night", "roof top"}, export.Items[0].Tags)
	sums := w.want(200, "GET", base+"/selection/export?format=sha256", ann, nil)
	require.Equal(t, "abc  ad-1-"+st.Story.ID+"-source\n", string(sums.body))

	pick(200, bo, map[string]any{"from_ms": 2500, "to_ms": 8000, "note": "why"}).into(t, &sel)
	require.Equal(t, []string{"unconfirmed"}, sel.Slots[0].Blocking, "another cut, another confirmation")
	require.Equal(t, "selection.own", confirm(409, bo, "ad-1").code(t))
	w.want(200, "POST", "/v1/stories/"+st.Story.ID+"/decisions", w.keys[account.Moderator],
		map[string]any{"action": "hide", "reason": "other"})
	require.Equal(t, "selection.unusable", confirm(409, ann, "ad-1").code(t))
	require.Equal(t, http.StatusOK, w.do("GET", base+"/selection/export?format=sha256", ann, nil).status)
}
