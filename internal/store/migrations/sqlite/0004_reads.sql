-- +goose Up
-- One index for each read of stories that a page waits for. The feed's end in
-- the columns of its other filters, so that no row is read to be left out.
DROP INDEX IF EXISTS stories_feed_song;
CREATE INDEX stories_feed_song ON stories (campaign_id, song_fold, published_at DESC, id DESC, artist_fold, country) WHERE state = 'published';
DROP INDEX IF EXISTS stories_feed_artist;
CREATE INDEX stories_feed_artist ON stories (campaign_id, artist_fold, published_at DESC, id DESC, song_fold, country) WHERE state = 'published';
DROP INDEX IF EXISTS stories_changed;
CREATE INDEX stories_changed ON stories (campaign_id, updated_at DESC, id DESC);
DROP INDEX IF EXISTS stories_free;
CREATE INDEX stories_free ON stories (id) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX IF EXISTS stories_free_campaign;
CREATE INDEX stories_free_campaign ON stories (campaign_id, id) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX IF EXISTS stories_escalated;
CREATE INDEX stories_escalated ON stories (id) WHERE state = 'in_review' AND escalated;
DROP INDEX IF EXISTS stories_escalated_campaign;
CREATE INDEX stories_escalated_campaign ON stories (campaign_id, id) WHERE state = 'in_review' AND escalated;
DROP INDEX IF EXISTS stories_claims;
CREATE INDEX stories_claims ON stories (claimed_until, claimed_by) WHERE state = 'in_review' AND claimed_by <> '';
DROP INDEX IF EXISTS stories_email;
CREATE INDEX stories_email ON stories (campaign_id, email, id DESC) WHERE email <> '';
DROP INDEX IF EXISTS stories_due;
CREATE INDEX stories_due ON stories (dispatched_at, next_run_at, id, work) WHERE work <> '';

-- +goose Down
DROP INDEX IF EXISTS stories_due;
CREATE INDEX stories_due ON stories (dispatched_at, id) WHERE work <> '';
DROP INDEX IF EXISTS stories_email;
CREATE INDEX stories_email ON stories (campaign_id, email) WHERE email <> '';
DROP INDEX IF EXISTS stories_claims;
CREATE INDEX stories_claims ON stories (claimed_by) WHERE state = 'in_review';
DROP INDEX IF EXISTS stories_escalated_campaign;
DROP INDEX IF EXISTS stories_escalated;
DROP INDEX IF EXISTS stories_free_campaign;
DROP INDEX IF EXISTS stories_free;
DROP INDEX IF EXISTS stories_changed;
DROP INDEX IF EXISTS stories_feed_artist;
DROP INDEX IF EXISTS stories_feed_song;
CREATE INDEX stories_feed_song ON stories (campaign_id, song_fold, published_at DESC, id DESC) WHERE state = 'published';
