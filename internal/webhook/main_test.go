package webhook_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/webhook"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

type env struct {
	*testkit.Env
	*webhook.Service
	clock sync.Mutex
}

func newEnv(t *testing.T, private ...netip.Prefix) *env {
	e := &env{Env: testkit.NewEnv(t)}
	e.Service = webhook.NewService(e.DB, e.Campaigns, e.now, webhook.Options{Private: private})
	return e
}

// now is the clock of the test for other goroutines too.
func (e *env) now() time.Time {
	e.clock.Lock()
	defer e.clock.Unlock()
	return e.Now
}

func (e *env) advance(d time.Duration) {
	e.clock.Lock()
	defer e.clock.Unlock()
	e.Advance(d)
}

// endpoint adds an endpoint for all events at the address.
func (e *env) endpoint(t *testing.T, address string) *webhook.Endpoint {
	t.Helper()
	got, err := e.Create(t.Context(), e.Campaign.Slug, webhook.Changes{URL: &address})
	require.NoError(t, err)
	return got
}

// send runs a sender until stop; change modifies its options.
func (e *env) send(t *testing.T, change ...func(*webhook.SenderOptions)) (stop func()) {
	t.Helper()
	o := webhook.SenderOptions{
		Name: "test", Agent: "Storyreel/test", Private: loopback, Every: 10 * time.Millisecond,
		Stop: 50 * time.Millisecond, Now: e.now, Log: e.Log,
	}
	for _, f := range change {
		f(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { webhook.NewSender(e.DB, o).Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(stop)
	return stop
}

// log is the endpoint's log, newest first.
func (e *env) log(t *testing.T, of *webhook.Endpoint) []webhook.Delivery {
	t.Helper()
	p, err := e.Deliveries(t.Context(), e.Campaign.Slug, of.ID, "", nil, 100)
	require.NoError(t, err)
	return p.Items
}

// eventually waits until the newest delivery satisfies ok.
func (e *env) eventually(t *testing.T, of *webhook.Endpoint, ok func(webhook.Delivery) bool) webhook.Delivery {
	t.Helper()
	var last webhook.Delivery
	testkit.Eventually(t, 20*time.Second, func() bool {
		last = e.log(t, of)[0]
		return ok(last)
	})
	return last
}

// exhaust lets time pass until the newest delivery is given up.
func (e *env) exhaust(t *testing.T, of *webhook.Endpoint) webhook.Delivery {
	t.Helper()
	for n := 1; ; n++ {
		d := e.eventually(t, of, tried(n))
		if d.State == webhook.GivenUp {
			return d
		}
		pause := d.NextAt.Sub(e.now())
		require.Positive(t, pause)
		e.advance(pause)
	}
}

func delivered(d webhook.Delivery) bool { return d.State == webhook.Delivered }

func tried(n int) func(webhook.Delivery) bool {
	return func(d webhook.Delivery) bool { return d.Tries == n }
}

// received is one request that a receiver got.
type received struct {
	header http.Header
	body   []byte
}

// receiver answers with what status says of each request, and keeps it.
func receiver(t *testing.T, status func(n int) int) (*httptest.Server, func() []received) {
	t.Helper()
	var mu sync.Mutex
	var got []received
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		got = append(got, received{r.Header.Clone(), body})
		n := len(got)
		mu.Unlock()
		w.WriteHeader(status(n))
	}))
	t.Cleanup(srv.Close)
	return srv, func() []received {
		mu.Lock()
		defer mu.Unlock()
		return append([]received(nil), got...)
	}
}

func always(status int) func(int) int { return func(int) int { return status } }
