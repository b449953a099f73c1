package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestShortlists_FromCreationToDeletion(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	cre := e.keys[account.Creative]
	base := "/v1/campaigns/" + e.slug
	a, b, waiting := e.published(), e.published(), e.inReview()
	var made listView
	e.want(201, "POST", base+"/shortlists", cre, map[string]any{"name": "Roofs"}).into(t, &made)
	require.Equal(t, "shortlist.name_taken",
		e.want(409, "POST", base+"/shortlists", cre, map[string]any{"name": "roofs"}).code(t))
	list := base + "/shortlists/" + made.ID
	var done struct{ Items []listedOutcome }
	e.want(200, "POST", list+"/stories", cre, map[string]any{
		"add": []string{a.Story.ID, b.Story.ID, waiting.Story.ID},
	}).into(t, &done)
	require.Equal(t, []string{"added", "added", "refused"},
		[]string{done.Items[0].Outcome, done.Items[1].Outcome, done.Items[2].Outcome})
	require.Equal(t, "board.not_published", done.Items[2].Refused.Code)

	var entry candidateView
	put := func(status int, body map[string]any) answer {
		return e.want(status, "PUT", list+"/stories/"+a.Story.ID, cre, body)
	}
	put(200, map[string]any{"note": "first", "status": "approved", "version": 1}).into(t, &entry)
	require.EqualValues(t, 2, entry.Version)
	require.Equal(t, "approved", entry.Status)
	require.Nil(t, entry.Story.Review)
	conflict := put(409, map[string]any{"note": "mine", "version": 1})
	require.Equal(t, "shortlist.entry_changed", conflict.code(t))
	require.Contains(t, string(conflict.body), `"first"`)

	var page listPage
	e.want(200, "GET", list+"?limit=1", cre, nil).into(t, &page)
	require.EqualValues(t, 2, page.List.Count)
	require.EqualValues(t, 1, page.List.Statuses.Approved)
	require.Len(t, page.Items, 1)
	next := page.Next
	page = listPage{}
	e.want(200, "GET", list+"?limit=1&cursor="+next, cre, nil).into(t, &page)
	require.Len(t, page.Items, 1)
	require.Empty(t, page.Next)

	var found searchList
	e.want(200, "GET", base+"/search?shortlist="+made.ID+"&shortlist=default", cre, nil).into(t, &found)
	require.Len(t, found.Items, 2)
	require.Equal(t, totalView{2, true}, *found.Total)
	require.Equal(t, []onListView{{made.ID, "approved"}}, found.Items[1].Shortlists)
	e.want(200, "GET", base+"/search?not_shortlist="+made.ID, cre, nil).into(t, &found)
	require.Empty(t, found.Items)

	e.want(200, "PUT", list, cre, map[string]any{"name": "Streets", "version": 1}).into(t, &made)
	e.want(204, "DELETE", list+"/stories/"+b.Story.ID, cre, nil)
	var lists struct{ Items []listView }
	e.want(200, "GET", base+"/shortlists", cre, nil).into(t, &lists)
	require.Equal(t, []string{"default", made.ID}, []string{lists.Items[0].ID, lists.Items[1].ID})
	require.Equal(t, "Streets", lists.Items[1].Name)
	e.want(204, "DELETE", list, cre, nil)
	require.Equal(t, "shortlist.unknown", e.want(404, "GET", list, cre, nil).code(t))
}

// TestShortlist_OfBefore holds the default list to requests that know no other.
func TestShortlist_OfBefore(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	cre := e.keys[account.Creative]
	base := "/v1/campaigns/" + e.slug
	a := e.published()
	note := func() string {
		var list struct{ Items []candidateView }
		e.want(200, "GET", base+"/shortlist", cre, nil).into(t, &list)
		return list.Items[0].Note
	}
	put := func(status int, body map[string]any) answer {
		return e.want(status, "PUT", base+"/shortlist/"+a.Story.ID, cre, body)
	}
	put(204, map[string]any{"note": "roof"})
	put(204, map[string]any{})
	require.Equal(t, "roof", note(), "adding it again keeps the note")
	put(204, map[string]any{"note": "street"})
	require.Equal(t, "street", note())
	require.Equal(t, "shortlist.entry_changed", put(409, map[string]any{"note": "old", "version": 1}).code(t))
	var page listPage
	e.want(200, "GET", base+"/shortlists/default", cre, nil).into(t, &page)
	require.Equal(t, "street", page.Items[0].Note)
	e.want(204, "DELETE", base+"/shortlist/"+a.Story.ID, cre, nil)
}

