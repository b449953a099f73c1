-- +goose Up
-- Counters of stories by campaign and state, kept in the transaction that
-- changes a state. Each is spread over shards, so that transactions of one
-- campaign seldom wait for each other.
CREATE TABLE story_counts (
    campaign_id text NOT NULL,
    state       text NOT NULL,
    shard       bigint NOT NULL,
    n           bigint NOT NULL,
    PRIMARY KEY (campaign_id, state, shard)
);

-- What a search of published stories filters and sorts by, without the rest of
-- the row.
CREATE TABLE listings (
    story_id     text PRIMARY KEY REFERENCES stories (id),
    campaign_id  text NOT NULL,
    published_at bigint NOT NULL,
    quality      bigint NOT NULL,
    bucket       bigint NOT NULL,
    dice         bigint NOT NULL,
    orientation  text NOT NULL,
    duration_ms  bigint NOT NULL,
    country      text NOT NULL,
    locale       text NOT NULL,
    song_fold    text NOT NULL,
    artist_fold  text NOT NULL
);
CREATE INDEX listings_time ON listings (campaign_id, published_at DESC, story_id DESC);
CREATE INDEX listings_song ON listings (campaign_id, song_fold, published_at DESC, story_id DESC);
CREATE INDEX listings_artist ON listings (campaign_id, artist_fold, published_at DESC, story_id DESC);
CREATE INDEX listings_country ON listings (campaign_id, country, published_at DESC, story_id DESC);
CREATE INDEX listings_quality ON listings (campaign_id, quality DESC, story_id DESC);
CREATE INDEX listings_bucket ON listings (campaign_id, bucket);
DROP INDEX stories_quality;
DROP INDEX stories_dice;

-- Warnings of the findings, for moderators' lookups.
CREATE TABLE story_warnings (
    story_id    text NOT NULL REFERENCES stories (id),
    warning     text NOT NULL,
    campaign_id text NOT NULL,
    state       text NOT NULL,
    updated_at  bigint NOT NULL,
    PRIMARY KEY (story_id, warning)
);
CREATE INDEX story_warnings_lookup ON story_warnings (campaign_id, warning, updated_at DESC, story_id DESC, state);

-- Decisions of moderators, one for each history line that is one, and their
-- counters by hour.
CREATE TABLE decisions (
    id          text PRIMARY KEY,
    story_id    text NOT NULL REFERENCES stories (id),
    campaign_id text NOT NULL,
    at          bigint NOT NULL,
    actor_id    text NOT NULL,
    actor_name  text NOT NULL,
    event       text NOT NULL,
    overturned  boolean NOT NULL
);
CREATE INDEX decisions_story ON decisions (story_id);
CREATE INDEX decisions_newest ON decisions (at DESC, story_id, actor_id, event);
CREATE INDEX decisions_campaign ON decisions (campaign_id, at DESC, story_id, actor_id, event);
CREATE TABLE decision_counts (
    campaign_id text NOT NULL,
    hour        bigint NOT NULL,
    actor_id    text NOT NULL,
    actor_name  text NOT NULL,
    approved    bigint NOT NULL,
    rejected    bigint NOT NULL,
    escalated   bigint NOT NULL,
    overturned  bigint NOT NULL,
    PRIMARY KEY (campaign_id, hour, actor_id)
);
CREATE INDEX decision_counts_hour ON decision_counts (hour);
DROP INDEX history_decisions;

CREATE INDEX story_search_time ON story_search (campaign_id, published_at DESC, story_id DESC);

-- Endings of the words of songs, artists and names of all stories, for
-- moderators' lookups.
CREATE TABLE lookup_texts (
    story_id    text PRIMARY KEY REFERENCES stories (id),
    campaign_id text NOT NULL,
    tsv         tsvector NOT NULL
);
CREATE INDEX lookup_texts_newest ON lookup_texts (campaign_id, story_id DESC);
CREATE INDEX lookup_texts_words ON lookup_texts USING gin (campaign_id, tsv);

-- Tables that are filled from others in the background after an update.
CREATE TABLE fills (
    name text PRIMARY KEY,
    done boolean NOT NULL,
    at   text NOT NULL
);
INSERT INTO fills (name, done, at) SELECT name, NOT EXISTS (SELECT 1 FROM stories), '' FROM (SELECT 'counts' AS name UNION ALL SELECT 'stories' UNION ALL SELECT 'tallies' UNION ALL SELECT 'prints') AS names;

-- campaign is a hash of its id; the rows of old_prints are copied in the background.
ALTER TABLE prints RENAME TO old_prints;
CREATE TABLE prints (
    campaign integer NOT NULL,
    value    integer NOT NULL,
    story    uuid NOT NULL,
    PRIMARY KEY (campaign, value, story)
);
CREATE INDEX prints_of_story ON prints (story);

-- +goose Down
DROP TABLE fills;
DROP TABLE prints;
ALTER TABLE old_prints RENAME TO prints;
DROP TABLE lookup_texts;
DROP INDEX story_search_time;
CREATE INDEX history_decisions ON history (at) WHERE actor_role IN ('moderator', 'admin');
DROP TABLE decision_counts;
DROP TABLE decisions;
DROP TABLE story_warnings;
CREATE INDEX stories_quality ON stories (campaign_id, quality DESC, id DESC) WHERE state = 'published';
CREATE INDEX stories_dice ON stories (campaign_id, dice, id) WHERE state = 'published';
DROP TABLE listings;
DROP TABLE story_counts;
