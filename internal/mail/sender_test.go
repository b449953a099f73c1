package mail_test

import (
	"context"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/limit"
	"github.com/storyreel/storyreel/internal/mail"
	"github.com/storyreel/storyreel/internal/notice"
	"github.com/storyreel/storyreel/internal/smtp"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

// post is an outbox, a mail server, and a sender between them.
type post struct {
	*testkit.Env
	t        *testing.T
	server   *testkit.SMTP
	sender   *mail.Sender
	service  *mail.Service
	accounts *account.Service
	outcomes map[string]int
}

func newPost(t *testing.T, o testkit.SMTPOptions) *post {
	t.Helper()
	p := &post{Env: testkit.NewEnv(t), t: t, server: testkit.NewSMTP(t, o), outcomes: map[string]int{}}
	p.accounts = account.NewService(p.DB, p.Clock, account.Options{})
	p.service = mail.NewService(p.DB, p.Campaigns, p.Clock, true)
	p.sender = p.newSender("smtp://" + p.server.Address)
	p.round()
	return p
}

func (p *post) newSender(server string) *mail.Sender {
	p.t.Helper()
	c, err := smtp.New(smtp.Options{Server: server, From: "stories@example.com"})
	require.NoError(p.t, err)
	return mail.NewSender(mail.SenderDeps{
		Store: p.DB, Stories: p.Stories, Campaigns: p.Campaigns, Tokens: p.DB, Accounts: p.accounts,
		Notices: p.DB, Server: c,
	}, mail.SenderOptions{
		Pages: "https://stories.test", Rate: 10_000, Now: p.Clock, Log: slog.New(slog.DiscardHandler),
		Ended: func(k mail.Kind, outcome string) { p.outcomes[string(k)+" "+outcome]++ },
	})
}

func (p *post) round() {
	p.t.Helper()
	require.NoError(p.t, p.sender.Round(p.t.Context()))
}

// after advances the clock and sends what is due; it returns what arrived.
func (p *post) after(d time.Duration) []testkit.ReceivedMail {
	p.t.Helper()
	before := len(p.server.Mails())
	p.Advance(d)
	p.round()
	return p.server.Mails()[before:]
}

// change applies an event to a story, as its actor would.
func (p *post) change(st *story.Story, e story.Event, by account.Role, more ...func(*story.Story)) {
	p.t.Helper()
	_, err := p.Stories.Change(p.t.Context(), st.ID, func(s *story.Story) (*story.Entry, error) {
		line, err := s.Apply(e, account.Actor{Role: by, ID: "u"}, p.Now)
		for _, f := range more {
			f(s)
		}
		return line, err
	})
	require.NoError(p.t, err)
}

// states returns state and reason of the story's mails by kind.
func (p *post) states(id string) map[mail.Kind]string {
	p.t.Helper()
	all, err := p.DB.StoryMails(p.t.Context(), id)
	require.NoError(p.t, err)
	out := map[mail.Kind]string{}
	for _, m := range all {
		require.Empty(p.t, m.Address)
		out[m.Kind] = strings.TrimSpace(string(m.State) + " " + m.Reason)
	}
	return out
}

// opens checks that a private link in the mail opens the story.
func (p *post) opens(text, id string) {
	p.t.Helper()
	link := regexp.MustCompile(`https://stories\.test/s/(\S+)#token=(\S+)`).FindStringSubmatch(text)
	require.Len(p.t, link, 3, text)
	require.Equal(p.t, id, link[1])
	ok, err := p.DB.HasToken(p.t.Context(), id, account.HashToken(link[2]))
	require.NoError(p.t, err)
	require.True(p.t, ok)
}

// prepare takes a story from its upload into review, and publish on to the feed.
func (p *post) prepare(st *story.Story) {
	p.change(st, story.EventStarted, account.System)
	p.change(st, story.EventPrepared, account.System)
}

func (p *post) publish(st *story.Story) {
	p.change(st, story.EventStarted, account.System)
	p.change(st, story.EventPublished, account.System, func(s *story.Story) { s.PublishedAt = p.Now })
}

func TestSender_AccompaniesAStory(t *testing.T) {
	t.Parallel()
	p := newPost(t, testkit.SMTPOptions{})
	st := p.Story(story.AwaitingUpload)
	require.Empty(t, p.after(59*time.Minute), "the upload is under way")
	got := p.after(time.Minute)
	require.Len(t, got, 1)
	require.Contains(t, got[0].Subject, "noch nicht da", "in the language of the contributor")
	require.Equal(t, "zoe@example.com", got[0].To)
	p.opens(got[0].Text, st.ID)

	p.change(st, story.EventUploaded, account.Contributor)
	got = p.after(0)
	require.Len(t, got, 1)
	require.Contains(t, got[0].Text, "That summer")
	require.Contains(t, got[0].Text, "Hallo Zoë")
	p.prepare(st)
	p.change(st, story.EventApproved, account.Moderator)
	require.Empty(t, p.after(4*time.Minute))
	require.Len(t, p.after(time.Minute), 1, "the ladder takes long")
	p.publish(st)
	got = p.after(0)
	require.Len(t, got, 1)
	require.Contains(t, got[0].Text, "https://stories.test/v/"+st.ID)
	p.opens(got[0].Text, st.ID)

	p.change(st, story.EventHidden, account.Moderator)
	p.change(st, story.EventRestored, account.Moderator)
	p.publish(st)
	require.Empty(t, p.after(time.Hour), "nobody is sent the same news twice")
	require.Equal(t, map[mail.Kind]string{
		mail.Stalled: "sent", mail.Received: "sent", mail.Approved: "sent", mail.Published: "sent",
	}, p.states(st.ID))
}

// TestSender_ExplainsARejection also covers the next rejection of the same file.
func TestSender_ExplainsARejection(t *testing.T) {
	t.Parallel()
	p := newPost(t, testkit.SMTPOptions{})
	st := p.Story(story.InReview, func(s *story.Story) {
		s.Contributor.Email, s.Contributor.Locale = "zoe@private.example", "de"
	})
	reject := func(reason, message string) []testkit.ReceivedMail {
		_, err := p.Stories.Change(t.Context(), st.ID, func(s *story.Story) (*story.Entry, error) {
			line, err := s.Apply(story.EventRejected, account.Actor{Role: account.Moderator, ID: "u"}, p.Now)
			line.Reason, line.Message = reason, message
			return line, err
		})
		require.NoError(t, err)
		return p.after(2 * time.Minute)
	}
	first := reject("no_song", "Welcher Song ist es?\nSieh auf evil.example nach.")
	require.Len(t, first, 1)
	require.Contains(t, first[0].Text, "Ein Mensch aus dem Team der Kampagne")
	require.Contains(t, first[0].Text, "Wir konnten nicht erkennen, um welchen Song es geht.")
	require.Contains(t, first[0].Text, "das Team: „Welcher Song ist es? Sieh auf evil.\u2060example nach.“")
	require.Contains(t, first[0].Text, "zweite Prüfung")
	require.Contains(t, first[0].HTML, "Welcher Song ist es?")

	p.change(st, story.EventRevised, account.Contributor)
	second := reject("other", "")
	require.Len(t, second, 1, "the same file was rejected anew")
	require.Contains(t, second[0].Text, "Das Video passt nicht zur Kampagne.")
	require.NotContains(t, second[0].Text, "Dazu schreibt")
	require.NotContains(t, second[0].Text, "{")
	all, err := p.DB.StoryMails(t.Context(), st.ID)
	require.NoError(t, err)
	require.Len(t, all, 3, "of the upload and of both rejections")
}

// TestSender_WritesAboutReports erases the story before the mail about the outcome
// is sent.
func TestSender_WritesAboutReports(t *testing.T) {
	t.Parallel()
	p := newPost(t, testkit.SMTPOptions{})
	st := p.Story(story.Published, func(s *story.Story) { s.Contributor.Email = "" })
	service := notice.NewService(p.DB, p.Stories, unlimited{}, p.Clock, 0)
	n, _, err := service.File(t.Context(), notice.Request{
		Campaign: st.CampaignSlug, Story: st.ID, Kind: notice.Depicted, Email: "max@reports.example", Locale: "de",
	})
	require.NoError(t, err)
	receipt := p.after(time.Second)
	require.Len(t, receipt, 1)
	require.Contains(t, receipt[0].Text, "deine Meldung zu einem Video von Song ist angekommen")
	link := regexp.MustCompile(`https://stories\.test/n/(\S+)#token=(\S+)`).FindStringSubmatch(receipt[0].Text)
	require.Len(t, link, 3, receipt[0].Text)
	_, err = service.Receipt(t.Context(), link[1], link[2])
	require.NoError(t, err)

	_, err = p.Stories.Withdraw(t.Context(), st.ID, account.Actor{Role: account.Contributor})
	require.NoError(t, err)
	gone, err := p.Stories.Get(t.Context(), st.ID)
	require.NoError(t, err)
	line, err := gone.Apply(story.EventErased, account.TheSystem, p.Now)
	require.NoError(t, err)
	gone.ClearPersonal()
	require.NoError(t, p.DB.EraseStory(t.Context(), gone, line))
	outcome := p.after(time.Second)
	require.Len(t, outcome, 1)
	require.Contains(t, outcome[0].Text, "Das Video wird nicht mehr gezeigt.")
	got, err := service.Get(t.Context(), n.ID)
	require.NoError(t, err)
	require.Equal(t, notice.Removed, got.Outcome)
	require.Empty(t, got.Email, "erased with its story")
}

// unlimited is a limit that nobody reaches.
type unlimited struct{}

func (unlimited) Take(context.Context, string, ...limit.Use) error { return nil }

func TestSender_NamesNoReasonOfAFileThatFailed(t *testing.T) {
	t.Parallel()
	p := newPost(t, testkit.SMTPOptions{})
	st := p.Story(story.Preparing, func(s *story.Story) { s.Contributor.Email = "zoe@private.example" })
	p.change(st, story.EventFailed, account.System, func(s *story.Story) {
		s.Failure = &story.Failure{Code: "too_long", Job: story.Prepare, Input: true}
	})
	got := p.after(time.Second)
	require.Len(t, got, 1)
	require.Contains(t, got[0].Text, "Den Grund nennt deine private Seite.")
	require.NotContains(t, got[0].Text, "zweite Prüfung")
}

func TestSender_DropsWhatIsNoLongerTrue(t *testing.T) {
	t.Parallel()
	p := newPost(t, testkit.SMTPOptions{})
	quick, rejected, withdrawn, slow := p.Story(story.AwaitingUpload), p.Story(story.InReview),
		p.Story(story.AwaitingUpload), p.Story(story.AwaitingUpload)
	p.change(quick, story.EventUploaded, account.Contributor)
	p.prepare(quick)
	p.change(quick, story.EventApproved, account.Moderator)
	p.publish(quick)
	p.change(withdrawn, story.EventUploaded, account.Contributor)
	p.change(withdrawn, story.EventWithdrawn, account.Contributor)
	p.change(rejected, story.EventRejected, account.Moderator)
	p.change(rejected, story.EventRestored, account.Moderator) // taken back
	p.change(slow, story.EventExpired, account.System)
	require.Len(t, p.after(time.Minute), 1, "published")
	require.Empty(t, p.after(time.Hour))
	dropped := "dropped no_longer_true"
	require.Equal(t, map[mail.Kind]string{
		mail.Stalled: dropped, mail.Received: dropped, mail.Approved: dropped, mail.Published: "sent",
	}, p.states(quick.ID))
	require.Equal(t, dropped, p.states(withdrawn.ID)[mail.Received])
	require.Equal(t, dropped, p.states(slow.ID)[mail.Stalled])
	require.Equal(t, dropped, p.states(rejected.ID)[mail.Replace])

	p.change(rejected, story.EventRejected, account.Moderator)
	got := p.after(time.Minute)
	require.Len(t, got, 1, "what was dropped is sent once it is true")
	require.Contains(t, got[0].Subject, "noch nicht veröffentlicht")
	p.change(rejected, story.EventReplaced, account.Contributor, func(s *story.Story) { s.Upload.ID = "u2" })
	require.Len(t, p.after(time.Hour), 1, "another file is another round")
}

func TestSender_WritesAboutAnErasureAndForgetsTheAddress(t *testing.T) {
	t.Parallel()
	p := newPost(t, testkit.SMTPOptions{})
	st, other := p.Story(story.InReview), p.Story(story.AwaitingUpload)
	p.after(time.Hour)
	known := func() bool {
		r, err := p.DB.Recipient(t.Context(), mail.HashAddress("zoe@example.com"), "", p.Now)
		require.NoError(t, err)
		return r.Token != ""
	}
	erase := func(st *story.Story) {
		t.Helper()
		gone, err := p.Stories.Withdraw(t.Context(), st.ID, account.Actor{Role: account.Contributor})
		require.NoError(t, err)
		line, err := gone.Apply(story.EventErased, account.TheSystem, p.Now)
		require.NoError(t, err)
		gone.ClearPersonal()
		require.NoError(t, p.DB.EraseStory(t.Context(), gone, line))
	}
	require.True(t, known())
	erase(st)
	require.True(t, known(), "another story has the address")
	got := p.after(0)
	require.Len(t, got, 1)
	require.Contains(t, got[0].Subject, "gelöscht")
	require.NotContains(t, got[0].Text+got[0].HTML, "Zoë")
	require.NotContains(t, got[0].Text, "stories.test")
	require.Equal(t, map[mail.Kind]string{mail.Withdrawn: "sent"}, p.states(st.ID))
	erase(other)
	require.False(t, known())
}

func TestSender_SendsNothingThatNobodyWants(t *testing.T) {
	t.Parallel()
	p := newPost(t, testkit.SMTPOptions{})
	p.Story(story.AwaitingUpload)
	got := p.after(time.Hour)
	require.Len(t, got, 1)
	stop, err := url.Parse(strings.Trim(got[0].Header.Get("List-Unsubscribe"), "<>"))
	require.NoError(t, err)
	require.Contains(t, got[0].Text, stop.String())
	token := stop.Query().Get("t")
	require.NoError(t, p.service.Stop(t.Context(), token, false))
	again := p.Story(story.AwaitingUpload)
	require.Empty(t, p.after(time.Hour))
	require.Equal(t, "dropped stopped", p.states(again.ID)[mail.Stalled])
	require.NoError(t, p.service.Stop(t.Context(), token, true))
	require.True(t, fault.Is(p.service.Stop(t.Context(), "other", false), "mail.stop_unknown"))

	_, _, err = p.service.SetSettings(t.Context(), p.Campaign.Slug, mail.Settings{mail.Stalled: {Off: true}})
	require.NoError(t, err)
	silent := p.Story(story.AwaitingUpload)
	require.Empty(t, p.after(time.Hour))
	require.Equal(t, "dropped turned_off", p.states(silent.ID)[mail.Stalled])
	odd := p.Story(story.AwaitingUpload, func(s *story.Story) { s.Contributor.Email = "a<b@c.example" })
	p.change(odd, story.EventUploaded, account.Contributor)
	require.Empty(t, p.after(0))
	require.Equal(t, "dropped unusable", p.states(odd.ID)[mail.Received])
}

func TestSender_BoundsTheMailsToOneAddressInADay(t *testing.T) {
	t.Parallel()
	p := newPost(t, testkit.SMTPOptions{})
	for range 25 {
		p.Story(story.AwaitingUpload)
	}
	require.Len(t, p.after(time.Hour), 20)
	require.Equal(t, 5, p.outcomes["stalled dropped"])
	p.Story(story.AwaitingUpload)
	require.Len(t, p.after(24*time.Hour), 1, "the next day")
}

func TestSender_InvitesByALinkThatWorksOnce(t *testing.T) {
	t.Parallel()
	p := newPost(t, testkit.SMTPOptions{})
	u, err := p.accounts.CreateUser(t.Context(), "mo@example.com", "Mo", "", []account.Role{account.Moderator})
	require.NoError(t, err)
	require.NoError(t, p.service.Invite(t.Context(), u, "de-DE"))
	got := p.after(0)
	require.Len(t, got, 1)
	require.Equal(t, "mo@example.com", got[0].To)
	require.Contains(t, got[0].Text, "Hallo Mo")
	require.Contains(t, got[0].Text, "stories.test")
	require.Empty(t, got[0].Header.Get("List-Unsubscribe"))
	link := regexp.MustCompile(`https://stories\.test/sign-in#link=(\S+)`).FindStringSubmatch(got[0].Text)
	require.Len(t, link, 2)
	p.Advance(23 * time.Hour)
	_, who, err := p.accounts.UseLink(t.Context(), link[1], account.Browser{})
	require.NoError(t, err)
	require.Equal(t, u.ID, who.ID)
	_, _, err = p.accounts.UseLink(t.Context(), link[1], account.Browser{})
	require.True(t, fault.Is(err, "auth.invalid"), err)

	yes := true
	require.NoError(t, p.service.Invite(t.Context(), u, "en"))
	_, _, err = p.accounts.UpdateUser(t.Context(), u.ID, account.UserChange{Disabled: &yes}, "")
	require.NoError(t, err)
	require.Empty(t, p.after(0), "disabled meanwhile")
	p.Advance(31 * 24 * time.Hour)
	require.NoError(t, p.service.Sweep(t.Context()))
}

func TestSender_RunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	p := newPost(t, testkit.SMTPOptions{})
	p.Story(story.AwaitingUpload)
	p.Advance(time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); p.sender.Run(ctx) }()
	testkit.Eventually(t, time.Minute, func() bool { return len(p.server.Mails()) == 1 })
	stop()
	<-ended
}

func TestSender_FinishesTheMailThatIsBeingSentWhenItStops(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	p := newPost(t, testkit.SMTPOptions{Taken: func() { stop() }})
	st := p.Story(story.AwaitingUpload)
	p.Advance(time.Hour)
	p.sender.Run(ctx)
	require.Equal(t, "sent", p.states(st.ID)[mail.Stalled])
	require.Len(t, p.server.Mails(), 1)
}
