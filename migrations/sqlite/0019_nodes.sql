-- The nodes that share this database, as each of them last said how it is; the desk shows them to administrators. A row is
-- forgotten a day after its node was seen last.
CREATE TABLE nodes (
    -- Drawn by the node, and kept in its data folder.
    id        TEXT    NOT NULL PRIMARY KEY,
    -- How the people who run the machine call it.
    name      TEXT    NOT NULL,
    -- all, line, web or jobs.
    role      TEXT    NOT NULL,
    -- Of the program.
    version   TEXT    NOT NULL,
    -- When it was started.
    since     TEXT    NOT NULL,
    seen_at   TEXT    NOT NULL,
    -- Calls in progress there.
    calls     INTEGER NOT NULL,
    -- Whether it was told to stop: it takes no new work.
    leaving   BOOLEAN NOT NULL,
    -- The same for nodes whose callers hear the same.
    programme TEXT    NOT NULL,
    -- JSON: the callers of each territory there.
    crowds    TEXT    NOT NULL,
    -- JSON: the entry of each bulletin that is heard there, and since when.
    held      TEXT    NOT NULL
);

-- Work of which one node at a time does all: it holds the row until its lease runs out.
CREATE TABLE duties (
    name         TEXT NOT NULL PRIMARY KEY,
    -- The id of the node.
    holder       TEXT NOT NULL,
    leased_until TEXT NOT NULL
);
