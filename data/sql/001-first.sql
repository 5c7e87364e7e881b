-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Explained in README.md. A slot is stored as the number of quarter hours from 1970 to its end.

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE sequence (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  last_seq INTEGER NOT NULL
);

CREATE TABLE point_sets (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  content TEXT NOT NULL
);

CREATE TABLE meters (
  id TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  address TEXT NOT NULL,
  serial TEXT,
  facts TEXT,
  limits TEXT,
  updated_us INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE places (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  medium TEXT NOT NULL,
  parent TEXT,
  is_inverted INTEGER NOT NULL,
  factor REAL NOT NULL,
  meter TEXT,
  serial TEXT,
  updated_us INTEGER NOT NULL
);

CREATE TABLE runs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  place INTEGER NOT NULL REFERENCES places (number),
  meter TEXT NOT NULL,
  serial TEXT,
  source TEXT NOT NULL,
  opened_us INTEGER NOT NULL,
  closed_us INTEGER,
  first_points INTEGER REFERENCES point_sets (number),
  first_data BLOB,
  last_points INTEGER REFERENCES point_sets (number),
  last_data BLOB
);

CREATE INDEX runs_of_place ON runs (place, number);

CREATE TABLE intervals (
  run INTEGER NOT NULL REFERENCES runs (number),
  slot INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  read_us INTEGER NOT NULL,
  origin INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  points INTEGER NOT NULL REFERENCES point_sets (number),
  data BLOB NOT NULL,
  PRIMARY KEY (run, slot)
) WITHOUT ROWID;

CREATE UNIQUE INDEX intervals_by_seq ON intervals (seq);

CREATE TABLE gaps (
  place INTEGER NOT NULL REFERENCES places (number),
  from_slot INTEGER NOT NULL,
  to_slot INTEGER NOT NULL,
  seq INTEGER NOT NULL UNIQUE,
  run INTEGER NOT NULL REFERENCES runs (number),
  read_us INTEGER NOT NULL,
  cause INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  points INTEGER NOT NULL REFERENCES point_sets (number),
  data BLOB NOT NULL,
  PRIMARY KEY (place, from_slot)
) WITHOUT ROWID;

CREATE TABLE trend (
  minute INTEGER NOT NULL,
  place INTEGER NOT NULL REFERENCES places (number),
  points INTEGER NOT NULL REFERENCES point_sets (number),
  data BLOB NOT NULL,
  PRIMARY KEY (minute, place)
) WITHOUT ROWID;

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  time_us INTEGER NOT NULL,
  subject TEXT NOT NULL,
  code TEXT NOT NULL,
  arguments TEXT NOT NULL
);

CREATE TABLE stored_values (
  key TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

INSERT INTO meta VALUES ('minimum-reader', '1');
INSERT INTO meta VALUES ('epoch', lower(hex(randomblob(16))));
INSERT INTO sequence VALUES (1, 0);
