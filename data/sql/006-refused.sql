-- SPDX-License-Identifier: LGPL-2.1-or-later
-- What an engine refused beside the records that are listed: values of batches whose rest it took,
-- and records of which there were too many to list.

ALTER TABLE uplinks ADD COLUMN rejected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE uplinks ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
