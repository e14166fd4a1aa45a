-- A site that has left the service is closed and never deleted: its bulletins name it.
ALTER TABLE sites ADD COLUMN closed_at TEXT;

-- A territory to learn in: on no line and on no public page.
ALTER TABLE territories ADD COLUMN training BOOLEAN NOT NULL DEFAULT FALSE;

-- How names are said in a territory, over its file of the data folder.
CREATE TABLE lexicon_entries (
    territory  TEXT NOT NULL REFERENCES territories (slug),
    language   TEXT NOT NULL,
    written    TEXT NOT NULL,
    say        TEXT NOT NULL,
    match_case BOOLEAN NOT NULL,
    PRIMARY KEY (territory, language, written)
);

-- What a territory says in place of a sentence of the house; `recording` is a person's, NULL where a voice reads.
CREATE TABLE own_words (
    territory TEXT NOT NULL REFERENCES territories (slug),
    sentence  TEXT NOT NULL,
    language  TEXT NOT NULL,
    text      TEXT NOT NULL,
    recording TEXT REFERENCES recordings (key),
    PRIMARY KEY (territory, sentence, language)
);
