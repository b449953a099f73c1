-- +goose Up
-- Servers that get the events of a campaign. Secrets are kept as they are,
-- because every request is signed with them. Times are UTC microseconds.
CREATE TABLE webhook_endpoints (
    id               text PRIMARY KEY,
    campaign_id      text NOT NULL REFERENCES campaigns (id),
    url              text NOT NULL,
    description      text NOT NULL,
    events           text NOT NULL, -- JSON list of patterns
    secret           text NOT NULL,
    old_secret       text NOT NULL,
    old_secret_until bigint NOT NULL,
    disabled_at      bigint NOT NULL, -- 0: enabled
    disabled_reason  text NOT NULL,
    failing_since    bigint NOT NULL, -- 0: it works
    held_by          text NOT NULL, -- process that sends to it
    held_until       bigint NOT NULL,
    created_at       bigint NOT NULL,
    updated_at       bigint NOT NULL
);
CREATE INDEX webhook_endpoints_campaign ON webhook_endpoints (campaign_id, id);

-- How many events there were of a story, or of a campaign itself.
CREATE TABLE webhook_sequences (
    subject text PRIMARY KEY,
    n       bigint NOT NULL
);

-- Written with the change that they report, where an endpoint listens.
CREATE TABLE webhook_events (
    id          text PRIMARY KEY,
    type        text NOT NULL,
    campaign_id text NOT NULL,
    story_id    text NOT NULL, -- empty: about the campaign
    sequence    bigint NOT NULL,
    at          bigint NOT NULL,
    facts       text NOT NULL -- JSON
);
CREATE INDEX webhook_events_at ON webhook_events (at);

CREATE TABLE webhook_deliveries (
    event_id    text NOT NULL,
    endpoint_id text NOT NULL,
    state       text NOT NULL,
    tries       bigint NOT NULL,
    next_at     bigint NOT NULL,
    tried_at    bigint NOT NULL, -- 0: not yet
    status      bigint NOT NULL, -- HTTP; 0: no answer
    failure     text NOT NULL,
    took_ms     bigint NOT NULL,
    PRIMARY KEY (event_id, endpoint_id)
);
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (endpoint_id, event_id);
CREATE INDEX webhook_deliveries_state ON webhook_deliveries (endpoint_id, state, event_id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_at, event_id) WHERE state = 'waiting';

-- +goose Down
DROP TABLE webhook_deliveries;
DROP TABLE webhook_events;
DROP TABLE webhook_sequences;
DROP TABLE webhook_endpoints;
