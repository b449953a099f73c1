-- +goose Up
-- Whoever applies a migration a second time is rolled back.
CREATE UNIQUE INDEX goose_db_version_once ON goose_db_version (version_id) WHERE version_id > 0;

-- +goose Down
DROP INDEX goose_db_version_once;
