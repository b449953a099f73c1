package api

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/storyreel/storyreel/internal/campaign"
)

// CampaignBody is what can be set of a campaign. Absent fields keep what
// they are, or take the defaults of a new campaign.
type CampaignBody struct {
	Title     *string                         `json:"title,omitempty" maxLength:"200"`
	Hashtag   *string                         `json:"hashtag,omitempty" maxLength:"81"`
	Prompt    *string                         `json:"prompt,omitempty" maxLength:"2000"`
	Zone      *string                         `json:"zone,omitempty" maxLength:"64" doc:"IANA name of the time zone in which the times are set; UTC by default." example:"Europe/Berlin"`
	OpensAt   *time.Time                      `json:"opens_at,omitempty"`
	ClosesAt  *time.Time                      `json:"closes_at,omitempty"`
	Limits    *limitsView                     `json:"limits,omitempty"`
	AdSlots   []string                        `json:"ad_slots,omitempty" maxItems:"100" doc:"Alone, it keeps what is known of slots that stay."`
	Slots     []adSlot                        `json:"slots,omitempty" maxItems:"100" doc:"Title, length, shape and market of slots. Alone, it sets ad_slots as well."`
	Questions []questionView                  `json:"questions,omitempty" maxItems:"20" doc:"All of them: those left out are asked no more."`
	Countries []string                        `json:"countries,omitempty" maxItems:"250"`
	Origins   []string                        `json:"origins,omitempty" maxItems:"100"`
	Reasons   []reasonView                    `json:"reasons,omitempty" maxItems:"11" doc:"Why stories are rejected or hidden, in order; an empty list: the standard reasons."`
	Locales   map[string]campaign.Translation `json:"locales,omitempty" maxProperties:"30" doc:"All translations, by BCP 47 tag; {} removes them."`

	Privacy  *string `json:"privacy_url,omitempty" maxLength:"500" doc:"http or https address of the privacy notice; empty: none."`
	Imprint  *string `json:"imprint_url,omitempty" maxLength:"500" doc:"The same of who is responsible."`
	Standing *string `json:"standing,omitempty" enum:"live,paused,archived" doc:"Paused and archived campaigns take no stories; archived ones leave the lists. The feed stays."`
	Policy   *string `json:"policy,omitempty" maxLength:"20000" doc:"What moderators hold stories to."`

	Theme *themeView `json:"theme,omitempty" doc:"All of how it looks where the public sees it; {}: like the product."`
}

func (b CampaignBody) changes() campaign.Changes {
	ch := campaign.Changes{
		Title: b.Title, Hashtag: b.Hashtag, Prompt: b.Prompt, Policy: b.Policy, Zone: b.Zone,
		Locales: b.Locales, Privacy: b.Privacy, Imprint: b.Imprint,
		OpensAt: b.OpensAt, ClosesAt: b.ClosesAt, AdSlots: b.AdSlots, Countries: b.Countries, Origins: b.Origins,
	}
	ch.Standing, ch.Theme = (*campaign.Standing)(b.Standing), (*campaign.Theme)(b.Theme)
	if b.Limits != nil {
		l := b.Limits.limits()
		ch.MaxBytes, ch.MinDuration, ch.MaxDuration, ch.MinAge = &l.MaxBytes, &l.MinDuration, &l.MaxDuration, &l.MinAge
	}
	if b.Slots != nil {
		ch.Slots = make([]campaign.Slot, len(b.Slots))
		for i, s := range b.Slots {
			ch.Slots[i] = s.slot()
		}
	}
	if b.Questions != nil {
		ch.Questions = make([]campaign.Question, len(b.Questions))
		for i, q := range b.Questions {
			ch.Questions[i] = campaign.Question{
				ID: q.ID, Label: q.Label, Hint: q.Hint, Kind: campaign.QuestionKind(q.Kind), Required: q.Required,
				Choices: q.Choices,
			}
		}
	}
	if b.Reasons != nil {
		ch.Reasons = make([]campaign.Reason, len(b.Reasons))
		for i, r := range b.Reasons {
			ch.Reasons[i] = campaign.Reason(r)
		}
	}
	return ch
}

type createCampaignInput struct {
	Body struct {
		Slug string `json:"slug" maxLength:"64"`
		CampaignBody
	}
}

