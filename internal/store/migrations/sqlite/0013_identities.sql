-- +goose Up
-- Accounts of users at sign-in providers: issuer and subject name a person for
-- good, and a user has one at each provider. Times are UTC microseconds.
CREATE TABLE identities (
    issuer  text NOT NULL,
    subject text NOT NULL,
    user_id text NOT NULL REFERENCES users (id),
    at      bigint NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (issuer, user_id)
);

-- +goose Down
DROP TABLE identities;
