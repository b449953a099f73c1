package webhook

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Outbox is the sender's part of the store.
type Outbox interface {
	// DueEndpoints returns ids of enabled endpoints that something is due for
	// and that nobody holds.
	DueEndpoints(ctx context.Context, now time.Time, limit int) ([]string, error)
	// HoldEndpoint gives an endpoint to the holder until the time; nil where
	// another holds it, or it is disabled or deleted.
	HoldEndpoint(ctx context.Context, id, holder string, now, until time.Time) (*Endpoint, error)
	// ReleaseEndpoint ends that.
	ReleaseEndpoint(ctx context.Context, id, holder string, now time.Time) error
	// DueDeliveries returns what is due for an endpoint, longest due first.
	DueDeliveries(ctx context.Context, endpoint string, now time.Time, limit int) ([]Delivery, error)
	// EndAttempt records an attempt where no other was recorded since the
	// delivery was read.
	EndAttempt(ctx context.Context, d Delivery) error
	// EndpointWorks clears FailingSince.
	EndpointWorks(ctx context.Context, id string) error
	// EndpointFails sets FailingSince unless it is set.
	EndpointFails(ctx context.Context, id string, at time.Time) error
	// DisableEndpoint disables an endpoint that is enabled.
	DisableEndpoint(ctx context.Context, id, reason string, at time.Time) error
}

// Outcome is how an attempt ended, for metrics.
type Outcome string

// The outcomes.
const (
	OutcomeDelivered Outcome = "delivered"
	OutcomeRetried   Outcome = "retried" // it failed and will be repeated
	OutcomeGivenUp   Outcome = "given_up"
)

// Outcomes lists every outcome.
func Outcomes() []Outcome { return []Outcome{OutcomeDelivered, OutcomeRetried, OutcomeGivenUp} }

// SenderOptions tune a Sender. Zero values take the defaults given.
type SenderOptions struct {
	Name    string         // of this process, as holder of endpoints
	Agent   string         // User-Agent of the requests
	Private []netip.Prefix // as in Options
	Roots   *x509.CertPool // that receivers' certificates must go back to; the system's
	Every   time.Duration  // between looks for what is due; 1 s
	Stop    time.Duration  // that running requests get when ctx ends; 5 s
	// Ended is called after each attempt; may be nil.
	Ended func(Outcome)
	// Disabled is called after the sender has disabled an endpoint; may be nil.
	Disabled func(context.Context, *Endpoint)
	Now      func() time.Time // the clock of the services
	Log      *slog.Logger
}

// Bounds of the sender.
const (
	atOnce      = 32 // endpoints that one process sends to at a time
	perEndpoint = 8  // requests to one of them at a time
	batch       = 64
	// hold is longer than a batch: requests begin within batchTime and end
	// within requestTime.
	hold         = time.Minute
	batchTime    = 30 * time.Second
	releaseTime  = 5 * time.Second // of the statement
	failingLimit = 5 * 24 * time.Hour
)

// pauses between attempts, 24 hours in all.
var pauses = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour,
	2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 8*time.Hour + 20*time.Minute,
}

// Sender delivers what waits. One process at a time sends to an endpoint; an
// endpoint that hangs keeps no other waiting.
type Sender struct {
	outbox Outbox
	opts   SenderOptions
	client *client
	free   chan struct{} // a token for each endpoint more
	busy   sync.Map      // ids of endpoints that this process sends to
}

// NewSender wires a Sender.
func NewSender(outbox Outbox, o SenderOptions) *Sender {
	if o.Every == 0 {
		o.Every = time.Second
	}
	if o.Stop == 0 {
		o.Stop = 5 * time.Second
	}
	if o.Ended == nil {
		o.Ended = func(Outcome) {}
	}
	if o.Disabled == nil {
		o.Disabled = func(context.Context, *Endpoint) {}
	}
	return &Sender{
		outbox: outbox, opts: o, client: newClient(o.Private, o.Agent, o.Roots), free: make(chan struct{}, atOnce),
	}
}

