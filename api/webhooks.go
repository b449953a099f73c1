package api

import (
	"context"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/webhook"
)

// WebhookView is an endpoint without its secret.
type WebhookView struct {
	ID             string     `json:"id"`
	URL            string     `json:"url"`
	Description    string     `json:"description,omitempty"`
	Events         []string   `json:"events" doc:"Types, families such as story.*, or * for all."`
	Enabled        bool       `json:"enabled"`
	DisabledReason string     `json:"disabled_reason,omitempty" enum:"by_hand,gone,failing" doc:"gone: it answered 410. failing: nothing arrived for five days."`
	DisabledAt     *time.Time `json:"disabled_at,omitempty"`
	FailingSince   *time.Time `json:"failing_since,omitempty" doc:"Of the first failure since something arrived; absent: it works."`
	OldSecretUntil *time.Time `json:"old_secret_until,omitempty" doc:"Until then the secret before signs as well."`
	CreatedAt      time.Time  `json:"created_at"`
	UpdatedAt      time.Time  `json:"updated_at"`
}

func (s *server) webhookOf(e *webhook.Endpoint) WebhookView {
	v := WebhookView{
		ID: e.ID, URL: e.URL, Description: e.Description, Events: e.Events, Enabled: e.DisabledAt.IsZero(),
		DisabledReason: e.DisabledReason, DisabledAt: timePtr(e.DisabledAt), FailingSince: timePtr(e.FailingSince),
		CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt,
	}
	if e.OldSecretUntil.After(s.Now()) {
		v.OldSecretUntil = &e.OldSecretUntil
	}
	return v
}

// secretWebhookView is an answer that holds the secret: those that make one.
type secretWebhookView struct {
	Secret string `json:"secret" doc:"Signs the requests; it is shown only here." example:"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"`
	WebhookView
}

// deliveryView is a line of an endpoint's log.
type deliveryView struct {
	Event    string     `json:"event" doc:"Id, the same in every attempt; the header webhook-id."`
	Type     string     `json:"type" example:"story.published"`
	StoryID  string     `json:"story_id,omitempty"`
	Sequence int64      `json:"sequence"`
	At       time.Time  `json:"at" doc:"When it happened."`
	State    string     `json:"state" enum:"waiting,delivered,given_up"`
	Tries    int        `json:"tries" doc:"Attempts, since the last replay."`
	NextAt   *time.Time `json:"next_at,omitempty" doc:"Of the next attempt, if it waits for one."`
	TriedAt  *time.Time `json:"tried_at,omitempty"`
	Status   int        `json:"status,omitempty" doc:"Of the last answer; absent: none came."`
	Failure  string     `json:"failure,omitempty" enum:"status,redirect,timeout,connection,name,tls,address_forbidden" doc:"Of the last attempt."`
	TookMS   int64      `json:"took_ms,omitempty"`
	Body     string     `json:"body" doc:"What is sent."`
}

func deliveryOf(d webhook.Delivery) (deliveryView, error) {
	body, err := d.Event.Body()
	v := deliveryView{
		Event: d.Event.ID, Type: string(d.Event.Type), StoryID: d.Event.Story, Sequence: d.Event.Sequence,
		At: d.Event.At, State: string(d.State), Tries: d.Tries, TriedAt: timePtr(d.TriedAt), Status: d.Status,
		Failure: d.Failure, TookMS: d.Took.Milliseconds(), Body: string(body),
	}
	if d.State == webhook.Waiting {
		v.NextAt = &d.NextAt
	}
	return v, err
}

// DeliveryList is a page of an endpoint's log.
type DeliveryList struct {
	Items []deliveryView `json:"items"`
	Next  string         `json:"next,omitempty" doc:"Cursor of the next page; absent at the end."`
}

// WebhookBody is what can be set of an endpoint. Absent fields keep what they
// are.
type WebhookBody struct {
	Description *string  `json:"description,omitempty" maxLength:"200"`
	Events      []string `json:"events,omitempty" maxItems:"40" doc:"Types, families such as story.*, or *; all by default." example:"[\"story.published\",\"story.withdrawn\"]"`
}

type createWebhookInput struct {
	CampaignPath
	Body struct {
		URL string `json:"url" maxLength:"2000" doc:"An https address of a public network." example:"https://example.com/hooks/storyreel"`
		WebhookBody
	}
}

// WebhookPath names an endpoint.
type WebhookPath struct {
	CampaignPath
	Webhook string `path:"webhook" maxLength:"36"`
}

