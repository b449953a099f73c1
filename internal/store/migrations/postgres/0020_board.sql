-- +goose NO TRANSACTION
-- +goose Up
-- Answers of published stories to questions that have a fixed set of answers.
CREATE TABLE IF NOT EXISTS story_answers (
    story_id     text NOT NULL REFERENCES stories (id),
    question     text NOT NULL, -- id
    campaign_id  text NOT NULL,
    value        text NOT NULL,
    published_at bigint NOT NULL,
    PRIMARY KEY (story_id, question)
);
CREATE INDEX IF NOT EXISTS story_answers_time ON story_answers (campaign_id, question, value, published_at DESC, story_id DESC);
DROP INDEX CONCURRENTLY IF EXISTS listings_locale; -- one that an interrupted run left is not valid
CREATE INDEX CONCURRENTLY listings_locale ON listings (campaign_id, locale, published_at DESC, story_id DESC);

-- Shortlists with a name. The campaign's default list is the table shortlist.
CREATE TABLE IF NOT EXISTS shortlists (
    id          text PRIMARY KEY,
    campaign_id text NOT NULL REFERENCES campaigns (id),
    name        text NOT NULL,
    name_fold   text NOT NULL,
    version     bigint NOT NULL,
    actor_id    text NOT NULL,
    actor_name  text NOT NULL,
    at          bigint NOT NULL,
    UNIQUE (campaign_id, name_fold)
);
CREATE TABLE IF NOT EXISTS shortlist_entries (
    list_id      text NOT NULL REFERENCES shortlists (id),
    story_id     text NOT NULL REFERENCES stories (id),
    note         text NOT NULL,
    status       text NOT NULL,
    version      bigint NOT NULL,
    actor_id     text NOT NULL, -- who added it
    actor_name   text NOT NULL,
    at           bigint NOT NULL,
    changed_id   text NOT NULL, -- who changed note or status last; empty: nobody since
    changed_name text NOT NULL,
    changed_at   bigint NOT NULL,
    PRIMARY KEY (list_id, story_id)
);
CREATE INDEX IF NOT EXISTS shortlist_entries_story ON shortlist_entries (story_id);
CREATE INDEX IF NOT EXISTS shortlist_entries_time ON shortlist_entries (list_id, at DESC, story_id DESC);
ALTER TABLE shortlist ADD COLUMN IF NOT EXISTS status text NOT NULL DEFAULT 'considering';
ALTER TABLE shortlist ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 1;
ALTER TABLE shortlist ADD COLUMN IF NOT EXISTS changed_id text NOT NULL DEFAULT '';
ALTER TABLE shortlist ADD COLUMN IF NOT EXISTS changed_name text NOT NULL DEFAULT '';
ALTER TABLE shortlist ADD COLUMN IF NOT EXISTS changed_at bigint NOT NULL DEFAULT 0;
CREATE INDEX IF NOT EXISTS shortlist_time ON shortlist (campaign_id, at DESC, story_id DESC);

ALTER TABLE campaigns ADD COLUMN IF NOT EXISTS slots text NOT NULL DEFAULT '[]'; -- what is known of ad_slots, as JSON

-- Terms of published stories and how many have each, and the keys by which
-- terms are found that are spelled nearly alike.
CREATE TABLE IF NOT EXISTS vocabulary (
    campaign_id text NOT NULL,
    term        text NOT NULL COLLATE "C",
    n           bigint NOT NULL,
    PRIMARY KEY (campaign_id, term)
);
CREATE TABLE IF NOT EXISTS spellings (
    campaign_id text NOT NULL,
    key         text NOT NULL COLLATE "C",
    term        text NOT NULL COLLATE "C",
    PRIMARY KEY (campaign_id, key, term)
);

ALTER TABLE listings ADD COLUMN IF NOT EXISTS worded boolean NOT NULL DEFAULT false; -- its terms are counted in vocabulary

INSERT INTO fills (name, done, at, last)
    SELECT 'board', max(id) IS NULL, '', coalesce(max(id), '') FROM stories
    ON CONFLICT DO NOTHING;

-- +goose Down
DELETE FROM fills WHERE name = 'board';
ALTER TABLE listings DROP COLUMN IF EXISTS worded;
DROP TABLE IF EXISTS spellings;
DROP TABLE IF EXISTS vocabulary;
ALTER TABLE campaigns DROP COLUMN IF EXISTS slots;
DROP INDEX IF EXISTS shortlist_time;
ALTER TABLE shortlist DROP COLUMN IF EXISTS changed_at;
ALTER TABLE shortlist DROP COLUMN IF EXISTS changed_name;
ALTER TABLE shortlist DROP COLUMN IF EXISTS changed_id;
ALTER TABLE shortlist DROP COLUMN IF EXISTS version;
ALTER TABLE shortlist DROP COLUMN IF EXISTS status;
DROP TABLE IF EXISTS shortlist_entries;
DROP TABLE IF EXISTS shortlists;
DROP INDEX CONCURRENTLY IF EXISTS listings_locale;
DROP TABLE IF EXISTS story_answers;
DELETE FROM facets WHERE name = 'tag' OR name LIKE 'answer:%';
