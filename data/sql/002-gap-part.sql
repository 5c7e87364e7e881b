-- SPDX-License-Identifier: LGPL-2.1-or-later
-- The place whose record a virtual meter lacks.

ALTER TABLE gaps ADD COLUMN part INTEGER REFERENCES places (number);