// Run sends until ctx ends. A request that is cut off then is repeated later,
// by whichever process.
func (s *Sender) Run(ctx context.Context) {
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var running sync.WaitGroup
	tick := time.NewTicker(s.opts.Every)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := s.look(ctx, requests, &running); err != nil && ctx.Err() == nil {
			s.opts.Log.Warn("webhooks were not looked for; the next look follows", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	late := time.AfterFunc(s.opts.Stop, cut)
	defer late.Stop()
	running.Wait()
}

// look starts sending to every endpoint that something is due for.
func (s *Sender) look(ctx, requests context.Context, running *sync.WaitGroup) error {
	due, err := s.outbox.DueEndpoints(ctx, s.opts.Now(), 4*atOnce)
	if err != nil {
		return err
	}
	for _, id := range due {
		if _, busy := s.busy.Load(id); busy {
			continue
		}
		select {
		case s.free <- struct{}{}:
		default:
			return nil // all are in use
		}
		s.busy.Store(id, true)
		running.Go(func() {
			defer func() { s.busy.Delete(id); <-s.free }()
			if err := s.serve(ctx, requests, id); err != nil && requests.Err() == nil {
				s.opts.Log.Warn("webhook not served; it is tried again", "webhook", id, "err", err)
			}
		})
	}
	return nil
}

// serve sends what is due for one endpoint, batch after batch, and lets go of
// it.
func (s *Sender) serve(ctx, requests context.Context, id string) (err error) {
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
		defer cancel()
		err = errors.Join(err, s.outbox.ReleaseEndpoint(end, id, s.opts.Name, s.opts.Now()))
	}()
	for ctx.Err() == nil {
		now := s.opts.Now()
		e, err := s.outbox.HoldEndpoint(ctx, id, s.opts.Name, now, now.Add(hold))
		if err != nil || e == nil {
			return err
		}
		due, err := s.outbox.DueDeliveries(ctx, id, now, batch)
		if err != nil || len(due) == 0 {
			return err
		}
		if err := s.batch(ctx, requests, e, due); err != nil {
			return err
		}
	}
	return nil
}

// tally counts how the attempts of a batch ended.
type tally struct {
	sync.Mutex
	arrived, failed, givenUp int
	err                      error
}

func (t *tally) add(o Outcome, err error) {
	t.Lock()
	defer t.Unlock()
	switch {
	case err != nil:
		t.err = err
	case o == OutcomeDelivered:
		t.arrived++
	case o == OutcomeGivenUp:
		t.givenUp++
	default:
		t.failed++
	}
}

// batch sends deliveries, those of one story one after the other. Those that
// have not begun within batchTime stay due.
func (s *Sender) batch(ctx, requests context.Context, e *Endpoint, due []Delivery) error {
	begin, cancel := context.WithTimeout(ctx, batchTime)
	defer cancel()
	var ended tally
	var running sync.WaitGroup
	slots := make(chan struct{}, perEndpoint)
	for _, group := range bySubject(due) {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			for _, d := range group {
				if begin.Err() != nil {
					break
				}
				ended.add(s.attempt(requests, e, d))
			}
		})
	}
	running.Wait()
	if ended.err != nil {
		return ended.err
	}
	return s.judge(requests, e, &ended)
}

// bySubject groups deliveries by what they are about, in the order in which
// the events happened.
func bySubject(due []Delivery) [][]Delivery {
	var groups [][]Delivery
	at := map[string]int{}
	for _, d := range due {
		i, known := at[d.Event.Subject()]
		if !known {
			i = len(groups)
			at[d.Event.Subject()] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], d)
	}
	return groups
}

// attempt sends one delivery and records how that ended.
func (s *Sender) attempt(ctx context.Context, e *Endpoint, d Delivery) (Outcome, error) {
	body, err := d.Event.Body()
	if err != nil {
		return "", err
	}
	r, err := s.client.post(ctx, e, d.Event.ID, body, s.opts.Now())
	if err != nil {
		return "", err
	}
	d.Tries++
	d.TriedAt, d.Status, d.Failure, d.Took = s.opts.Now(), r.status, r.code, r.took
	outcome := OutcomeRetried
	switch {
	case r.code == "":
		d.State, outcome = Delivered, OutcomeDelivered
	case d.Tries > len(pauses):
		d.State, outcome = GivenUp, OutcomeGivenUp
	default:
		d.NextAt = d.TriedAt.Add(pauseAfter(d.Tries, r.retryAfter))
	}
	if err := s.outbox.EndAttempt(ctx, d); err != nil {
		return "", err
	}
	s.opts.Ended(outcome)
	if r.status == http.StatusGone {
		err = s.disable(ctx, e, DisabledGone)
	}
	return outcome, err
}

// pauseAfter is the pause after so many attempts, up to a tenth longer, and not
// shorter than the receiver asked for.
func pauseAfter(tries int, asked time.Duration) time.Duration {
	p := pauses[tries-1]
	return max(p+rand.N(p/10), asked)
}

// judge keeps whether the endpoint works. It disables one where an event was
// given up and nothing has arrived for long.
func (s *Sender) judge(ctx context.Context, e *Endpoint, ended *tally) error {
	switch now := s.opts.Now(); {
	case ended.arrived > 0 && !e.FailingSince.IsZero():
		s.opts.Log.Info("webhook works again", "webhook", e.ID, "campaign", e.Slug)
		return s.outbox.EndpointWorks(ctx, e.ID)
	case ended.arrived > 0 || ended.failed+ended.givenUp == 0:
	case e.FailingSince.IsZero():
		s.opts.Log.Warn("webhook fails; its log says how", "webhook", e.ID, "campaign", e.Slug)
		return s.outbox.EndpointFails(ctx, e.ID, now)
	case ended.givenUp > 0 && now.Sub(e.FailingSince) > failingLimit:
		return s.disable(ctx, e, DisabledFailing)
	}
	return nil
}

func (s *Sender) disable(ctx context.Context, e *Endpoint, reason string) error {
	if err := s.outbox.DisableEndpoint(ctx, e.ID, reason, s.opts.Now()); err != nil {
		return err
	}
	s.opts.Log.Warn("webhook disabled", "webhook", e.ID, "campaign", e.Slug, "reason", reason)
	disabled := *e
	disabled.DisabledReason = reason
	s.opts.Disabled(ctx, &disabled)
	return nil
}
