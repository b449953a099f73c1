package webhook_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	svix "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/webhook"
)

func TestSender_SignsByTheStandard(t *testing.T) {
	e := newEnv(t, loopback...)
	srv, got := receiver(t, always(http.StatusNoContent))
	hook := e.endpoint(t, srv.URL+"/hooks?of=storyreel")
	st := e.Story(story.AwaitingUpload)
	e.Now = time.Now() // verifying compares with the real clock
	e.send(t)
	d := e.eventually(t, hook, delivered)
	require.Equal(t, http.StatusNoContent, d.Status)
	require.Len(t, got(), 1)
	r := got()[0]
	require.Equal(t, "application/json", r.header.Get("Content-Type"))
	require.Equal(t, "Storyreel/test", r.header.Get("User-Agent"))
	require.Equal(t, d.Event.ID, r.header.Get("Webhook-Id"))
	verifier, err := svix.NewWebhook(hook.Secret)
	require.NoError(t, err)
	require.NoError(t, verifier.Verify(r.body, r.header))
	require.Error(t, verifier.Verify(append(r.body, ' '), r.header))
	require.JSONEq(t, `{"type":"story.created","timestamp":"2026-05-01T12:00:00.123456Z","data":{
		"campaign":"song","story_id":"`+st.ID+`","sequence":1,"state":"awaiting_upload","by":"contributor"}}`,
		string(r.body))
}

func TestSender_BothSecretsSignWhileOneIsReplaced(t *testing.T) {
	e := newEnv(t, loopback...)
	e.Now = time.Now()
	srv, got := receiver(t, always(http.StatusOK))
	before := e.endpoint(t, srv.URL)
	after, err := e.Rotate(t.Context(), e.Campaign.Slug, before.ID, false)
	require.NoError(t, err)
	_, err = e.Rotate(t.Context(), e.Campaign.Slug, before.ID, false)
	requireCode(t, "webhook.rotating", err)
	e.send(t)
	accepts := func(secret string) bool {
		_, err := e.SendTest(t.Context(), e.Campaign.Slug, before.ID)
		require.NoError(t, err)
		e.eventually(t, before, delivered)
		v, err := svix.NewWebhook(secret)
		require.NoError(t, err)
		r := got()[len(got())-1]
		return v.Verify(r.body, r.header) == nil
	}
	require.True(t, accepts(before.Secret))
	require.True(t, accepts(after.Secret))
	leaked, err := e.Rotate(t.Context(), e.Campaign.Slug, before.ID, true)
	require.NoError(t, err)
	require.False(t, accepts(after.Secret))
	require.True(t, accepts(leaked.Secret))
	_, err = e.Rotate(t.Context(), e.Campaign.Slug, before.ID, false)
	require.NoError(t, err)
	e.advance(25 * time.Hour)
	require.False(t, accepts(leaked.Secret), "the one before ended by itself")
}

func TestSender_RepeatsForADay(t *testing.T) {
	e := newEnv(t, loopback...)
	srv, got := receiver(t, always(http.StatusInternalServerError))
	hook := e.endpoint(t, srv.URL)
	e.Story(story.AwaitingUpload)
	begun := e.Now
	e.send(t)
	d := e.exhaust(t, hook)
	require.Equal(t, "status", d.Failure)
	require.Equal(t, http.StatusInternalServerError, d.Status)
	require.InDelta(t, 24, e.now().Sub(begun).Hours(), 2.5)
	require.Len(t, got(), 11)
	for _, r := range got() {
		require.Equal(t, got()[0].body, r.body)
		require.Equal(t, got()[0].header.Get("Webhook-Id"), r.header.Get("Webhook-Id"))
	}
	after, err := e.Get(t.Context(), e.Campaign.Slug, hook.ID)
	require.NoError(t, err)
	require.Equal(t, begun, after.FailingSince)
}

