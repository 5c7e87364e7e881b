# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9 in a loop: no interval record is lost or doubled once it was announced."""

import os
import random
import signal
import threading

from gi.repository import GLib

import ohmtest
from ohmtest.clock import parse_time
from scene import HISTORY, MeterScenario

KILLS = int(os.environ.get('OHM_TEST_KILLS', '100'))
START = '2026-11-22T00:05:00Z'
SLOT_US = 900 * 1000000


class Kill(MeterScenario):
    def setUp(self):
        super().setUp()
        self.clock = ohmtest.TestClock(wall=START)
        self.addCleanup(self.clock.stop)
        self.device = self.sim('janitza-common', args=self.clock.args)
        self.process = self.daemon({'meters.d/main.meter': self.device.meter(poll='60s')},
                                   args=self.clock.args)
        self.clock.wait_for('ohmd', 'ohm-sim')
        self.announced = set()

    def note(self):
        """What the daemon says it has: from now on it must never be without."""
        slot = self.bus.get('places/main', 'Place.LastSlot')
        if slot:
            self.announced.add(slot)

    def history(self):
        end = self.clock.wall_us + SLOT_US
        begin = parse_time(START)
        ends = []
        while begin < end:
            upto = min(begin + 300 * SLOT_US, end)
            self.bus.call('places/main', 'Place.GetHistory', 'xxa{sv}', begin, upto, {})
            _, slots, _ = GLib.Variant.new_from_bytes(
                GLib.VariantType(HISTORY), GLib.Bytes(self.bus.read_descriptor()), False).unpack()
            ends += [slot[0] for slot in slots]
            begin = upto
        return ends

    def test_nothing_announced_is_lost(self):
        chance = random.Random(1)
        for _ in range(KILLS):
            killer = threading.Timer(chance.uniform(0, 0.03), os.kill,
                                     [self.process.process.pid, signal.SIGKILL])
            if chance.random() < 0.5:
                # In the middle of work: what it announced before counts.
                killer.start()
                try:
                    self.clock.advance(900)
                    self.note()
                except GLib.Error:
                    pass
                killer.join()
            else:
                self.clock.advance(900)
                self.note()
            self.process.kill()
            self.process.start()
            self.clock.wait_for('ohmd')
            self.clock.settle()
        ends = self.history()
        self.assertEqual(len(ends), len(set(ends)), 'a slot is there twice')
        self.assertEqual(self.bus.get('places/main', 'Place.LastSlot'), max(ends), 'known from the start')
        lost = self.announced - set(ends)
        print(f'# {KILLS} kills, {len(self.announced)} slots announced, {len(ends)} stored')
        self.assertFalse(lost, 'announced, but not there any more')
        self.assertGreater(len(self.announced), KILLS // 3)


if __name__ == '__main__':
    ohmtest.main()
