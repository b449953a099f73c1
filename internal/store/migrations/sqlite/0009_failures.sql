-- +goose Up
-- Attempts that another one followed without an end of their own.
UPDATE attempts SET outcome = 'lost' WHERE outcome = '' AND attempt < (SELECT s.attempt FROM stories AS s WHERE s.id = attempts.story_id);

-- Stories that failed since a time, to retry them together.
CREATE INDEX history_failures ON history (at, id) WHERE to_state = 'failed';

-- +goose Down
DROP INDEX history_failures;
UPDATE attempts SET outcome = '' WHERE outcome = 'lost';
