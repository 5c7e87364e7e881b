-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Records that an uplink left out as they were older than its engine takes.

ALTER TABLE uplinks ADD COLUMN too_old INTEGER NOT NULL DEFAULT 0;
