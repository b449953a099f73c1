package mail

import (
	"cmp"
	"context"
	"errors"
	netmail "net/mail"
	"net/url"
	"slices"
	"strings"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
)

// Reasons why a mail is not sent.
const (
	unfit    = "no_longer_true" // the story has gone on
	off      = "turned_off"     // by the campaign
	stopped  = "stopped"        // by its recipient
	tooMany  = "too_many"       // to this address today
	unusable = "unusable"       // no address, or none that mail can be sent to
)

// write makes the message of a mail, or names why nobody should get it.
func (s *Sender) write(ctx context.Context, m *Mail) (msg Message, unwanted string, err error) {
	switch m.Kind {
	case Invitation:
		msg, unwanted, err = s.writeInvitation(ctx, m)
	case Withdrawn:
		msg, unwanted, err = s.writeErasure(ctx, m)
	case NoticeReceived, NoticeDecided:
		msg, unwanted, err = s.writeNotice(ctx, m)
	case Received, Approved, Replace, Stalled, Published:
		msg, unwanted, err = s.writeStory(ctx, m)
	}
	msg.ID = m.ID
	return msg, unwanted, err
}

func (s *Sender) writeStory(ctx context.Context, m *Mail) (msg Message, unwanted string, err error) {
	st, err := s.Stories.Get(ctx, m.Story)
	if fault.KindOf(err) == fault.NotFound {
		return msg, unfit, nil
	}
	if err != nil {
		return msg, "", err
	}
	if !Fits(m.Kind, st) || m.Round != st.Upload.ID {
		return msg, unfit, nil
	}
	locale := LocaleOf(st.Contributor.Locale)
	t, v, unwanted, err := s.ofCampaign(ctx, m, locale)
	if err != nil || unwanted != "" {
		return msg, unwanted, err
	}
	to := st.Contributor.Email
	stop, unwanted, err := s.admit(ctx, m, to)
	if err != nil || unwanted != "" {
		return msg, unwanted, err
	}
	token, hash := newToken()
	if err := s.Tokens.AddToken(ctx, st.ID, hash); err != nil {
		return msg, "", err
	}
	v.Name, v.Title = st.Contributor.Name, cmp.Or(st.Title, st.Song.Title)
	if m.Kind == Replace {
		rejection, err := s.rejection(ctx, st)
		if err != nil {
			return msg, "", err
		}
		c, err := s.Campaigns.Get(ctx, m.Campaign)
		if err != nil {
			return msg, "", err
		}
		v.explain(locale, c, rejection)
	}
	s.links.fill(&v, m.Kind, st.ID, token, stop, locale)
	msg, err = Render(m.Kind, locale, t, v)
	msg.To = to
	return msg, "", err
}

// rejection returns the line by which a story was rejected; nil for one that is not.
func (s *Sender) rejection(ctx context.Context, st *story.Story) (*story.Entry, error) {
	if st.State != story.Rejected {
		return nil, nil
	}
	lines, err := s.Stories.History(ctx, st.ID)
	if err != nil {
		return nil, err
	}
	for _, l := range slices.Backward(lines) {
		if l.Event == story.EventRejected {
			return l, nil
		}
	}
	return nil, nil
}

// ofCampaign returns the text that the mail's campaign has for it.
func (s *Sender) ofCampaign(
	ctx context.Context,
	m *Mail,
	locale string,
) (t Text, v Values, unwanted string, err error) {
	c, err := s.Campaigns.Get(ctx, m.Campaign)
	if err != nil {
		return t, v, "", err
	}
	kept, err := s.Store.MailSettings(ctx, c.ID)
	if err != nil {
		return t, v, "", err
	}
	if kept[m.Kind].Off {
		return t, v, off, nil
	}
	v.Campaign = c.TitleIn(locale)
	return kept.Text(m.Kind, locale), v, "", nil
}

