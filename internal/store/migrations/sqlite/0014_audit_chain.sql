-- +goose Up
-- The audit trail is a chain: each line holds the hash of the one before. Lines
-- made before have the number 0 and are not part of it.
ALTER TABLE audit ADD COLUMN seq bigint NOT NULL DEFAULT 0;
ALTER TABLE audit ADD COLUMN prev text NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN hash text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX audit_chain ON audit (seq) WHERE seq > 0;

-- The newest line; one row.
CREATE TABLE audit_head (
    one  bigint PRIMARY KEY CHECK (one = 1),
    seq  bigint NOT NULL,
    prev text NOT NULL,
    hash text NOT NULL
);
INSERT INTO audit_head (one, seq, prev, hash) VALUES (1, 0, '', '');

-- +goose Down
DROP TABLE audit_head;
DROP INDEX audit_chain;
ALTER TABLE audit DROP COLUMN hash;
ALTER TABLE audit DROP COLUMN prev;
ALTER TABLE audit DROP COLUMN seq;