type updateWebhookInput struct {
	WebhookPath
	Body struct {
		URL     *string `json:"url,omitempty" maxLength:"2000"`
		Enabled *bool   `json:"enabled,omitempty" doc:"One that is enabled again goes on with what waited for it; what happened meanwhile is not made up for."`
		WebhookBody
	}
}

type rotateWebhookInput struct {
	WebhookPath
	Body struct {
		AtOnce bool `json:"at_once,omitempty" doc:"The secret before ends now, as after a leak, and not in a day."`
	}
}

type listDeliveriesInput struct {
	WebhookPath
	State string `query:"state" enum:"waiting,delivered,given_up" doc:"Absent: all."`
	Page
}

type replayDeliveryInput struct {
	WebhookPath
	Event string `path:"event" maxLength:"36"`
}

type replayGivenUpInput struct {
	WebhookPath
	Body struct {
		Since *time.Time `json:"since,omitempty" doc:"Of the oldest event; absent: all of the log."`
	}
}

// replayedView says how much is sent once more.
type replayedView struct {
	Events int `json:"events"`
}

// sentTestView names the event of a test.
type sentTestView struct {
	Event string `json:"event" doc:"Id, by which the log has it."`
}

func (s *server) webhookRoutes() {
	s.describeEvents()
	const base = "/v1/campaigns/{campaign}/webhooks"
	const one = base + "/{webhook}"
	handle(s, admins, op("list-webhooks", "GET "+base, "webhooks", "List webhooks").fails(notFound), s.listWebhooks)
	handle(s, admins, op("create-webhook", "POST "+base, "webhooks", "Add a webhook").
		about("A server that is told what happens to the campaign's stories and selection: signed POST requests as "+
			"Standard Webhooks describes them, repeated for a day until they are answered with 2xx. A campaign has "+
			"at most 10.").created().fails(notFound, conflict).audited("webhook.created"), s.createWebhook)
	handle(s, admins, op("update-webhook", "PUT "+one, "webhooks", "Change, disable or enable a webhook").
		about("Absent fields keep what they are.").fails(notFound).audited("webhook.changed"), s.updateWebhook)
	handle(s, admins, op("delete-webhook", "DELETE "+one, "webhooks", "Delete a webhook").
		about("What waits for it is not sent.").noContent().fails(notFound).audited("webhook.deleted"), s.deleteWebhook)
	handle(s, admins, op("rotate-webhook-secret", "POST "+one+"/secret", "webhooks", "Give a webhook a new secret").
		about("For a day both secrets sign.").created().fails(notFound, conflict).audited("webhook.rotated"),
		s.rotateWebhook)
	handle(s, admins, op("test-webhook", "POST "+one+"/test", "webhooks", "Send a test event").
		about("It has the type webhook.test, whatever the webhook listens to.").created().fails(notFound, conflict).
		audited("webhook.tested"), s.testWebhook)
	handle(s, admins, op("list-webhook-deliveries", "GET "+one+"/deliveries", "webhooks", "Read a webhook's log").
		about("Events of the last 30 days, newest first.").fails(notFound), s.listDeliveries)
	handle(s, admins, op("replay-webhook-delivery", "POST "+one+"/deliveries/{event}/replay", "webhooks",
		"Send an event once more").about("Also one that has arrived.").noContent().fails(notFound, conflict).
		audited("webhook.replayed"), s.replayDelivery)
	handle(s, admins, op("replay-webhook-given-up", "POST "+one+"/replay", "webhooks",
		"Send what was given up once more").
		fails(notFound, conflict).audited("webhook.replayed"), s.replayGivenUp)
}

