package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/mail"
)

// newMailEnv is newEnv with a mail server, as far as the API knows.
func newMailEnv(t *testing.T) *env {
	t.Helper()
	e := newEnvWith(t, settings{intake: intake.Options{BeginsPerHour: 1000, BytesPerHour: 1 << 30}, mail: true})
	require.NoError(t, e.db.SignOfLife(ctx, clock().Add(time.Hour)))
	return e
}

func TestCampaignMail_IsSetPreviewedAndAudited(t *testing.T) {
	t.Parallel()
	e := newMailEnv(t)
	admin, path := e.keys[account.Admin], "/v1/campaigns/"+e.slug+"/mail"
	var v campaignMailView
	e.want(200, "GET", path, admin, nil).into(t, &v)
	require.True(t, v.Configured)
	require.Len(t, v.Kinds, len(mail.StoryKinds()))
	for _, k := range v.Kinds {
		require.True(t, k.On)
		require.Len(t, k.Texts, 2)
		require.Nil(t, k.Texts[0].Own)
	}
	set := func(kinds ...any) map[string]any { return map[string]any{"kinds": kinds} }
	text := func(locale, subject, text string) map[string]any {
		return map[string]any{"locale": locale, "subject": subject, "text": text}
	}
	published := func(texts ...any) map[string]any {
		return map[string]any{"kind": "published", "on": true, "texts": texts}
	}
	stalled := map[string]any{"kind": "stalled", "on": false}
	e.want(200, "PUT", path, admin, set(stalled, published(text("de", "Da: {title}", "Schau: {link}")))).into(t, &v)
	e.want(200, "GET", path, admin, nil).into(t, &v)
	for _, k := range v.Kinds {
		require.Equal(t, k.Kind != mail.Stalled, k.On)
		if k.Kind == mail.Published {
			require.Nil(t, k.Texts[0].Own)
			require.Equal(t, &MailTextView{"Da: {title}", "Schau: {link}"}, k.Texts[1].Own)
		}
	}
	a := e.want(422, "PUT", path, admin, set(published(text("en", "Hi", "{links}"))))
	require.Equal(t, "mail.placeholder", a.code(t))
	require.Contains(t, string(a.body), `"placeholder":"links"`)
	require.Equal(t, "mail.invalid", e.want(422, "PUT", path, admin, set(published(text("en", " ", "x")))).code(t))
	e.want(404, "GET", "/v1/campaigns/none/mail", admin, nil)

	var p mailPreviewView
	e.want(200, "POST", path+"/preview", admin, map[string]any{"kind": "published", "locale": "de"}).into(t, &p)
	require.Equal(t, "Da: Der Sommer auf dem Dach", p.Subject)
	require.Contains(t, p.Text, "http://stories.test/v/")
	require.Contains(t, p.HTML, `lang="de"`)
	e.want(200, "POST", path+"/preview", admin,
		map[string]any{"kind": "published", "locale": "en", "subject": "A", "text": "<b>{name}</b>"}).into(t, &p)
	require.Contains(t, p.HTML, "&lt;b&gt;Zoë&lt;/b&gt;")

	var lines AuditList
	e.want(200, "GET", "/v1/admin/audit?action=mail.changed", admin, nil).into(t, &lines)
	require.Len(t, lines.Items, 1)
	require.Equal(t, map[string]string{"stalled": "on → off", "published.de": "text changed"}, lines.Items[0].Details)
	e.want(200, "PUT", path, admin, set()).into(t, &v)
	e.want(200, "GET", "/v1/admin/audit?action=mail.changed", admin, nil).into(t, &lines)
	require.Equal(t, map[string]string{"stalled": "off → on", "published.de": "text as built in"},
		lines.Items[0].Details)
}

