-- Mails that a server had taken and sent back later, with the last time that one was. `bounces` begins anew with each mail
-- that is taken, which says nothing of those.
ALTER TABLE subscribers ADD COLUMN returned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscribers ADD COLUMN returned_at TEXT;

-- When a dispatch was tried first: it is given up a day after that.
ALTER TABLE dispatches ADD COLUMN tried_at TEXT;

-- What waits is counted each second, beside all that was sent.
CREATE INDEX mails_unsent ON mails (made_at) WHERE state IN ('waiting', 'leased');
DROP INDEX mails_bulletin;
CREATE INDEX mails_bulletin ON mails (bulletin, subscriber);
