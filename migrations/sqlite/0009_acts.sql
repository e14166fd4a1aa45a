-- Who changed what, when: the audit log. `what` is a dotted word such as bulletin.posted; `before` and `after` are
-- short JSON texts. It names no other table: it outlives what it tells of.
CREATE TABLE acts (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at        TEXT NOT NULL,
    who       TEXT NOT NULL,
    what      TEXT NOT NULL,
    territory TEXT,
    site      TEXT,
    object    TEXT NOT NULL,
    before    TEXT,
    after     TEXT
);

CREATE INDEX acts_at ON acts (at);
CREATE INDEX acts_territory ON acts (territory, id);
CREATE INDEX acts_site ON acts (site, id);
CREATE INDEX acts_object ON acts (object, id);

-- Whoever has the file open cannot set right what was done: a row stays as it was written, and for a year at least.
CREATE TRIGGER acts_stay_as_they_are BEFORE UPDATE ON acts
BEGIN
    SELECT RAISE(ABORT, 'an act is never changed');
END;

CREATE TRIGGER acts_stay_a_year BEFORE DELETE ON acts
WHEN OLD.at > strftime('%Y-%m-%dT%H:%M:%f', 'now', '-365 days')
BEGIN
    SELECT RAISE(ABORT, 'an act is kept for a year at least');
END;