func TestBoard_FacetsAndTagsOfMany(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	cre := e.keys[account.Creative]
	base := "/v1/campaigns/" + e.slug
	e.want(200, "PUT", base, e.keys[account.Admin], map[string]any{"questions": []any{
		map[string]any{"id": "mood", "label": "Your mood", "kind": "choice", "choices": []string{"Happy: very", "Sad"}},
	}})
	e.beginWith = func(body map[string]any) { body["answers"] = map[string]string{"mood": "happy: VERY"} }
	a, b := e.published(), e.published()
	var tagged struct{ Items []taggedOutcome }
	e.want(200, "POST", base+"/tags", cre, map[string]any{
		"stories": []string{a.Story.ID, b.Story.ID, "none"}, "add": []string{"#Roof"},
	}).into(t, &tagged)
	require.Equal(t, []string{"roof"}, tagged.Items[1].Tags)
	require.Equal(t, "story.unknown", tagged.Items[2].Refused.Code)
	require.Equal(t, "board.bulk",
		e.want(422, "POST", base+"/tags", cre, map[string]any{"stories": []string{a.Story.ID}}).code(t))

	var facets struct{ Items []facetView }
	e.want(200, "GET", base+"/facets?tag=roof&not_country=XX", cre, nil).into(t, &facets)
	require.Contains(t, facets.Items,
		facetView{Name: "answer", Question: "mood", Label: "Your mood", Value: "Happy: very", Count: 2})
	e.want(200, "GET", base+"/facets?facet=answer&question=mood&prefix=ver", cre, nil).into(t, &facets)
	require.Len(t, facets.Items, 1)
	require.Equal(t, "search.facet", e.want(422, "GET", base+"/facets?prefix=x", cre, nil).code(t))

	var found searchList
	e.want(200, "GET", base+"/search?answer=mood:Happy:%20very&tag=roof&tag=x&not_song=Yellow,%20Red", cre, nil).
		into(t, &found)
	require.Len(t, found.Items, 2)
	e.want(200, "GET", base+"/search?not_answer=mood:Happy:%20very", cre, nil).into(t, &found)
	require.Empty(t, found.Items)
	require.Equal(t, "search.invalid", e.want(422, "GET", base+"/search?answer=mood", cre, nil).code(t))
}

func TestShortlists_OfOneStory(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	cre := e.keys[account.Creative]
	base := "/v1/campaigns/" + e.slug
	id := e.published().Story.ID
	var made listView
	e.want(201, "POST", base+"/shortlists", cre, map[string]any{"name": "Roofs"}).into(t, &made)
	e.want(200, "PUT", base+"/shortlists/"+made.ID+"/stories/"+id, cre, map[string]any{"note": "first"})
	e.want(204, "PUT", base+"/shortlist/"+id, cre, map[string]any{"note": "elsewhere"})
	var entries struct{ Items []candidateView }
	e.want(200, "GET", base+"/stories/"+id+"/shortlists", cre, nil).into(t, &entries)
	require.Len(t, entries.Items, 2)
	require.Equal(t, []string{made.ID, "first", "default", "elsewhere"}, []string{
		entries.Items[0].List, entries.Items[0].Note, entries.Items[1].List, entries.Items[1].Note,
	})
	e.want(404, "GET", base+"/stories/none/shortlists", cre, nil)
	e.want(404, "GET", "/v1/campaigns/none/stories/"+id+"/shortlists", cre, nil)
}
