package campaign

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/text"
)

// Store is where campaigns are stored.
type Store interface {
	// CreateCampaign fails with Conflict "campaign.exists" when the slug is taken.
	CreateCampaign(ctx context.Context, c *Campaign) error
	// CopyCampaign is CreateCampaign with versions 1, 2, ... of the release forms,
	// in their order, and the mail settings of the campaign with the id from: all
	// or nothing. It fills in campaign and version of the forms.
	CopyCampaign(ctx context.Context, from string, c *Campaign, forms []*ReleaseForm) error
	// UpdateCampaign writes every field but ID, Slug and CreatedAt, and counts
	// the revision up. It reports false, and writes nothing, where the stored
	// revision is not the campaign's.
	UpdateCampaign(ctx context.Context, c *Campaign) (bool, error)
	// Campaign finds by slug or by id; NotFound "campaign.unknown".
	Campaign(ctx context.Context, slugOrID string) (*Campaign, error)
	Campaigns(ctx context.Context) ([]*Campaign, error)
	// AddReleaseForm gives the form the campaign's next version, and fills it in.
	AddReleaseForm(ctx context.Context, f *ReleaseForm) error
	// ReleaseForms lists all versions of a campaign's forms, newest first.
	ReleaseForms(ctx context.Context, campaign string) ([]*ReleaseForm, error)
}

// Service reads and changes campaigns.
type Service struct {
	store Store
	now   func() time.Time
}

// NewService returns a Service over the store; now is the clock.
func NewService(store Store, now func() time.Time) *Service {
	return &Service{store: store, now: now}
}

// Create checks c, fills in its defaults, id and times, and stores it.
func (s *Service) Create(ctx context.Context, c *Campaign) error {
	if err := s.begin(c); err != nil {
		return err
	}
	return s.store.CreateCampaign(ctx, c)
}

// begin gives c what every new campaign has, and checks it.
func (s *Service) begin(c *Campaign) error {
	c.ID, c.CreatedAt = id.New(), s.now()
	c.UpdatedAt = c.CreatedAt
	if c.OpensAt.IsZero() {
		c.OpensAt = c.CreatedAt
	}
	return c.normalize()
}

// Update reads the campaign, lets change alter it, checks it and writes it.
// Where somebody else changes it meanwhile, it does so again with what they
// wrote, so that no change is lost.
func (s *Service) Update(ctx context.Context, slug string, change func(*Campaign)) (*Campaign, error) {
	for {
		c, written, err := s.update(ctx, slug, nil, change)
		if err != nil || written {
			return c, err
		}
	}
}

// UpdateRevision is Update for a change made of one revision of the campaign:
// Conflict "campaign.changed" where it has another by now.
func (s *Service) UpdateRevision(
	ctx context.Context, slug string, revision int64, change func(*Campaign),
) (*Campaign, error) {
	c, written, err := s.update(ctx, slug, &revision, change)
	if err == nil && !written {
		err = errChanged()
	}
	return c, err
}

// update reports whether the campaign still was what was read when it was written.
func (s *Service) update(
	ctx context.Context, slug string, revision *int64, change func(*Campaign),
) (*Campaign, bool, error) {
	c, err := s.store.Campaign(ctx, slug)
	if err != nil {
		return nil, false, err
	}
	if revision != nil && c.Revision != *revision {
		return nil, false, errChanged()
	}
	c.keepSlots() // processes of the release before change their names alone
	change(c)
	c.UpdatedAt = s.now()
	if err := c.normalize(); err != nil {
		return nil, false, err
	}
	written, err := s.store.UpdateCampaign(ctx, c)
	return c, written, err
}

// Get finds a campaign by slug or id, which may be typed in capitals.
func (s *Service) Get(ctx context.Context, slugOrID string) (*Campaign, error) {
	return s.store.Campaign(ctx, text.Fold(slugOrID))
}

// List returns every campaign, newest first.
func (s *Service) List(ctx context.Context) ([]*Campaign, error) { return s.store.Campaigns(ctx) }

// Names returns slug, title and hashtag of every campaign.
func (s *Service) Names(ctx context.Context) ([]string, error) {
	all, err := s.List(ctx)
	var out []string
	for _, c := range all {
		out = append(out, c.Slug, c.Title, c.Hashtag)
	}
	return out, err
}

// AddReleaseForm stores a new version of the consent text. Releases given under
// earlier versions stay bound to the text they agreed to.
func (s *Service) AddReleaseForm(ctx context.Context, slug string, f ReleaseForm) (*ReleaseForm, error) {
	c, err := s.store.Campaign(ctx, slug)
	if err != nil {
		return nil, err
	}
	f.Title, f.Text = text.Line(f.Title), text.Block(f.Text)
	if f.Locale == "" {
		f.Locale = "en"
	}
	locale, ok := text.Language(f.Locale)
	if len(f.Text) < 20 || len(f.Text) > 100_000 || !ok || text.Len(f.Title) > 200 {
		return nil,
			fault.New(fault.Invalid, "release.invalid",
				"a release form needs a text of 20 to 100,000 bytes, a title of at most 200 characters, and a "+
					"locale such as en or pt-BR")
	}
	f.Locale, f.Campaign, f.SHA256, f.CreatedAt = locale, c.ID, HashText(f.Text), s.now()
	return &f, s.store.AddReleaseForm(ctx, &f)
}

// ReleaseForms lists all versions, newest first.
func (s *Service) ReleaseForms(ctx context.Context, slug string) ([]*ReleaseForm, error) {
	c, err := s.store.Campaign(ctx, slug)
	if err != nil {
		return nil, err
	}
	return s.store.ReleaseForms(ctx, c.ID)
}

// CurrentForms returns the newest form of each locale, the only ones that new
// releases can agree to.
func (s *Service) CurrentForms(ctx context.Context, campaign string) ([]*ReleaseForm, error) {
	all, err := s.store.ReleaseForms(ctx, campaign)
	if err != nil {
		return nil, err
	}
	var current []*ReleaseForm
	seen := map[string]bool{}
	for _, f := range all {
		if !seen[f.Locale] {
			seen[f.Locale] = true
			current = append(current, f)
		}
	}
	return current, nil
}
