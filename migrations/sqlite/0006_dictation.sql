-- How a site is known on the telephone. The hash of the PIN is a PHC string; the PIN itself is nowhere.
CREATE TABLE telephone_keys (
    site     TEXT NOT NULL PRIMARY KEY REFERENCES sites (slug),
    code     TEXT NOT NULL UNIQUE,
    pin_hash TEXT NOT NULL
);

-- What an operator dictated and did not publish; deleted after some days. The sound stands last, so that a list does
-- not read it; NULL where nothing was spoken.
CREATE TABLE drafts (
    id          TEXT NOT NULL PRIMARY KEY,
    site        TEXT NOT NULL REFERENCES sites (slug),
    kind        TEXT NOT NULL,
    event       TEXT NOT NULL,
    at          TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    wav         BLOB
);

CREATE INDEX drafts_site ON drafts (site, at);
CREATE INDEX drafts_age ON drafts (at);