type updateCampaignInput struct {
	CampaignPath
	IfMatch string `header:"If-Match" maxLength:"40" doc:"ETag of the settings that the change was made of: 409 campaign.changed where they are others by now."`
	Body    CampaignBody
}

// revision is the one that the change was made of; false where any will do.
// What is no ETag of a campaign matches none.
func (in *updateCampaignInput) revision() (int64, bool) {
	tag := strings.TrimSpace(in.IfMatch)
	if tag == "" || tag == "*" {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(tag, "W/"), `"`), 10, 64)
	if err != nil {
		n = -1
	}
	return n, true
}

type listCampaignsInput struct {
	Archived bool `query:"archived" doc:"Also those that are archived."`
}

type duplicateCampaignInput struct {
	CampaignPath
	Body struct {
		Slug  string `json:"slug" maxLength:"64" doc:"Of the new campaign."`
		Title string `json:"title,omitempty" maxLength:"200" doc:"Absent: the same."`
	}
}

// settingsOutput is a campaign with what only staff may see. Its ETag is for
// If-Match.
type settingsOutput struct {
	CacheControl string `header:"Cache-Control"`
	ETag         string `header:"ETag"`
	Body         campaignView
}

type addReleaseFormInput struct {
	CampaignPath
	Body struct {
		Locale string `json:"locale,omitempty" maxLength:"35" default:"en"`
		Title  string `json:"title,omitempty" maxLength:"200"`
		Text   string `json:"text" minLength:"20" maxLength:"100000"`
	}
}

func (s *server) campaignAdminRoutes() {
	handle(s, staff, op("list-campaigns", "GET /v1/campaigns", "admin", "List campaigns").
		about("Newest first, without archived ones unless asked for."), s.listCampaigns)
	handle(s, admins, op("get-campaign-settings", "GET /v1/campaigns/{campaign}/settings", "admin",
		"Read a campaign's settings").about("All that a change replaces, with an ETag for If-Match.").fails(notFound),
		s.getCampaignSettings)
	handle(s, admins, op("duplicate-campaign", "POST /v1/campaigns/{campaign}/copies", "admin",
		"Duplicate a campaign").about("Settings, current release forms and mail texts, under another slug; no "+
		"stories, webhooks or legal holds.").created().fails(notFound, conflict).audited("campaign.created"),
		s.duplicateCampaign)
	handle(s, admins, op("create-campaign", "POST /v1/campaigns", "admin", "Create a campaign").
		about("It takes stories once it has a release form.").created().fails(conflict).
		audited("campaign.created"), s.createCampaign)
	handle(s, admins, op("update-campaign", "PUT /v1/campaigns/{campaign}", "admin", "Change a campaign").
		about("Absent fields keep what they are.").fails(notFound, conflict).audited("campaign.changed"),
		s.updateCampaign)
	handle(s, admins, op("add-release-form", "POST /v1/campaigns/{campaign}/release-forms", "admin",
		"Add a version of the release form").about("Earlier releases stay bound to the text they agreed to.").
		created().fails(notFound).audited("form.added"), s.addReleaseForm)
	handle(s, staff, op("list-release-forms", "GET /v1/campaigns/{campaign}/release-forms", "admin",
		"List every version of the release forms").
		about("Newest first. Releases stay bound to the version they agreed to.").fails(notFound), s.listReleaseForms)
}

// listCampaigns answers with every campaign and what only staff may see of it.
func (s *server) listCampaigns(ctx context.Context, in *listCampaignsInput) (*items[campaignView], error) {
	all, err := s.Campaigns.List(ctx)
	if err != nil {
		return nil, err
	}
	if !in.Archived {
		all = slices.DeleteFunc(all, func(c *campaign.Campaign) bool { return c.Standing == campaign.Archived })
	}
	views := make([]campaignView, len(all))
	for i, c := range all {
		if views[i], err = s.staffCampaignView(ctx, c); err != nil {
			return nil, err
		}
	}
	return itemsOf(views), nil
}

// staffCampaignView is a campaign with what only staff may see.
func (s *server) staffCampaignView(ctx context.Context, c *campaign.Campaign) (campaignView, error) {
	forms, err := s.Campaigns.CurrentForms(ctx, c.ID)
	v := s.campaignView(c, forms)
	v.Origins, v.Policy, v.Missing, v.Slots = c.Origins, c.Policy, c.Missing(forms), slotsOf(c)
	v.Reasons, v.Revision = reasonViews(c.ReasonsInUse()), &c.Revision
	return v, err
}

