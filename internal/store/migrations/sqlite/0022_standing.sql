-- +goose Up
-- Whether staff have paused or archived a campaign.
ALTER TABLE campaigns ADD COLUMN standing text NOT NULL DEFAULT 'live';
-- Counts changes, so that a change made of an older state is refused.
ALTER TABLE campaigns ADD COLUMN revision bigint NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE campaigns DROP COLUMN revision;
ALTER TABLE campaigns DROP COLUMN standing;
