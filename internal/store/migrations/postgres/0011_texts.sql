-- +goose Up
-- Captions that a moderator has yet to see; the public does not get them.
ALTER TABLE captions ADD COLUMN pending boolean NOT NULL DEFAULT false;
CREATE INDEX captions_pending ON captions (at, story_id, locale) WHERE pending;

-- Texts of existing stories are brought up to the present rules in the background.
ALTER TABLE fills ADD COLUMN last text NOT NULL DEFAULT ''; -- the newest story there was
INSERT INTO fills (name, done, at, last)
    SELECT 'texts', max(id) IS NULL, '', coalesce(max(id), '') FROM stories;

-- +goose Down
DELETE FROM fills WHERE name = 'texts';
ALTER TABLE fills DROP COLUMN last;
DROP INDEX captions_pending;
ALTER TABLE captions DROP COLUMN pending;
