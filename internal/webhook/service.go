package webhook

import (
	"context"
	"net/netip"
	"time"

	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/page"
)

// DeliveryState is how far a delivery has come.
type DeliveryState string

// The states.
const (
	Waiting   DeliveryState = "waiting" // for its first or next attempt
	Delivered DeliveryState = "delivered"
	GivenUp   DeliveryState = "given_up" // the last attempt failed; only a replay tries again
)

// DeliveryStates lists them.
func DeliveryStates() []DeliveryState { return []DeliveryState{Waiting, Delivered, GivenUp} }

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	Endpoint string // id
	Event    Event
	State    DeliveryState
	Tries    int // attempts so far, since the last replay
	NextAt   time.Time
	TriedAt  time.Time // zero: not yet
	Status   int       // of the last answer; 0: none came
	Failure  string    // of the last attempt, one of Failures; empty: none
	Took     time.Duration
}

// Store is where endpoints and deliveries are kept. Events are written there
// with the changes that they report.
type Store interface {
	// AddEndpoint fails with Conflict "webhook.too_many" where the campaign
	// has most of them.
	AddEndpoint(ctx context.Context, e *Endpoint, most int) error
	// SaveEndpoint writes all that its owner can change.
	SaveEndpoint(ctx context.Context, e *Endpoint) error
	// DeleteEndpoint deletes it with its log; false where there is none.
	DeleteEndpoint(ctx context.Context, campaignID, id string) (bool, error)
	// Endpoint fails with ErrUnknown.
	Endpoint(ctx context.Context, campaignID, id string) (*Endpoint, error)
	// Endpoints lists a campaign's, oldest first.
	Endpoints(ctx context.Context, campaignID string) ([]*Endpoint, error)
	// AddTest stores an event that only this endpoint gets.
	AddTest(ctx context.Context, e *Endpoint, ev Event) error
	// Deliveries are newest first, older than the event with the id after.
	Deliveries(ctx context.Context, endpoint string, state DeliveryState, after string, limit int) ([]Delivery, error)
	// Replay makes one delivery wait again; false where the log has none.
	Replay(ctx context.Context, endpoint, event string, now time.Time) (bool, error)
	// ReplayGivenUp makes those wait again whose event is not older than since.
	ReplayGivenUp(ctx context.Context, endpoint string, since, now time.Time) (int, error)
	// PruneEvents deletes up to limit events from before the time, with their
	// deliveries, and returns how many.
	PruneEvents(ctx context.Context, before time.Time, limit int) (int64, error)
}

// Options tune a Service.
type Options struct {
	// Private are networks that endpoints may be in although they are not
	// public; only there may an address be http.
	Private []netip.Prefix
}

// Service manages endpoints and their logs.
type Service struct {
	store     Store
	campaigns *campaign.Service
	now       func() time.Time
	private   []netip.Prefix
}

// NewService wires a Service; now is the clock.
func NewService(store Store, campaigns *campaign.Service, now func() time.Time, o Options) *Service {
	return &Service{store: store, campaigns: campaigns, now: now, private: o.Private}
}

// Changes are fields of an endpoint to be set; nil leaves one as it is.
type Changes struct {
	URL, Description *string
	Events           []string
	Enabled          *bool
}

func (c Changes) apply(e *Endpoint, now time.Time) {
	if c.URL != nil {
		e.URL = *c.URL
	}
	if c.Description != nil {
		e.Description = *c.Description
	}
	if c.Events != nil {
		e.Events = c.Events
	}
	switch {
	case c.Enabled == nil, *c.Enabled == e.DisabledAt.IsZero():
	case *c.Enabled:
		e.DisabledAt, e.DisabledReason, e.FailingSince = time.Time{}, "", time.Time{}
	default:
		e.DisabledAt, e.DisabledReason = now, DisabledByHand
	}
	e.UpdatedAt = now
}

// List returns a campaign's endpoints, oldest first.
func (s *Service) List(ctx context.Context, slug string) ([]*Endpoint, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	return s.store.Endpoints(ctx, c.ID)
}

// Create adds an endpoint with a secret of its own. Invalid "webhook.invalid"
// says what is wrong with it.
func (s *Service) Create(ctx context.Context, slug string, ch Changes) (*Endpoint, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	now := s.now()
	e := &Endpoint{ID: id.New(), Campaign: c.ID, Slug: c.Slug, Secret: newSecret(), CreatedAt: now}
	ch.apply(e, now)
	if err := e.check(s.private); err != nil {
		return nil, err
	}
	return e, s.store.AddEndpoint(ctx, e, MaxEndpoints)
}

// Get returns an endpoint of the campaign.
func (s *Service) Get(ctx context.Context, slug, endpoint string) (*Endpoint, error) {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return nil, err
	}
	return s.store.Endpoint(ctx, c.ID, endpoint)
}

