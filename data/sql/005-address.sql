-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Where a place's meter is read, and was for a run: a meter that tells no serial is known by it.

ALTER TABLE places ADD COLUMN address TEXT;
ALTER TABLE runs ADD COLUMN address TEXT;
