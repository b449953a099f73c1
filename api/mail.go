package api

import (
	"context"
	"strconv"
	"time"

	"github.com/storyreel/storyreel/internal/mail"
)

// MailTextView is a subject and a text in one language.
type MailTextView struct {
	Subject string `json:"subject" maxLength:"150"`
	Text    string `json:"text"    maxLength:"4000" doc:"Plain text with placeholders in braces; an empty line separates paragraphs. A paragraph of {link} alone becomes a button."`
}

type mailLocaleView struct {
	Locale  string        `json:"locale"        enum:"en,de"`
	Own     *MailTextView `json:"own,omitempty"              doc:"What the campaign has instead of the built-in text."`
	BuiltIn MailTextView  `json:"built_in"`
}

type mailKindView struct {
	Kind         mail.Kind        `json:"kind"         enum:"received,stalled,replace,approved,published,withdrawn"`
	On           bool             `json:"on"`
	Placeholders []string         `json:"placeholders"                                                              doc:"Names that the texts can hold in braces."`
	Texts        []mailLocaleView `json:"texts"`
}

type campaignMailView struct {
	Configured bool           `json:"configured" doc:"Whether a mail server is set up; without one nobody gets mails."`
	Kinds      []mailKindView `json:"kinds"`
}

// MailTextInput is a campaign's own text in one language.
type MailTextInput struct {
	Locale string `json:"locale" enum:"en,de"`
	MailTextView
}

// MailKindInput is what a campaign sets of one kind.
type MailKindInput struct {
	Kind  mail.Kind       `json:"kind" enum:"received,stalled,replace,approved,published,withdrawn"`
	On    bool            `json:"on"`
	Texts []MailTextInput `json:"texts,omitempty" maxItems:"10" doc:"Those that differ from the built-in ones."`
}

type setMailInput struct {
	CampaignPath
	Body struct {
		Kinds []MailKindInput `json:"kinds" maxItems:"10" doc:"Those left out are on, with the built-in texts."`
	}
}

type previewMailInput struct {
	CampaignPath
	Body struct {
		Kind    mail.Kind `json:"kind" enum:"received,stalled,replace,approved,published,withdrawn"`
		Locale  string    `json:"locale" enum:"en,de"`
		Subject string    `json:"subject,omitempty" maxLength:"150" doc:"Without subject and text: those that hold now."`
		Text    string    `json:"text,omitempty" maxLength:"4000"`
	}
}

type mailPreviewView struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html"    doc:"A whole document. It loads nothing."`
}

type inviteInput struct {
	UserPath
	Body struct {
		Locale string `json:"locale,omitempty" maxLength:"35" doc:"BCP 47; English by default."`
	}
}

type mailStateView struct {
	Configured bool `json:"configured" doc:"Whether a mail server is set up."`
}

// dataMailView is a mail about a story, without its text.
type dataMailView struct {
	Kind    mail.Kind  `json:"kind"`
	State   mail.State `json:"state"              enum:"waiting,sent,dropped,refused,expired"`
	DueAt   time.Time  `json:"due_at"`
	EndedAt *time.Time `json:"ended_at,omitempty"`
}

func (s *server) mailRoutes() {
	handle(s, admins, op("get-mail", "GET /v1/admin/mail", "admin", "Read whether mails are sent"), s.getMail)
	handle(s, admins, op("get-campaign-mail", "GET /v1/campaigns/{campaign}/mail", "admin",
		"Read a campaign's mails").fails(notFound), s.getCampaignMail)
	handle(s, admins, op("set-campaign-mail", "PUT /v1/campaigns/{campaign}/mail", "admin", "Set a campaign's mails").
		about("Which mails contributors get, and their texts.").
		fails(notFound).audited("mail.changed"), s.setCampaignMail)
	handle(s, admins, op("preview-mail", "POST /v1/campaigns/{campaign}/mail/preview", "admin", "Preview a mail").
		about("As it would be sent about a sample story; nothing is stored or sent.").fails(notFound), s.previewMail)
	handle(s, admins, op("invite-user", "POST /v1/admin/users/{user}/invitations", "admin",
		"Send a sign-in link to a user").about("By mail, once. It works for a day where the user has no password.").
		noContent().fails(notFound, conflict).audited("user.invited"), s.inviteUser)
}

