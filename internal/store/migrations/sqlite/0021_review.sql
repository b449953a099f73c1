-- +goose Up
-- Moderators claim by language, which is the first part of a locale, and by country.
CREATE INDEX stories_free_language ON stories (substr(locale, 1, instr(locale || '-', '-') - 1), id) WHERE state = 'in_review' AND NOT escalated;
CREATE INDEX stories_free_country ON stories (country, id) WHERE state = 'in_review' AND NOT escalated;
-- Whether a decision was made before the video was played or moved.
ALTER TABLE history ADD COLUMN unplayed boolean NOT NULL DEFAULT FALSE;
ALTER TABLE decisions ADD COLUMN unplayed boolean NOT NULL DEFAULT FALSE;
ALTER TABLE decision_counts ADD COLUMN unplayed bigint NOT NULL DEFAULT 0;
-- Reasons of a campaign to reject and hide, in order; none: those of every campaign.
ALTER TABLE campaigns ADD COLUMN reasons text NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE campaigns DROP COLUMN reasons;
ALTER TABLE decision_counts DROP COLUMN unplayed;
ALTER TABLE decisions DROP COLUMN unplayed;
ALTER TABLE history DROP COLUMN unplayed;
DROP INDEX stories_free_country;
DROP INDEX stories_free_language;