func TestSender_ADayLaterSomebodyReplays(t *testing.T) {
	e := newEnv(t, loopback...)
	var mu sync.Mutex
	down := true
	srv, got := receiver(t, func(int) int {
		mu.Lock()
		defer mu.Unlock()
		if down {
			return http.StatusBadGateway
		}
		return http.StatusOK
	})
	hook := e.endpoint(t, srv.URL)
	e.Story(story.AwaitingUpload)
	stop := e.send(t)
	e.exhaust(t, hook)
	stop()
	mu.Lock()
	down = false
	mu.Unlock()
	sent := len(got())
	e.send(t)
	n, err := e.ReplayGivenUp(t.Context(), e.Campaign.Slug, hook.ID, e.now().Add(-time.Minute))
	require.NoError(t, err)
	require.Zero(t, n, "the event is older")
	n, err = e.ReplayGivenUp(t.Context(), e.Campaign.Slug, hook.ID, time.Time{})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	d := e.eventually(t, hook, delivered)
	require.Len(t, got(), sent+1)
	require.NoError(t, e.Replay(t.Context(), e.Campaign.Slug, hook.ID, d.Event.ID), "also what has arrived")
	testkit.Eventually(t, 20*time.Second, func() bool { return len(got()) == sent+2 })
	requireCode(t, "webhook.delivery_unknown", e.Replay(t.Context(), e.Campaign.Slug, hook.ID, hook.ID))
	testkit.Eventually(t, 20*time.Second, func() bool {
		after, err := e.Get(t.Context(), e.Campaign.Slug, hook.ID)
		require.NoError(t, err)
		return after.FailingSince.IsZero()
	})
}

func TestSender_FollowsNoRedirect(t *testing.T) {
	e := newEnv(t, loopback...)
	inside, reached := receiver(t, always(http.StatusOK))
	srv := httptest.NewServer(http.RedirectHandler(inside.URL, http.StatusTemporaryRedirect))
	defer srv.Close()
	hook := e.endpoint(t, srv.URL)
	e.Story(story.AwaitingUpload)
	e.send(t)
	d := e.eventually(t, hook, tried(1))
	require.Equal(t, "redirect", d.Failure)
	require.Equal(t, http.StatusTemporaryRedirect, d.Status)
	require.Empty(t, reached())
}

func TestSender_AReceiverThatHangsKeepsNoOtherWaiting(t *testing.T) {
	e := newEnv(t, loopback...)
	hanging := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hanging }))
	defer slow.Close()
	defer close(hanging)
	srv, _ := receiver(t, always(http.StatusOK))
	hung, works := e.endpoint(t, slow.URL), e.endpoint(t, srv.URL)
	e.Story(story.AwaitingUpload)
	stop := e.send(t)
	e.eventually(t, works, delivered)
	d := e.log(t, hung)[0]
	require.Equal(t, webhook.Waiting, d.State)
	require.Zero(t, d.Tries)
	stop() // cuts the request off
	d = e.log(t, hung)[0]
	require.Zero(t, d.Tries, "an attempt that was cut off does not count")
	due, err := e.DB.DueEndpoints(t.Context(), e.now(), 10)
	require.NoError(t, err)
	require.Equal(t, []string{hung.ID}, due, "another process can go on at once")
}

func TestSender_ReachesNoInternalAddress(t *testing.T) {
	srv, got := receiver(t, always(http.StatusOK))
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	e := newEnv(t, loopback...)
	// a name is judged by what it resolves to, when a request is sent
	named := e.endpoint(t, "https://localhost:"+port+"/")
	plain := e.endpoint(t, "http://localhost:"+port+"/")
	e.Story(story.AwaitingUpload)
	e.send(t, func(o *webhook.SenderOptions) { o.Private = nil })
	for _, hook := range []*webhook.Endpoint{named, plain} {
		require.Equal(t, "address_forbidden", e.eventually(t, hook, tried(1)).Failure)
	}
	require.Empty(t, got())
}

func TestSender_ChecksCertificates(t *testing.T) {
	e := newEnv(t, loopback...)
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	hook := e.endpoint(t, srv.URL)
	e.Story(story.AwaitingUpload)
	stop := e.send(t)
	require.Equal(t, "tls", e.eventually(t, hook, tried(1)).Failure)
	stop()
	e.advance(time.Minute)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	e.send(t, func(o *webhook.SenderOptions) { o.Roots = roots })
	e.eventually(t, hook, delivered)
}

