-- +goose Up
-- How a campaign looks where the public sees it, as JSON.
ALTER TABLE campaigns ADD COLUMN theme text NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE campaigns DROP COLUMN theme;
