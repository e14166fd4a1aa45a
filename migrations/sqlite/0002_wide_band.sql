-- The wide telephone branch in G.722; NULL for a recording that was made before there was one.
ALTER TABLE recordings ADD COLUMN g722 BLOB;
