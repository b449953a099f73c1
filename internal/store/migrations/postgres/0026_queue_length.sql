-- +goose NO TRANSACTION
-- +goose Up
-- A queue that is narrowed by length looks through its index instead of reading each story's row. The queue keeps its
-- old indices until the new ones are built.
DROP INDEX CONCURRENTLY IF EXISTS stories_free_next;
CREATE INDEX CONCURRENTLY stories_free_next ON stories (id, duration_ms) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX CONCURRENTLY IF EXISTS stories_free;
ALTER INDEX stories_free_next RENAME TO stories_free;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_campaign_next;
CREATE INDEX CONCURRENTLY stories_free_campaign_next ON stories (campaign_id, id, duration_ms) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_campaign;
ALTER INDEX stories_free_campaign_next RENAME TO stories_free_campaign;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_language_next;
CREATE INDEX CONCURRENTLY stories_free_language_next ON stories ((split_part(locale, '-', 1)), id, duration_ms) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_language;
ALTER INDEX stories_free_language_next RENAME TO stories_free_language;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_country_next;
CREATE INDEX CONCURRENTLY stories_free_country_next ON stories (country, id, duration_ms) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_country;
ALTER INDEX stories_free_country_next RENAME TO stories_free_country;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS stories_free_country_next;
CREATE INDEX CONCURRENTLY stories_free_country_next ON stories (country, id) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_country;
ALTER INDEX stories_free_country_next RENAME TO stories_free_country;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_language_next;
CREATE INDEX CONCURRENTLY stories_free_language_next ON stories ((split_part(locale, '-', 1)), id) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_language;
ALTER INDEX stories_free_language_next RENAME TO stories_free_language;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_campaign_next;
CREATE INDEX CONCURRENTLY stories_free_campaign_next ON stories (campaign_id, id) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_campaign;
ALTER INDEX stories_free_campaign_next RENAME TO stories_free_campaign;
DROP INDEX CONCURRENTLY IF EXISTS stories_free_next;
CREATE INDEX CONCURRENTLY stories_free_next ON stories (id) WHERE state = 'in_review' AND NOT escalated;
DROP INDEX CONCURRENTLY IF EXISTS stories_free;
ALTER INDEX stories_free_next RENAME TO stories_free;
