package mail_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/mail"
	"github.com/storyreel/storyreel/internal/smtp"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestSender_TriesAgainUntilTheServerTakesAMail(t *testing.T) {
	t.Parallel()
	var refusals atomic.Int64
	refusals.Store(3)
	p := newPost(t, testkit.SMTPOptions{Answer: func(at string) *gosmtp.SMTPError {
		switch {
		case at == "gone@example.com":
			return &gosmtp.SMTPError{Code: 550, Message: "no such user"}
		case at != "" && refusals.Add(-1) >= 0:
			return &gosmtp.SMTPError{Code: 450, Message: "try later"}
		}
		return nil
	}})
	st := p.Story(story.AwaitingUpload)
	require.Empty(t, p.after(time.Hour))
	require.Empty(t, p.after(30*time.Second), "not before a minute")
	require.Empty(t, p.after(30*time.Second))
	require.Empty(t, p.after(2*time.Minute))
	require.Equal(t, "waiting mail.unavailable", p.states(st.ID)[mail.Stalled])
	require.Len(t, p.after(4*time.Minute), 1)
	require.Equal(t, 3, p.outcomes["stalled "+mail.PutOff])

	gone := p.Story(story.AwaitingUpload, func(s *story.Story) { s.Contributor.Email = "gone@example.com" })
	require.Empty(t, p.after(time.Hour))
	require.Equal(t, "refused mail.refused", p.states(gone.ID)[mail.Stalled])
	require.Empty(t, p.after(24*time.Hour))
}

func TestSender_WithoutAServerMailsWaitForThreeDays(t *testing.T) {
	t.Parallel()
	p := newPost(t, testkit.SMTPOptions{})
	st := p.Story(story.AwaitingUpload)
	working := p.sender
	p.sender = p.newSender("smtp://127.0.0.1:1")
	p.Advance(time.Hour)
	for range 3 {
		require.True(t, fault.Is(p.sender.Round(t.Context()), "mail.unavailable"))
	}
	due, err := p.DB.DueMails(t.Context(), p.Now, 10)
	require.NoError(t, err)
	require.Len(t, due, 1)
	require.Zero(t, due[0].Tries, "a server that is away uses up no try")
	since, err := p.DB.OldestMail(t.Context(), p.Now)
	require.NoError(t, err)
	require.Equal(t, due[0].At, since)
	p.Advance(mail.GiveUp + time.Second)
	require.NoError(t, p.service.Sweep(t.Context()))
	require.Equal(t, "expired too_late", p.states(st.ID)[mail.Stalled])
	p.sender = working
	require.Empty(t, p.after(0))

	p.Advance(mail.Alive)
	silent := p.Story(story.AwaitingUpload)
	require.Empty(t, p.states(silent.ID), "where nobody sends, nothing is kept")
}

// TestSender_AMailThatArrivedTwiceHasOneName kills a sender after the server
// took the mail and before that was noted.
func TestSender_AMailThatArrivedTwiceHasOneName(t *testing.T) {
	t.Parallel()
	var first sync.Once
	release := make(chan struct{})
	taken := make(chan struct{})
	p := newPost(t, testkit.SMTPOptions{Taken: func() {
		first.Do(func() { close(taken); <-release })
	}})
	p.Story(story.AwaitingUpload)
	p.Advance(time.Hour)
	killed, kill := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m, err := p.DB.DueMails(killed, p.Now, 1)
		if err != nil || len(m) != 1 {
			t.Error(m, err)
			return
		}
		ours, err := p.DB.ClaimMail(killed, m[0], p.Now.Add(10*time.Minute))
		if err != nil || !ours {
			t.Error(ours, err)
			return
		}
		c, err := smtp.New(smtp.Options{Server: "smtp://" + p.server.Address, From: "stories@example.com"})
		if err != nil {
			t.Error(err)
			return
		}
		_ = c.Send(killed, mail.Message{ID: m[0].ID, To: "zoe@example.com", Text: "a", HTML: "b"}) // is cut off
		c.Close()
	}()
	<-taken
	kill()
	<-ended
	close(release)
	require.Empty(t, p.after(9*time.Minute), "another sender waits until the first must have ended")
	got := p.after(time.Minute)
	require.Len(t, got, 1)
	all := p.server.Mails()
	require.Len(t, all, 2)
	require.Equal(t, all[0].Header.Get("Message-Id"), all[1].Header.Get("Message-Id"))
}

func TestSender_SeveralSendEachMailOnce(t *testing.T) {
	t.Parallel()
	p := newPost(t, testkit.SMTPOptions{})
	const mails = 60
	for i := range mails {
		p.Story(story.AwaitingUpload, func(s *story.Story) { s.Contributor.Email = fmt.Sprintf("p%d@example.com", i) })
	}
	p.Advance(time.Hour)
	var senders sync.WaitGroup
	for range 3 {
		s := mail.NewSender(mail.SenderDeps{
			Store: p.DB, Stories: p.Stories, Campaigns: p.Campaigns, Tokens: p.DB, Accounts: p.accounts,
			Server: func() *smtp.Client {
				c, err := smtp.New(smtp.Options{Server: "smtp://" + p.server.Address, From: "stories@example.com"})
				require.NoError(t, err)
				return c
			}(),
		}, mail.SenderOptions{
			Pages: "https://stories.test", Rate: 10_000, Now: p.Clock, Log: slog.New(slog.DiscardHandler),
		})
		senders.Go(func() {
			if err := s.Round(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	senders.Wait()
	p.round()
	to := map[string]int{}
	for _, m := range p.server.Mails() {
		to[m.To]++
	}
	require.Len(t, to, mails)
	for address, n := range to {
		require.Equal(t, 1, n, address)
	}
}
