-- What a manager writes for the public pages of a territory: who publishes them and how to reach them, what an audit of
-- accessibility has found. A territory without a row has said nothing of it. `conformance` is none, partial or full.
CREATE TABLE imprints (
    territory       TEXT NOT NULL PRIMARY KEY REFERENCES territories (slug),
    publisher       TEXT NOT NULL,
    address         TEXT NOT NULL,
    email           TEXT NOT NULL,
    telephone       TEXT NOT NULL,
    data_protection TEXT NOT NULL,
    conformance     TEXT NOT NULL,
    audit           TEXT NOT NULL,
    shortcomings    TEXT NOT NULL,
    shortcomings_en TEXT NOT NULL,
    plan            TEXT NOT NULL
);

-- Pages that explain, such as why a flare burns; the English ones may be empty.
CREATE TABLE background_pages (
    territory TEXT NOT NULL REFERENCES territories (slug),
    slug      TEXT NOT NULL,
    title     TEXT NOT NULL,
    text      TEXT NOT NULL,
    title_en  TEXT NOT NULL,
    text_en   TEXT NOT NULL,
    PRIMARY KEY (territory, slug)
);

-- Where a site stands, in hundred thousandths of a degree (WGS 84): about a metre. Sites without a row are on no map.
CREATE TABLE site_places (
    site      TEXT NOT NULL PRIMARY KEY REFERENCES sites (slug),
    latitude  INTEGER NOT NULL,
    longitude INTEGER NOT NULL
);
