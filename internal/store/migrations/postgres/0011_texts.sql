-- +goose Up
-- Captions that a moderator has yet to see; the public does not get them.
ALTER TABLE captions ADD COLUMN pending boolean NOT NULL DEFAULT false;
CREATE INDEX captions_pending ON captions (at, story_id, locale) WHERE pending;

-- Work on existing rows that runs beside the service, in batches by id.
CREATE TABLE backfills (
    name text PRIMARY KEY,
    upto text NOT NULL, -- id of the story done last
    last text NOT NULL, -- the newest story there was
    done boolean NOT NULL
);
INSERT INTO backfills (name, upto, last, done) SELECT 'texts', '', coalesce(max(id), ''), false FROM stories;

-- +goose Down
DROP TABLE backfills;
DROP INDEX captions_pending;
ALTER TABLE captions DROP COLUMN pending;
