-- Instants are RFC 3339 text in UTC with nine decimals, so that they sort as text. Lists of words are separated by
-- one space. Nothing in `entries` is ever updated or deleted.

CREATE TABLE territories (
    slug        TEXT NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    spoken_name TEXT NOT NULL,
    zone        TEXT NOT NULL
);

CREATE TABLE dialled_numbers (
    number    TEXT NOT NULL PRIMARY KEY,
    territory TEXT NOT NULL REFERENCES territories (slug),
    place     INTEGER NOT NULL
);

CREATE TABLE sites (
    slug        TEXT NOT NULL PRIMARY KEY,
    territory   TEXT NOT NULL REFERENCES territories (slug),
    name        TEXT NOT NULL,
    spoken_name TEXT NOT NULL,
    commune     TEXT NOT NULL
);

CREATE TABLE users (
    email         TEXT NOT NULL PRIMARY KEY,
    role          TEXT NOT NULL,
    site          TEXT REFERENCES sites (slug),
    password_hash TEXT NOT NULL,
    pin_hash      TEXT
);

CREATE TABLE tokens (
    id    TEXT NOT NULL PRIMARY KEY,
    site  TEXT NOT NULL REFERENCES sites (slug),
    hash  BLOB NOT NULL UNIQUE,
    label TEXT NOT NULL
);

CREATE TABLE bulletins (
    id         TEXT NOT NULL PRIMARY KEY,
    site       TEXT NOT NULL REFERENCES sites (slug),
    territory  TEXT NOT NULL REFERENCES territories (slug),
    kind       TEXT NOT NULL,
    events     TEXT NOT NULL,
    nuisances  TEXT NOT NULL,
    language   TEXT NOT NULL,
    starts_at  TEXT,
    ends_at    TEXT,
    posted_at  TEXT NOT NULL,
    expires_at TEXT NOT NULL
);

CREATE INDEX bulletins_expiry ON bulletins (expires_at);
CREATE INDEX bulletins_archive ON bulletins (territory, posted_at);

CREATE TABLE entries (
    bulletin      TEXT NOT NULL REFERENCES bulletins (id),
    number        INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    text          TEXT NOT NULL,
    at            TEXT NOT NULL,
    author        TEXT NOT NULL,
    under_control BOOLEAN NOT NULL,
    PRIMARY KEY (bulletin, number)
);

-- The answers given to requests that carried an idempotency key; kept 48 hours.
CREATE TABLE idempotency (
    token_id     TEXT NOT NULL,
    key          TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    response     TEXT NOT NULL,
    at           TEXT NOT NULL,
    PRIMARY KEY (token_id, key)
);

CREATE INDEX idempotency_age ON idempotency (at);

-- The sound stands last, so that reading a duration does not read it.
CREATE TABLE recordings (
    key         TEXT NOT NULL PRIMARY KEY,
    text        TEXT NOT NULL,
    engine      TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    master_wav  BLOB NOT NULL,
    pcma        BLOB NOT NULL,
    pcmu        BLOB NOT NULL
);

CREATE TABLE speech_links (
    owner TEXT NOT NULL,
    part  TEXT NOT NULL,
    key   TEXT NOT NULL REFERENCES recordings (key),
    PRIMARY KEY (owner, part)
);

CREATE TABLE speech_states (
    owner  TEXT NOT NULL PRIMARY KEY,
    state  TEXT NOT NULL,
    detail TEXT NOT NULL
);

-- A job that is done is deleted; `state` is pending, running or dead.
CREATE TABLE jobs (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT NOT NULL,
    payload      TEXT NOT NULL,
    state        TEXT NOT NULL,
    run_at       TEXT NOT NULL,
    leased_until TEXT,
    attempts     INTEGER NOT NULL,
    unique_key   TEXT,
    why          TEXT
);

CREATE UNIQUE INDEX jobs_unique_pending ON jobs (unique_key) WHERE state = 'pending';
CREATE INDEX jobs_due ON jobs (state, run_at);