// listWebhooks answers with a campaign's endpoints, oldest first.
func (s *server) listWebhooks(ctx context.Context, in *CampaignPath) (*items[WebhookView], error) {
	all, err := s.Webhooks.List(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	views := make([]WebhookView, len(all))
	for i, e := range all {
		views[i] = s.webhookOf(e)
	}
	return itemsOf(views), nil
}

// createWebhook adds an endpoint and answers with its secret.
func (s *server) createWebhook(ctx context.Context, in *createWebhookInput) (*body[secretWebhookView], error) {
	e, err := s.Webhooks.Create(ctx, in.Campaign,
		webhook.Changes{URL: &in.Body.URL, Description: in.Body.Description, Events: in.Body.Events})
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about(e.ID, "campaign", e.Slug, "url", e.URL)
	return bodyOf(secretWebhookView{e.Secret, s.webhookOf(e)}), nil
}

// updateWebhook changes the fields that are given.
func (s *server) updateWebhook(ctx context.Context, in *updateWebhookInput) (*body[WebhookView], error) {
	callerOf(ctx).about(in.Webhook, "campaign", in.Campaign)
	e, err := s.Webhooks.Update(ctx, in.Campaign, in.Webhook, webhook.Changes{
		URL: in.Body.URL, Description: in.Body.Description, Events: in.Body.Events, Enabled: in.Body.Enabled,
	})
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about(e.ID, "url", e.URL)
	return bodyOf(s.webhookOf(e)), nil
}

// deleteWebhook ends an endpoint.
func (s *server) deleteWebhook(ctx context.Context, in *WebhookPath) (*none, error) {
	callerOf(ctx).about(in.Webhook, "campaign", in.Campaign)
	return nil, s.Webhooks.Delete(ctx, in.Campaign, in.Webhook)
}

// rotateWebhook answers with a new secret.
func (s *server) rotateWebhook(ctx context.Context, in *rotateWebhookInput) (*body[secretWebhookView], error) {
	callerOf(ctx).about(in.Webhook, "campaign", in.Campaign)
	e, err := s.Webhooks.Rotate(ctx, in.Campaign, in.Webhook, in.Body.AtOnce)
	if err != nil {
		return nil, err
	}
	return bodyOf(secretWebhookView{e.Secret, s.webhookOf(e)}), nil
}

// testWebhook puts a test event into the endpoint's queue.
func (s *server) testWebhook(ctx context.Context, in *WebhookPath) (*body[sentTestView], error) {
	callerOf(ctx).about(in.Webhook, "campaign", in.Campaign)
	event, err := s.Webhooks.SendTest(ctx, in.Campaign, in.Webhook)
	return bodyOf(sentTestView{event}), err
}

// listDeliveries answers with a page of an endpoint's log.
func (s *server) listDeliveries(ctx context.Context, in *listDeliveriesInput) (*body[DeliveryList], error) {
	after, err := openCursor[string](in.Cursor)
	if err != nil {
		return nil, err
	}
	p, err := s.Webhooks.Deliveries(ctx, in.Campaign, in.Webhook, webhook.DeliveryState(in.State), after, in.Limit)
	if err != nil {
		return nil, err
	}
	list := DeliveryList{Items: make([]deliveryView, len(p.Items)), Next: sealCursor(p.Next)}
	for i, d := range p.Items {
		if list.Items[i], err = deliveryOf(d); err != nil {
			return nil, err
		}
	}
	return bodyOf(list), nil
}

// replayDelivery makes one event wait for the endpoint again.
func (s *server) replayDelivery(ctx context.Context, in *replayDeliveryInput) (*none, error) {
	callerOf(ctx).about(in.Webhook, "campaign", in.Campaign, "event", in.Event)
	return nil, s.Webhooks.Replay(ctx, in.Campaign, in.Webhook, in.Event)
}

// replayGivenUp makes all wait again that was given up.
func (s *server) replayGivenUp(ctx context.Context, in *replayGivenUpInput) (*body[replayedView], error) {
	var since time.Time
	if in.Body.Since != nil {
		since = *in.Body.Since
	}
	n, err := s.Webhooks.ReplayGivenUp(ctx, in.Campaign, in.Webhook, since)
	callerOf(ctx).about(in.Webhook, "campaign", in.Campaign, "events", number(int64(n)))
	return bodyOf(replayedView{n}), err
}

// describeEvents adds to the document what webhooks are sent.
func (s *server) describeEvents() {
	schema := s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[webhook.Payload](), true, "")
	header := func(name, description string) *huma.Param {
		return &huma.Param{
			Name: name, In: "header", Required: true, Description: description,
			Schema: &huma.Schema{Type: huma.TypeString},
		}
	}
	s.huma.OpenAPI().Webhooks = map[string]*huma.PathItem{"event": {Post: &huma.Operation{
		OperationID: "webhook-event", Summary: "An event", Tags: []string{"webhooks"},
		Description: "Sent to a campaign's webhooks until it is answered with 2xx. Redirects are not followed.",
		Parameters: []*huma.Param{
			header("webhook-id", "The event's id, the same in every attempt."),
			header("webhook-timestamp", "Of this attempt, in seconds since 1970."),
			header("webhook-signature", "One or two of v1, and the HMAC-SHA256 of id.timestamp.body in base64, "+
				"separated by spaces."),
		},
		RequestBody: &huma.RequestBody{
			Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}},
		},
		Responses: map[string]*huma.Response{
			"2XX": {Description: "It has arrived."}, "410": {Description: "The webhook is gone, and is disabled."},
		},
	}}}
}