// admit reports why an address gets no mail about stories, or returns the token
// by which its owner can stop them. Only first tries are counted.
func (s *Sender) admit(ctx context.Context, m *Mail, address string) (stop, unwanted string, err error) {
	if !usable(address) {
		return "", unusable, nil
	}
	hash, now := HashAddress(address), s.opts.Now()
	r, err := s.Store.Recipient(ctx, hash, account.NewToken(), now)
	if err != nil {
		return "", "", err
	}
	if !r.StoppedAt.IsZero() {
		return "", stopped, nil
	}
	if m.Tries > 1 {
		return r.Token, "", nil
	}
	few, err := s.Store.CountMail(ctx, hash, now, perDay)
	if err == nil && !few {
		return "", tooMany, nil
	}
	return r.Token, "", err
}

// usable reports whether a is an address alone, as the mail server needs it.
func usable(a string) bool {
	parsed, err := netmail.ParseAddress(a)
	return err == nil && parsed.Address == a
}

// writeErasure makes the last mail about a story. It has no link: nothing is
// left to see, and no further mail to stop.
func (s *Sender) writeErasure(ctx context.Context, m *Mail) (msg Message, unwanted string, err error) {
	if !usable(m.Address) {
		return msg, unusable, nil
	}
	locale := LocaleOf(m.Locale)
	t, v, unwanted, err := s.ofCampaign(ctx, m, locale)
	if err != nil || unwanted != "" {
		return msg, unwanted, err
	}
	r, err := s.Store.Recipient(ctx, HashAddress(m.Address), "", s.opts.Now())
	if err != nil {
		return msg, "", err
	}
	if !r.StoppedAt.IsZero() {
		return msg, stopped, nil
	}
	msg, err = Render(m.Kind, locale, t, v)
	msg.To = m.Address
	return msg, "", err
}

// writeNotice makes a mail about a report. It says nothing of the story, which
// may be erased by now.
func (s *Sender) writeNotice(ctx context.Context, m *Mail) (msg Message, unwanted string, err error) {
	n, err := s.Notices.Notice(ctx, m.Round)
	if fault.KindOf(err) == fault.NotFound {
		return msg, unfit, nil
	}
	if err != nil {
		return msg, "", err
	}
	locale := LocaleOf(m.Locale)
	t, v, unwanted, err := s.ofCampaign(ctx, m, locale)
	if err != nil || unwanted != "" {
		return msg, unwanted, err
	}
	if v.Stop, unwanted, err = s.admit(ctx, m, m.Address); err != nil || unwanted != "" {
		return msg, unwanted, err
	}
	token, hash := newToken()
	if err := s.Notices.AddNoticeToken(ctx, n.ID, hash); err != nil {
		return msg, "", err
	}
	l := languages[locale]
	if v.Message = l.Outcomes[string(n.Outcome)]; n.Reply != "" {
		v.Message += " " + strings.ReplaceAll(l.Message, "{message}", inert(n.Reply))
	}
	v.Link, v.Stop = s.links.notice(n.ID, token), s.links.stop(v.Stop, locale)
	msg, err = Render(m.Kind, locale, t, v)
	msg.To = m.Address
	return msg, "", err
}

func (s *Sender) writeInvitation(ctx context.Context, m *Mail) (msg Message, unwanted string, err error) {
	u, err := s.Accounts.User(ctx, m.User)
	if fault.KindOf(err) == fault.NotFound || err == nil && u.Disabled {
		return msg, unfit, nil
	}
	if err != nil {
		return msg, "", err
	}
	if !usable(u.Email) {
		return msg, unusable, nil
	}
	token, until, err := s.Accounts.NewInvitation(ctx, u.ID)
	if err != nil {
		return msg, "", err
	}
	pages, err := url.Parse(s.links.Pages)
	if err != nil {
		return msg, "", errors.Join(errors.New("the address of the pages"), err)
	}
	v := Values{
		Name: cmp.Or(u.Name, u.Email), Site: pages.Host, Until: until.UTC().Format("2006-01-02 15:04 UTC"),
		Link: s.links.signIn(token),
	}
	msg, err = Render(m.Kind, m.Locale, BuiltIn(m.Kind, m.Locale), v)
	msg.To = u.Email
	return msg, "", err
}
