-- As migrations/sqlite/0020_holders.sql, which tells what the column means.
ALTER TABLE jobs ADD COLUMN holder TEXT COLLATE "C";
