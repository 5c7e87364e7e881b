-- SPDX-License-Identifier: LGPL-2.1-or-later
-- How far each uplink is, and what its engine refused.

CREATE TABLE uplinks (
  id TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  acked INTEGER NOT NULL,
  settled INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  success_us INTEGER NOT NULL,
  delivered_us INTEGER NOT NULL,
  echo_day INTEGER NOT NULL,
  points_max INTEGER NOT NULL,
  points_us INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE dead_letters (
  uplink TEXT NOT NULL,
  seq INTEGER NOT NULL,
  place TEXT NOT NULL,
  slot INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  refused_us INTEGER NOT NULL,
  retry_us INTEGER NOT NULL,
  status INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (uplink, seq)
) WITHOUT ROWID;

-- Finds the newest reset of a run: since when its counters count.
CREATE INDEX intervals_of_resets ON intervals (run, slot) WHERE flags & 2;
