package smtp_test

import (
	"context"
	"strings"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/mail"
	"github.com/storyreel/storyreel/internal/smtp"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var message = mail.Message{
	ID: "0198", To: "zoe@example.com", Subject: "Grüße, “Zoë”", Text: "Hällo\n\nhttp://stories.test/s/1#token=t\n",
	HTML: "<p>Hällo</p>", Stop: "https://stories.test/mail/stop?t=s",
}

func newClient(t *testing.T, o smtp.Options) *smtp.Client {
	t.Helper()
	o.From = "Störyreel <stories@example.com>"
	c, err := smtp.New(o)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func TestSend_HandsOverTextHTMLAndHeaders(t *testing.T) {
	t.Parallel()
	srv := testkit.NewSMTP(t, testkit.SMTPOptions{})
	c := newClient(t, smtp.Options{Server: "smtp://" + srv.Address, ReplyTo: "team@example.com"})
	plain := message
	plain.Stop, plain.To = "", "jörg@bücher.example"
	require.NoError(t, c.Send(t.Context(), message))
	require.NoError(t, c.Send(t.Context(), plain))
	require.Equal(t, 1, srv.Connections(), "one connection for both")
	got := srv.Mails()
	require.Len(t, got, 2)
	m := got[0]
	require.Equal(t, message.Subject, m.Subject)
	require.Equal(t, message.Text, m.Text)
	require.Equal(t, message.HTML, strings.TrimSpace(m.HTML))
	require.Equal(t, "stories@example.com", m.From)
	require.Equal(t, message.To, m.To)
	require.Equal(t, "jörg@xn--bcher-kva.example", got[1].To)
	require.Empty(t, got[1].Header.Get("List-Unsubscribe"))
	for name, want := range map[string]string{
		"Message-Id": "<0198@example.com>", "Auto-Submitted": "auto-generated", "Reply-To": "<team@example.com>",
		"List-Unsubscribe": "<" + message.Stop + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"User-Agent": "", "Disposition-Notification-To": "",
	} {
		require.Equal(t, want, m.Header.Get(name), name)
	}
}

func TestSend_NeedsEncryptionUnlessItIsTurnedOff(t *testing.T) {
	t.Parallel()
	open := testkit.NewSMTP(t, testkit.SMTPOptions{User: "app", Password: "hunter2!"})
	closed := testkit.NewSMTP(t, testkit.SMTPOptions{User: "app", Password: "hunter2!", TLS: true})
	implicit := testkit.NewSMTP(t, testkit.SMTPOptions{User: "app", Password: "hunter2!", Implicit: true})
	for name, test := range map[string]struct {
		server    *testkit.SMTP
		address   string
		untrusted bool
		encrypted bool
		fails     string
	}{
		"this machine": {server: open, address: "smtp://USER@ADDRESS"},
		"STARTTLS":     {server: closed, address: "smtp://USER@ADDRESS?tls=required", encrypted: true},
		"no STARTTLS":  {server: open, address: "smtp://USER@ADDRESS?tls=required", fails: "STARTTLS"},
		"unknown certificate": {
			server: closed, address: "smtp://USER@ADDRESS?tls=required", untrusted: true, fails: "certificate",
		},
		"opportunistic": {
			server: closed, address: "smtp://USER@ADDRESS?tls=opportunistic", untrusted: true, encrypted: true,
		},
		"opportunistic, without": {server: open, address: "smtp://USER@ADDRESS?tls=opportunistic"},
		"implicit":               {server: implicit, address: "smtps://USER@ADDRESS", encrypted: true},
		"wrong password":         {server: closed, address: "smtp://app:wrong@ADDRESS?tls=required", fails: "AUTH"},
		"no password":            {server: closed, address: "smtp://ADDRESS?tls=required", fails: "authenticate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := smtp.Options{Server: strings.NewReplacer("ADDRESS", test.server.Address, "USER", "app:hunter2%21").
				Replace(test.address)}
			if !test.untrusted {
				o.Roots = test.server.Roots
			}
			unique := message
			unique.ID = strings.ReplaceAll(name, " ", "")
			err := newClient(t, o).Send(t.Context(), unique)
			if test.fails != "" {
				require.True(t, fault.Is(err, "mail.unavailable"), err)
				require.ErrorContains(t, err, test.fails)
				return
			}
			require.NoError(t, err)
			for _, m := range test.server.Mails() {
				if strings.Contains(m.Header.Get("Message-Id"), unique.ID+"@") {
					require.Equal(t, test.encrypted, m.TLS)
					return
				}
			}
			t.Fatal("the mail did not arrive")
		})
	}
}

