-- +goose Up
-- A page in random order reads only this index before it reads its stories.
DROP INDEX listings_bucket;
CREATE INDEX listings_bucket ON listings (campaign_id, bucket, story_id, dice);

-- +goose Down
DROP INDEX listings_bucket;
CREATE INDEX listings_bucket ON listings (campaign_id, bucket);
