package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

// reportPath is where a story is reported.
func (e *env) reportPath(id string) string {
	return "/v1/campaigns/" + e.slug + "/feed/" + id + "/notices"
}

func (e *env) report(id string, body map[string]any) filedView {
	e.t.Helper()
	var filed filedView
	e.want(201, "POST", e.reportPath(id), "", body).into(e.t, &filed)
	return filed
}

func (e *env) receipt(filed filedView) ReceiptView {
	e.t.Helper()
	var r ReceiptView
	e.want(200, "GET", "/v1/notices/"+filed.Notice.ID, "", nil, "Notice-Token", filed.Token).into(e.t, &r)
	return r
}

func TestNotices_FromReportToDecision(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	first, second := e.published(), e.published()
	moderator := e.keys[account.Moderator]
	other := e.report(first.Story.ID, map[string]any{"kind": "other", "text": "It is <b>dull</b>."})
	require.Contains(t, other.Link, "/n/"+other.Notice.ID+"#token="+other.Token)
	mine := e.report(second.Story.ID, map[string]any{"kind": "depicted", "email": "Max@Reports.example"})
	illegal := e.report(second.Story.ID, map[string]any{"kind": "illegal", "text": "Look at 0:10"})
	require.Equal(t, "open", e.receipt(other).Outcome)
	require.Equal(t, "notice.unknown", e.want(404, "GET", "/v1/notices/"+other.Notice.ID, "", nil,
		"Notice-Token", mine.Token).code(t), "each token opens its own receipt")

	var list NoticeList
	page := e.want(200, "GET", "/v1/review/notices?limit=2", moderator, nil)
	page.into(t, &list)
	require.Len(t, list.Items, 2)
	require.Equal(t, mine.Notice.ID, list.Items[0].ID, "people in the video come first")
	require.Equal(t, "max@reports.example", list.Items[0].Email)
	require.Equal(t, second.Story.ID, list.Items[0].Story.ID)
	require.Equal(t, illegal.Notice.ID, list.Items[1].ID)
	var rest NoticeList
	e.want(200, "GET", "/v1/review/notices?limit=2&cursor="+list.Next, moderator, nil).into(t, &rest)
	require.Len(t, rest.Items, 1)
	require.Equal(t, other.Notice.ID, rest.Items[0].ID)
	var queue queueView
	e.want(200, "GET", "/v1/review/queue", moderator, nil).into(t, &queue)
	require.EqualValues(t, 3, queue.Reported)

	keep := "/v1/review/notices/" + other.Notice.ID + "/keep"
	e.want(200, "POST", keep, moderator, map[string]any{"reply": "Tastes differ."})
	e.want(200, "POST", keep, moderator, map[string]any{"reply": "Tastes differ."}) // as after a lost answer
	require.Equal(t, "notice.ended",
		e.want(409, "POST", keep, moderator, map[string]any{"reply": "No."}).code(t))
	require.Equal(t, "kept", e.receipt(other).Outcome)
	require.Equal(t, "Tastes differ.", e.receipt(other).Reply)

	e.decide(moderator, second.Story.ID, map[string]any{"action": "hide", "reason": "privacy"})
	for _, filed := range []filedView{mine, illegal} {
		require.Equal(t, "removed", e.receipt(filed).Outcome, "hiding the story ends all reports about it")
	}
	e.want(200, "GET", "/v1/review/notices", moderator, nil).into(t, &list)
	require.Empty(t, list.Items)
	e.want(200, "GET", "/v1/review/notices?ended=true&limit=2", moderator, nil).into(t, &list)
	require.Len(t, list.Items, 2)
	require.NotEmpty(t, list.Items[0].DecidedBy)
	e.want(200, "GET", "/v1/review/notices?ended=true&cursor="+list.Next, moderator, nil).into(t, &rest)
	require.Len(t, rest.Items, 1)
}

func TestNotices_Refuses(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	public, waiting := e.published(), e.inReview()
	for name, body := range map[string]map[string]any{
		"no words":   {"kind": "rights", "text": " \u200f"},
		"no kind":    {"kind": "dull", "text": "x"},
		"long words": {"kind": "other", "text": strings.Repeat("x", 2001)},
		"no address": {"kind": "other", "text": "x", "email": "max"},
	} {
		t.Run(name, func(*testing.T) { e.want(422, "POST", e.reportPath(public.Story.ID), "", body) })
	}
	valid := map[string]any{"kind": "other", "text": "x"}
	require.Equal(t, "story.unknown", e.want(404, "POST", e.reportPath(waiting.Story.ID), "", valid).code(t))
	e.want(403, "POST", e.reportPath(public.Story.ID), "", valid, "Origin", "https://elsewhere.example")
	e.want(201, "POST", e.reportPath(public.Story.ID), "", valid, "Origin", "https://brand.example")
}

func TestNotices_AreBoundedByNetwork(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	st := e.published()
	for range 20 {
		e.report(st.Story.ID, map[string]any{"kind": "depicted"})
	}
	require.Equal(t, "rate_limited",
		e.want(429, "POST", e.reportPath(st.Story.ID), "", map[string]any{"kind": "depicted"}).code(t))
}

func TestNotices_AreWithheldFromTheContributor(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	st := e.published()
	e.report(st.Story.ID, map[string]any{"kind": "other", "text": "my neighbour", "email": "max@reports.example"})
	path := "/v1/stories/" + st.Story.ID + "/data"
	a := e.want(200, "GET", path, st.Token, nil)
	require.NotContains(t, string(a.body), "neighbour")
	require.NotContains(t, string(a.body), "max@reports.example")
	var d dataView
	a.into(t, &d)
	require.Contains(t, d.Withheld, "reports of visitors")
	e.want(200, "GET", path, e.keys[account.Admin], nil).into(t, &d)
	require.Equal(t, "my neighbour", d.Reports[0].Text)
}
