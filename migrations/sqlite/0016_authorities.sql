-- The authorities that a territory's managers want told. `communes` are lines of which none means every site; texts
-- that are not given are empty. The key signs what a contact's programs are sent. One that was removed keeps its row:
-- what it was told of names it.
CREATE TABLE contacts (
    id             TEXT NOT NULL PRIMARY KEY,
    territory      TEXT NOT NULL REFERENCES territories (slug),
    authority      TEXT NOT NULL,
    name           TEXT NOT NULL,
    communes       TEXT NOT NULL,
    language       TEXT NOT NULL,
    telephone      TEXT NOT NULL,
    email          TEXT NOT NULL,
    webhook        TEXT NOT NULL,
    second_email   TEXT NOT NULL,
    second_webhook TEXT NOT NULL,
    webhook_key    BLOB NOT NULL,
    removed_at     TEXT
);

CREATE INDEX contacts_territory ON contacts (territory);

-- How the contacts of one kind are told, where a manager has changed it.
CREATE TABLE contact_lists (
    territory        TEXT NOT NULL REFERENCES territories (slug),
    authority        TEXT NOT NULL,
    kinds            TEXT NOT NULL,
    patience_minutes INTEGER NOT NULL,
    PRIMARY KEY (territory, authority)
);

-- One entry on its way to one contact by one means. `thread` is BULLETIN/CONTACT/RANK/MEANS: what one reader gets, in
-- order. `rank` is first or second; `state` is queued, sent, merged (told in one with a later entry), cancelled or dead.
CREATE TABLE dispatches (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    thread       TEXT NOT NULL,
    bulletin     TEXT NOT NULL REFERENCES bulletins (id),
    entry        INTEGER NOT NULL,
    contact      TEXT NOT NULL REFERENCES contacts (id),
    rank         TEXT NOT NULL,
    means        TEXT NOT NULL,
    state        TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    next_at      TEXT NOT NULL,
    leased_until TEXT,
    why          TEXT,
    queued_at    TEXT NOT NULL,
    done_at      TEXT,
    UNIQUE (thread, entry)
);

CREATE INDEX dispatches_bulletin ON dispatches (bulletin);
CREATE INDEX dispatches_due ON dispatches (state, next_at);
CREATE INDEX dispatches_age ON dispatches (queued_at);

-- Whether somebody at a contact has said that a bulletin was read. `silence` says who has been told so far without an
-- answer (first, second, all); at `due_at` the next one is.
CREATE TABLE acknowledgements (
    bulletin        TEXT NOT NULL REFERENCES bulletins (id),
    contact         TEXT NOT NULL REFERENCES contacts (id),
    asked_at        TEXT NOT NULL,
    silence         TEXT NOT NULL,
    due_at          TEXT,
    acknowledged_at TEXT,
    rank            TEXT,
    entry           INTEGER,
    name            TEXT,
    PRIMARY KEY (bulletin, contact)
);

CREATE INDEX acknowledgements_due ON acknowledgements (due_at) WHERE due_at IS NOT NULL AND acknowledged_at IS NULL;
CREATE INDEX acknowledgements_age ON acknowledgements (asked_at);

-- The links that were sent; the secret of a link is nowhere, `hash` is its SHA-256.
CREATE TABLE acknowledgement_links (
    hash     BLOB NOT NULL PRIMARY KEY,
    bulletin TEXT NOT NULL REFERENCES bulletins (id),
    contact  TEXT NOT NULL REFERENCES contacts (id),
    rank     TEXT NOT NULL,
    made_at  TEXT NOT NULL
);

CREATE INDEX acknowledgement_links_age ON acknowledgement_links (made_at);
