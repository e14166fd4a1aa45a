-- What a token may do (`read` or `post`), who made it, and when it was last of use. A token that was revoked stays as
-- a row without rights: threads name it as an author. NULL where a token is older than this.
ALTER TABLE tokens ADD COLUMN scope TEXT NOT NULL DEFAULT 'post';
ALTER TABLE tokens ADD COLUMN made_at TEXT;
ALTER TABLE tokens ADD COLUMN made_by TEXT;
ALTER TABLE tokens ADD COLUMN used_at TEXT;
ALTER TABLE tokens ADD COLUMN revoked_at TEXT;

CREATE INDEX tokens_site ON tokens (site);