func TestInvitations_GoToTheOutbox(t *testing.T) {
	t.Parallel()
	e := newMailEnv(t)
	admin, path := e.keys[account.Admin], "/v1/admin/users/"+e.users[account.Moderator].ID+"/invitations"
	var state mailStateView
	e.want(200, "GET", "/v1/admin/mail", admin, nil).into(t, &state)
	require.True(t, state.Configured)
	e.want(204, "POST", path, admin, map[string]any{"locale": "de"})
	due, err := e.db.DueMails(ctx, clock(), 10)
	require.NoError(t, err)
	require.Len(t, due, 1)
	require.Equal(t, e.users[account.Moderator].ID, due[0].User)
	require.Equal(t, "de", due[0].Locale)
	e.want(404, "POST", "/v1/admin/users/none/invitations", admin, map[string]any{})
	var lines AuditList
	e.want(200, "GET", "/v1/admin/audit?action=user.invited", admin, nil).into(t, &lines)
	require.Len(t, lines.Items, 1)
	e.want(200, "PUT", "/v1/admin/users/"+e.users[account.Moderator].ID, admin, map[string]any{"disabled": true})
	require.Equal(t, "user.disabled", e.want(409, "POST", path, admin, map[string]any{}).code(t))

	without := newEnv(t)
	path = "/v1/admin/users/" + without.users[account.Moderator].ID + "/invitations"
	require.Equal(t, "mail.off", without.want(409, "POST", path, without.keys[account.Admin], map[string]any{}).code(t))
}

func TestData_ListsTheMailsAboutAStory(t *testing.T) {
	t.Parallel()
	e := newMailEnv(t)
	b := e.uploaded()
	var v dataView
	e.want(200, "GET", "/v1/stories/"+b.Story.ID+"/data", b.Token, nil).into(t, &v)
	require.Len(t, v.Mails, 2)
	require.Equal(t, mail.Received, v.Mails[0].Kind)
	require.Equal(t, mail.Waiting, v.Mails[0].State)
	require.Nil(t, v.Mails[0].EndedAt)
}

// post sends a form as a browser or a mail program does.
func (e *env) post(path, body string, headers ...string) answer {
	e.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url+path, strings.NewReader(body))
	require.NoError(e.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(e.t, err)
	defer resp.Body.Close()
	var b strings.Builder
	require.NoError(e.t, resp.Write(&b))
	return answer{resp.StatusCode, resp.Header, []byte(b.String())}
}

func TestStop_TakesOneClickAndNothingLess(t *testing.T) {
	t.Parallel()
	e := newMailEnv(t)
	token := account.NewToken()
	_, err := e.db.Recipient(ctx, mail.HashAddress("zoe@private.example"), token, clock())
	require.NoError(t, err)
	stopped := func() bool {
		t.Helper()
		known, stopped, err := e.db.RecipientByToken(ctx, token)
		require.NoError(t, err)
		require.True(t, known)
		return stopped
	}
	path := "/mail/stop?t=" + token
	for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
		e.do(method, path, "", nil)
		require.False(t, stopped(), "programs that look for dangerous links open each")
	}
	a := e.want(200, "GET", path, "", nil, "Accept-Language", "de-AT, en;q=0.5")
	require.Contains(t, string(a.body), `<html lang="de">`)
	require.Contains(t, string(a.body), "Diese Mails stoppen")
	require.NotContains(t, string(a.body), token)
	require.Contains(t, a.header.Get("Content-Security-Policy"), "form-action 'self'")
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	a = e.want(200, "GET", path+"&lang=en", "", nil, "Accept-Language", "de")
	require.Contains(t, string(a.body), "Stop these mails")
	require.Contains(t, string(e.want(200, "GET", path+"&lang=xx", "", nil).body), "Stop these mails")

	a = e.post(path, "List-Unsubscribe=One-Click", "Origin", "https://mail.example", "Sec-Fetch-Site", "cross-site")
	require.Equal(t, 200, a.status)
	require.True(t, stopped())
	require.Contains(t, string(e.want(200, "GET", path, "", nil).body), "Allow mails again")
	require.Equal(t, 200, e.post(path, "action=allow").status)
	require.False(t, stopped())
	require.Equal(t, 200, e.post(path, "action=stop").status)
	require.True(t, stopped())
	require.Equal(t, 200, e.post(path, "", "Content-Type", "").status)

	for _, unknown := range []string{"/mail/stop", "/mail/stop?t=", "/mail/stop?t=x", "/mail/stop?t=" + token + "x"} {
		a := e.want(404, "GET", unknown, "", nil)
		require.Contains(t, string(a.body), "does not work any more")
		require.Equal(t, 404, e.post(unknown, "action=stop").status)
	}
	require.Equal(t, 415, e.post("/v1/sessions", "email=a").status, "elsewhere forms are no way in")
	require.Equal(t, 413, e.post(path, strings.Repeat("a", 300_000)).status)
}
