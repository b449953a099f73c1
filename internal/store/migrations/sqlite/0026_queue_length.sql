-- +goose Up
-- A queue that is narrowed by length looks through its index instead of reading each story's row.
DROP INDEX stories_free;
CREATE INDEX stories_free ON stories (id, duration_ms) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX stories_free_campaign;
CREATE INDEX stories_free_campaign ON stories (campaign_id, id, duration_ms) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX stories_free_language;
CREATE INDEX stories_free_language ON stories (substr(locale, 1, instr(locale || '-', '-') - 1), id, duration_ms) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX stories_free_country;
CREATE INDEX stories_free_country ON stories (country, id, duration_ms) WHERE state = 'in_review' AND NOT escalated;

-- +goose Down
DROP INDEX stories_free_country;
CREATE INDEX stories_free_country ON stories (country, id) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX stories_free_language;
CREATE INDEX stories_free_language ON stories (substr(locale, 1, instr(locale || '-', '-') - 1), id) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX stories_free_campaign;
CREATE INDEX stories_free_campaign ON stories (campaign_id, id) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX stories_free;
CREATE INDEX stories_free ON stories (id) WHERE state = 'in_review' AND NOT escalated;
