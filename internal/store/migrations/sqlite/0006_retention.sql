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

-- Without it, segments keep the words of deleted rows until they are merged.
INSERT INTO story_search (story_search, rank) VALUES ('secure-delete', 1);
INSERT INTO story_search (story_search) VALUES ('rebuild');

-- +goose Down
DROP TABLE purges;
DROP INDEX goose_db_version_once;
