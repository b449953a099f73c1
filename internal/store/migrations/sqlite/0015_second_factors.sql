-- +goose Up
-- Authenticator apps of users. Times are UTC microseconds (0: not set).
CREATE TABLE second_factors (
    user_id   text PRIMARY KEY REFERENCES users (id),
    secret    text NOT NULL,   -- base32
    since     bigint NOT NULL, -- 0: its first code is awaited
    last_step bigint NOT NULL, -- of the last code accepted, 30 seconds each
    recovery  text NOT NULL    -- JSON list of SHA-256 of the codes that are left
);

-- +goose Down
DROP TABLE second_factors;
