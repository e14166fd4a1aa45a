-- The id of the node that claimed a job last: after its next start it takes up at once what it had in hand.
ALTER TABLE jobs ADD COLUMN holder TEXT;
