-- Who may sign in to the desk. A row without a hash is somebody who was invited and has chosen no password yet; the
-- secret of the second factor is NULL until its first code was right; `totp_step` is the last interval whose code was
-- used. Nothing refers to a person by a foreign key but what belongs to them: threads and acts keep names as text.
ALTER TABLE users RENAME TO former_users;

CREATE TABLE users (
    email         TEXT NOT NULL PRIMARY KEY,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    language      TEXT NOT NULL,
    password_hash TEXT,
    totp_secret   BLOB,
    totp_step     INTEGER NOT NULL
);

INSERT INTO users (email, name, role, language, password_hash, totp_step)
SELECT email, email, role, 'fr', password_hash, 0 FROM former_users;

-- The sites a person posts for.
CREATE TABLE user_sites (
    email TEXT NOT NULL REFERENCES users (email) ON DELETE CASCADE,
    site  TEXT NOT NULL REFERENCES sites (slug),
    PRIMARY KEY (email, site)
);

INSERT INTO user_sites (email, site)
SELECT email, site FROM former_users WHERE site IS NOT NULL;

DROP TABLE former_users;

-- The territories a person looks after, or reads; an administrator needs none.
CREATE TABLE user_territories (
    email     TEXT NOT NULL REFERENCES users (email) ON DELETE CASCADE,
    territory TEXT NOT NULL REFERENCES territories (slug),
    PRIMARY KEY (email, territory)
);

-- Somebody at the desk, in one browser. The cookie's secret is nowhere: `hash` is its SHA-256. Until the second factor
-- was shown `stage` is 'password', and `totp_proposed` may hold a secret that its owner has not proven to have.
CREATE TABLE logins (
    id            TEXT NOT NULL PRIMARY KEY,
    hash          BLOB NOT NULL UNIQUE,
    email         TEXT NOT NULL REFERENCES users (email) ON DELETE CASCADE,
    stage         TEXT NOT NULL,
    opened_at     TEXT NOT NULL,
    seen_at       TEXT NOT NULL,
    ends_at       TEXT NOT NULL,
    place         TEXT NOT NULL,
    browser       TEXT NOT NULL,
    totp_proposed BLOB
);

CREATE INDEX logins_person ON logins (email);
CREATE INDEX logins_end ON logins (ends_at);

-- Links by which a person chooses a password, once; the secret of a link is nowhere either.
CREATE TABLE links (
    hash       BLOB NOT NULL PRIMARY KEY,
    email      TEXT NOT NULL REFERENCES users (email) ON DELETE CASCADE,
    purpose    TEXT NOT NULL,
    expires_at TEXT NOT NULL
);

CREATE INDEX links_person ON links (email);

-- What opens the desk in place of a code, once each.
CREATE TABLE recovery_codes (
    email TEXT NOT NULL REFERENCES users (email) ON DELETE CASCADE,
    hash  BLOB NOT NULL,
    PRIMARY KEY (email, hash)
);
