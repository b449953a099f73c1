package api

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFeed_PublicFieldsOnlyAndCaching(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.published()
	e.inReview()
	a := e.want(200, "GET", "/v1/campaigns/"+e.slug+"/feed", "", nil)
	require.Len(t, e.feedIDs(""), 1)
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
	same := e.want(304, "GET", "/v1/campaigns/"+e.slug+"/feed", "", nil, "If-None-Match", tag)
	require.Empty(t, same.body)
	require.Equal(t, tag, same.header.Get("ETag"))

	require.Len(t, e.feedIDs("?song=HEROES&country=de"), 1)
	require.Empty(t, e.feedIDs("?song=Yellow"))
	require.Empty(t, e.feedIDs("?country=FR"))
	c := e.published()
	require.Equal(t, []string{c.Story.ID, b.Story.ID}, e.feedIDs(""))
	var page feedPage
	e.want(200, "GET", "/v1/campaigns/"+e.slug+"/feed?limit=1", "", nil).into(t, &page)
	require.Equal(t, []string{b.Story.ID}, e.feedIDs("?limit=1&cursor="+page.Next))
	require.Equal(t, "cursor.invalid",
		e.want(422, "GET", "/v1/campaigns/"+e.slug+"/feed?cursor=nonsense", "", nil).code(t))
}
