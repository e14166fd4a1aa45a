-- What people have recorded for a site, kept a day unless an entry is heard as it is.
CREATE TABLE takes (
    site TEXT NOT NULL REFERENCES sites (slug),
    key  TEXT NOT NULL REFERENCES recordings (key),
    at   TEXT NOT NULL,
    PRIMARY KEY (site, key)
);

CREATE INDEX takes_age ON takes (at);
CREATE INDEX takes_key ON takes (key);

-- The person's recording of an entry's words; NULL where a voice reads the text.
ALTER TABLE entries ADD COLUMN recording TEXT REFERENCES recordings (key);

CREATE INDEX entries_recording ON entries (recording) WHERE recording IS NOT NULL;
CREATE INDEX speech_links_key ON speech_links (key);