// getMail answers whether invitations can be sent.
func (s *server) getMail(context.Context, *none) (*body[mailStateView], error) {
	return bodyOf(mailStateView{s.Mails.Enabled()}), nil
}

// getCampaignMail answers with every kind, set or not.
func (s *server) getCampaignMail(ctx context.Context, in *CampaignPath) (*body[campaignMailView], error) {
	set, err := s.Mails.Settings(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	return bodyOf(s.campaignMail(set)), nil
}

func (s *server) campaignMail(set mail.Settings) campaignMailView {
	v := campaignMailView{Configured: s.Mails.Enabled()}
	for _, k := range mail.StoryKinds() {
		kind := mailKindView{Kind: k, On: !set[k].Off, Placeholders: mail.Placeholders(k)}
		for _, locale := range mail.Locales() {
			l := mailLocaleView{Locale: locale, BuiltIn: mailTextOf(mail.BuiltIn(k, locale))}
			if own, ok := set[k].Texts[locale]; ok {
				text := mailTextOf(own)
				l.Own = &text
			}
			kind.Texts = append(kind.Texts, l)
		}
		v.Kinds = append(v.Kinds, kind)
	}
	return v
}

func mailTextOf(t mail.Text) MailTextView { return MailTextView{t.Subject, t.Body} }

// setCampaignMail replaces what a campaign sets about its mails.
func (s *server) setCampaignMail(ctx context.Context, in *setMailInput) (*body[campaignMailView], error) {
	next := mail.Settings{}
	for _, k := range in.Body.Kinds {
		set := mail.KindSettings{Off: !k.On, Texts: map[string]mail.Text{}}
		for _, t := range k.Texts {
			set.Texts[t.Locale] = mail.Text{Subject: t.Subject, Body: t.Text}
		}
		next[k.Kind] = set
	}
	before, after, err := s.Mails.SetSettings(ctx, in.Campaign, next)
	if err != nil {
		return nil, err
	}
	who := callerOf(ctx)
	who.about(in.Campaign)
	for name, change := range mail.Differences(before, after) {
		who.about(in.Campaign, name, change)
	}
	return bodyOf(s.campaignMail(after)), nil
}

// previewMail answers with a mail about a sample story.
func (s *server) previewMail(ctx context.Context, in *previewMailInput) (*body[mailPreviewView], error) {
	var text *mail.Text
	if in.Body.Subject != "" || in.Body.Text != "" {
		text = &mail.Text{Subject: in.Body.Subject, Body: in.Body.Text}
	}
	m, err := s.Mails.Preview(ctx, in.Campaign, in.Body.Kind, in.Body.Locale, text, s.Addresses.Pages)
	if err != nil {
		return nil, err
	}
	return bodyOf(mailPreviewView{m.Subject, m.Text, m.HTML}), nil
}

// inviteUser puts an invitation into the outbox.
func (s *server) inviteUser(ctx context.Context, in *inviteInput) (*none, error) {
	u, err := s.Accounts.User(ctx, in.User)
	if err != nil {
		return nil, err
	}
	locale := mail.LocaleOf(in.Body.Locale)
	callerOf(ctx).about(u.ID, "locale", locale, "password", strconv.FormatBool(u.PasswordHash != ""))
	return nil, s.Mails.Invite(ctx, u, locale)
}

// mailsOf are the mails about a story, for its contributor's data.
func (s *server) mailsOf(ctx context.Context, id string) ([]dataMailView, error) {
	all, err := s.Mails.Mails(ctx, id)
	out := make([]dataMailView, len(all))
	for i, m := range all {
		out[i] = dataMailView{Kind: m.Kind, State: m.State, DueAt: m.At}
		if !m.EndedAt.IsZero() {
			out[i].EndedAt = &m.EndedAt
		}
	}
	return out, err
}
