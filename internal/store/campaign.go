package store

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
)

var _ campaign.Store = (*Store)(nil)

type campaignRow struct {
	bun.BaseModel `bun:"table:campaigns"`

	ID        string `bun:",pk"`
	Slug      string
	Title     string
	Hashtag   string
	Prompt    string
	Policy    string
	Zone      string
	OpensAt   int64
	ClosesAt  int64
	Limits    string
	AdSlots   string
	Slots     string
	Questions string
	Countries string
	Origins   string
	Reasons   string
	Standing  string
	Revision  int64
	Theme     string

	PrivacyURL string `bun:"privacy_url"`
	ImprintURL string `bun:"imprint_url"`
	Locales    string

	CreatedAt int64
	UpdatedAt int64
}

func newCampaignRow(c *campaign.Campaign) (*campaignRow, error) {
	r := &campaignRow{
		ID: c.ID, Slug: c.Slug, Title: c.Title, Hashtag: c.Hashtag, Prompt: c.Prompt, Policy: c.Policy,
		Zone: c.Zone, OpensAt: micros(c.OpensAt), ClosesAt: micros(c.ClosesAt), CreatedAt: micros(c.CreatedAt),
		UpdatedAt: micros(c.UpdatedAt), PrivacyURL: c.Privacy, ImprintURL: c.Imprint, Standing: string(c.Standing),
		Revision: c.Revision,
	}
	for to, val := range map[*string]any{
		&r.Limits: c.Limits, &r.AdSlots: c.AdSlots, &r.Slots: slotsOf(c), &r.Questions: c.Questions,
		&r.Countries: c.Countries, &r.Origins: c.Origins, &r.Reasons: c.Reasons, &r.Locales: c.Locales,
		&r.Theme: c.Theme,
	} {
		b, err := json.Marshal(val)
		if err != nil {
			return nil, err
		}
		*to = string(b)
	}
	return r, nil
}

// slotsOf is never null, as the column's default is not.
func slotsOf(c *campaign.Campaign) []campaign.Slot { return append([]campaign.Slot{}, c.Slots...) }

func (r *campaignRow) campaign() (*campaign.Campaign, error) {
	c := &campaign.Campaign{
		ID: r.ID, Slug: r.Slug, Title: r.Title, Hashtag: r.Hashtag, Prompt: r.Prompt, Policy: r.Policy,
		Zone: r.Zone, OpensAt: moment(r.OpensAt), ClosesAt: moment(r.ClosesAt), CreatedAt: moment(r.CreatedAt),
		UpdatedAt: moment(r.UpdatedAt), Privacy: r.PrivacyURL, Imprint: r.ImprintURL,
		Standing: campaign.Standing(r.Standing), Revision: r.Revision,
	}
	return c,
		errors.Join(json.Unmarshal([]byte(r.Limits), &c.Limits), json.Unmarshal([]byte(r.AdSlots), &c.AdSlots),
			json.Unmarshal([]byte(r.Slots), &c.Slots),
			json.Unmarshal([]byte(r.Questions), &c.Questions), json.Unmarshal([]byte(r.Countries), &c.Countries),
			json.Unmarshal([]byte(r.Origins), &c.Origins), json.Unmarshal([]byte(r.Reasons), &c.Reasons),
			json.Unmarshal([]byte(r.Locales), &c.Locales), json.Unmarshal([]byte(r.Theme), &c.Theme))
}

// CreateCampaign implements campaign.Store.
func (s *Store) CreateCampaign(ctx context.Context, c *campaign.Campaign) error {
	return s.createCampaign(ctx, s.w, c)
}

func (s *Store) createCampaign(ctx context.Context, db bun.IDB, c *campaign.Campaign) error {
	row, err := newCampaignRow(c)
	if err != nil {
		return err
	}
	_, err = db.NewInsert().Model(row).Exec(ctx)
	if duplicate(err) {
		return fault.New(fault.Conflict, "campaign.exists", "there is already a campaign with this slug")
	}
	return s.mapError(err)
}

