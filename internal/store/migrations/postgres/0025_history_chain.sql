-- +goose NO TRANSACTION
-- +goose Up
-- The chain of each story's history: number and SHA-256 of a line; 0 and empty before there was one.
ALTER TABLE history ADD COLUMN IF NOT EXISTS seq bigint NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN IF NOT EXISTS hash text NOT NULL DEFAULT '';
DROP INDEX CONCURRENTLY IF EXISTS history_chain;
CREATE UNIQUE INDEX CONCURRENTLY history_chain ON history (story_id, seq) WHERE seq > 0;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS history_chain;
ALTER TABLE history DROP COLUMN hash;
ALTER TABLE history DROP COLUMN seq;
