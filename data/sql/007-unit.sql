-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Addresses were written before the unit was known, as unit 0: what is not known tells nothing.

UPDATE runs SET address = NULL WHERE address LIKE '%/0';
-- A place that has no meter at present has nothing else to know its meter by again.
UPDATE places SET address = (
  SELECT r.address FROM runs AS r WHERE r.place = places.number
  AND rtrim(r.address, '0123456789') = rtrim(places.address, '0123456789')
  ORDER BY r.number DESC LIMIT 1
) WHERE address LIKE '%/0';