// CopyCampaign implements campaign.Store.
func (s *Store) CopyCampaign(
	ctx context.Context, from string, c *campaign.Campaign, forms []*campaign.ReleaseForm,
) error {
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.createCampaign(ctx, tx, c); err != nil {
			return err
		}
		for i, f := range forms {
			f.Campaign, f.Version = c.ID, i+1
			if _, err := tx.NewInsert().Model(newFormRow(f)).Exec(ctx); err != nil {
				return s.mapError(err)
			}
		}
		_, err := tx.NewRaw(`INSERT INTO mail_settings (campaign_id, settings, updated_at)
			SELECT ?, settings, ? FROM mail_settings WHERE campaign_id = ?`, c.ID, micros(c.CreatedAt), from).Exec(ctx)
		return s.mapError(err)
	})
}

// UpdateCampaign implements campaign.Store.
func (s *Store) UpdateCampaign(ctx context.Context, c *campaign.Campaign) (bool, error) {
	row, err := newCampaignRow(c)
	if err != nil {
		return false, err
	}
	row.Revision++
	done, err := s.w.NewUpdate().Model(row).ExcludeColumn("id", "slug", "created_at").WherePK().
		Where("revision = ?", c.Revision).Exec(ctx)
	if err != nil {
		return false, s.mapError(err)
	}
	n, err := done.RowsAffected()
	if err == nil && n == 1 {
		c.Revision++
	}
	return n == 1, s.mapError(err)
}

// Campaign implements campaign.Store.
func (s *Store) Campaign(ctx context.Context, slugOrID string) (*campaign.Campaign, error) {
	var row campaignRow
	err := s.r.NewSelect().Model(&row).Where("slug = ? OR id = ?", slugOrID, slugOrID).Limit(1).Scan(ctx)
	if noRows(err) {
		return nil, fault.New(fault.NotFound, "campaign.unknown", "there is no such campaign")
	}
	if err != nil {
		return nil, s.mapError(err)
	}
	return row.campaign()
}

// Campaigns implements campaign.Store.
func (s *Store) Campaigns(ctx context.Context) ([]*campaign.Campaign, error) {
	var rows []campaignRow
	if err := s.r.NewSelect().Model(&rows).Order("id DESC").Scan(ctx); err != nil {
		return nil, s.mapError(err)
	}
	out := make([]*campaign.Campaign, len(rows))
	for i := range rows {
		c, err := rows[i].campaign()
		if err != nil {
			return nil, err
		}
		out[i] = c
	}
	return out, nil
}

type formRow struct {
	bun.BaseModel `bun:"table:release_forms"`

	CampaignID string `bun:",pk"`
	Version    int    `bun:",pk"`
	Locale     string
	Title      string
	Body       string
	SHA256     string `bun:"sha256"`
	CreatedAt  int64
}

func newFormRow(f *campaign.ReleaseForm) *formRow {
	return &formRow{
		CampaignID: f.Campaign, Version: f.Version, Locale: f.Locale, Title: f.Title, Body: f.Text, SHA256: f.SHA256,
		CreatedAt: micros(f.CreatedAt),
	}
}

// AddReleaseForm implements campaign.Store. Two at once get two versions:
// the primary key refuses the slower one, which tries the next number.
func (s *Store) AddReleaseForm(ctx context.Context, f *campaign.ReleaseForm) error {
	for {
		err := s.w.NewRaw(`INSERT INTO release_forms (campaign_id, version, locale, title, body, sha256, created_at)
			SELECT ?, coalesce(max(version), 0) + 1, ?, ?, ?, ?, ? FROM release_forms WHERE campaign_id = ?
			RETURNING version`,
			f.Campaign, f.Locale, f.Title, f.Text, f.SHA256, micros(f.CreatedAt), f.Campaign).Scan(ctx, &f.Version)
		if !duplicate(err) {
			return s.mapError(err)
		}
	}
}

// ReleaseForms implements campaign.Store.
func (s *Store) ReleaseForms(ctx context.Context, campaignID string) ([]*campaign.ReleaseForm, error) {
	var rows []formRow
	if err := s.r.NewSelect().Model(&rows).Where("campaign_id = ?", campaignID).Order("version DESC").
		Scan(ctx); err != nil {
		return nil, s.mapError(err)
	}
	out := make([]*campaign.ReleaseForm, len(rows))
	for i, r := range rows {
		out[i] = &campaign.ReleaseForm{
			Campaign: r.CampaignID, Version: r.Version, Locale: r.Locale, Title: r.Title, Text: r.Body,
			SHA256: r.SHA256, CreatedAt: moment(r.CreatedAt),
		}
	}
	return out, nil
}
