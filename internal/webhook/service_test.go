package webhook_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/webhook"
)

func requireCode(t *testing.T, code string, err error) {
	t.Helper()
	require.Equal(t, code, fault.CodeOf(err), "%v", err)
}

func TestCreate_TakesPublicHTTPSAddressesOnly(t *testing.T) {
	e := newEnv(t)
	for address, good := range map[string]bool{
		"https://example.com/hooks?a=b": true, "https://example.com:8443/": true, "https://8.8.8.8/": true,
		"https://[2606:4700::1111]/": true,
		"http://example.com/":        false, "ftp://example.com/": false, "https://": false, "": false,
		"example.com": false, "https:example.com": false, "https://user:pass@example.com/": false,
		"https://example.com/#part": false, "https://" + strings.Repeat("a", 2000) + ".com/": false,
		// of networks inside
		"https://127.0.0.1/": false, "https://10.1.2.3/": false, "https://169.254.169.254/latest": false,
		"https://192.168.0.1/": false, "https://172.16.0.1/": false, "https://100.64.0.1/": false,
		"https://0.0.0.0/": false, "https://[::1]/": false, "https://[fd00::1]/": false, "https://[fe80::1]/": false,
		"https://[::ffff:10.0.0.1]/": false, "https://[64:ff9b::a00:1]/": false, "https://[2002:a00:1::]/": false,
		"https://224.0.0.1/": false, "https://255.255.255.255/": false,
	} {
		_, err := e.Create(t.Context(), e.Campaign.Slug, webhook.Changes{URL: &address})
		if good {
			require.NoError(t, err, address)
		} else {
			requireCode(t, "webhook.invalid", err)
		}
	}
	inside := "http://127.0.0.1:9/"
	allowed := newEnv(t, loopback...)
	_, err := allowed.Create(t.Context(), allowed.Campaign.Slug, webhook.Changes{URL: &inside})
	require.NoError(t, err)
	other := "https://10.0.0.1/"
	_, err = allowed.Create(t.Context(), allowed.Campaign.Slug, webhook.Changes{URL: &other})
	requireCode(t, "webhook.invalid", err)
}

func TestCreate_TakesKnownEventsOnly(t *testing.T) {
	e := newEnv(t)
	address := "https://example.com/"
	for pattern, good := range map[string]bool{
		"*": true, "story.*": true, "story.published": true, "kit.*": true, "decision.approved": true,
		"story.": false, "story": false, "story.p*": false, "sto*": false, "nothing.*": false, "": false,
		"story.started": false, "webhook.test": false,
	} {
		got, err := e.Create(t.Context(), e.Campaign.Slug,
			webhook.Changes{URL: &address, Events: []string{pattern, pattern}})
		if !good {
			requireCode(t, "webhook.invalid", err)
			continue
		}
		require.NoError(t, err, pattern)
		require.Equal(t, []string{pattern}, got.Events)
		require.NoError(t, e.Delete(t.Context(), e.Campaign.Slug, got.ID))
	}
}

func TestUpdate_LeavesWhatIsNotGiven(t *testing.T) {
	e := newEnv(t)
	address, description, off := "https://example.com/", " Our CRM ", false
	made, err := e.Create(t.Context(), e.Campaign.Slug,
		webhook.Changes{URL: &address, Description: &description, Events: []string{"kit.*"}})
	require.NoError(t, err)
	require.Equal(t, "Our CRM", made.Description)
	_, err = e.Update(t.Context(), e.Campaign.Slug, made.ID, webhook.Changes{Enabled: &off})
	require.NoError(t, err)
	got, err := e.Get(t.Context(), e.Campaign.Slug, made.ID)
	require.NoError(t, err)
	made.DisabledAt, made.DisabledReason = e.Now, webhook.DisabledByHand
	require.Equal(t, made, got)
	e.Story(story.AwaitingUpload)
	require.Empty(t, e.log(t, made))
	_, err = e.Get(t.Context(), e.NewCampaign("other").Slug, made.ID)
	requireCode(t, "webhook.unknown", err)
}

func TestSweep_EndsTheLog(t *testing.T) {
	e := newEnv(t)
	hook := e.endpoint(t, "https://example.com/")
	e.Story(story.AwaitingUpload)
	e.advance(29 * 24 * time.Hour)
	require.NoError(t, e.Sweep(t.Context()))
	require.Len(t, e.log(t, hook), 1)
	e.advance(2 * 24 * time.Hour)
	require.NoError(t, e.Sweep(t.Context()))
	require.Empty(t, e.log(t, hook))
}

func TestTypes_EveryTransitionIsReportedOrAStepInside(t *testing.T) {
	inside := []story.Event{story.EventStarted, story.EventDeferred}
	known := webhook.Types()
	for _, tr := range story.Transitions() {
		ev, reported := webhook.OfLine("c", &story.Entry{Event: tr.Event})
		require.NotEqual(t, reported, slices.Contains(inside, tr.Event), tr.Event)
		if reported {
			require.Contains(t, known, ev.Type)
		}
	}
}