// settings is the answer with a campaign that was read or changed.
func (s *server) settings(ctx context.Context, c *campaign.Campaign) (*settingsOutput, error) {
	v, err := s.staffCampaignView(ctx, c)
	return &settingsOutput{"no-store", fmt.Sprintf("%q", strconv.FormatInt(c.Revision, 10)), v}, err
}

// getCampaignSettings answers with everything that updateCampaign can set.
func (s *server) getCampaignSettings(ctx context.Context, in *CampaignPath) (*settingsOutput, error) {
	c, err := s.Campaigns.Get(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	return s.settings(ctx, c)
}

// duplicateCampaign makes a campaign like another; a slug that is taken is a
// conflict.
func (s *server) duplicateCampaign(ctx context.Context, in *duplicateCampaignInput) (*settingsOutput, error) {
	c, err := s.Campaigns.Duplicate(ctx, in.Campaign, in.Body.Slug, in.Body.Title)
	if err != nil {
		return nil, err
	}
	s.aboutCampaign(ctx, &campaign.Campaign{}, c)
	return s.settings(ctx, c)
}

// createCampaign makes a campaign; a slug that is taken is a conflict.
func (s *server) createCampaign(ctx context.Context, in *createCampaignInput) (*settingsOutput, error) {
	c := &campaign.Campaign{Slug: in.Body.Slug}
	in.Body.changes().Apply(c)
	if err := c.CheckExample(""); err != nil {
		return nil, err
	}
	if err := s.Campaigns.Create(ctx, c); err != nil {
		return nil, err
	}
	s.originsChanged(ctx)
	s.aboutCampaign(ctx, &campaign.Campaign{}, c)
	return s.settings(ctx, c)
}

// aboutCampaign tells the audit trail what changed of a campaign.
func (s *server) aboutCampaign(ctx context.Context, before, after *campaign.Campaign) {
	who := callerOf(ctx)
	who.about(after.Slug)
	for name, change := range campaign.Differences(before, after) {
		who.about(after.Slug, name, change)
	}
}

// updateCampaign changes the fields that are given and no others.
func (s *server) updateCampaign(ctx context.Context, in *updateCampaignInput) (*settingsOutput, error) {
	if err := s.checkExample(ctx, in.Campaign, in.Body.Theme); err != nil {
		return nil, err
	}
	var before campaign.Campaign
	change := func(c *campaign.Campaign) {
		before = *c
		in.Body.changes().Apply(c)
	}
	var c *campaign.Campaign
	var err error
	if revision, asked := in.revision(); asked {
		c, err = s.Campaigns.UpdateRevision(ctx, in.Campaign, revision, change)
	} else {
		c, err = s.Campaigns.Update(ctx, in.Campaign, change)
	}
	if err != nil {
		return nil, err
	}
	s.aboutCampaign(ctx, &before, c)
	if in.Body.Origins != nil {
		s.originsChanged(ctx)
	}
	return s.settings(ctx, c)
}

// addReleaseForm adds a version, which new stories must agree to from now on.
func (s *server) addReleaseForm(ctx context.Context, in *addReleaseFormInput) (*body[formView], error) {
	f, err := s.Campaigns.AddReleaseForm(ctx, in.Campaign,
		campaign.ReleaseForm{Locale: in.Body.Locale, Title: in.Body.Title, Text: in.Body.Text})
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about(in.Campaign, "version", strconv.Itoa(f.Version), "locale", f.Locale, "sha256", f.SHA256)
	return bodyOf(formOf(f)), nil
}

// listReleaseForms answers with all versions in all locales, newest first.
func (s *server) listReleaseForms(ctx context.Context, in *CampaignPath) (*items[formView], error) {
	all, err := s.Campaigns.ReleaseForms(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	out := make([]formView, len(all))
	for i, f := range all {
		out[i] = formOf(f)
		out[i].CreatedAt = &f.CreatedAt
	}
	return itemsOf(out), nil
}

// originsChanged makes a change of a campaign's origins count at once, here
// and in the bucket's upload rules.
func (s *server) originsChanged(ctx context.Context) {
	list, err := s.Origins.Reload(ctx)
	if err == nil {
		err = s.Bucket.AllowOrigins(ctx, list)
	}
	if err != nil {
		s.Log.Warn("bucket does not take uploads from new origins yet; storyreel doctor says why", "err", err)
	}
}
