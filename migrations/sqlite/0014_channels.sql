-- Where bulletins are told besides line and page, written anew at each start of the program. A channel without a
-- territory is told of all. It names no other table: a channel may be set up before its territory.
CREATE TABLE channels (
    name       TEXT NOT NULL PRIMARY KEY,
    territory  TEXT,
    kind       TEXT NOT NULL,
    is_network BOOLEAN NOT NULL
);

-- One row for each entry and channel, written with the entry. `state` is queued, sent, skipped, cancelled or dead. A
-- queued row is taken at `run_at` by a worker, who is its `holder` and moves `run_at` on to when the row may be taken
-- from it; `due_at` is since when it is owed, `tried_at` when it was tried first. `why` is a word of a row that was
-- skipped, cancelled or waits for the end of quiet hours, and a sentence of the log of one that failed.
CREATE TABLE deliveries (
    bulletin    TEXT NOT NULL REFERENCES bulletins (id),
    entry       INTEGER NOT NULL,
    channel     TEXT NOT NULL,
    state       TEXT NOT NULL,
    attempts    INTEGER NOT NULL,
    created_at  TEXT NOT NULL,
    due_at      TEXT NOT NULL,
    run_at      TEXT NOT NULL,
    holder      TEXT,
    tried_at    TEXT,
    done_at     TEXT,
    receipt_id  TEXT,
    receipt_url TEXT,
    why         TEXT,
    PRIMARY KEY (bulletin, channel, entry)
);

CREATE INDEX deliveries_open ON deliveries (channel, run_at) WHERE state = 'queued';
CREATE INDEX deliveries_dead ON deliveries (bulletin) WHERE state = 'dead';

-- FALSE where the site does not want an entry on social networks.
ALTER TABLE entries ADD COLUMN on_networks BOOLEAN NOT NULL DEFAULT TRUE;

-- A bulletin that some channel did not take, or not yet (`undelivered`): one alert for it, however many channels.
CREATE UNIQUE INDEX alerts_one_undelivered ON alerts (bulletin) WHERE kind = 'undelivered' AND ended_at IS NULL;
