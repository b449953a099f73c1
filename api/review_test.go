package api

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestReview_TwoModeratorsNeverGetTheSame(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for range 4 {
		e.inReview()
	}
	second := e.newKey("moderator", "Ben")
	claim := func(key string, n int) []string {
		var list struct{ Items []storyView }
		e.want(200, "POST", "/v1/review/claims", key, map[string]any{"count": n}).into(t, &list)
		var ids []string
		for _, it := range list.Items {
			require.True(t, it.Claim.Mine)
			require.NotEmpty(t, it.Review.Video)
			ids = append(ids, it.ID)
		}
		return ids
	}
	mine := claim(e.keys[account.Moderator], 2)
	theirs := claim(second, 4)
	require.Len(t, mine, 2)
	require.Len(t, theirs, 2)
	require.NotSubset(t, mine, theirs)
	require.Equal(t, mine, claim(e.keys[account.Moderator], 2), "what is held is given again, not more")

	a := e.want(409, "POST", "/v1/stories/"+mine[0]+"/decisions", second, map[string]any{"action": "approve"})
	require.Equal(t, "story.claimed", a.code(t))
	require.Contains(t, string(a.body), "moderator (key of moderator)")
	e.want(204, "DELETE", "/v1/review/claims/"+mine[0], e.keys[account.Moderator], nil)
	e.want(200, "POST", "/v1/stories/"+mine[0]+"/decisions", second, map[string]any{"action": "approve"})

	var q queueView
	e.want(200, "GET", "/v1/review/queue?limit=2", second, nil).into(t, &q)
	require.EqualValues(t, 3, q.Waiting)
	require.Len(t, q.Items, 2)
	require.NotEmpty(t, q.Next)
	first := q.Items[0].ID
	e.want(200, "GET", "/v1/review/queue?limit=2&cursor="+q.Next, second, nil).into(t, &q)
	require.Len(t, q.Items, 1)
	require.NotEqual(t, first, q.Items[0].ID)
}

func TestDecide_TwoAtOnceIsOneDecision(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.inReview()
	second := e.newKey("moderator", "Ben")
	version := 0
	var v storyView
	e.want(200, "GET", "/v1/stories/"+b.Story.ID, second, nil).into(t, &v)
	version = int(v.Version)
	var mu sync.Mutex
	got := map[int][]string{}
	var wg sync.WaitGroup
	for i := range 8 {
		key, action := e.keys[account.Moderator], map[string]any{"action": "approve", "version": version}
		if i%2 == 1 {
			key, action = second, map[string]any{"action": "reject", "reason": "spam", "version": version}
		}
		wg.Go(func() {
			a := e.do("POST", "/v1/stories/"+b.Story.ID+"/decisions", key, action)
			mu.Lock()
			defer mu.Unlock()
			got[a.status] = append(got[a.status], string(a.body))
		})
	}
	wg.Wait()
	require.Len(t, got[200], 4, "the winner's presses are one decision")
	require.Len(t, got[409], 4)
	for _, body := range got[409] {
		require.Contains(t, body, `"decided_by":`)
		require.Contains(t, body, `"decided_at":`)
	}
	lines, err := e.stories.History(ctx, b.Story.ID)
	require.NoError(t, err)
	decisions := 0
	for _, l := range lines {
		if l.Actor.Role == account.Moderator {
			decisions++
		}
	}
	require.Equal(t, 1, decisions)
}