func TestSend_KnowsWhatIsFinal(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		at   string
		code int
		want string
	}{
		"recipient busy": {message.To, 450, "mail.unavailable"}, "recipient unknown": {message.To, 550, "mail.refused"},
		"data deferred": {"", 451, "mail.unavailable"}, "data refused": {"", 554, "mail.refused"},
		"credentials wanted": {message.To, 530, "mail.unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses := true
			srv := testkit.NewSMTP(t, testkit.SMTPOptions{Answer: func(at string) *gosmtp.SMTPError {
				if refuses && at == test.at {
					return &gosmtp.SMTPError{Code: test.code, Message: "not now"}
				}
				return nil
			}})
			c := newClient(t, smtp.Options{Server: "smtp://" + srv.Address})
			err := c.Send(t.Context(), message)
			require.True(t, fault.Is(err, test.want), err)
			require.Empty(t, srv.Mails())
			refuses = false
			require.NoError(t, c.Send(t.Context(), message), "the connection still works")
			require.Len(t, srv.Mails(), 1)
			require.Equal(t, 1, srv.Connections())
		})
	}
	c := newClient(t, smtp.Options{Server: "smtp://127.0.0.1:1"})
	for _, to := range []string{
		"", "nobody", "a b@example.com", "a@exa mple.com", "a@b.example\r\nRCPT TO:<x@y.example>",
	} {
		bad := message
		bad.To = to
		require.True(t, fault.Is(c.Send(t.Context(), bad), "mail.refused"), to)
	}
	require.True(t, fault.Is(c.Send(t.Context(), message), "mail.unavailable"), "nobody listens there")
}

func TestSend_DoesNotWaitForAServerThatHangs(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	srv := testkit.NewSMTP(t, testkit.SMTPOptions{Answer: func(string) *gosmtp.SMTPError { <-hang; return nil }})
	t.Cleanup(func() { close(hang) })
	c := newClient(t, smtp.Options{Server: "smtp://" + srv.Address, Timeout: 50 * time.Millisecond})
	require.True(t, fault.Is(c.Send(t.Context(), message), "mail.unavailable"))

	ctx, cancel := context.WithCancel(t.Context())
	patient := newClient(t, smtp.Options{Server: "smtp://" + srv.Address, Timeout: time.Hour})
	require.NoError(t, patient.Connect(ctx))
	time.AfterFunc(20*time.Millisecond, cancel)
	require.True(t, fault.Is(patient.Send(ctx, message), "mail.unavailable"), "the end of the context ends it")
}

func TestNew_RefusesAddressesThatNameNoServer(t *testing.T) {
	t.Parallel()
	for _, o := range []smtp.Options{
		{Server: "mail.example.com:587"}, {Server: "https://mail.example.com"}, {Server: "smtp://"},
		{Server: "smtp://mail.example.com/path"}, {Server: "smtp://mail.example.com?tls=no"},
		{Server: "smtp://mail.example.com?starttls=1"}, {Server: "smtp://mail.example.com", From: "nobody"},
		{Server: "smtp://mail.example.com", ReplyTo: "a@b, c@d"}, {Server: "smtp://u:hunter2@mail.example.com:x"},
	} {
		t.Run(o.Server, func(t *testing.T) {
			t.Parallel()
			if o.From == "" {
				o.From = "stories@example.com"
			}
			_, err := smtp.New(o)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}
