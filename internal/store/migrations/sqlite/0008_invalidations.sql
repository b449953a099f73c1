-- +goose Up
-- Removed media that caches in front of the bucket may still hold. A key with
-- a slash at the end is a folder.
CREATE TABLE invalidations (
    story_id text NOT NULL,
    key text NOT NULL,
    at bigint NOT NULL, -- microseconds since 1970
    PRIMARY KEY (story_id, key)
);
CREATE INDEX invalidations_at ON invalidations (at);

-- +goose Down
DROP TABLE invalidations;
