package api

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
)

func TestBegin_RefusesWithACodeAndNoEcho(t *testing.T) {
	t.Parallel()
	e := newEnv(t, func(c *campaign.Campaign) {
		c.Countries, c.Limits.MaxBytes = []string{"DE", "AT"}, 1<<20
	})
	for name, x := range map[string]struct {
		body   map[string]any
		status int
		code   string
	}{
		"empty file":    {beginBody(0), 422, "empty_file"},
		"too large":     {beginBody(1<<20 + 1), 413, "too_large"},
		"other country": {patch(beginBody(5), "FR", "contributor", "country"), 403, "campaign.country"},
		"not agreed":    {patch(beginBody(5), false, "release", "agreed"), 422, "release.required"},
		"too young":     {patch(beginBody(5), false, "release", "of_age"), 422, "release.age"},
		"others":        {patch(beginBody(5), false, "release", "others_agreed"), 422, "release.others"},
		"other version": {patch(beginBody(5), 7, "release", "version"), 409, "release.outdated"},
		"no song":       {patch(beginBody(5), "  ", "song", "title"), 422, "story.invalid"},
		"script link":   {patch(beginBody(5), "javascript:alert(1)", "song", "link"), 422, "story.invalid"},
		"bad e-mail":    {patch(beginBody(5), "SECRET-VALUE", "contributor", "email"), 422, "story.invalid"},
		"unknown field": {patch(beginBody(5), "SECRET-VALUE", "surprise"), 422, "invalid"},
		"wrong type":    {patch(beginBody(5), "SECRET-VALUE", "file", "bytes"), 422, "invalid"},
		"header in type": {
			patch(beginBody(5), "video/mp4\r\nX-Evil: 1", "file", "content_type"), 422, "story.invalid",
		},
		"checksum no b64": {patch(beginBody(5), "SECRET-VALUE", "file", "sha256"), 422, "story.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := e.do("POST", "/v1/campaigns/"+e.slug+"/stories", "", x.body)
			require.Equal(t, x.status, a.status, string(a.body))
			require.Equal(t, x.code, a.code(t))
			require.NotContains(t, string(a.body), "SECRET-VALUE")
		})
	}
}

func TestErrors_OutsideOperationsAreProblemsToo(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	require.Equal(t, "campaign.unknown", e.want(404, "POST", "/v1/campaigns/nope/stories", "", beginBody(5)).code(t))
	require.Equal(t, "malformed",
		e.want(400, "POST", "/v1/campaigns/"+e.slug+"/stories", "", nil, "Content-Type", "application/json").code(t))
	require.Equal(t, "not_found", e.want(404, "GET", "/v1/nothing", "", nil).code(t))
	require.Equal(t, "method_not_allowed", e.want(405, "PATCH", "/v1/campaigns", "", nil).code(t))
}

func TestBegin_OneAddressCannotCrowdOutTheRest(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.begin(700 << 20)
	a := e.want(429, "POST", "/v1/campaigns/"+e.slug+"/stories", "", beginBody(700<<20))
	require.Equal(t, "rate_limited", a.code(t))
	require.NotEmpty(t, a.header.Get("Retry-After"))
	e.begin(5)
}

func TestBegin_HoldsToTheWindow(t *testing.T) {
	t.Parallel()
	closed := newEnv(t, func(c *campaign.Campaign) {
		c.OpensAt, c.ClosesAt = time.Now().Add(-time.Hour), time.Now().Add(-time.Minute)
	})
	require.Equal(t, "campaign.closed",
		closed.want(403, "POST", "/v1/campaigns/"+closed.slug+"/stories", "", beginBody(5)).code(t))
	early := newEnv(t, func(c *campaign.Campaign) { c.OpensAt = time.Now().Add(time.Hour) })
	require.Equal(t, "campaign.not_open",
		early.want(403, "POST", "/v1/campaigns/"+early.slug+"/stories", "", beginBody(5)).code(t))
}

func TestBegin_RecordsTheRelease(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.begin(5)
	require.Equal(t, e.slug, b.Story.Campaign)
	r := b.Story.Release
	require.Equal(t, campaign.HashText("You may use my video in advertising for two years."), r.TextSHA256)
	require.Equal(t, 1, r.Version)
	require.Equal(t, "en", r.Locale)
	require.Equal(t, "127.0.0.1", r.Address)
	require.WithinDuration(t, time.Now(), r.AgreedAt, time.Minute)
	require.True(t, r.OfAge && r.OthersAgreed)
}

