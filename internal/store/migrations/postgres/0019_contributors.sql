-- +goose Up
-- What a moderator wrote to a contributor with a decision, or a contributor to
-- the moderators with a revision; and what a revision changed, as JSON.
ALTER TABLE history ADD COLUMN message text NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN changes text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE history DROP COLUMN changes;
ALTER TABLE history DROP COLUMN message;
