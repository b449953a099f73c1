package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// mailbox is a mail server that asks for encryption and a password, and what
// has arrived there.
type mailbox struct {
	*testkit.SMTP
	t    *testing.T
	vars []string // settings that lead to it
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{testkit.NewSMTP(t, testkit.SMTPOptions{User: "app", Password: "orbit-velvet", TLS: true}), t, nil}
	roots := filepath.Join(t.TempDir(), "roots.pem")
	require.NoError(t, os.WriteFile(roots, m.PEM, 0o600))
	m.vars = []string{
		"SSL_CERT_FILE=" + roots, "STORYREEL_SMTP_URL=smtp://app:orbit-velvet@" + m.Address + "?tls=required",
		"STORYREEL_MAIL_FROM=Stories <stories@example.com>",
	}
	return m
}

// await returns the first mail to the address whose subject holds the words.
func (m *mailbox) await(to, words string) testkit.ReceivedMail {
	m.t.Helper()
	var found testkit.ReceivedMail
	testkit.Eventually(m.t, patience, func() bool {
		i := slices.IndexFunc(m.Mails(), func(x testkit.ReceivedMail) bool {
			return x.To == to && strings.Contains(x.Subject, words)
		})
		if i >= 0 {
			found = m.Mails()[i]
		}
		return i >= 0
	})
	require.True(m.t, found.TLS)
	return found
}

// link is the only link in the text that matches.
func (m *mailbox) link(text, pattern string) []string {
	m.t.Helper()
	links := regexp.MustCompile(`(?m)^`+pattern+`$`).FindAllStringSubmatch(text, -1)
	require.Len(m.t, links, 1, text)
	return links[0]
}

// TestMail_AccompaniesAStoryToItsErasure has a story reviewed, published and
// withdrawn, the last by the link in a mail. Only the API knows the mail server.
func TestMail_AccompaniesAStoryToItsErasure(t *testing.T) {
	t.Parallel()
	box := newMailbox(t)
	e, _, _ := external(t)
	worker := *e
	serving := *e
	serving.vars = append(slices.Clone(e.vars), box.vars...)
	box.check(t, &serving)
	api := serving.up("serve")
	jobs := worker.start("work")
	box.accept(t, e)

	const address = "qzmail@example.com"
	st, err := e.submit(
		clips.Get(t, "landscape"),
		"in_review",
		"--name",
		"Zoë",
		"--email",
		address,
		"--title",
		"That summer",
	)
	require.NoError(t, err)
	received := box.await(address, "has arrived")
	require.Contains(t, received.Text, "That summer")
	private := box.link(received.Text, regexp.QuoteMeta(e.url)+`/s/`+st.ID+`#token=(\S+)`)
	status, _ := e.call("GET", "/v1/stories/"+st.ID, private[1], nil)
	require.Equal(t, 200, status)

	e.decide(st.ID, "approve")
	published := box.await(address, "is published")
	public := box.link(published.Text, `(`+regexp.QuoteMeta(e.url)+`/v/`+st.ID+`)`)
	require.Contains(t, e.feed(), st.ID)
	status, page := get(t, public[1])
	require.Equal(t, 200, status)
	require.Contains(t, string(page), "That summer")
	require.Contains(t, published.HTML, `href="`+public[1]+`"`)
	require.NotEqual(t, private[1], box.link(published.Text, regexp.QuoteMeta(e.url)+`/s/`+st.ID+`#token=(\S+)`)[1])

	status, _ = e.call("DELETE", "/v1/stories/"+st.ID, private[1], nil)
	require.Equal(t, 200, status)
	e.await(st.ID, "erased")
	erased := box.await(address, "is erased")
	require.NotContains(t, erased.Text, "Zoë")
	box.stop(t, e, received)

	jobs.stop(syscall.SIGTERM)
	api.stop(syscall.SIGTERM)
	for _, p := range []*proc{api, jobs} {
		require.NotContains(t, p.log.String(), "qzmail", "addresses are no part of the log")
		require.NotContains(t, p.log.String(), private[1])
		require.NotContains(t, p.log.String(), "orbit-velvet")
	}
	for _, m := range box.Mails() {
		require.NotContains(t, m.Subject, "is approved", "it was published within minutes")
	}
}

// check tries the settings at the command line.
func (m *mailbox) check(t *testing.T, e *env) {
	t.Helper()
	require.Contains(t, e.run("mail", "test", "ops@example.com"), "took the mail")
	m.await("ops@example.com", "can send mails")
	out, err := e.try("doctor") // other checks may fail on this machine
	require.Regexp(t, `ok    mail .* takes this sign-in`, out, err)
	wrong := *e
	wrong.vars = append(
		slices.Clone(e.vars),
		"STORYREEL_SMTP_URL=smtp://app:wrong-word@"+m.Address+"?tls=required",
	)
	out, err = wrong.try("doctor")
	require.Error(t, err)
	require.Regexp(t, `FAIL  mail .*mail.unavailable.*AUTH`, out)
	require.NotContains(t, out, "wrong-word")
}

// accept invites a user and signs in by the link in the mail.
func (m *mailbox) accept(t *testing.T, e *env) {
	t.Helper()
	e.run("user", "create", "mo@example.com", "--role", "moderator", "--name", "Mo")
	testkit.Eventually(t, patience, func() bool { // once the API has given its first sign of life
		_, err := e.try("user", "invite", "mo@example.com", "--locale", "de")
		return err == nil
	})
	text := m.await("mo@example.com", "Zugang").Text
	link := m.link(text, regexp.QuoteMeta(e.url)+`/sign-in#link=(\S+)`)[1]
	status, body := e.call("POST", "/v1/sessions", "", map[string]string{"link": link})
	require.Equal(t, 201, status, string(body))
	status, _ = e.call("POST", "/v1/sessions", "", map[string]string{"link": link})
	require.Equal(t, 401, status, "it worked once")
}

// stop stops mails as a mail provider does; the next story is not written about.
func (m *mailbox) stop(t *testing.T, e *env, received testkit.ReceivedMail) {
	t.Helper()
	address := received.To
	stop := strings.Trim(received.Header.Get("List-Unsubscribe"), "<>")
	post := func() int {
		resp, err := http.Post(
			stop,
			"application/x-www-form-urlencoded",
			strings.NewReader("List-Unsubscribe=One-Click"),
		)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	require.Equal(t, 404, post(), "the address was forgotten with its only story")

	next, err := e.submit(clips.Get(t, "landscape"), "in_review", "--email", address, "--title", "Another")
	require.NoError(t, err)
	testkit.Eventually(t, patience, func() bool {
		for _, x := range m.Mails() {
			if strings.Contains(x.Text, "Another") {
				stop = strings.Trim(x.Header.Get("List-Unsubscribe"), "<>")
				return true
			}
		}
		return false
	})
	status, page := get(t, stop)
	require.Equal(t, 200, status)
	require.Contains(t, string(page), "Stop these mails")
	require.Equal(t, 200, post())
	e.decide(next.ID, "reject")
	last, err := e.submit(clips.Get(t, "landscape"), "in_review", "--email", address, "--title", "The last")
	require.NoError(t, err)
	testkit.Eventually(t, patience, func() bool {
		status, body := e.call("GET", "/v1/stories/"+last.ID+"/data", last.token, nil)
		require.Equal(t, 200, status)
		var data struct {
			Mails []struct{ Kind, State string }
		}
		require.NoError(t, json.Unmarshal(body, &data))
		return slices.Contains(data.Mails, struct{ Kind, State string }{"received", "dropped"})
	})
	for _, x := range m.Mails() {
		require.NotContains(t, x.Text, "The last")
	}
}
