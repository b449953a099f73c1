package main

import (
	"context"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/webhook"
)

// sender sends webhooks as this process.
func (a *app) sender() *webhook.Sender {
	return webhook.NewSender(a.store, webhook.SenderOptions{
		Name: a.name, Agent: "Storyreel/" + versionName(), Private: a.cfg.WebhookPrefixes(),
		Ended: func(o webhook.Outcome) { a.metrics.Webhook(string(o)) },
		Disabled: func(ctx context.Context, e *webhook.Endpoint) {
			a.audit.Add(ctx, audit.Line{
				Action: "webhook.disabled", Actor: account.TheSystem, Target: e.ID,
				Details: map[string]string{"campaign": e.Slug, "reason": e.DisabledReason},
			})
		},
		Now: clock, Log: a.log,
	})
}
