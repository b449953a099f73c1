package api

import (
	"context"
	"errors"
	"time"

	"github.com/storyreel/storyreel/internal/campaign"
)

// limitsView is what a contributor must know before choosing a file.
type limitsView struct {
	MaxBytes      int64 `json:"max_bytes" doc:"Largest file, in bytes." minimum:"0" maximum:"9007199254740991"`
	MinDurationMS int64 `json:"min_duration_ms" doc:"Shortest video." minimum:"0" maximum:"86400000"`
	MaxDurationMS int64 `json:"max_duration_ms" doc:"Longest video." minimum:"0" maximum:"86400000"`
	MinAge        int   `json:"min_age" doc:"Years a contributor must confirm to have." minimum:"0" maximum:"99"`
}

func limitsOf(l campaign.Limits) limitsView {
	return limitsView{l.MaxBytes, l.MinDuration.Milliseconds(), l.MaxDuration.Milliseconds(), l.MinAge}
}

func (v limitsView) limits() campaign.Limits {
	return campaign.Limits{
		MaxBytes: v.MaxBytes, MinDuration: time.Duration(v.MinDurationMS) * time.Millisecond,
		MaxDuration: time.Duration(v.MaxDurationMS) * time.Millisecond, MinAge: v.MinAge,
	}
}

// formView is a release form as it must be shown: in full.
type formView struct {
	Version   int        `json:"version"`
	Locale    string     `json:"locale"`
	Title     string     `json:"title"`
	Text      string     `json:"text"`
	SHA256    string     `json:"sha256" doc:"Of the text, hex; what a release is evidence of."`
	CreatedAt *time.Time `json:"created_at,omitempty" doc:"Where all versions are listed."`
}

func formOf(f *campaign.ReleaseForm) formView {
	return formView{Version: f.Version, Locale: f.Locale, Title: f.Title, Text: f.Text, SHA256: f.SHA256}
}

// questionView is something the campaign asks besides the video.
type questionView struct {
	ID       string   `json:"id" maxLength:"64"`
	Label    string   `json:"label" minLength:"1" maxLength:"200"`
	Hint     string   `json:"hint,omitempty" maxLength:"500"`
	Kind     string   `json:"kind" enum:"text,long_text,choice,yes_no" doc:"How it is answered; yes_no by 'yes' or 'no'."`
	Required bool     `json:"required,omitempty"`
	Choices  []string `json:"choices,omitempty" maxItems:"50" doc:"Of a choice."`
}

type campaignView struct {
	Slug      string                          `json:"slug"`
	Title     string                          `json:"title"`
	Hashtag   string                          `json:"hashtag"`
	Prompt    string                          `json:"prompt"`
	Zone      string                          `json:"zone" doc:"IANA name of the time zone in which the times are set." example:"Europe/Berlin"`
	OpensAt   time.Time                       `json:"opens_at"`
	ClosesAt  *time.Time                      `json:"closes_at,omitempty"`
	Open      bool                            `json:"open" doc:"Whether stories may begin now: within the campaign's times, and with a release form."`
	Reasons   []reasonView                    `json:"reasons,omitempty" doc:"Staff only: why stories are rejected or hidden."`
	Standing  string                          `json:"standing" enum:"live,paused,archived" doc:"Paused and archived campaigns take no stories."`
	Revision  *int64                          `json:"revision,omitempty" doc:"Staff only: how often it was changed; for If-Match."`
	Missing   []string                        `json:"missing,omitempty" enum:"release_form,policy,privacy,imprint,origins" doc:"Staff only: what is not there yet; only a release form is needed for stories."`
	Limits    limitsView                      `json:"limits"`
	Countries []string                        `json:"countries,omitempty" doc:"Empty: everywhere."`
	AdSlots   []string                        `json:"ad_slots"`
	Slots     []adSlot                        `json:"slots,omitempty" doc:"Staff only: what is known of each of ad_slots, in their order."`
	Questions []questionView                  `json:"questions" doc:"Asked besides the video, in order."`
	Origins   []string                        `json:"origins,omitempty" doc:"Staff only: web origins that may embed the campaign."`
	Policy    string                          `json:"policy,omitempty" doc:"Staff only: what moderators hold stories to."`
	Locales   map[string]campaign.Translation `json:"locales,omitempty" doc:"Texts in other languages, by BCP 47 tag; what is absent falls back to the texts above. Answers are the campaign's own choices in every language."`

	PrivacyURL   string     `json:"privacy_url,omitempty" doc:"Page of the privacy notice."`
	ImprintURL   string     `json:"imprint_url,omitempty" doc:"Page that states who is responsible."`
	Theme        *themeView `json:"theme,omitempty" doc:"How it looks; absent: like the product."`
	ReleaseForms []formView `json:"release_forms" doc:"The current form of each locale."`
}

// campaignView is what everybody may see of a campaign that has these current
// release forms.
func (s *server) campaignView(c *campaign.Campaign, forms []*campaign.ReleaseForm) campaignView {
	v := campaignView{
		Slug: c.Slug, Title: c.Title, Hashtag: c.Hashtag, Prompt: c.Prompt, Zone: c.Zone, OpensAt: c.OpensAt,
		Limits: limitsOf(c.Limits), Countries: c.Countries, AdSlots: c.AdSlots, Questions: []questionView{},
		ReleaseForms: []formView{}, Locales: c.Locales, PrivacyURL: c.Privacy, ImprintURL: c.Imprint,
		Standing: string(c.Standing), Theme: themeOf(c.Theme),
	}
	for _, q := range c.Questions {
		v.Questions = append(v.Questions, questionView{q.ID, q.Label, q.Hint, string(q.Kind), q.Required, q.Choices})
	}
	if !c.ClosesAt.IsZero() {
		v.ClosesAt = &c.ClosesAt
	}
	for _, f := range forms {
		v.ReleaseForms = append(v.ReleaseForms, formOf(f))
	}
	v.Open = len(forms) > 0 && c.Open(s.Now()) == nil
	return v
}

// CampaignPath names the campaign that a request is about.
type CampaignPath struct {
	Campaign string `path:"campaign" doc:"The campaign's slug." maxLength:"64"`
}

type campaignOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         campaignView
}

func (s *server) campaignRoutes() {
	handle(s, anyone, op("get-campaign", "GET /v1/campaigns/{campaign}", "campaigns", "Read a campaign").
		about("Its question, window, limits and current release forms.").everywhere().fails(notFound), s.getCampaign)
}

// getCampaign answers with what a contributor needs to begin a story.
func (s *server) getCampaign(ctx context.Context, in *CampaignPath) (*campaignOutput, error) {
	c, err := s.Campaigns.Get(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	v, err := s.publicCampaign(ctx, c)
	return &campaignOutput{CacheControl: "public, max-age=10", Body: v}, err
}

// publicCampaign is the body of getCampaign, also for the campaign's page.
func (s *server) publicCampaign(ctx context.Context, c *campaign.Campaign) (campaignView, error) {
	forms, err := s.Campaigns.CurrentForms(ctx, c.ID)
	v := s.campaignView(c, forms)
	return v, errors.Join(err, s.hideExample(ctx, c, &v))
}
