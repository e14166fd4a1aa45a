-- What was written at the desk and is not published: the form as it was filled in, as JSON. `state` is draft, waiting
-- (for a second person) or scheduled. The id is that of the bulletin to come, so that one form makes one bulletin.
CREATE TABLE desk_drafts (
    id         TEXT NOT NULL PRIMARY KEY,
    site       TEXT NOT NULL REFERENCES sites (slug),
    author     TEXT NOT NULL,
    state      TEXT NOT NULL,
    publish_at TEXT,
    recording  TEXT REFERENCES recordings (key),
    form       TEXT NOT NULL,
    note       TEXT NOT NULL,
    at         TEXT NOT NULL
);

CREATE INDEX desk_drafts_site ON desk_drafts (site, at);
CREATE INDEX desk_drafts_recording ON desk_drafts (recording) WHERE recording IS NOT NULL;

-- The sites whose bulletins a second person approves before they are published.
CREATE TABLE approvals (
    site TEXT NOT NULL PRIMARY KEY REFERENCES sites (slug)
);