func TestSender_NamesWhyNoAnswerCame(t *testing.T) {
	e := newEnv(t, loopback...)
	srv, _ := receiver(t, always(http.StatusOK))
	closed := srv.URL
	srv.Close()
	refused, unknown := e.endpoint(t, closed), e.endpoint(t, "https://nowhere.invalid/")
	e.Story(story.AwaitingUpload)
	e.send(t)
	require.Equal(t, "connection", e.eventually(t, refused, tried(1)).Failure)
	require.Equal(t, "name", e.eventually(t, unknown, tried(1)).Failure)
	for _, d := range []webhook.Delivery{e.log(t, refused)[0], e.log(t, unknown)[0]} {
		require.Contains(t, webhook.Failures(), d.Failure)
	}
}

func TestSender_DisablesWhatIsGoneOrFailsForDays(t *testing.T) {
	e := newEnv(t, loopback...)
	gone, _ := receiver(t, always(http.StatusGone))
	failing, _ := receiver(t, always(http.StatusServiceUnavailable))
	left, broken := e.endpoint(t, gone.URL), e.endpoint(t, failing.URL)
	var mu sync.Mutex
	reasons := map[string]string{}
	e.send(t, func(o *webhook.SenderOptions) {
		o.Disabled = func(_ context.Context, w *webhook.Endpoint) {
			mu.Lock()
			defer mu.Unlock()
			reasons[w.ID] = w.DisabledReason
		}
	})
	disabled := func(hook *webhook.Endpoint) func() bool {
		return func() bool {
			w, err := e.Get(t.Context(), e.Campaign.Slug, hook.ID)
			require.NoError(t, err)
			return !w.DisabledAt.IsZero()
		}
	}
	e.Story(story.AwaitingUpload)
	testkit.Eventually(t, 20*time.Second, disabled(left))
	e.exhaust(t, broken)
	require.False(t, disabled(broken)(), "a day is no reason yet")
	e.advance(5 * 24 * time.Hour)
	e.Story(story.AwaitingUpload)
	e.exhaust(t, broken)
	testkit.Eventually(t, 20*time.Second, disabled(broken))
	testkit.Eventually(t, 20*time.Second, func() bool { // follows the write
		mu.Lock()
		defer mu.Unlock()
		return len(reasons) == 2
	})
	require.Equal(t, map[string]string{left.ID: webhook.DisabledGone, broken.ID: webhook.DisabledFailing}, reasons)
	_, err := e.SendTest(t.Context(), e.Campaign.Slug, left.ID)
	requireCode(t, "webhook.disabled", err)
	on := true
	w, err := e.Update(t.Context(), e.Campaign.Slug, left.ID, webhook.Changes{Enabled: &on})
	require.NoError(t, err)
	require.Zero(t, w.DisabledAt)
	require.Empty(t, w.DisabledReason)
}

func TestSender_SendsEventsOfAStoryInOrder(t *testing.T) {
	e := newEnv(t, loopback...)
	srv, got := receiver(t, always(http.StatusOK))
	hook := e.endpoint(t, srv.URL)
	const stories = 20
	for range stories {
		st := e.Story(story.AwaitingUpload)
		_, err := e.Stories.Withdraw(t.Context(), st.ID, testkit.Actor("contributor", "Zoë"))
		require.NoError(t, err)
	}
	e.send(t)
	testkit.Eventually(t, 30*time.Second, func() bool { return len(got()) == 2*stories })
	e.eventually(t, hook, delivered)
	last := map[string]int64{}
	for _, r := range got() {
		var body struct {
			Data struct {
				Story    string `json:"story_id"`
				Sequence int64  `json:"sequence"`
			}
		}
		require.NoError(t, json.Unmarshal(r.body, &body))
		require.Equal(t, last[body.Data.Story]+1, body.Data.Sequence)
		last[body.Data.Story]++
	}
}

func TestSender_TwoProcessesSendOnce(t *testing.T) {
	e := newEnv(t, loopback...)
	srv, got := receiver(t, always(http.StatusOK))
	hook := e.endpoint(t, srv.URL)
	e.send(t, func(o *webhook.SenderOptions) { o.Name = "a" })
	e.send(t, func(o *webhook.SenderOptions) { o.Name = "b" })
	const stories = 100
	for range stories {
		e.Story(story.AwaitingUpload)
	}
	testkit.Eventually(t, 30*time.Second, func() bool {
		p, err := e.Deliveries(t.Context(), e.Campaign.Slug, hook.ID, webhook.Waiting, nil, 1)
		require.NoError(t, err)
		return len(p.Items) == 0
	})
	require.Len(t, got(), stories)
}