func TestDecide_HideRestoreEscalateAndReasons(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	mod := e.keys[account.Moderator]
	decide := func(status int, id string, d map[string]any) answer {
		return e.want(status, "POST", "/v1/stories/"+id+"/decisions", mod, d)
	}
	b := e.inReview()
	require.Equal(t, "decision.reason", decide(422, b.Story.ID, map[string]any{"action": "reject"}).code(t))
	require.Equal(t, "decision.reason",
		decide(422, b.Story.ID, map[string]any{"action": "reject", "reason": "because"}).code(t))
	require.Equal(t, "invalid", decide(422, b.Story.ID, map[string]any{"action": "publish"}).code(t))
	require.Equal(t, "story.stale", decide(409, b.Story.ID, map[string]any{"action": "approve", "version": 1}).code(t))
	decide(200, b.Story.ID, map[string]any{"action": "escalate", "note": "look at this"})
	reject := map[string]any{"action": "reject", "reason": "spam"}
	require.Equal(t, "story.escalated", decide(403, b.Story.ID, reject).code(t))
	for _, path := range []string{"", "/history", "/related", "/captions/en", "/events"} {
		require.Equal(t, "story.escalated", e.want(403, "GET", "/v1/stories/"+b.Story.ID+path, mod, nil).code(t))
	}
	var found StoryList
	e.want(200, "GET", "/v1/campaigns/"+e.slug+"/stories?q="+b.Story.ID, mod, nil).into(t, &found)
	require.Empty(t, found.Items)
	e.want(403, "GET", "/v1/review/queue?escalated=true", mod, nil)
	e.want(403, "POST", "/v1/review/claims", mod, map[string]any{"escalated": true})

	lead := e.keys[account.Lead]
	var q queueView
	e.want(200, "GET", "/v1/review/queue?escalated=true", lead, nil).into(t, &q)
	require.Len(t, q.Items, 1)
	require.Equal(t, "unsure", q.Items[0].Escalation.Kind)
	require.Equal(t, "look at this", q.Items[0].Escalation.Note)
	e.want(200, "POST", "/v1/stories/"+b.Story.ID+"/decisions", lead, reject)
	decide(200, b.Story.ID, map[string]any{"action": "restore"})
	require.Equal(t, "in_review", e.state(b.Story.ID))

	p := e.published()
	decide(200, p.Story.ID, map[string]any{"action": "hide", "reason": "privacy"})
	require.Empty(t, e.feedIDs(""))
	e.want(404, "GET", "/v1/feed/"+p.Story.ID, "", nil)
	decide(200, p.Story.ID, map[string]any{"action": "restore"})
	require.Equal(t, "approved", e.state(p.Story.ID))

	var h struct{ Items []entryView }
	e.want(200, "GET", "/v1/stories/"+p.Story.ID+"/history", e.keys[account.Creative], nil).into(t, &h)
	require.Equal(t, "restored", h.Items[len(h.Items)-1].Event)
	require.Equal(t, "moderator (key of moderator)", h.Items[len(h.Items)-1].Actor.Name)
}

func TestQueue_IsNarrowedByWhatStoriesAre(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	mod := e.keys[account.Moderator]
	e.beginWith = func(body map[string]any) { body["contributor"].(map[string]any)["locale"] = "en-US" }
	b := e.inReview() // from DE, 20 s
	claimed := func(filter map[string]any) int {
		var list StoryList
		e.want(200, "POST", "/v1/review/claims", mod, filter).into(t, &list)
		for _, it := range list.Items {
			e.want(204, "DELETE", "/v1/review/claims/"+it.ID, mod, nil)
		}
		return len(list.Items)
	}
	for name, f := range map[string]struct {
		filter map[string]any
		n      int
	}{
		"its language": {map[string]any{"language": []string{"fr", "en-GB"}}, 1},
		"another":      {map[string]any{"language": []string{"fr"}}, 0},
		"its country":  {map[string]any{"country": []string{"de"}}, 1},
		"its length":   {map[string]any{"min_duration_ms": 20_000, "max_duration_ms": 20_000}, 1},
		"longer":       {map[string]any{"min_duration_ms": 20_001}, 0},
		"no warning":   {map[string]any{"unwarned": true}, 1},
		"a warning":    {map[string]any{"warning": []string{"silent"}}, 0},
	} {
		require.Equal(t, f.n, claimed(f.filter), name)
	}
	var q queueView
	e.want(200, "GET", "/v1/review/queue?language=en,fr&country=DE&max_duration_ms=30000", mod, nil).into(t, &q)
	require.EqualValues(t, 1, q.Waiting)
	require.Equal(t, b.Story.ID, q.Items[0].ID)
	e.want(200, "GET", "/v1/review/queue?language=fr", mod, nil).into(t, &q)
	require.Zero(t, q.Waiting)
	for _, bad := range []string{"language=12", "min_duration_ms=2&max_duration_ms=1", "unwarned=true&warning=dark"} {
		require.Equal(t, "queue.filter", e.want(422, "GET", "/v1/review/queue?"+bad, mod, nil).code(t), bad)
	}
}