// Update changes an endpoint. One that is enabled again goes on with what
// waited for it.
func (s *Service) Update(ctx context.Context, slug, endpoint string, ch Changes) (*Endpoint, error) {
	return s.change(ctx, slug, endpoint, func(e *Endpoint) error {
		ch.apply(e, s.now())
		return e.check(s.private)
	})
}

// Rotate gives an endpoint a new secret. The one before signs besides it for a
// day, so that receivers can change theirs meanwhile, or, as after a leak, no
// more at once. While an earlier one still signs, only the latter is possible:
// Conflict "webhook.rotating".
func (s *Service) Rotate(ctx context.Context, slug, endpoint string, atOnce bool) (*Endpoint, error) {
	return s.change(ctx, slug, endpoint, func(e *Endpoint) error {
		now := s.now()
		if !atOnce && len(e.secrets(now)) > 1 {
			return fault.New(fault.Conflict, "webhook.rotating",
				"the secret was changed a short while ago and the one before signs until %s; end it at once instead",
				e.OldSecretUntil.Format(time.RFC3339)).With("until", e.OldSecretUntil)
		}
		e.OldSecret, e.OldSecretUntil = e.Secret, now.Add(rotationTime)
		if atOnce {
			e.OldSecret, e.OldSecretUntil = "", time.Time{}
		}
		e.Secret, e.UpdatedAt = newSecret(), now
		return nil
	})
}

func (s *Service) change(ctx context.Context, slug, endpoint string, change func(*Endpoint) error) (*Endpoint, error) {
	e, err := s.Get(ctx, slug, endpoint)
	if err == nil {
		err = change(e)
	}
	if err != nil {
		return nil, err
	}
	return e, s.store.SaveEndpoint(ctx, e)
}

// ErrUnknown is the fault of an endpoint that the campaign does not have.
var ErrUnknown = fault.New(fault.NotFound, "webhook.unknown", "this campaign has no such webhook")

// Delete ends an endpoint; what waits for it is not sent.
func (s *Service) Delete(ctx context.Context, slug, endpoint string) error {
	c, err := s.campaigns.Get(ctx, slug)
	if err != nil {
		return err
	}
	ok, err := s.store.DeleteEndpoint(ctx, c.ID, endpoint)
	if err == nil && !ok {
		err = ErrUnknown
	}
	return err
}

// SendTest sends an event of type webhook.test and returns its id.
func (s *Service) SendTest(ctx context.Context, slug, endpoint string) (string, error) {
	e, err := s.enabled(ctx, slug, endpoint)
	if err != nil {
		return "", err
	}
	ev := Event{ID: id.New(), Type: Test, Campaign: e.Campaign, At: s.now()}
	return ev.ID, s.store.AddTest(ctx, e, ev)
}

// enabled returns an endpoint to which something can be sent.
func (s *Service) enabled(ctx context.Context, slug, endpoint string) (*Endpoint, error) {
	e, err := s.Get(ctx, slug, endpoint)
	if err == nil && !e.DisabledAt.IsZero() {
		err = fault.New(fault.Conflict, "webhook.disabled", "this webhook is disabled; enable it first")
	}
	return e, err
}

// Deliveries returns a page of an endpoint's log, newest first, after the event
// with the id after. An empty state selects all.
func (s *Service) Deliveries(ctx context.Context, slug, endpoint string, state DeliveryState, after *string,
	limit int) (page.Page[Delivery, string], error) {
	e, err := s.Get(ctx, slug, endpoint)
	if err != nil {
		return page.Page[Delivery, string]{}, err
	}
	from := ""
	if after != nil {
		from = *after
	}
	all, err := s.store.Deliveries(ctx, e.ID, state, from, limit+1)
	return page.Cut(all, limit, func(d Delivery) string { return d.Event.ID }), err
}

// Replay sends an event once more; NotFound "webhook.delivery_unknown".
func (s *Service) Replay(ctx context.Context, slug, endpoint, event string) error {
	e, err := s.enabled(ctx, slug, endpoint)
	if err != nil {
		return err
	}
	ok, err := s.store.Replay(ctx, e.ID, event, s.now())
	if err == nil && !ok {
		err = fault.New(fault.NotFound, "webhook.delivery_unknown", "this webhook's log has no such event")
	}
	return err
}

// ReplayGivenUp sends what was given up since the time once more, and returns
// how many events that are.
func (s *Service) ReplayGivenUp(ctx context.Context, slug, endpoint string, since time.Time) (int, error) {
	e, err := s.enabled(ctx, slug, endpoint)
	if err != nil {
		return 0, err
	}
	return s.store.ReplayGivenUp(ctx, e.ID, since, s.now())
}

// How long an event stays in the log, and how many one statement deletes.
const (
	keepEvents = 30 * 24 * time.Hour
	pruneBatch = 1000
)

// Sweep deletes events that are older than they are kept, up to a bound.
func (s *Service) Sweep(ctx context.Context) error {
	for range 50 {
		n, err := s.store.PruneEvents(ctx, s.now().Add(-keepEvents), pruneBatch)
		if err != nil || n < pruneBatch {
			return err
		}
	}
	return nil
}
