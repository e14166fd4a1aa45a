-- One row for each call that is over. It names no other table: it outlives territories, and no row of bulletins is
-- ever deleted. `caller` is the beginning of a number, never a whole one. `heard` has a word for each bulletin:
-- its id, milliseconds played, milliseconds in whole, as in abcdefghijkl:8200/30140.
CREATE TABLE calls (
    id            INTEGER NOT NULL PRIMARY KEY,
    call_id       TEXT NOT NULL,
    trunk         TEXT,
    territory     TEXT,
    dialled       TEXT,
    caller        TEXT,
    verstat       TEXT,
    attestation   TEXT,
    started_at    TEXT NOT NULL,
    answered_at   TEXT,
    ended_at      TEXT NOT NULL,
    keys          TEXT NOT NULL,
    heard         TEXT NOT NULL,
    codec         TEXT,
    ptime_ms      INTEGER,
    srtp          TEXT,
    packets_sent  INTEGER NOT NULL,
    packets_lost  INTEGER,
    worst_loss    INTEGER,
    jitter_us     INTEGER,
    round_trip_us INTEGER,
    end_word      TEXT NOT NULL,
    ended_by      TEXT NOT NULL,
    sip_status    INTEGER,
    q850          INTEGER
);

CREATE INDEX calls_started ON calls (started_at);
