package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/webhook"
)

func (e *env) webhooks() string { return "/v1/campaigns/" + e.slug + "/webhooks" }

func TestWebhooks_TheSecretIsShownOnce(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin := e.keys[account.Admin]
	var made secretWebhookView
	e.want(201, "POST", e.webhooks(), admin, map[string]any{
		"url": "https://example.com/hooks", "description": "CRM", "events": []string{"story.*", "kit.ready"},
	}).into(t, &made)
	require.True(t, strings.HasPrefix(made.Secret, "whsec_"))
	require.Equal(t, []string{"kit.ready", "story.*"}, made.Events)
	require.True(t, made.Enabled)
	answer := e.want(200, "GET", e.webhooks(), admin, nil)
	require.NotContains(t, string(answer.body), "secret")
	var rotated secretWebhookView
	e.want(201, "POST", e.webhooks()+"/"+made.ID+"/secret", admin, map[string]any{}).into(t, &rotated)
	require.NotEqual(t, made.Secret, rotated.Secret)
	require.NotNil(t, rotated.OldSecretUntil)
	require.Equal(t, "webhook.rotating",
		e.want(409, "POST", e.webhooks()+"/"+made.ID+"/secret", admin, map[string]any{}).code(t))
	e.want(201, "POST", e.webhooks()+"/"+made.ID+"/secret", admin, map[string]any{"at_once": true})
	var changed WebhookView
	e.want(200, "PUT", e.webhooks()+"/"+made.ID, admin, map[string]any{"enabled": false}).into(t, &changed)
	require.False(t, changed.Enabled)
	require.Equal(t, webhook.DisabledByHand, changed.DisabledReason)
	require.Equal(t, "CRM", changed.Description)
	require.Equal(t, "webhook.disabled", e.want(409, "POST", e.webhooks()+"/"+made.ID+"/test", admin, nil).code(t))
	e.want(204, "DELETE", e.webhooks()+"/"+made.ID, admin, nil)
	require.Equal(t, "webhook.unknown", e.want(404, "DELETE", e.webhooks()+"/"+made.ID, admin, nil).code(t))
	require.Equal(t, "webhook.invalid", e.want(422, "POST", e.webhooks(), admin,
		map[string]any{"url": "https://169.254.169.254/latest/meta-data"}).code(t))
	require.Equal(t, "campaign.unknown", e.want(404, "GET", "/v1/campaigns/none/webhooks", admin, nil).code(t))

	lines, err := e.api.Audit.List(ctx, audit.Filter{Action: "webhook"}, nil, 100)
	require.NoError(t, err)
	var actions []string
	for _, l := range lines.Items {
		require.NotContains(t, l.Details, "secret")
		if l.Outcome == audit.Done {
			actions = append(actions, l.Action)
		}
	}
	require.Equal(t, []string{
		"webhook.deleted", "webhook.changed", "webhook.rotated", "webhook.rotated", "webhook.created",
	}, actions)
}

func TestWebhooks_TheLogShowsWhatIsSent(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	admin := e.keys[account.Admin]
	var hook secretWebhookView
	e.want(201, "POST", e.webhooks(), admin, map[string]any{"url": "https://example.com/"}).into(t, &hook)
	one := e.webhooks() + "/" + hook.ID
	st := e.begin(5)
	var test sentTestView
	e.want(201, "POST", one+"/test", admin, nil).into(t, &test)
	var log DeliveryList
	e.want(200, "GET", one+"/deliveries?limit=1", admin, nil).into(t, &log)
	require.Len(t, log.Items, 1)
	require.Equal(t, test.Event, log.Items[0].Event)
	require.Equal(t, "webhook.test", log.Items[0].Type)
	e.want(200, "GET", one+"/deliveries?limit=1&cursor="+log.Next, admin, nil).into(t, &log)
	d := log.Items[0]
	require.Equal(t, "story.created", d.Type)
	require.Equal(t, st.Story.ID, d.StoryID)
	require.Equal(t, "waiting", d.State)
	require.NotNil(t, d.NextAt)
	var body webhook.Payload
	require.NoError(t, json.Unmarshal([]byte(d.Body), &body))
	require.Equal(t, webhook.Data{
		Campaign: e.slug, Story: st.Story.ID, Sequence: 1,
		Facts: webhook.Facts{State: "awaiting_upload", By: "contributor"},
	}, body.Data)
	e.want(200, "GET", one+"/deliveries?state=given_up", admin, nil).into(t, &log)
	require.Empty(t, log.Items)
	e.want(204, "POST", one+"/deliveries/"+d.Event+"/replay", admin, nil)
	require.Equal(t, "webhook.delivery_unknown",
		e.want(404, "POST", one+"/deliveries/"+hook.ID+"/replay", admin, nil).code(t))
	var replayed replayedView
	e.want(200, "POST", one+"/replay", admin, map[string]any{"since": time.Now()}).into(t, &replayed)
	require.Zero(t, replayed.Events)
}
