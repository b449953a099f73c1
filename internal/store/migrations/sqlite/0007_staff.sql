-- +goose Up
-- Accounts, sessions, keys, the audit trail, and the zone of campaigns. Times
-- are UTC microseconds (0: not set).
-- Sessions made before have neither an id nor a last use; people sign in again.
DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN id text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN by_link boolean NOT NULL DEFAULT false;
ALTER TABLE sessions ADD COLUMN device text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN seen_at bigint NOT NULL DEFAULT 0;
CREATE INDEX sessions_user ON sessions (user_id);

-- Keys made before belong to nobody and get a year.
ALTER TABLE api_keys ADD COLUMN owner_id text NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN expires_at bigint NOT NULL DEFAULT 0;
ALTER TABLE api_keys ADD COLUMN used_at bigint NOT NULL DEFAULT 0;
UPDATE api_keys SET expires_at = (CAST(strftime('%s', 'now') AS bigint) + 365 * 86400) * 1000000;
CREATE INDEX api_keys_owner ON api_keys (owner_id);

-- Wrong passwords in a row, by the SHA-256 of an e-mail address whether or
-- not an account has it.
CREATE TABLE sign_in_tries (
    account text PRIMARY KEY,
    failed  bigint NOT NULL,
    last_at bigint NOT NULL,
    until   bigint NOT NULL
);
CREATE INDEX sign_in_tries_age ON sign_in_tries (last_at);

-- A choice needs two persons: those made with keys that belong to nobody are
-- made and confirmed again.
ALTER TABLE selection ADD COLUMN by_person boolean NOT NULL DEFAULT false;
UPDATE selection SET by_person = true WHERE actor_id IN (SELECT id FROM users);
UPDATE selection SET confirmed_id = '', confirmed_name = '', confirmed_at = 0
    WHERE NOT by_person OR confirmed_id NOT IN (SELECT id FROM users);

ALTER TABLE campaigns ADD COLUMN zone text NOT NULL DEFAULT 'UTC';

-- What staff did outside stories. Lines are only added, and deleted by age.
CREATE TABLE audit (
    id         text PRIMARY KEY,
    at         bigint NOT NULL,
    action     text NOT NULL,
    outcome    text NOT NULL,
    actor_role text NOT NULL,
    actor_id   text NOT NULL,
    actor_name text NOT NULL,
    key_id     text NOT NULL,
    target     text NOT NULL,
    network    text NOT NULL,
    instance   text NOT NULL,
    details    text NOT NULL
);
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_actor ON audit (actor_id, id);
CREATE INDEX audit_target ON audit (target, id);
CREATE INDEX audit_age ON audit (at);

-- +goose StatementBegin
CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit lines are never changed');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE audit;
ALTER TABLE campaigns DROP COLUMN zone;
ALTER TABLE selection DROP COLUMN by_person;
DROP TABLE sign_in_tries;
DROP INDEX api_keys_owner;
ALTER TABLE api_keys DROP COLUMN used_at;
ALTER TABLE api_keys DROP COLUMN expires_at;
ALTER TABLE api_keys DROP COLUMN owner_id;
DROP INDEX sessions_user;
ALTER TABLE sessions DROP COLUMN seen_at;
ALTER TABLE sessions DROP COLUMN device;
ALTER TABLE sessions DROP COLUMN by_link;
ALTER TABLE sessions DROP COLUMN id;
