package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestCaptions_PublicWhileTheirStoryIs(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.inReview()
	path := "/v1/stories/" + b.Story.ID + "/captions/"
	key := e.keys[account.Moderator]
	srt := map[string]any{"vtt": "1\n00:00:01,000 --> 00:00:02,000\nWe <b>danced</b> & sang\n", "label": "English"}
	e.want(401, "PUT", path+"en", b.Token, srt)
	require.Equal(t, "caption.invalid", e.want(422, "PUT", path+"en", key, map[string]any{"vtt": "hello"}).code(t))
	require.Equal(t, "caption.invalid", e.want(422, "PUT", path+"not%20a%20language", key, srt).code(t))
	e.want(200, "PUT", path+"en", key, srt)
	a := e.want(200, "GET", path+"en", b.Token, nil)
	require.Equal(t, "text/vtt; charset=utf-8", a.header.Get("Content-Type"))
	require.Equal(t, "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nWe danced &amp; sang\n", string(a.body))
	e.want(404, "GET", "/v1/feed/"+b.Story.ID+"/captions/en", "", nil)

	p := e.published()
	e.want(200, "PUT", "/v1/stories/"+p.Story.ID+"/captions/pt-BR", e.keys[account.Creative], srt)
	var item feedItem
	e.want(200, "GET", "/v1/feed/"+p.Story.ID, "", nil).into(t, &item)
	require.Empty(t, item.Captions, "no moderator has seen them")
	feedPath := "/v1/feed/" + p.Story.ID + "/captions/pt-BR"
	require.Equal(t, "caption.unknown", e.want(404, "GET", feedPath, "", nil).code(t))
	var pending items[pendingView]
	e.want(200, "GET", "/v1/review/captions", key, nil).into(t, &pending.Body)
	require.Len(t, pending.Body.Items, 1)
	require.Equal(t, p.Story.ID, pending.Body.Items[0].Story)
	approval := "/v1/stories/" + p.Story.ID + "/captions/pt-BR/approval"
	version := map[string]any{"version": pending.Body.Items[0].Version}
	e.want(403, "POST", approval, e.keys[account.Creative], version)
	require.Equal(t, "caption.stale", e.want(409, "POST", approval, key, map[string]any{"version": "x"}).code(t))
	e.want(204, "POST", approval, key, version)
	e.want(200, "GET", "/v1/feed/"+p.Story.ID, "", nil).into(t, &item)
	require.Len(t, item.Captions, 1)
	require.Equal(t, "pt-BR", item.Captions[0].Locale)
	require.True(t,
		strings.HasPrefix(item.Captions[0].URL, "http://stories.test/v1/feed/"+p.Story.ID+"/captions/pt-BR?v="),
		item.Captions[0].URL)
	a = e.want(200, "GET", strings.TrimPrefix(item.Captions[0].URL, "http://stories.test"), "", nil, "Origin",
		"https://brand.example")
	require.Equal(t, "*", a.header.Get("Access-Control-Allow-Origin"))
	e.want(200, "POST", "/v1/stories/"+p.Story.ID+"/decisions", key,
		map[string]any{"action": "hide", "reason": "other"})
	e.want(404, "GET", "/v1/feed/"+p.Story.ID+"/captions/pt-BR", "", nil)
	e.want(204, "DELETE", path+"en", key, nil)
	e.want(404, "GET", path+"en", key, nil)
}
