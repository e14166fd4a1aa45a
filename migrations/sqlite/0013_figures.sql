-- Figures of calls by territory and quarter of an hour, written with the rows of calls and kept when those are deleted:
-- nothing in them is about one caller. `quarter` is the beginning of it in UTC, 2026-11-25T22:30; a call without a
-- territory counts for the empty one.
CREATE TABLE call_quarters (
    territory   TEXT NOT NULL,
    quarter     TEXT NOT NULL,
    calls       INTEGER NOT NULL,
    answered    INTEGER NOT NULL,
    refused     INTEGER NOT NULL,
    listened_ms INTEGER NOT NULL,
    PRIMARY KEY (territory, quarter)
);

-- How often a key was pressed (`key`), something was noticed (`noticed`), a bulletin was heard (`heard`, with the
-- milliseconds played and those there were).
CREATE TABLE call_tallies (
    territory TEXT NOT NULL,
    quarter   TEXT NOT NULL,
    kind      TEXT NOT NULL,
    word      TEXT NOT NULL,
    count     INTEGER NOT NULL,
    played_ms INTEGER NOT NULL,
    whole_ms  INTEGER NOT NULL,
    PRIMARY KEY (territory, kind, quarter, word)
);

-- What the calls of before this table come to; what they pressed and heard stays in their rows.
INSERT INTO call_quarters
SELECT COALESCE(territory, ''),
       substr(started_at, 1, 14) || CASE WHEN substr(started_at, 15, 2) < '15' THEN '00'
                                         WHEN substr(started_at, 15, 2) < '30' THEN '15'
                                         WHEN substr(started_at, 15, 2) < '45' THEN '30' ELSE '45' END,
       COUNT(*), COUNT(answered_at), SUM(end_word = 'refused'),
       CAST(ROUND(COALESCE(SUM(MAX(0, julianday(ended_at) - julianday(answered_at))), 0) * 86400000) AS INTEGER)
FROM calls GROUP BY 1, 2;

-- Calls that the line did not let in, of all territories: they have no row.
CREATE TABLE refusals (
    quarter TEXT NOT NULL PRIMARY KEY,
    calls   INTEGER NOT NULL
);

-- When an entry of a bulletin came where (`page`: readers see it, `line`: callers hear it, `heard`: the first caller
-- heard the bulletin, whose entry is 0 then). The first instant counts.
CREATE TABLE milestones (
    bulletin TEXT NOT NULL,
    entry    INTEGER NOT NULL,
    what     TEXT NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (bulletin, entry, what)
);

-- What the people of a territory should look at: callers without a bulletin (`surge`), a bulletin nobody has ended
-- (`reminder`). `told` is a short JSON text with the figures.
CREATE TABLE alerts (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    kind            TEXT NOT NULL,
    territory       TEXT NOT NULL,
    site            TEXT,
    bulletin        TEXT,
    at              TEXT NOT NULL,
    told            TEXT NOT NULL,
    ended_at        TEXT,
    acknowledged_at TEXT,
    acknowledged_by TEXT
);

-- One alert for one episode, whoever notices it.
CREATE UNIQUE INDEX alerts_one_surge ON alerts (territory) WHERE kind = 'surge' AND ended_at IS NULL;
CREATE UNIQUE INDEX alerts_one_reminder ON alerts (bulletin) WHERE kind = 'reminder' AND ended_at IS NULL;
CREATE INDEX alerts_age ON alerts (at);
CREATE INDEX alerts_territory ON alerts (territory, id);
