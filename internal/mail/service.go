package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/story"
)

// Recipient is an address that mails about stories were sent to, by its hash.
type Recipient struct {
	Token     string    // in links that stop mails; it gives no access to anything else
	StoppedAt time.Time // zero: mails are wanted
}

// Store is where the outbox, settings and recipients are kept. Mails about
// stories are added by whoever stores stories.
type Store interface {
	// SignOfLife makes changes write to the outbox until the time.
	SignOfLife(ctx context.Context, until time.Time) error
	// DueMails returns waiting mails that are to be tried by now, oldest first.
	DueMails(ctx context.Context, now time.Time, limit int) ([]*Mail, error)
	// ClaimMail counts a try and keeps other senders off the mail until the time;
	// it reports whether the mail was still due.
	ClaimMail(ctx context.Context, m *Mail, until time.Time) (bool, error)
	// PutOffMail sets when a claimed mail is tried again.
	PutOffMail(ctx context.Context, m *Mail, next time.Time, reason string) error
	// EndMail ends a claimed mail and removes its address.
	EndMail(ctx context.Context, m *Mail, state State, reason string, at time.Time) error
	// AddInvitation adds one unless the user has one that waits; it reports
	// whether the outbox took it.
	AddInvitation(ctx context.Context, m *Mail) (bool, error)
	// ExpireMails ends mails that wait since before the time, and returns how many.
	ExpireMails(ctx context.Context, before, now time.Time) (int64, error)
	// PruneMails deletes ended mails that belong to no story, and recipients that
	// were not written to, each since the time.
	PruneMails(ctx context.Context, ended, used time.Time) error
	// StoryMails returns the mails of a story, oldest first.
	StoryMails(ctx context.Context, story string) ([]*Mail, error)
	// OldestMail returns since when the oldest mail is due; zero for none.
	OldestMail(ctx context.Context, now time.Time) (time.Time, error)
	// Recipient returns the recipient with the hash, made with the token if there
	// is none; without a token, the zero value then.
	Recipient(ctx context.Context, hash, token string, now time.Time) (Recipient, error)
	// CountMail counts one more mail of the day for the recipient; it reports
	// whether there were fewer than limit.
	CountMail(ctx context.Context, hash string, now time.Time, limit int) (bool, error)
	// StopMails sets since when the recipient with the token wants no mails; zero
	// allows them. It reports whether there is one.
	StopMails(ctx context.Context, token string, at time.Time) (bool, error)
	// RecipientByToken reports whether there is one, and whether it stopped mails.
	RecipientByToken(ctx context.Context, token string) (known, stopped bool, err error)
	// MailSettings returns a campaign's; empty for none.
	MailSettings(ctx context.Context, campaign string) (Settings, error)
	SetMailSettings(ctx context.Context, campaign string, s Settings, at time.Time) error
}

// campaigns is the part of campaign.Service that mails need.
type campaigns interface {
	Get(ctx context.Context, slugOrID string) (*campaign.Campaign, error)
}

// Service is what people can set about mails.
type Service struct {
	store     Store
	campaigns campaigns
	now       func() time.Time
	enabled   bool
}

// NewService returns a Service over the store; now is the clock, and enabled
// whether a mail server is configured.
func NewService(store Store, c campaigns, now func() time.Time, enabled bool) *Service {
	return &Service{store: store, campaigns: c, now: now, enabled: enabled}
}

// Enabled reports whether a mail server is configured.
func (s *Service) Enabled() bool { return s.enabled }

// Settings returns what a campaign sets about its mails; NotFound
// "campaign.unknown".
func (s *Service) Settings(ctx context.Context, slug string) (Settings, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	return s.store.MailSettings(ctx, c.ID)
}

// SetSettings replaces a campaign's settings, and returns them as they were and
// as they are stored. Errors are those of Settings, Invalid "mail.invalid", and
// Invalid "mail.placeholder".
func (s *Service) SetSettings(ctx context.Context, slug string, next Settings) (before, after Settings, err error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, nil, err
	}
	if after, err = next.normalized(); err != nil {
		return nil, nil, err
	}
	if before, err = s.store.MailSettings(ctx, c.ID); err != nil {
		return nil, nil, err
	}
	return before, after, s.store.SetMailSettings(ctx, c.ID, after, s.now())
}

