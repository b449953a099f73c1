package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/storyreel/storyreel/internal/config"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/mail"
	"github.com/storyreel/storyreel/internal/smtp"
)

// mailServer is the configured mail server; nil for none.
func mailServer(cfg config.Config) (*smtp.Client, error) {
	if cfg.SMTPURL == "" {
		return nil, nil
	}
	c, err := smtp.New(smtp.Options{Server: cfg.SMTPURL, From: cfg.MailFrom, ReplyTo: cfg.MailReplyTo, Now: clock})
	if err != nil {
		return nil, fmt.Errorf("STORYREEL_SMTP_URL, STORYREEL_MAIL_FROM, STORYREEL_MAIL_REPLY_TO: %w", err)
	}
	return c, nil
}

// lastMail bounds how long a process that stops waits for the mail that is
// being handed over.
const lastMail = 10 * time.Second

// sendMails sends mails until ctx ends or the returned function is called, where
// a mail server is configured. The function waits for the last one.
func (a *app) sendMails(ctx context.Context) (end func()) {
	if a.mailServer == nil {
		return func() {}
	}
	sender := mail.NewSender(mail.SenderDeps{
		Store: a.store, Stories: a.stories, Campaigns: a.campaigns, Tokens: a.store, Accounts: a.accounts,
		Notices: a.store, Server: a.mailServer,
	}, mail.SenderOptions{
		Pages: a.cfg.PublicURL, Rate: a.cfg.MailRate, Now: clock, Log: a.log,
		Ended: func(k mail.Kind, outcome string) { a.metrics.Mail(string(k), outcome) },
	})
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); sender.Run(ctx) }()
	return func() {
		stop()
		select {
		case <-done:
		case <-time.After(lastMail):
		}
	}
}

// mailOutcomes are the ends that a try to send a mail can have.
func mailOutcomes() []string {
	out := []string{mail.PutOff}
	for _, s := range mail.States() {
		if s != mail.Waiting {
			out = append(out, string(s))
		}
	}
	return out
}

// mailKinds are the names of all kinds.
func mailKinds() []string {
	var out []string
	for _, k := range mail.Kinds() {
		out = append(out, string(k))
	}
	return out
}

// watchMails registers how long mails wait.
func (a *app) watchMails(ctx context.Context) {
	a.watchAge(ctx, "storyreel_oldest_mail_seconds",
		"How long the mail is due that waits longest for the mail server. 0: none waits.",
		func(ctx context.Context) (time.Time, error) { return a.store.OldestMail(ctx, clock()) })
}

// checkMail connects to the mail server and signs in; it sends nothing.
func checkMail(ctx context.Context, cfg config.Config) finding {
	const fix = "check STORYREEL_SMTP_URL and that this machine may reach the server; `storyreel mail test ADDRESS` " +
		"sends a mail"
	c, err := mailServer(cfg)
	if err != nil {
		return result("mail", err, "", "correct the setting")
	}
	if c == nil {
		return finding{"mail", true, "no mail server is set up, so nobody gets mails", ""}
	}
	err = c.Connect(ctx)
	c.Close()
	return result("mail", err, "the mail server takes this sign-in", fix)
}

type mailCmd struct {
	Test mailTestCmd `cmd:"" help:"Send a mail to an address, to see that it arrives."`
}

type mailTestCmd struct {
	Address string `arg:"" help:"Where to."`
}

// Run implements the command.
func (c mailTestCmd) Run(e *env) error {
	cfg, _, err := e.config()
	if err != nil {
		return err
	}
	server, err := mailServer(cfg)
	if err != nil {
		return err
	}
	if server == nil {
		return errors.New("STORYREEL_SMTP_URL is not set")
	}
	defer server.Close()
	const text = "This mail was sent by `storyreel mail test`. Stories can be written about.\n"
	if err := server.Send(e.ctx, mail.Message{
		ID: id.New(), To: c.Address, Subject: "Storyreel can send mails", Text: text, HTML: "<p>" + text + "</p>",
	}); err != nil {
		return err
	}
	fmt.Fprintln(e.stdout, "The mail server took the mail. Look whether it arrives, and not as spam.")
	return nil
}
