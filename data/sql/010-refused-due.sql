-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Finds the refused record that is tried next, and counts them, without reading what was said of each.

CREATE INDEX dead_letters_due ON dead_letters (uplink, retry_us, seq);
CREATE INDEX dead_letters_never_sent ON dead_letters (uplink, retry_us) WHERE tries = 0;
