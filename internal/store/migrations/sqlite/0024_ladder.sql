-- +goose Up
-- 1 where the ladder of a published story is due, 2 where its first set is heavy besides; such work is announced by
-- how much it is wanted, not in the order of the column work.
ALTER TABLE stories ADD COLUMN ladder smallint NOT NULL DEFAULT 0;
-- When somebody was last seen to play the story, in microseconds; 0: never. It changes no version.
ALTER TABLE stories ADD COLUMN watched_at bigint NOT NULL DEFAULT 0;
CREATE INDEX stories_ladder ON stories (ladder, published_at DESC) WHERE ladder > 0;
CREATE INDEX stories_watched ON stories (watched_at DESC) WHERE ladder > 0 AND watched_at > 0;

-- +goose Down
DROP INDEX stories_watched;
DROP INDEX stories_ladder;
ALTER TABLE stories DROP COLUMN watched_at;
ALTER TABLE stories DROP COLUMN ladder;
