package api

import (
	"encoding/csv"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestReview_TwoModeratorsNeverGetTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 4 {
		w.inReview()
	}
	second := w.secondModerator()
	claim := func(key string, n int) []string {
		var list struct{ Items []storyView }
		w.want(200, "POST", "/v1/review/claims", key, map[string]any{"count": n}).into(t, &list)
		var ids []string
		for _, it := range list.Items {
			require.True(t, it.Claim.Mine)
			require.NotEmpty(t, it.Review.Video)
			ids = append(ids, it.ID)
		}
		return ids
	}
	mine := claim(w.keys[account.Moderator], 2)
	theirs := claim(second, 4)
	require.Len(t, mine, 2)
	require.Len(t, theirs, 2)
	require.NotSubset(t, mine, theirs)
	require.Equal(t, mine, claim(w.keys[account.Moderator], 2), "what is held is given again, not more")

	a := w.want(409, "POST", "/v1/stories/"+mine[0]+"/decisions", second, map[string]any{"action": "approve"})
	require.Equal(t, "story.claimed", a.code(t))
	require.Contains(t, string(a.body), "key of moderator")
	w.want(204, "DELETE", "/v1/review/claims/"+mine[0], w.keys[account.Moderator], nil)
	w.want(200, "POST", "/v1/stories/"+mine[0]+"/decisions", second, map[string]any{"action": "approve"})

	var q queueView
	w.want(200, "GET", "/v1/review/queue?limit=2", second, nil).into(t, &q)
	require.EqualValues(t, 3, q.Waiting)
	require.Len(t, q.Items, 2)
	require.NotEmpty(t, q.Next)
	first := q.Items[0].ID
	w.want(200, "GET", "/v1/review/queue?limit=2&cursor="+q.Next, second, nil).into(t, &q)
	require.Len(t, q.Items, 1)
	require.NotEqual(t, first, q.Items[0].ID)
}

func (w *world) secondModerator() string {
	w.t.Helper()
	var k struct{ Key string }
	w.want(201, "POST", "/v1/admin/keys", w.keys[account.Admin], map[string]any{"role": "moderator", "name": "Ben"}).
		into(w.t, &k)
	return k.Key
}

func TestDecide_TwoAtOnceIsOneDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.inReview()
	second := w.secondModerator()
	version := 0
	var v storyView
	w.want(200, "GET", "/v1/stories/"+b.Story.ID, second, nil).into(t, &v)
	version = int(v.Version)
	var mu sync.Mutex
	got := map[int][]string{}
	var wg sync.WaitGroup
	for i := range 8 {
		key, action := w.keys[account.Moderator], map[string]any{"action": "approve", "version": version}
		if i%2 == 1 {
			key, action = second, map[string]any{"action": "reject", "reason": "spam", "version": version}
		}
		wg.Go(func() {
			a := w.do("POST", "/v1/stories/"+b.Story.ID+"/decisions", key, action)
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
	lines, err := w.stories.History(ctx, b.Story.ID)
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
	w := newWorld(t)
	mod := w.keys[account.Moderator]
	decide := func(status int, id string, d map[string]any) answer {
		return w.want(status, "POST", "/v1/stories/"+id+"/decisions", mod, d)
	}
	b := w.inReview()
	require.Equal(t, "decision.reason", decide(422, b.Story.ID, map[string]any{"action": "reject"}).code(t))
	require.Equal(t, "decision.reason",
		decide(422, b.Story.ID, map[string]any{"action": "reject", "reason": "because"}).code(t))
	require.Equal(t, "invalid", decide(422, b.Story.ID, map[string]any{"action": "publish"}).code(t))
	require.Equal(t, "story.stale", decide(409, b.Story.ID, map[string]any{"action": "approve", "version": 1}).code(t))
	decide(200, b.Story.ID, map[string]any{"action": "escalate", "note": "look at this"})
	var q queueView
	w.want(200, "GET", "/v1/review/queue?escalated=true", mod, nil).into(t, &q)
	require.Len(t, q.Items, 1)
	decide(200, b.Story.ID, map[string]any{"action": "reject", "reason": "spam"})
	decide(200, b.Story.ID, map[string]any{"action": "restore"})
	require.Equal(t, "in_review", w.state(b.Story.ID))

	p := w.published()
	decide(200, p.Story.ID, map[string]any{"action": "hide", "reason": "privacy"})
	require.Empty(t, w.feedIDs(""))
	w.want(404, "GET", "/v1/feed/"+p.Story.ID, "", nil)
	decide(200, p.Story.ID, map[string]any{"action": "restore"})
	require.Equal(t, "approved", w.state(p.Story.ID))

	var h struct{ Items []entryView }
	w.want(200, "GET", "/v1/stories/"+p.Story.ID+"/history", w.keys[account.Creative], nil).into(t, &h)
	require.Equal(t, "restored", h.Items[len(h.Items)-1].Event)
	require.Equal(t, "key of moderator", h.Items[len(h.Items)-1].Actor.Name)
}

func TestLookupAndFunnel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mod := w.keys[account.Moderator]
	waiting, rejected, public := w.inReview(), w.inReview(), w.published()
	w.want(200, "POST", "/v1/stories/"+rejected.Story.ID+"/decisions", mod,
		map[string]any{"action": "reject", "reason": "spam"})
	find := func(query string) []string {
		var list StoryList
		w.want(200, "GET", "/v1/campaigns/"+w.slug+"/stories"+query, mod, nil).into(t, &list)
		ids := []string{}
		for _, it := range list.Items {
			ids = append(ids, it.ID)
		}
		return ids
	}
	require.Equal(t, []string{rejected.Story.ID, public.Story.ID, waiting.Story.ID}, find(""), "lately changed first")
	require.Equal(t, []string{rejected.Story.ID, public.Story.ID}, find("?state=rejected,published"))
	require.Equal(t, []string{waiting.Story.ID}, find("?q="+waiting.Story.ID))
	require.Len(t, find("?q=BOWIE"), 3)
	require.Len(t, find("?q=zo%C3%AB"), 3)
	require.Empty(t, find("?q=%25"), "a percent sign is a percent sign")
	var page StoryList
	w.want(200, "GET", "/v1/campaigns/"+w.slug+"/stories?limit=2", mod, nil).into(t, &page)
	require.Equal(t, []string{waiting.Story.ID}, find("?limit=2&cursor="+page.Next))

	var f funnelView
	w.want(200, "GET", "/v1/campaigns/"+w.slug+"/funnel", mod, nil).into(t, &f)
	require.Equal(t, map[string]int64{"in_review": 1, "rejected": 1, "published": 1}, f.States)
	require.Len(t, f.Steps, 6)
	for i, reached := range []int64{3, 3, 3, 2, 1, 0} {
		require.Equal(t, reached, f.Steps[i].Reached, f.Steps[i].Name)
		if i > 0 {
			require.EqualValues(t, reached, f.Steps[i].Sample, f.Steps[i].Name)
		}
	}
	w.want(200, "PUT", "/v1/campaigns/"+w.slug+"/selection/ad-1", w.keys[account.Creative],
		map[string]any{"story": public.Story.ID})
	w.want(200, "GET", "/v1/campaigns/"+w.slug+"/funnel", mod, nil).into(t, &f)
	require.EqualValues(t, 1, f.Steps[5].Reached)
	require.Positive(t, f.Steps[5].MedianSeconds)
}

func TestFeed_PublicFieldsOnlyAndCaching(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.published()
	w.inReview()
	a := w.want(200, "GET", "/v1/campaigns/"+w.slug+"/feed", "", nil)
	require.Len(t, w.feedIDs(""), 1)
	for _, private := range []string{
		"zoe@private.example", "127.0.0.1\"", "incoming/", "sources/", "review/", "release", "text_sha256", "claim",
		"findings", b.Token,
	} {
		require.NotContains(t, string(a.body), private)
	}
	for _, public := range []string{"Heroes", "Zoë", "/public/" + b.Story.ID + "/2/master.m3u8", `"width":1080`} {
		require.Contains(t, string(a.body), public)
	}
	tag := a.header.Get("ETag")
	require.NotEmpty(t, tag)
	require.Contains(t, a.header.Get("Cache-Control"), "public")
	same := w.want(304, "GET", "/v1/campaigns/"+w.slug+"/feed", "", nil, "If-None-Match", tag)
	require.Empty(t, same.body)
	require.Equal(t, tag, same.header.Get("ETag"))

	require.Len(t, w.feedIDs("?song=HEROES&country=de"), 1)
	require.Empty(t, w.feedIDs("?song=Yellow"))
	require.Empty(t, w.feedIDs("?country=FR"))
	c := w.published()
	require.Equal(t, []string{c.Story.ID, b.Story.ID}, w.feedIDs(""))
	var page feedPage
	w.want(200, "GET", "/v1/campaigns/"+w.slug+"/feed?limit=1", "", nil).into(t, &page)
	require.Equal(t, []string{b.Story.ID}, w.feedIDs("?limit=1&cursor="+page.Next))
	require.Equal(t, "cursor.invalid",
		w.want(422, "GET", "/v1/campaigns/"+w.slug+"/feed?cursor=nonsense", "", nil).code(t))
}

func TestBoard_ShortlistSelectionAndExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cre := w.keys[account.Creative]
	base := "/v1/campaigns/" + w.slug
	a, b, c, d := w.published(), w.published(), w.published(), w.published()
	waiting := w.inReview()
	var found StoryList
	w.want(200, "GET", base+"/search?q=roof&orientation=portrait&limit=3", cre, nil).into(t, &found)
	require.Len(t, found.Items, 3)
	w.want(200, "GET", base+"/search?q=roof&limit=3&cursor="+found.Next, cre, nil).into(t, &found)
	require.Len(t, found.Items, 1)
	var facets struct{ Items []facetView }
	w.want(200, "GET", base+"/facets", cre, nil).into(t, &facets)
	require.Contains(t, facets.Items, facetView{"song", "Heroes", 4})

	w.want(204, "PUT", base+"/shortlist/"+a.Story.ID, cre, map[string]any{"note": "=HYPERLINK(\"x\")"})
	require.Equal(t, "board.not_published",
		w.want(409, "PUT", base+"/shortlist/"+waiting.Story.ID, cre, map[string]any{}).code(t))
	pick := func(status int, slot, id string) answer {
		return w.want(status, "PUT", base+"/selection/"+slot, cre, map[string]any{"story": id, "note": "=1+1"})
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
	w.want(200, "GET", base+"/selection/export", cre, nil).into(t, &export)
	require.Len(t, export.Items, 3)
	first := export.Items[0]
	require.True(t, first.Usable)
	require.Equal(t, "You may use my video in advertising for two years.", first.ReleaseText)
	require.Equal(t, "abc", first.Release.SourceSHA256)
	require.Contains(t, first.SourceURL, "X-Amz-Signature")
	sheet := w.want(200, "GET", base+"/selection/export?format=csv", cre, nil)
	require.Contains(t, sheet.header.Get("Content-Disposition"), "attachment")
	rows, err := csv.NewReader(strings.NewReader(string(sheet.body))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 4)
	for _, row := range rows {
		for _, cell := range row {
			require.False(t, strings.HasPrefix(cell, "="), "a formula: %s", cell)
		}
	}

	w.want(200, "DELETE", "/v1/stories/"+b.Story.ID, b.Token, nil)
	var after struct{ Items []exportView }
	w.want(200, "GET", base+"/selection/export", cre, nil).into(t, &after)
	for _, it := range after.Items {
		require.Equal(t, it.StoryID != b.Story.ID, it.Usable)
		require.Equal(t, it.Usable, it.SourceURL != "", "no source of a withdrawn story leaves")
	}
	w.want(204, "DELETE", base+"/selection/ad-2", cre, nil)
	pick(200, "ad-2", d.Story.ID)
}

func TestSessions_CookieAndCrossSite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	signIn := map[string]any{"email": "moderator@example.com", "password": "correct horse battery"}
	require.Equal(t, "auth.invalid",
		w.want(401, "POST", "/v1/sessions", "", map[string]any{"email": "moderator@example.com", "password": "wrong"}).
			code(t))
	require.Equal(t, "auth.invalid",
		w.want(401, "POST", "/v1/sessions", "", map[string]any{"email": "nobody@example.com", "password": "wrong"}).
			code(t))
	a := w.want(201, "POST", "/v1/sessions", "", signIn)
	cookies := (&http.Response{Header: a.header}).Cookies()
	require.Len(t, cookies, 1)
	require.True(t, cookies[0].HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, cookies[0].SameSite)
	cookie := cookies[0].Name + "=" + cookies[0].Value
	var me meView
	w.want(200, "GET", "/v1/sessions/me", "", nil, "Cookie", cookie).into(t, &me)
	require.Equal(t, []account.Role{account.Moderator}, me.Roles)

	b := w.inReview()
	decision := map[string]any{"action": "approve"}
	path := "/v1/stories/" + b.Story.ID + "/decisions"
	require.Equal(t, "auth.cross_site",
		w.want(403, "POST", path, "", decision, "Cookie", cookie, "Sec-Fetch-Site", "cross-site").code(t))
	require.Equal(t, "auth.cross_site",
		w.want(403, "POST", path, "", decision, "Cookie", cookie, "Origin", "https://brand.example").code(t))
	require.Equal(t, "in_review", w.state(b.Story.ID))
	w.want(200, "POST", path, "", decision, "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
	w.want(204, "DELETE", "/v1/sessions/me", "", nil, "Cookie", cookie)
	w.want(401, "GET", "/v1/sessions/me", "", nil, "Cookie", cookie)
}

func TestCORS_TokensFromListedOriginsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/campaigns/" + w.slug
	a := w.want(200, "GET", path, "", nil, "Origin", "https://brand.example")
	require.Equal(t, "https://brand.example", a.header.Get("Access-Control-Allow-Origin"))
	require.Empty(t, a.header.Get("Access-Control-Allow-Credentials"))
	a = w.want(200, "GET", path, "", nil, "Origin", "https://evil.example")
	require.Empty(t, a.header.Get("Access-Control-Allow-Origin"))
	a = w.want(204, "OPTIONS", path+"/stories", "", nil, "Origin", "https://brand.example",
		"Access-Control-Request-Method", "POST")
	require.Contains(t, a.header.Get("Access-Control-Allow-Headers"), "Idempotency-Key")
}

