package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/webhook"
)

var _ webhook.Outbox = (*Store)(nil)

// emit stores an event for the endpoints that listen to it, in the transaction
// of the change that it reports. Transactions that change rows of selections
// call it before they do, as erasing a story locks its sequence first.
func emit(ctx context.Context, tx bun.Tx, ev webhook.Event) error {
	var listening []struct{ ID, Events string }
	if err := tx.NewRaw(`SELECT id, events FROM webhook_endpoints WHERE campaign_id = ? AND disabled_at = 0
		ORDER BY id`, ev.Campaign).Scan(ctx, &listening); err != nil {
		return err
	}
	var to []string
	for _, e := range listening {
		var patterns []string
		if err := json.Unmarshal([]byte(e.Events), &patterns); err != nil {
			return err
		}
		if webhook.Wants(patterns, ev.Type) {
			to = append(to, e.ID)
		}
	}
	if len(to) == 0 {
		return nil
	}
	ev.ID = id.New()
	return addEvent(ctx, tx, ev, to)
}

// addEvent stores an event with the next number of its subject, and a delivery
// to each endpoint.
func addEvent(ctx context.Context, tx bun.Tx, ev webhook.Event, endpoints []string) error {
	if err := tx.NewRaw(`INSERT INTO webhook_sequences (subject, n) VALUES (?, 1)
		ON CONFLICT (subject) DO UPDATE SET n = webhook_sequences.n + 1 RETURNING n`, ev.Subject()).
		Scan(ctx, &ev.Sequence); err != nil {
		return err
	}
	facts, err := json.Marshal(ev.Facts)
	if err != nil {
		return err
	}
	if _, err := tx.NewRaw(`INSERT INTO webhook_events (id, type, campaign_id, story_id, sequence, at, facts)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, ev.ID, string(ev.Type), ev.Campaign, ev.Story, ev.Sequence, micros(ev.At),
		string(facts)).Exec(ctx); err != nil {
		return err
	}
	for _, endpoint := range endpoints {
		if _, err := tx.NewRaw(`INSERT INTO webhook_deliveries
			(event_id, endpoint_id, state, tries, next_at, tried_at, status, failure, took_ms)
			VALUES (?, ?, 'waiting', 0, ?, 0, 0, '', 0)`, ev.ID, endpoint, micros(ev.At)).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// DueEndpoints implements webhook.Outbox.
func (s *Store) DueEndpoints(ctx context.Context, now time.Time, limit int) ([]string, error) {
	var ids []string
	err := s.w.NewRaw(`SELECT id FROM webhook_endpoints AS e WHERE disabled_at = 0 AND held_until <= ? AND EXISTS (
		SELECT 1 FROM webhook_deliveries WHERE endpoint_id = e.id AND state = 'waiting' AND next_at <= ?)
		ORDER BY held_until, id LIMIT ?`, micros(now), micros(now), limit).Scan(ctx, &ids)
	return ids, s.mapError(err)
}

// HoldEndpoint implements webhook.Outbox.
func (s *Store) HoldEndpoint(ctx context.Context, id, holder string, now, until time.Time) (*webhook.Endpoint, error) {
	n, err := changed(s.w.NewRaw(`UPDATE webhook_endpoints SET held_by = ?, held_until = ?
		WHERE id = ? AND disabled_at = 0 AND (held_by = ? OR held_until <= ?)`, holder, micros(until), id, holder,
		micros(now)).Exec(ctx))
	if err != nil || n == 0 {
		return nil, s.mapError(err)
	}
	var row endpointRow
	if err := withCampaign(s.w.NewSelect().Model(&row)).Where("e.id = ?", id).Scan(ctx); err != nil {
		return nil, s.mapError(err)
	}
	return row.endpoint()
}

// ReleaseEndpoint implements webhook.Outbox.
func (s *Store) ReleaseEndpoint(ctx context.Context, id, holder string, now time.Time) error {
	_, err := s.w.NewRaw(`UPDATE webhook_endpoints SET held_by = '', held_until = ? WHERE id = ? AND held_by = ?`,
		micros(now), id, holder).Exec(ctx)
	return s.mapError(err)
}

type deliveryRow struct {
	EventID    string
	EndpointID string
	State      string
	Tries      int
	NextAt     int64
	TriedAt    int64
	Status     int
	Failure    string
	TookMS     int64 `bun:"took_ms"`
	Type       string
	CampaignID string
	Slug       string
	StoryID    string
	Sequence   int64
	At         int64
	Facts      string
}

func (r *deliveryRow) delivery() (webhook.Delivery, error) {
	d := webhook.Delivery{
		Endpoint: r.EndpointID, State: webhook.DeliveryState(r.State), Tries: r.Tries, NextAt: moment(r.NextAt),
		TriedAt: moment(r.TriedAt), Status: r.Status, Failure: r.Failure,
		Took: time.Duration(r.TookMS) * time.Millisecond,
		Event: webhook.Event{
			ID: r.EventID, Type: webhook.Type(r.Type), Campaign: r.CampaignID, Slug: r.Slug, Story: r.StoryID,
			Sequence: r.Sequence, At: moment(r.At),
		},
	}
	return d, json.Unmarshal([]byte(r.Facts), &d.Event.Facts)
}

// selectDeliveries reads deliveries with their events.
func (s *Store) selectDeliveries(ctx context.Context, pool *bun.DB, where func(*bun.SelectQuery) *bun.SelectQuery) (
	[]webhook.Delivery, error) {
	var rows []deliveryRow
	err := where(pool.NewSelect().TableExpr("webhook_deliveries AS d").ColumnExpr("d.*").
		ColumnExpr("v.type, v.campaign_id, v.story_id, v.sequence, v.at, v.facts, c.slug").
		Join("JOIN webhook_events AS v ON v.id = d.event_id").Join("JOIN campaigns AS c ON c.id = v.campaign_id")).
		Scan(ctx, &rows)
	if err != nil {
		return nil, s.mapError(err)
	}
	out := make([]webhook.Delivery, len(rows))
	for i := range rows {
		if out[i], err = rows[i].delivery(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Deliveries implements webhook.Store.
func (s *Store) Deliveries(ctx context.Context, endpoint string, state webhook.DeliveryState, after string,
	limit int) ([]webhook.Delivery, error) {
	return s.selectDeliveries(ctx, s.staff, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = q.Where("d.endpoint_id = ?", endpoint).OrderExpr("d.event_id DESC").Limit(int64(limit))
		if state != "" {
			q = q.Where("d.state = ?", string(state))
		}
		if after != "" {
			q = q.Where("d.event_id < ?", after)
		}
		return q
	})
}

// DueDeliveries implements webhook.Outbox.
func (s *Store) DueDeliveries(ctx context.Context, endpoint string, now time.Time, limit int) (
	[]webhook.Delivery, error) {
	return s.selectDeliveries(ctx, s.w, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("d.endpoint_id = ?", endpoint).Where("d.state = 'waiting'").
			Where("d.next_at <= ?", micros(now)).OrderExpr("d.next_at, d.event_id").Limit(int64(limit))
	})
}

// EndAttempt implements webhook.Outbox.
func (s *Store) EndAttempt(ctx context.Context, d webhook.Delivery) error {
	_, err := s.w.NewRaw(`UPDATE webhook_deliveries SET state = ?, tries = ?, next_at = ?, tried_at = ?, status = ?,
		failure = ?, took_ms = ? WHERE event_id = ? AND endpoint_id = ? AND state = 'waiting' AND tries = ?`,
		string(d.State), d.Tries, micros(d.NextAt), micros(d.TriedAt), d.Status, d.Failure, d.Took.Milliseconds(),
		d.Event.ID, d.Endpoint, d.Tries-1).Exec(ctx)
	return s.mapError(err)
}

// EndpointWorks implements webhook.Outbox.
func (s *Store) EndpointWorks(ctx context.Context, id string) error {
	_, err := s.w.NewRaw(`UPDATE webhook_endpoints SET failing_since = 0 WHERE id = ?`, id).Exec(ctx)
	return s.mapError(err)
}

// EndpointFails implements webhook.Outbox.
func (s *Store) EndpointFails(ctx context.Context, id string, at time.Time) error {
	_, err := s.w.NewRaw(`UPDATE webhook_endpoints SET failing_since = ? WHERE id = ? AND failing_since = 0`,
		micros(at), id).Exec(ctx)
	return s.mapError(err)
}

// DisableEndpoint implements webhook.Outbox.
func (s *Store) DisableEndpoint(ctx context.Context, id, reason string, at time.Time) error {
	_, err := s.w.NewRaw(`UPDATE webhook_endpoints SET disabled_at = ?, disabled_reason = ?, updated_at = ?
		WHERE id = ? AND disabled_at = 0`, micros(at), reason, micros(at), id).Exec(ctx)
	return s.mapError(err)
}

// OldestWaiting returns the time of the event that waits longest for an enabled
// endpoint; zero where none waits.
func (s *Store) OldestWaiting(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	err := s.staff.NewRaw(`SELECT min(v.at) FROM webhook_endpoints AS e JOIN webhook_events AS v ON v.id = (
		SELECT event_id FROM webhook_deliveries WHERE endpoint_id = e.id AND state = 'waiting'
		ORDER BY event_id LIMIT 1) WHERE e.disabled_at = 0`).Scan(ctx, &at)
	return moment(at.Int64), s.mapError(err)
}

// PruneEvents implements webhook.Store.
func (s *Store) PruneEvents(ctx context.Context, before time.Time, limit int) (n int64, err error) {
	err = s.tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var last []string
		err := tx.NewRaw(`SELECT id FROM webhook_events WHERE at < ? ORDER BY at LIMIT ?`, micros(before), limit).
			Scan(ctx, &last)
		if err != nil || len(last) == 0 {
			return err
		}
		if _, err := tx.NewRaw(`DELETE FROM webhook_deliveries WHERE event_id IN (?)`, bun.List(last)).
			Exec(ctx); err != nil {
			return err
		}
		n, err = changed(tx.NewRaw(`DELETE FROM webhook_events WHERE id IN (?)`, bun.List(last)).Exec(ctx))
		return err
	})
	return n, err
}
