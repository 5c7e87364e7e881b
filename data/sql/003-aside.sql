-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Interval records that were written while the clock was far ahead, taken out of their series.

CREATE TABLE aside (
  seq INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (number),
  slot INTEGER NOT NULL,
  read_us INTEGER NOT NULL,
  origin INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  points INTEGER NOT NULL REFERENCES point_sets (number),
  data BLOB NOT NULL,
  aside_us INTEGER NOT NULL
);
