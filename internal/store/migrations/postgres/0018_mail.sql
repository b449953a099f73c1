-- +goose Up
-- The outbox of mails. A row holds no address but that of an erased story's
-- contributor, until the mail has ended. Times are UTC microseconds (0: not set).
CREATE TABLE mails (
    id          text PRIMARY KEY,
    campaign_id text NOT NULL, -- empty: about an account, as story_id is
    story_id    text NOT NULL,
    user_id     text NOT NULL, -- empty: about a story
    kind        text NOT NULL,
    round       text NOT NULL, -- with story and kind the name of the mail
    address     text NOT NULL,
    locale      text NOT NULL,
    at          bigint NOT NULL, -- when it should be sent
    next_at     bigint NOT NULL, -- when it is tried next
    tries       bigint NOT NULL,
    state       text NOT NULL, -- waiting, sent, dropped, refused, expired
    reason      text NOT NULL,
    ended_at    bigint NOT NULL
);
CREATE UNIQUE INDEX mails_once ON mails (story_id, kind, round);
CREATE INDEX mails_due ON mails (next_at) WHERE state = 'waiting';
CREATE INDEX mails_age ON mails (at) WHERE state = 'waiting';
CREATE INDEX mails_user ON mails (user_id) WHERE user_id <> '';
CREATE INDEX mails_erased ON mails (ended_at) WHERE story_id = '' OR kind = 'withdrawn';

-- Addresses that mails about stories were sent to, by their SHA-256.
CREATE TABLE mail_recipients (
    address_hash text PRIMARY KEY,
    stop_token   text NOT NULL UNIQUE,
    stopped_at   bigint NOT NULL, -- 0: mails are wanted
    used_at      bigint NOT NULL, -- when a mail was last written
    day          bigint NOT NULL, -- since 1970, in which the next column counts
    sent         bigint NOT NULL
);
CREATE INDEX mail_recipients_age ON mail_recipients (used_at) WHERE stopped_at = 0;

-- What campaigns set about their mails, as JSON.
CREATE TABLE mail_settings (
    campaign_id text PRIMARY KEY,
    settings    text NOT NULL,
    updated_at  bigint NOT NULL
);

-- +goose Down
DROP TABLE mail_settings;
DROP TABLE mail_recipients;
DROP TABLE mails;
