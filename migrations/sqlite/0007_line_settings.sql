-- What a territory's manager decides about its line; a territory without a row has the defaults.
CREATE TABLE line_settings (
    territory        TEXT NOT NULL PRIMARY KEY REFERENCES territories (slug),
    crisis           TEXT,
    crisis_set_at    TEXT,
    authorities      BOOLEAN NOT NULL,
    asks_noticed     BOOLEAN NOT NULL,
    english_greeting TEXT,
    residents        INTEGER NOT NULL
);

-- What callers said by a key is noticed: code words, a space between two.
ALTER TABLE calls ADD COLUMN noticed TEXT NOT NULL DEFAULT '';