// Preview writes a mail of a campaign about a sample story, with the given text
// or, if nil, the one that holds. pages is the address of the pages.
func (s *Service) Preview(
	ctx context.Context, slug string, k Kind, locale string, t *Text, pages string,
) (Message, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return Message{}, err
	}
	locale = LocaleOf(locale)
	kept, err := s.store.MailSettings(ctx, c.ID)
	if err != nil {
		return Message{}, err
	}
	shown := kept.Text(k, locale)
	if t != nil {
		if shown, err = t.normalized(k); err != nil {
			return Message{}, err
		}
	}
	v := languages[locale].Sample
	v.Campaign = c.TitleIn(locale)
	if k == Replace {
		v.explain(locale, c, &story.Entry{Reason: "no_song", Message: languages[locale].SampleMessage})
	}
	links := Links{Pages: pages}
	if k != Withdrawn {
		links.fill(&v, k, "00000000-0000-7000-8000-000000000000", "…", "…", locale)
	}
	return Render(k, locale, shown, v)
}

// Invite puts an invitation of a user into the outbox. Conflict "mail.off"
// without a mail server, and where no process has sent mails for a day; Conflict
// "user.disabled".
func (s *Service) Invite(ctx context.Context, u *account.User, locale string) error {
	if u.Disabled {
		return account.ErrDisabled
	}
	off := fault.New(fault.Conflict, "mail.off", "no mail server is set up here; make a sign-in link instead")
	if !s.enabled {
		return off
	}
	now := s.now()
	m := &Mail{
		ID: id.New(), User: u.ID, Kind: Invitation, Locale: LocaleOf(locale), At: now, NextAt: now, State: Waiting,
	}
	m.Round = m.ID
	taken, err := s.store.AddInvitation(ctx, m)
	if err == nil && !taken {
		return off
	}
	return err
}

// Mails returns the mails of a story, oldest first.
func (s *Service) Mails(ctx context.Context, story string) ([]*Mail, error) {
	return s.store.StoryMails(ctx, story)
}

var errNoRecipient = fault.New(fault.NotFound, "mail.stop_unknown",
	"this link does not work any more; use the one in the newest mail")

// Stop ends mails about stories to the address whose mail had the token, or
// allows them again. NotFound "mail.stop_unknown".
func (s *Service) Stop(ctx context.Context, token string, allow bool) error {
	if _, err := s.Stopped(ctx, token); err != nil { // guesses get no write
		return err
	}
	at := s.now()
	if allow {
		at = time.Time{}
	}
	_, err := s.store.StopMails(ctx, token, at)
	return err
}

// Stopped reports whether the address whose mail had the token wants no mails.
// NotFound "mail.stop_unknown".
func (s *Service) Stopped(ctx context.Context, token string) (bool, error) {
	known, stopped, err := s.store.RecipientByToken(ctx, token)
	if err == nil && !known {
		return false, errNoRecipient
	}
	return stopped, err
}

// How long is kept what no story keeps.
const (
	keepEnded     = 30 * 24 * time.Hour
	keepRecipient = 365 * 24 * time.Hour
)

// Sweep gives up what could not be sent in time, also where no process sends
// mails any more, and deletes what is kept long enough.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	if _, err := s.store.ExpireMails(ctx, now.Add(-GiveUp), now); err != nil {
		return err
	}
	return s.store.PruneMails(ctx, now.Add(-keepEnded), now.Add(-keepRecipient))
}

// HashAddress is how addresses are remembered: SHA-256 of the address in lower
// case, hex.
func HashAddress(address string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(address)))
	return hex.EncodeToString(sum[:])
}

// Links makes the addresses in mails.
type Links struct {
	Pages string // address of the pages, without a slash at the end
}

// fill sets the links of a mail about a story: the page that it is about, the
// private page where that is another, and the one that stops mails.
func (l Links) fill(v *Values, k Kind, story, token, stop, locale string) {
	private := l.Pages + "/s/" + story + "#token=" + token
	v.Link = private
	if k == Published {
		v.Link, v.Private = l.Pages+"/v/"+story, private
	}
	v.Stop = l.stop(stop, locale)
}

// stop is the page that stops mails about stories.
func (l Links) stop(token, locale string) string {
	return l.Pages + "/mail/stop?t=" + token + "&lang=" + locale
}

// notice is the receipt of a report about a video.
func (l Links) notice(id, token string) string { return l.Pages + "/n/" + id + "#token=" + token }

// signIn is where an invitation leads.
func (l Links) signIn(token string) string { return l.Pages + "/sign-in#link=" + token }

// newToken returns a token and its hash.
func newToken() (token, hash string) {
	token = account.NewToken()
	return token, account.HashToken(token)
}
