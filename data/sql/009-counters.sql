-- SPDX-License-Identifier: LGPL-2.1-or-later
-- How a place's counters are read, and were for a run: read otherwise it is another counter.

ALTER TABLE places ADD COLUMN counters TEXT;
ALTER TABLE runs ADD COLUMN counters TEXT;
