-- As migrations/sqlite/0019_nodes.sql, which tells what each column means.
CREATE TABLE nodes (
    id        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name      TEXT COLLATE "C" NOT NULL,
    role      TEXT COLLATE "C" NOT NULL,
    version   TEXT COLLATE "C" NOT NULL,
    since     TEXT COLLATE "C" NOT NULL,
    seen_at   TEXT COLLATE "C" NOT NULL,
    calls     BIGINT NOT NULL,
    leaving   BOOLEAN NOT NULL,
    programme TEXT COLLATE "C" NOT NULL,
    crowds    TEXT COLLATE "C" NOT NULL,
    held      TEXT COLLATE "C" NOT NULL
);

CREATE TABLE duties (
    name         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    holder       TEXT COLLATE "C" NOT NULL,
    leased_until TEXT COLLATE "C" NOT NULL
);
