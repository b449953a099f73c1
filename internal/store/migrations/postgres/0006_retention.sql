-- +goose Up
-- Whoever applies a migration a second time is rolled back.
CREATE UNIQUE INDEX goose_db_version_once ON goose_db_version (version_id) WHERE version_id > 0;

-- Songs and artists are counted under their folded form, and no counter
-- outlives its last story.
DELETE FROM facets WHERE n <= 0 OR name IN ('song', 'artist');
INSERT INTO facets (campaign_id, name, value, n) SELECT campaign_id, 'song', song_fold, count(*) FROM stories WHERE state = 'published' AND song_fold <> '' GROUP BY campaign_id, song_fold;
INSERT INTO facets (campaign_id, name, value, n) SELECT campaign_id, 'artist', artist_fold, count(*) FROM stories WHERE state = 'published' AND artist_fold <> '' GROUP BY campaign_id, artist_fold;

-- Erased stories whose words may still be in the log of SQLite, or in dead
-- rows of PostgreSQL.
CREATE TABLE purges (
    story_id text PRIMARY KEY,
    at       bigint NOT NULL
);

-- Legal holds, those that ended too. An empty story_id is the whole campaign.
CREATE TABLE holds (
    id          text PRIMARY KEY,
    campaign_id text NOT NULL REFERENCES campaigns (id),
    story_id    text NOT NULL,
    reason      text NOT NULL,
    actor_id    text NOT NULL,
    actor_name  text NOT NULL,
    at          bigint NOT NULL,
    lifted_id   text NOT NULL,
    lifted_name text NOT NULL,
    lifted_at   bigint NOT NULL
);
CREATE UNIQUE INDEX holds_in_force ON holds (campaign_id, story_id) WHERE lifted_at = 0;

ALTER TABLE stories ADD COLUMN full_address boolean NOT NULL DEFAULT false;
UPDATE stories SET full_address = true WHERE release LIKE '%"address":"_%';
ALTER TABLE stories ADD COLUMN source_kept boolean NOT NULL DEFAULT false;
UPDATE stories SET source_kept = true WHERE source <> 'null';
CREATE INDEX stories_sources ON stories (campaign_id, id) WHERE source_kept AND state = 'published';
CREATE INDEX stories_address ON stories (created_at) WHERE full_address;
CREATE INDEX stories_lapse ON stories (state, updated_at) WHERE state IN ('expired', 'failed', 'in_review', 'rejected', 'hidden', 'withdrawn', 'erased');

-- +goose Down
DROP INDEX stories_lapse;
DROP INDEX stories_address;
DROP INDEX stories_sources;
ALTER TABLE stories DROP COLUMN source_kept;
ALTER TABLE stories DROP COLUMN full_address;
DROP TABLE holds;
DROP TABLE purges;
DROP INDEX goose_db_version_once;