func TestAdmin_CampaignsUsersAndKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.keys[account.Admin]
	body := map[string]any{
		"slug": "summer", "title": "Summer",
		"limits": map[string]any{"max_bytes": 0, "min_duration_ms": 1000, "max_duration_ms": 60000, "min_age": 16},
	}
	var c campaignView
	w.want(201, "POST", "/v1/campaigns", admin, body).into(t, &c)
	require.EqualValues(t, 2<<30, c.Limits.MaxBytes)
	require.EqualValues(t, 60000, c.Limits.MaxDurationMS)
	require.Equal(t, "campaign.exists", w.want(409, "POST", "/v1/campaigns", admin, body).code(t))
	w.want(200, "PUT", "/v1/campaigns/summer", admin, map[string]any{"title": "Late summer"}).into(t, &c)
	require.Equal(t, "Late summer", c.Title)
	require.EqualValues(t, 16, c.Limits.MinAge, "absent fields stay")
	var f formView
	for want := 1; want <= 2; want++ {
		w.want(201, "POST", "/v1/campaigns/summer/release-forms", admin,
			map[string]any{"text": "You may use my video, all of it."}).into(t, &f)
		require.Equal(t, want, f.Version)
	}
	var u userView
	w.want(201, "POST", "/v1/admin/users", admin,
		map[string]any{"email": "new@example.com", "roles": []string{"creative"}}).into(t, &u)
	require.Equal(t, "user.invalid",
		w.want(422, "POST", "/v1/admin/users", admin,
			map[string]any{"email": "x@example.com", "roles": []string{"system"}}).code(t))
	key := w.secondModerator()
	w.want(200, "GET", "/v1/review/queue", key, nil)
	var keys struct{ Items []KeyView }
	w.want(200, "GET", "/v1/admin/keys", admin, nil).into(t, &keys)
	for _, k := range keys.Items {
		if k.Name == "Ben" {
			w.want(204, "DELETE", "/v1/admin/keys/"+k.ID, admin, nil)
		}
	}
	w.want(401, "GET", "/v1/review/queue", key, nil)
}

func TestHealth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(200, "GET", "/healthz", "", nil)
	a := w.want(503, "GET", "/readyz", "", nil)
	require.Contains(t, string(a.body), "not ready", "a service without checks is not ready")
	w.want(401, "GET", "/metrics", "", nil)
	w.want(403, "GET", "/metrics", w.keys[account.Creative], nil)
}
