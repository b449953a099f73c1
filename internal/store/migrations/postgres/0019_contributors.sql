-- +goose Up
-- What a moderator wrote to a contributor with a decision, or a contributor to
-- the moderators with a revision; and what a revision changed, as JSON.
ALTER TABLE history ADD COLUMN message text NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN changes text NOT NULL DEFAULT '';

-- Pages that are linked wherever the public sees a campaign; empty: none.
ALTER TABLE campaigns ADD COLUMN privacy_url text NOT NULL DEFAULT '';
ALTER TABLE campaigns ADD COLUMN imprint_url text NOT NULL DEFAULT '';
ALTER TABLE campaigns ADD COLUMN locales text NOT NULL DEFAULT '{}'; -- texts in other languages, JSON by tag

-- What visitors report about published videos. Times are UTC microseconds.
CREATE TABLE notices (
    id          text PRIMARY KEY,
    campaign_id text NOT NULL,
    story_id    text NOT NULL,
    kind        text NOT NULL, -- depicted, illegal, rights, hateful, other
    urgent      boolean NOT NULL,
    body        text NOT NULL,
    email       text NOT NULL,
    locale      text NOT NULL,
    at          bigint NOT NULL,
    outcome     text NOT NULL, -- open, removed, kept
    reply       text NOT NULL,
    actor_id    text NOT NULL,
    actor_name  text NOT NULL,
    ended_at    bigint NOT NULL -- 0: open
);
CREATE INDEX notices_open ON notices (urgent, id) WHERE outcome = 'open';
CREATE INDEX notices_open_campaign ON notices (campaign_id, urgent, id) WHERE outcome = 'open';
CREATE INDEX notices_ended ON notices (ended_at, id) WHERE outcome <> 'open';
CREATE INDEX notices_story ON notices (story_id, id);

-- Hashes of the tokens that open the receipt of a notice.
CREATE TABLE notice_tokens (
    hash      text PRIMARY KEY,
    notice_id text NOT NULL
);
CREATE INDEX notice_tokens_notice ON notice_tokens (notice_id);

-- +goose Down
DROP TABLE notice_tokens;
DROP TABLE notices;
ALTER TABLE campaigns DROP COLUMN locales;
ALTER TABLE campaigns DROP COLUMN imprint_url;
ALTER TABLE campaigns DROP COLUMN privacy_url;
ALTER TABLE history DROP COLUMN changes;
ALTER TABLE history DROP COLUMN message;
