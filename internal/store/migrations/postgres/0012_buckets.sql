-- +goose NO TRANSACTION
-- +goose Up
-- A page in random order reads only this index before it reads its stories.
DROP INDEX CONCURRENTLY IF EXISTS listings_bucket;
CREATE INDEX CONCURRENTLY listings_bucket ON listings (campaign_id, bucket, story_id, dice);

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS listings_bucket;
CREATE INDEX CONCURRENTLY listings_bucket ON listings (campaign_id, bucket);
