-- +goose Up
-- Since when a story waits for the same: its review copy, a decision or its
-- publication. 0 until it next changes; its last change then counts.
ALTER TABLE stories ADD COLUMN waiting_since bigint NOT NULL DEFAULT 0;
CREATE INDEX stories_waiting ON stories (state, (CASE WHEN waiting_since > 0 THEN waiting_since ELSE updated_at END)) WHERE state IN ('uploaded', 'preparing', 'in_review', 'approved', 'publishing');

-- +goose Down
DROP INDEX stories_waiting;
ALTER TABLE stories DROP COLUMN waiting_since;
