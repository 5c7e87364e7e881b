# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon or the engine is killed again and again while slots arrive and are sent: at the end both
have the same rows. OHM_TEST_KILLS says how often."""

import os
import random
import signal
import threading
import unittest

import ohmtest
from deliveries import Deliveries
from ohmtest import engines, otlp
from ohmtest.receiver import Receiver

KILLS = int(os.environ.get('OHM_TEST_KILLS', '12'))
# sending takes a few milliseconds; reading the meters and the commit come before
LONGEST_S = 0.02


@engines.needs(engines.Influx)
@unittest.skipUnless(otlp.is_available(), 'needs protobuf-compiler and python3-protobuf')
class Kills(Deliveries):
    def setUp(self):
        super().setUp()
        influx, receiver = engines.Influx(), Receiver()
        self.addCleanup(influx.remove)
        self.addCleanup(receiver.stop)
        influx.start()
        self.begin({'influx': (influx, 'influxdb')}, {'otlp': receiver})

    def kill_while_sending(self, victim):
        """At a random moment from the end of a slot until its records are at the engine."""
        timer = threading.Timer(random.uniform(0, LONGEST_S), victim.process.signal, (signal.SIGKILL,))
        self.clock.advance((-self.clock.wall_us) % (900 * 10**6) / 10**6 + random.choice((0, 59.999)))
        timer.start()
        self.clock.advance(random.choice((0.002, 0.5, 60, 61)))
        timer.join()
        victim.process.wait_exit()

    def test_killed_at_any_moment(self):
        random.seed(4)
        for _ in range(KILLS):
            victim = random.choice((self.process, self.engines['influx']))
            self.kill_while_sending(victim)
            (self.start if victim is self.process else victim.start)()
        self.clock.advance(900)
        self.deliver()
        self.assert_all_arrived(n_gaps=None)
        stored, gaps = self.history()
        print(f'# {KILLS} kills: {len(stored)} rows and {len(gaps)} gaps, the same everywhere; '
              f"{len(self.receivers['otlp'].points())} points came")
        self.assertEqual({*self.uplinks('Dead').values(), *self.uplinks('Held').values()}, {0})


if __name__ == '__main__':
    ohmtest.main()
