-- People without an account who are written to. `address` is sealed with a key that lies beside the database and not in
-- it; `mark` is a keyed hash of the address, to find it again. Who has not confirmed has no `confirmed_at` and goes
-- after two days; who unsubscribes goes at once.
CREATE TABLE subscribers (
    id             TEXT NOT NULL PRIMARY KEY,
    territory      TEXT NOT NULL REFERENCES territories (slug),
    address        BLOB NOT NULL,
    mark           BLOB NOT NULL,
    language       TEXT NOT NULL,
    unplanned_only INTEGER NOT NULL,
    asked_at       TEXT NOT NULL,
    times_asked    INTEGER NOT NULL DEFAULT 1,
    confirmed_at   TEXT,
    bounces        INTEGER NOT NULL DEFAULT 0,
    UNIQUE (territory, mark)
);

-- Of which sites and communes they want to hear (`what`: `site` or `commune`); without any, of the whole territory.
CREATE TABLE subscriber_places (
    subscriber TEXT NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    what       TEXT NOT NULL,
    name       TEXT NOT NULL,
    PRIMARY KEY (subscriber, what, name)
);

-- What they are written: an entry of a bulletin, or, without one, the question whether it was they who asked.
-- `state`: `waiting`, `leased`, `sent`, `refused`. Rows that were sent say who is told how an event ends.
CREATE TABLE mails (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber   TEXT NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
    bulletin     TEXT REFERENCES bulletins (id),
    entry        INTEGER,
    state        TEXT NOT NULL,
    rank         INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    made_at      TEXT NOT NULL,
    run_at       TEXT NOT NULL,
    leased_until TEXT,
    why          TEXT
);

CREATE UNIQUE INDEX mails_once ON mails (subscriber, bulletin, entry);
CREATE INDEX mails_waiting ON mails (rank, run_at, id) WHERE state = 'waiting';
CREATE INDEX mails_leased ON mails (leased_until) WHERE state = 'leased';
CREATE INDEX mails_bulletin ON mails (bulletin);
