package api

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

// inHistory are acts of staff that the history of their story keeps, or that
// change nothing, or nothing but who looks at a story now.
var inHistory = []string{
	"decide", "decide-many", "retry-story", "retry-failed", "withdraw-story", "claim-stories", "release-claim",
	"preview-mail",
}

// TestAudit_EveryActOfStaffIsRecorded holds each route of staff that changes
// something to naming its act.
func TestAudit_EveryActOfStaffIsRecorded(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	actions := map[string]bool{}
	for path, item := range e.api.huma.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{
			"GET": item.Get, "POST": item.Post, "PUT": item.Put, "DELETE": item.Delete, "PATCH": item.Patch,
		} {
			if op == nil {
				continue
			}
			action, audited := op.Metadata[auditKey].(string)
			actions[action] = true
			allowed, _ := allowedOf(op)
			staffs := slices.ContainsFunc(allowed, account.Role.Valid)
			if method != "GET" && staffs && !slices.Contains(inHistory, op.OperationID) {
				require.True(t, audited, "%s %s names no act", method, path)
			}
		}
	}
	for _, action := range []string{"session.started", "selection.exported", "story.data_read", "stories.looked_up"} {
		require.True(t, actions[action], action)
	}
}

// trail reads the audit trail.
func (e *env) trail(query string) []auditLineView {
	e.t.Helper()
	var list AuditList
	e.want(200, "GET", "/v1/admin/audit?limit=100"+query, e.keys[account.Admin], nil).into(e.t, &list)
	return list.Items
}

func TestAudit_SignInsGoodAndBad(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	moderator := e.users[account.Moderator]
	cookie := e.signIn(moderator.Email)
	e.want(401, "POST", "/v1/sessions", "", map[string]any{"email": moderator.Email, "password": "hunter2"})
	e.want(401, "POST", "/v1/sessions", "", map[string]any{"email": "hunter2", "password": "hunter2"})
	e.want(204, "DELETE", "/v1/sessions/me", "", nil, "Cookie", cookie)
	e.want(401, "GET", "/v1/sessions/me", "", nil) // as every page asks
	lines := e.trail("&action=session")
	require.Len(t, lines, 4)
	require.Equal(t, "session.ended", lines[0].Action)
	require.Equal(t, moderator.ID, lines[0].Actor.ID)
	for i, target := range []string{"", moderator.ID} {
		require.Equal(t, "refused", lines[i+1].Outcome)
		require.Equal(t, target, lines[i+1].Target)
		require.Equal(t, "auth.invalid", lines[i+1].Details["code"])
		require.Nil(t, lines[i+1].Actor)
	}
	good := lines[3]
	require.Equal(t, "done", good.Outcome)
	require.Equal(t, &account.Actor{Role: account.Moderator, ID: moderator.ID, Name: "moderator"}, good.Actor)
	require.Equal(t, "127.0.0.0/24", good.Network)
	require.Equal(t, map[string]string{"by": "password"}, good.Details)
	require.True(t, strings.HasPrefix(good.Instance, "urn:storyreel:request:"))
	require.Len(t, e.trail("&action=session&outcome=refused"), 2)
	require.Len(t, e.trail("&action=session&actor="+moderator.ID), 2)
	require.Empty(t, e.trail("&action=request"))
}

func TestAudit_WhatWasDoneAndByWhichKey(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin := e.users[account.Admin]
	k := e.createKey(e.keys[account.Admin], map[string]any{"role": "admin"})
	e.want(200, "PUT", "/v1/admin/users/"+e.users[account.Moderator].ID, k.Key,
		map[string]any{"roles": []string{"moderator", "creative"}})
	e.want(200, "PUT", "/v1/campaigns/"+e.slug, k.Key,
		map[string]any{"origins": []string{"https://brand.example", "https://new.example"}, "zone": "Europe/Berlin"})
	e.want(201, "POST", "/v1/campaigns/"+e.slug+"/release-forms", k.Key,
		map[string]any{"text": "You may use my video in advertising."})
	e.want(204, "DELETE", "/v1/admin/keys/"+k.ID, k.Key, nil)
	line := func(action string) auditLineView {
		t.Helper()
		lines := e.trail("&action=" + url.QueryEscape(action))
		require.Len(t, lines, 1)
		require.Equal(t, admin.ID, lines[0].Actor.ID)
		require.Equal(t, account.Admin, lines[0].Actor.Role)
		return lines[0]
	}
	require.Equal(t, k.ID, line("key.created").Target)
	require.NotEqual(t, k.ID, line("key.created").Key)
	require.Equal(t, "admin", line("key.created").Details["role"])
	require.Equal(t, k.ID, line("key.revoked").Key)
	require.Equal(t, map[string]string{"roles": "moderator → moderator, creative"}, line("user.changed").Details)
	require.Equal(t, map[string]string{
		"origins": `["https://brand.example"] → ["https://brand.example","https://new.example"]`,
		"zone":    `"UTC" → "Europe/Berlin"`,
	}, line("campaign.changed").Details)
	require.Equal(t, "2", line("form.added").Details["version"])
}

