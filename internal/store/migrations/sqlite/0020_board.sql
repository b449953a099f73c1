-- +goose Up
-- Answers of published stories to questions that have a fixed set of answers.
CREATE TABLE story_answers (
    story_id     text NOT NULL REFERENCES stories (id),
    question     text NOT NULL, -- id
    campaign_id  text NOT NULL,
    value        text NOT NULL,
    published_at bigint NOT NULL,
    PRIMARY KEY (story_id, question)
);
CREATE INDEX story_answers_time ON story_answers (campaign_id, question, value, published_at DESC, story_id DESC);
CREATE INDEX listings_locale ON listings (campaign_id, locale, published_at DESC, story_id DESC);

-- Shortlists with a name. The campaign's default list is the table shortlist.
CREATE TABLE shortlists (
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
CREATE TABLE shortlist_entries (
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
CREATE INDEX shortlist_entries_story ON shortlist_entries (story_id);
CREATE INDEX shortlist_entries_time ON shortlist_entries (list_id, at DESC, story_id DESC);
ALTER TABLE shortlist ADD COLUMN status text NOT NULL DEFAULT 'considering';
ALTER TABLE shortlist ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE shortlist ADD COLUMN changed_id text NOT NULL DEFAULT '';
ALTER TABLE shortlist ADD COLUMN changed_name text NOT NULL DEFAULT '';
ALTER TABLE shortlist ADD COLUMN changed_at bigint NOT NULL DEFAULT 0;
CREATE INDEX shortlist_time ON shortlist (campaign_id, at DESC, story_id DESC);

ALTER TABLE campaigns ADD COLUMN slots text NOT NULL DEFAULT '[]'; -- what is known of ad_slots, as JSON

-- Terms of published stories and how many have each, and the keys by which
-- terms are found that are spelled nearly alike.
CREATE TABLE vocabulary (
    campaign_id text NOT NULL,
    term        text NOT NULL,
    n           bigint NOT NULL,
    PRIMARY KEY (campaign_id, term)
) WITHOUT ROWID;
CREATE TABLE spellings (
    campaign_id text NOT NULL,
    key         text NOT NULL,
    term        text NOT NULL,
    PRIMARY KEY (campaign_id, key, term)
) WITHOUT ROWID;

ALTER TABLE listings ADD COLUMN worded boolean NOT NULL DEFAULT 0; -- its terms are counted in vocabulary

INSERT INTO fills (name, done, at, last)
    SELECT 'board', max(id) IS NULL, '', coalesce(max(id), '') FROM stories;

-- +goose Down
DELETE FROM fills WHERE name = 'board';
ALTER TABLE listings DROP COLUMN worded;
DROP TABLE spellings;
DROP TABLE vocabulary;
ALTER TABLE campaigns DROP COLUMN slots;
DROP INDEX shortlist_time;
ALTER TABLE shortlist DROP COLUMN changed_at;
ALTER TABLE shortlist DROP COLUMN changed_name;
ALTER TABLE shortlist DROP COLUMN changed_id;
ALTER TABLE shortlist DROP COLUMN version;
ALTER TABLE shortlist DROP COLUMN status;
DROP TABLE shortlist_entries;
DROP TABLE shortlists;
DROP INDEX listings_locale;
DROP TABLE story_answers;
DELETE FROM facets WHERE name = 'tag' OR name LIKE 'answer:%';