func TestBegin_PressedTwiceIsOneStory(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	const key = "0d0d7cb4-6f62-4a3c-9f5f-0c1f0f6f1f11"
	var mu sync.Mutex
	seen := map[string]string{}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			a := e.do("POST", "/v1/campaigns/"+e.slug+"/stories", "", beginBody(5), "Idempotency-Key", key)
			if a.status != 201 {
				t.Errorf("%d %s", a.status, a.body)
				return
			}
			var b begunStory
			a.into(t, &b)
			mu.Lock()
			defer mu.Unlock()
			seen[b.Token] = b.Story.ID
		})
	}
	wg.Wait()
	require.Len(t, seen, 6)
	var id string
	for token, story := range seen {
		if id == "" {
			id = story
		}
		require.Equal(t, id, story)
		e.want(200, "GET", "/v1/stories/"+story, token, nil)
	}
	require.Equal(t, "idempotency.mismatch",
		e.want(409, "POST", "/v1/campaigns/"+e.slug+"/stories", "", beginBody(6), "Idempotency-Key", key).code(t))
}

func TestWithdraw_OffAtOnceForOwnerAndAdmin(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.published()
	require.Equal(t, []string{b.Story.ID}, e.feedIDs(""))
	e.want(403, "DELETE", "/v1/stories/"+b.Story.ID, e.keys[account.Creative], nil)
	e.want(200, "DELETE", "/v1/stories/"+b.Story.ID, b.Token, nil)
	e.want(200, "DELETE", "/v1/stories/"+b.Story.ID, b.Token, nil)
	require.Empty(t, e.feedIDs(""))
	e.want(404, "GET", "/v1/feed/"+b.Story.ID, "", nil)
	require.Equal(t, "withdrawn", e.state(b.Story.ID))
}

func TestBegin_AnswersAndCut(t *testing.T) {
	t.Parallel()
	e := newEnv(t, func(c *campaign.Campaign) {
		c.Questions = []campaign.Question{
			{ID: "who", Label: "Who was with you?", Kind: campaign.ShortText, Required: true},
			{ID: "mood", Label: "How did it feel?", Kind: campaign.Choice, Choices: []string{"light", "heavy"}},
		}
	})
	var c campaignView
	e.want(200, "GET", "/v1/campaigns/"+e.slug, "", nil).into(t, &c)
	require.Equal(t,
		[]questionView{
			{ID: "who", Label: "Who was with you?", Kind: "text", Required: true},
			{ID: "mood", Label: "How did it feel?", Kind: "choice", Choices: []string{"light", "heavy"}},
		}, c.Questions)

	path := "/v1/campaigns/" + e.slug + "/stories"
	require.Equal(t, "answer.required", e.want(422, "POST", path, "", beginBody(5)).code(t))
	body := patch(beginBody(5), map[string]string{"who": "  Ana\u202e ", "mood": "light"}, "answers")
	require.Equal(t, "cut.invalid",
		e.want(422, "POST", path, "", patch(body, map[string]int{"from_ms": 5000, "to_ms": 4000}, "cut")).code(t))
	require.Equal(t, "too_short",
		e.want(422, "POST", path, "", patch(body, map[string]int{"from_ms": 5000, "to_ms": 5500}, "cut")).code(t))
	require.Equal(t, "too_long",
		e.want(422, "POST", path, "", patch(body, map[string]int{"from_ms": 0, "to_ms": 600_000}, "cut")).code(t))
	var b begunStory
	e.want(201, "POST", path, "", patch(body, map[string]int{"from_ms": 1500, "to_ms": 9000}, "cut")).into(t, &b)
	require.Equal(t,
		[]campaign.Answer{
			{ID: "who", Label: "Who was with you?", Value: "Ana"},
			{ID: "mood", Label: "How did it feel?", Value: "light"},
		}, b.Story.Answers)
	require.Equal(t, &cutView{1500, 9000}, b.Story.Cut)
	var whole begunStory
	e.want(201, "POST", path, "", patch(body, map[string]int{"from_ms": 0, "to_ms": 0}, "cut")).into(t, &whole)
	require.Nil(t, whole.Story.Cut, "the whole video is no cut")
}
