-- +goose Up
ALTER TABLE campaigns ADD COLUMN questions text NOT NULL DEFAULT 'null';
ALTER TABLE campaigns ADD COLUMN policy text NOT NULL DEFAULT '';

-- quality is media.Findings.Quality; dice comes of the id, so that a seed
-- gives every search one fair order. 0003, in Go, reckons both.
ALTER TABLE stories ADD COLUMN answers text NOT NULL DEFAULT 'null';
ALTER TABLE stories ADD COLUMN cut text NOT NULL DEFAULT '{}';
ALTER TABLE stories ADD COLUMN quality bigint NOT NULL DEFAULT 0;
ALTER TABLE stories ADD COLUMN dice bigint NOT NULL DEFAULT 0;
CREATE INDEX stories_quality ON stories (campaign_id, quality DESC, id DESC) WHERE state = 'published';
CREATE INDEX stories_dice ON stories (campaign_id, dice, id) WHERE state = 'published';
CREATE INDEX stories_email ON stories (campaign_id, email) WHERE email <> '';
INSERT INTO facets (campaign_id, name, value, n) SELECT campaign_id, 'language', locale, count(*) FROM stories WHERE state = 'published' AND locale <> '' GROUP BY campaign_id, locale;

CREATE INDEX history_decisions ON history (at) WHERE actor_role IN ('moderator', 'admin');

ALTER TABLE selection ADD COLUMN from_ms bigint NOT NULL DEFAULT 0;
ALTER TABLE selection ADD COLUMN to_ms bigint NOT NULL DEFAULT 0;
ALTER TABLE selection ADD COLUMN confirmed_id text NOT NULL DEFAULT '';
ALTER TABLE selection ADD COLUMN confirmed_name text NOT NULL DEFAULT '';
ALTER TABLE selection ADD COLUMN confirmed_at bigint NOT NULL DEFAULT 0;

CREATE TABLE votes (
    campaign_id text NOT NULL REFERENCES campaigns (id),
    story_id    text NOT NULL REFERENCES stories (id),
    actor_id    text NOT NULL,
    actor_name  text NOT NULL,
    value       bigint NOT NULL CHECK (value IN (-1, 1)),
    reason      text NOT NULL,
    at          bigint NOT NULL,
    PRIMARY KEY (campaign_id, story_id, actor_id)
);

CREATE TABLE tags (
    campaign_id text NOT NULL REFERENCES campaigns (id),
    tag         text NOT NULL,
    story_id    text NOT NULL REFERENCES stories (id),
    actor_id    text NOT NULL,
    actor_name  text NOT NULL,
    at          bigint NOT NULL,
    PRIMARY KEY (campaign_id, tag, story_id)
);
CREATE INDEX tags_story ON tags (story_id);

CREATE TABLE saved_searches (
    id          text PRIMARY KEY,
    campaign_id text NOT NULL REFERENCES campaigns (id),
    name        text NOT NULL,
    query       text NOT NULL,
    actor_id    text NOT NULL,
    actor_name  text NOT NULL,
    at          bigint NOT NULL,
    UNIQUE (campaign_id, name)
);

CREATE TABLE captions (
    story_id   text NOT NULL REFERENCES stories (id),
    locale     text NOT NULL,
    label      text NOT NULL,
    vtt        text NOT NULL,
    version    text NOT NULL,
    actor_id   text NOT NULL,
    actor_name text NOT NULL,
    at         bigint NOT NULL,
    PRIMARY KEY (story_id, locale)
);

-- What is alike has a value in common: quarters of the perceptual hashes of
-- its frames, and the start of its source's SHA-256.
CREATE TABLE prints (
    campaign_id text NOT NULL,
    value       bigint NOT NULL,
    story_id    text NOT NULL REFERENCES stories (id),
    PRIMARY KEY (campaign_id, value, story_id)
);
CREATE INDEX prints_story ON prints (story_id);

-- +goose Down
DROP TABLE prints;
DROP TABLE captions;
DROP TABLE saved_searches;
DROP TABLE tags;
DROP TABLE votes;
ALTER TABLE selection DROP COLUMN confirmed_at;
ALTER TABLE selection DROP COLUMN confirmed_name;
ALTER TABLE selection DROP COLUMN confirmed_id;
ALTER TABLE selection DROP COLUMN to_ms;
ALTER TABLE selection DROP COLUMN from_ms;
DROP INDEX history_decisions;
DELETE FROM facets WHERE name IN ('language', 'quality');
DROP INDEX stories_email;
DROP INDEX stories_dice;
DROP INDEX stories_quality;
ALTER TABLE stories DROP COLUMN dice;
ALTER TABLE stories DROP COLUMN quality;
ALTER TABLE stories DROP COLUMN cut;
ALTER TABLE stories DROP COLUMN answers;
ALTER TABLE campaigns DROP COLUMN policy;
ALTER TABLE campaigns DROP COLUMN questions;
