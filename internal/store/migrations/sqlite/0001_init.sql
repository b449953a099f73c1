-- +goose Up
-- Times are UTC microseconds since 1970 (0: not set); JSON is text, read and
-- written whole.
CREATE TABLE campaigns (
    id         text PRIMARY KEY,
    slug       text NOT NULL UNIQUE,
    title      text NOT NULL,
    hashtag    text NOT NULL,
    prompt     text NOT NULL,
    opens_at   bigint NOT NULL,
    closes_at  bigint NOT NULL,
    limits     text NOT NULL,
    ad_slots   text NOT NULL,
    countries  text NOT NULL,
    origins    text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

CREATE TABLE release_forms (
    campaign_id text NOT NULL REFERENCES campaigns (id),
    version     bigint NOT NULL,
    locale      text NOT NULL,
    title       text NOT NULL,
    body        text NOT NULL,
    sha256      text NOT NULL,
    created_at  bigint NOT NULL,
    PRIMARY KEY (campaign_id, version)
);

CREATE TABLE users (
    id            text PRIMARY KEY,
    email         text NOT NULL UNIQUE,
    name          text NOT NULL,
    roles         text NOT NULL,
    password_hash text NOT NULL,
    disabled      boolean NOT NULL,
    created_at    bigint NOT NULL
);

CREATE TABLE api_keys (
    id         text PRIMARY KEY,
    name       text NOT NULL,
    role       text NOT NULL,
    hash       text NOT NULL UNIQUE,
    created_at bigint NOT NULL,
    revoked_at bigint NOT NULL
);

CREATE TABLE sessions (
    hash       text PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (id),
    link       boolean NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE stories (
    id            text PRIMARY KEY,
    campaign_id   text NOT NULL REFERENCES campaigns (id),
    state         text NOT NULL CHECK (state IN ('awaiting_upload', 'uploaded', 'preparing', 'in_review', 'approved', 'publishing', 'published', 'hidden', 'rejected', 'failed', 'expired', 'withdrawn', 'erased')),
    version       bigint NOT NULL,
    name          text NOT NULL,
    email         text NOT NULL,
    country       text NOT NULL,
    locale        text NOT NULL,
    title         text NOT NULL,
    body          text NOT NULL,
    song          text NOT NULL,
    song_fold     text NOT NULL,
    artist_fold   text NOT NULL,
    release       text NOT NULL,
    upload        text NOT NULL,
    source        text NOT NULL,
    media         text NOT NULL,
    findings      text NOT NULL,
    review_set    text NOT NULL,
    public_set    text NOT NULL,
    orientation   text NOT NULL,
    duration_ms   bigint NOT NULL,
    work          text NOT NULL CHECK (work IN ('', 'prepare', 'publish', 'remove')),
    attempt       bigint NOT NULL,
    tries         bigint NOT NULL,
    next_run_at   bigint NOT NULL,
    heartbeat_at  bigint NOT NULL,
    dispatched_at bigint NOT NULL,
    progress      double precision NOT NULL,
    failure       text NOT NULL,
    escalated     boolean NOT NULL,
    claimed_by    text NOT NULL,
    claimed_name  text NOT NULL,
    claimed_until bigint NOT NULL,
    created_at    bigint NOT NULL,
    updated_at    bigint NOT NULL,
    published_at  bigint NOT NULL
);
CREATE INDEX stories_feed ON stories (campaign_id, published_at DESC, id DESC) WHERE state = 'published';
CREATE INDEX stories_feed_country ON stories (campaign_id, country, published_at DESC, id DESC) WHERE state = 'published';
CREATE INDEX stories_feed_song ON stories (campaign_id, song_fold, published_at DESC, id DESC) WHERE state = 'published';
CREATE INDEX stories_campaign ON stories (campaign_id, id);
CREATE INDEX stories_state ON stories (campaign_id, state, updated_at DESC, id DESC);
CREATE INDEX stories_queue ON stories (id) WHERE state = 'in_review';
CREATE INDEX stories_queue_campaign ON stories (campaign_id, id) WHERE state = 'in_review';
CREATE INDEX stories_claims ON stories (claimed_by) WHERE state = 'in_review';
CREATE INDEX stories_due ON stories (dispatched_at, id) WHERE work <> '';
CREATE INDEX stories_open ON stories (next_run_at) WHERE state = 'awaiting_upload';
CREATE INDEX stories_trouble ON stories (updated_at) WHERE state = 'failed' OR tries > 0;

CREATE TABLE story_tokens (
    hash     text PRIMARY KEY,
    story_id text NOT NULL REFERENCES stories (id)
);
CREATE INDEX story_tokens_story ON story_tokens (story_id);

-- The audit trail: lines are only ever added; notes go when a story is erased.
CREATE TABLE history (
    id         text PRIMARY KEY,
    story_id   text NOT NULL REFERENCES stories (id),
    at         bigint NOT NULL,
    actor_role text NOT NULL,
    actor_id   text NOT NULL,
    actor_name text NOT NULL,
    event      text NOT NULL,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    reason     text NOT NULL,
    note       text NOT NULL
);
CREATE INDEX history_story ON history (story_id, id);

CREATE TABLE attempts (
    story_id   text NOT NULL REFERENCES stories (id),
    attempt    bigint NOT NULL,
    kind       text NOT NULL,
    worker     text NOT NULL,
    started_at bigint NOT NULL,
    ended_at   bigint NOT NULL,
    outcome    text NOT NULL,
    code       text NOT NULL,
    error      text NOT NULL,
    cpu_us     bigint NOT NULL,
    max_rss    bigint NOT NULL,
    bytes_in   bigint NOT NULL,
    bytes_out  bigint NOT NULL,
    sandbox    text NOT NULL,
    PRIMARY KEY (story_id, attempt)
);

CREATE TABLE idempotency (
    key        text PRIMARY KEY,
    request    text NOT NULL,
    story_id   text NOT NULL REFERENCES stories (id),
    created_at bigint NOT NULL
);
CREATE INDEX idempotency_age ON idempotency (created_at);
CREATE INDEX idempotency_story ON idempotency (story_id);

CREATE TABLE shortlist (
    campaign_id text NOT NULL REFERENCES campaigns (id),
    story_id    text NOT NULL REFERENCES stories (id),
    note        text NOT NULL,
    actor_id    text NOT NULL,
    actor_name  text NOT NULL,
    at          bigint NOT NULL,
    PRIMARY KEY (campaign_id, story_id)
);

CREATE TABLE selection (
    campaign_id text NOT NULL REFERENCES campaigns (id),
    slot        text NOT NULL,
    story_id    text NOT NULL REFERENCES stories (id),
    note        text NOT NULL,
    actor_id    text NOT NULL,
    actor_name  text NOT NULL,
    at          bigint NOT NULL,
    PRIMARY KEY (campaign_id, slot),
    UNIQUE (campaign_id, story_id)
);

-- Counters of published stories, kept in the transaction that publishes or
-- hides, so that no page ever counts rows.
CREATE TABLE facets (
    campaign_id text NOT NULL,
    name        text NOT NULL,
    value       text NOT NULL,
    n           bigint NOT NULL,
    PRIMARY KEY (campaign_id, name, value)
);
CREATE INDEX facets_top ON facets (campaign_id, name, n DESC);

CREATE TABLE leases (
    name   text PRIMARY KEY,
    holder text NOT NULL,
    until  bigint NOT NULL
);

-- Text of published stories. rowid is published_at, so that the newest match
-- is found without sorting; scope is the campaign's id without dashes.
CREATE VIRTUAL TABLE story_search USING fts5 (scope, body, story_id UNINDEXED, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');

-- +goose Down
DROP TABLE story_search;
DROP TABLE leases;
DROP TABLE facets;
DROP TABLE selection;
DROP TABLE shortlist;
DROP TABLE idempotency;
DROP TABLE attempts;
DROP TABLE history;
DROP TABLE story_tokens;
DROP TABLE stories;
DROP TABLE sessions;
DROP TABLE api_keys;
DROP TABLE users;
DROP TABLE release_forms;
DROP TABLE campaigns;