func TestDecide_RecordsThatTheVideoWasNotPlayed(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	mod := e.keys[account.Moderator]
	for i, unplayed := range []bool{true, false} {
		b := e.inReview()
		e.want(200, "POST", "/v1/stories/"+b.Story.ID+"/decisions", mod,
			map[string]any{"action": "approve", "unplayed": unplayed})
		var h struct{ Items []entryView }
		e.want(200, "GET", "/v1/stories/"+b.Story.ID+"/history", mod, nil).into(t, &h)
		require.Equal(t, unplayed, h.Items[len(h.Items)-1].Unplayed)
		var report reportView
		e.want(200, "GET", "/v1/review/report", mod, nil).into(t, &report)
		require.EqualValues(t, 1, report.Moderators[0].Unplayed)
		require.EqualValues(t, i+1, report.Moderators[0].Approved)
	}
}

func TestReasons_OfACampaign(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	mod := e.keys[account.Moderator]
	e.want(200, "PUT", "/v1/campaigns/"+e.slug, e.keys[account.Admin], map[string]any{"reasons": []map[string]any{
		{
			"code":    "wrong_song",
			"detail":  "Not a song of this album.",
			"locales": map[string]string{"de": "Nicht vom Album."},
		},
		{"code": "spam"},
	}})
	e.beginWith = func(body map[string]any) { body["contributor"].(map[string]any)["locale"] = "de" }
	codes := func(query string) (out []string) {
		var list struct{ Items []reasonView }
		e.want(200, "GET", "/v1/review/reasons"+query, mod, nil).into(t, &list)
		for _, r := range list.Items {
			require.NotEmpty(t, r.Detail, r.Code)
			out = append(out, r.Code)
		}
		return out
	}
	require.Equal(t, []string{"wrong_song", "spam"}, codes("?campaign="+e.slug))
	require.Len(t, codes(""), 11)
	b := e.inReview()
	reject := func(status int, code string) answer {
		return e.want(status, "POST", "/v1/stories/"+b.Story.ID+"/decisions", mod,
			map[string]any{"action": "reject", "reason": code})
	}
	require.Equal(t, "decision.reason", reject(422, "quality").code(t))
	reject(200, "wrong_song")
	var v storyView
	e.want(200, "GET", "/v1/stories/"+b.Story.ID, b.Token, nil).into(t, &v)
	require.Equal(t, "wrong_song", v.Reason.Code)
	require.Equal(t, "Nicht vom Album.", v.Reason.Detail, "in the contributor's language")
}

func TestQueue_ShowsWhoHoldsStories(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.inReview()
	e.inReview()
	e.want(200, "POST", "/v1/review/claims", e.newKey("moderator", "Ben"), map[string]any{"count": 1})
	var q queueView
	e.want(200, "GET", "/v1/review/queue", e.keys[account.Moderator], nil).into(t, &q)
	require.Len(t, q.Colleagues, 1)
	require.Equal(t, "Ben (script)", q.Colleagues[0].Name)
	require.EqualValues(t, 1, q.Colleagues[0].Holding)
}

func TestLookup_FindsStoriesInAnyState(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	mod := e.keys[account.Moderator]
	waiting, rejected, public := e.inReview(), e.inReview(), e.published()
	e.want(200, "POST", "/v1/stories/"+rejected.Story.ID+"/decisions", mod,
		map[string]any{"action": "reject", "reason": "spam"})
	find := func(query string) []string {
		var list StoryList
		e.want(200, "GET", "/v1/campaigns/"+e.slug+"/stories"+query, mod, nil).into(t, &list)
		ids := []string{}
		for _, it := range list.Items {
			ids = append(ids, it.ID)
		}
		return ids
	}
	require.Equal(t, []string{rejected.Story.ID, public.Story.ID, waiting.Story.ID}, find(""),
		"most recently changed first")
	require.Equal(t, []string{rejected.Story.ID, public.Story.ID}, find("?state=rejected,published"))
	require.Equal(t, []string{waiting.Story.ID}, find("?q="+waiting.Story.ID))
	require.Len(t, find("?q=BOWIE"), 3)
	require.Len(t, find("?q=zo%C3%AB"), 3)
	require.Empty(t, find("?q=%25"), "a percent sign is a percent sign")
	var page StoryList
	e.want(200, "GET", "/v1/campaigns/"+e.slug+"/stories?limit=2", mod, nil).into(t, &page)
	require.Equal(t, []string{waiting.Story.ID}, find("?limit=2&cursor="+page.Next))
}
