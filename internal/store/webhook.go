package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/webhook"
)

var _ webhook.Store = (*Store)(nil)

type endpointRow struct {
	bun.BaseModel `bun:"table:webhook_endpoints,alias:e"`

	ID             string `bun:",pk"`
	CampaignID     string
	Slug           string `bun:",scanonly"`
	URL            string `bun:"url"`
	Description    string
	Events         string // JSON
	Secret         string
	OldSecret      string
	OldSecretUntil int64
	DisabledAt     int64
	DisabledReason string
	FailingSince   int64
	HeldBy         string
	HeldUntil      int64
	CreatedAt      int64
	UpdatedAt      int64
}

func newEndpointRow(e *webhook.Endpoint) (*endpointRow, error) {
	events, err := json.Marshal(e.Events)
	return &endpointRow{
		ID: e.ID, CampaignID: e.Campaign, URL: e.URL, Description: e.Description, Events: string(events),
		Secret: e.Secret, OldSecret: e.OldSecret, OldSecretUntil: micros(e.OldSecretUntil),
		DisabledAt: micros(e.DisabledAt), DisabledReason: e.DisabledReason, FailingSince: micros(e.FailingSince),
		CreatedAt: micros(e.CreatedAt), UpdatedAt: micros(e.UpdatedAt),
	}, err
}

func (r *endpointRow) endpoint() (*webhook.Endpoint, error) {
	e := &webhook.Endpoint{
		ID: r.ID, Campaign: r.CampaignID, Slug: r.Slug, URL: r.URL, Description: r.Description, Secret: r.Secret,
		OldSecret: r.OldSecret, OldSecretUntil: moment(r.OldSecretUntil), DisabledAt: moment(r.DisabledAt),
		DisabledReason: r.DisabledReason, FailingSince: moment(r.FailingSince), CreatedAt: moment(r.CreatedAt),
		UpdatedAt: moment(r.UpdatedAt),
	}
	return e, json.Unmarshal([]byte(r.Events), &e.Events)
}

// withCampaign adds the campaign's slug to a query for endpoints.
func withCampaign(q *bun.SelectQuery) *bun.SelectQuery {
	return q.ColumnExpr("e.*").ColumnExpr("c.slug").Join("JOIN campaigns AS c ON c.id = e.campaign_id")
}

// AddEndpoint implements webhook.Store. The campaign's row is locked, so that
// two at once cannot both be the last.
func (s *Store) AddEndpoint(ctx context.Context, e *webhook.Endpoint, most int) error {
	row, err := newEndpointRow(e)
	if err != nil {
		return err
	}
	return s.campaignTx(ctx, e.Campaign, func(ctx context.Context, tx bun.Tx) error {
		n, err := tx.NewSelect().Table("webhook_endpoints").Where("campaign_id = ?", e.Campaign).Count(ctx)
		if err == nil && n >= int64(most) {
			err = fault.New(fault.Conflict, "webhook.too_many",
				"a campaign has at most %d webhooks; delete one first", most)
		}
		if err == nil {
			_, err = tx.NewInsert().Model(row).Exec(ctx)
		}
		return err
	})
}

// campaignTx runs a transaction that holds the lock of a campaign's row.
func (s *Store) campaignTx(ctx context.Context, id string, fn func(context.Context, bun.Tx) error) error {
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewRaw(`UPDATE campaigns SET updated_at = updated_at WHERE id = ?`, id).Exec(ctx); err != nil {
			return err
		}
		return fn(ctx, tx)
	})
}

// SaveEndpoint implements webhook.Store.
func (s *Store) SaveEndpoint(ctx context.Context, e *webhook.Endpoint) error {
	row, err := newEndpointRow(e)
	if err != nil {
		return err
	}
	_, err = s.w.NewUpdate().Model(row).ExcludeColumn("id", "campaign_id", "held_by", "held_until", "created_at").
		WherePK().Exec(ctx)
	return s.mapError(err)
}

// DeleteEndpoint implements webhook.Store. The log's rows go with the events
// that they are of.
func (s *Store) DeleteEndpoint(ctx context.Context, campaignID, id string) (bool, error) {
	n, err := changed(s.w.NewDelete().Model((*endpointRow)(nil)).Where("campaign_id = ?", campaignID).
		Where("id = ?", id).Exec(ctx))
	return n == 1, s.mapError(err)
}

// Endpoint implements webhook.Store.
func (s *Store) Endpoint(ctx context.Context, campaignID, id string) (*webhook.Endpoint, error) {
	var row endpointRow
	err := withCampaign(s.staff.NewSelect().Model(&row)).Where("e.campaign_id = ?", campaignID).Where("e.id = ?", id).
		Scan(ctx)
	if noRows(err) {
		return nil, webhook.ErrUnknown
	}
	if err != nil {
		return nil, s.mapError(err)
	}
	return row.endpoint()
}

// Endpoints implements webhook.Store.
func (s *Store) Endpoints(ctx context.Context, campaignID string) ([]*webhook.Endpoint, error) {
	var rows []endpointRow
	if err := withCampaign(s.staff.NewSelect().Model(&rows)).Where("e.campaign_id = ?", campaignID).Order("e.id").
		Scan(ctx); err != nil {
		return nil, s.mapError(err)
	}
	out := make([]*webhook.Endpoint, len(rows))
	for i := range rows {
		e, err := rows[i].endpoint()
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

// AddTest implements webhook.Store.
func (s *Store) AddTest(ctx context.Context, e *webhook.Endpoint, ev webhook.Event) error {
	return s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return addEvent(ctx, tx, ev, []string{e.ID})
	})
}

// Replay implements webhook.Store.
func (s *Store) Replay(ctx context.Context, endpoint, event string, now time.Time) (bool, error) {
	n, err := changed(s.w.NewRaw(`UPDATE webhook_deliveries SET state = 'waiting', tries = 0, next_at = ?
		WHERE endpoint_id = ? AND event_id = ?`, micros(now), endpoint, event).Exec(ctx))
	return n == 1, s.mapError(err)
}

// ReplayGivenUp implements webhook.Store.
func (s *Store) ReplayGivenUp(ctx context.Context, endpoint string, since, now time.Time) (int, error) {
	n, err := changed(s.w.NewRaw(`UPDATE webhook_deliveries SET state = 'waiting', tries = 0, next_at = ?
		WHERE endpoint_id = ? AND state = 'given_up' AND EXISTS (SELECT 1 FROM webhook_events
		WHERE webhook_events.id = webhook_deliveries.event_id AND webhook_events.at >= ?)`,
		micros(now), endpoint, micros(since)).Exec(ctx))
	return int(n), s.mapError(err)
}