func TestAudit_RefusalsAtStaffsRoutes(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.want(403, "GET", "/v1/admin/users", e.keys[account.Moderator], nil)
	e.want(401, "GET", "/v1/admin/users", "srk_hunter2", nil)
	e.want(401, "GET", "/v1/review/queue", "", nil)
	e.want(422, "POST", "/v1/admin/keys", e.keys[account.Admin],
		map[string]any{"role": "moderator", "expires_at": "2020-01-01T00:00:00Z"})
	e.want(404, "DELETE", "/v1/admin/keys/none", e.keys[account.Admin], nil)
	b := e.begin(5)
	e.want(401, "GET", "/v1/stories/"+b.Story.ID, "", nil) // a contributor's matter
	lines := e.trail("&outcome=refused")
	require.Len(t, lines, 3)
	require.Equal(t, "list-review-queue", lines[0].Details["operation"])
	require.Equal(t, map[string]string{"code": "auth.invalid", "operation": "list-users"}, lines[1].Details)
	require.Equal(t, "auth.role", lines[2].Details["code"])
	require.Equal(t, e.users[account.Moderator].ID, lines[2].Actor.ID)
	for range 100 {
		e.do("GET", "/v1/admin/users", "srk_hunter2", nil)
	}
	require.LessOrEqual(t, len(e.trail("&outcome=refused")), 41, "bounded, at most two minutes' worth")
}

func TestAudit_ExportsAndLookUpsWithoutNamesOfContributors(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	st := e.published()
	base := "/v1/campaigns/" + e.slug
	e.want(200, "PUT", base+"/selection/ad-1", e.keys[account.Creative], map[string]any{"story": st.Story.ID})
	e.want(200, "GET", base+"/selection/export?format=csv", e.keys[account.Creative], nil)
	e.want(200, "GET", base+"/stories?q="+url.QueryEscape("Zoë"), e.keys[account.Moderator], nil)
	e.want(200, "GET", base+"/stories", e.keys[account.Moderator], nil)
	e.want(200, "GET", "/v1/stories/"+st.Story.ID+"/data", e.keys[account.Admin], nil)
	e.want(200, "GET", "/v1/stories/"+st.Story.ID+"/data", st.Token, nil)
	var actions []string
	for _, l := range e.trail("") {
		actions = append(actions, l.Action)
		for _, text := range append([]string{l.Target}, l.Details["format"]) {
			require.NotContains(t, text, "Zoë")
		}
	}
	require.Equal(t,
		[]string{"story.data_read", "stories.looked_up", "selection.exported", "selection.chosen"}, actions)
	require.Equal(t, "csv", e.trail("&action=selection.exported")[0].Details["format"])
	require.Equal(t, st.Story.ID, e.trail("&action=selection.exported")[0].Details["stories"])
}

func TestAudit_IsPaged(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for range 5 {
		e.createKey(e.keys[account.Admin], map[string]any{"role": "moderator"})
	}
	var page AuditList
	path := "/v1/admin/audit?action=key&limit=3"
	e.want(200, "GET", path, e.keys[account.Admin], nil).into(t, &page)
	require.Len(t, page.Items, 3)
	e.want(200, "GET", path+"&cursor="+page.Next, e.keys[account.Admin], nil).into(t, &page)
	require.Len(t, page.Items, 2)
	require.Len(t, e.trail("&action=audit.read"), 1, "the pages of one reading are one act")
}

func TestAudit_IsExportedWithItsChain(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.signIn("moderator@example.com")
	e.want(401, "POST", "/v1/sessions", "", map[string]any{"email": "moderator@example.com", "password": "wrong"})
	get := func(query string) answer {
		return e.want(200, "GET", "/v1/admin/audit/export"+query, e.keys[account.Admin], nil)
	}
	a := get("?format=ndjson&action=session&actor=Moderator@Example.com")
	require.Equal(t, "application/x-ndjson", a.header.Get("Content-Type"))
	require.Equal(t, `attachment; filename="audit.ndjson"`, a.header.Get("Content-Disposition"))
	lines := strings.Split(strings.TrimSpace(string(a.body)), "\n")
	require.Len(t, lines, 1, "who could not sign in is not known to be this person")
	var l auditLineView
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &l))
	require.Equal(t, "session.started", l.Action)
	require.Equal(t, int64(1), l.Seq)
	require.Len(t, l.Hash, 64)

	rows, err := csv.NewReader(bytes.NewReader(get("?outcome=refused").body)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, "seq", rows[0][0])
	require.Contains(t, rows[1], "session.started")

	require.Equal(t, []string{"audit.exported", "audit.exported"},
		[]string{e.trail("")[0].Action, e.trail("&action=audit.exported")[1].Action})
	require.Equal(t, "user.unknown",
		e.want(404, "GET", "/v1/admin/audit?actor=nobody@example.com", e.keys[account.Admin], nil).code(t))
}
