-- +goose NO TRANSACTION
-- +goose Up
-- Moderators claim by language, which is the first part of a locale, and by country.
DROP INDEX CONCURRENTLY IF EXISTS stories_free_language;
CREATE INDEX CONCURRENTLY stories_free_language ON stories ((split_part(locale, '-', 1)), id) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_country;
CREATE INDEX CONCURRENTLY stories_free_country ON stories (country, id) WHERE state = 'in_review' AND NOT escalated;
-- Whether a decision was made before the video was played or moved.
ALTER TABLE history ADD COLUMN IF NOT EXISTS unplayed boolean NOT NULL DEFAULT FALSE;
ALTER TABLE decisions ADD COLUMN IF NOT EXISTS unplayed boolean NOT NULL DEFAULT FALSE;
ALTER TABLE decision_counts ADD COLUMN IF NOT EXISTS unplayed bigint NOT NULL DEFAULT 0;
-- Reasons of a campaign to reject and hide, in order; none: those of every campaign.
ALTER TABLE campaigns ADD COLUMN IF NOT EXISTS reasons text NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE campaigns DROP COLUMN reasons;
ALTER TABLE decision_counts DROP COLUMN unplayed;
ALTER TABLE decisions DROP COLUMN unplayed;
ALTER TABLE history DROP COLUMN unplayed;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_country;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_language;
