# SPDX-License-Identifier: LGPL-2.1-or-later
"""Quarter hours of a running daemon: over days, kills, jumps of the clock and broken media."""

import os
import random
import sqlite3

from gi.repository import GLib

import ohmtest

SLOT_US = 900_000_000
HISTORY = '(a{sa(ssssb)}a(xxxxsuusatayatay)a(xxxxxsusatay))'
BEGIN = '2026-11-22T09:58:00Z'


class SlotCase(ohmtest.Scenario):
    """Two meters behind one gateway, with time in the test's hands."""

    def setUp(self):
        super().setUp()
        self.clock = ohmtest.TestClock(wall=BEGIN)
        self.addCleanup(self.clock.stop)
        self.device = self.sim('janitza-common@1-2:load=constant', args=self.clock.args)
        self.process = self.daemon({
            'meters.d/one.meter': self.device.meter(unit=1, poll='60s'),
            'meters.d/two.meter': self.device.meter(unit=2, poll='60s'),
        }, start=False, args=self.clock.args)

    def start(self):
        self.process.start()
        self.clock.wait_for('ohmd')
        self.clock.settle()

    def history(self, place):
        """(slots, gaps) as (end, counter, flags) and (from, to, cause, difference)."""
        end = ohmtest.clock.parse_time(BEGIN) + 399 * 86400 * 1_000_000
        self.bus.call(f'places/{place}', 'Place.GetHistory', 'xxa{sv}',
                      ohmtest.clock.parse_time(BEGIN), end, {})
        sets, slots, gaps = GLib.Variant.new_from_bytes(
            GLib.VariantType(HISTORY), GLib.Bytes(self.bus.read_descriptor()), False).unpack()
        where = {id: [row[0] for row in points].index('energy-active-import.total')
                 for id, points in sets.items() if points}
        return ([(row[0], row[8][where[row[7]]], row[5]) for row in slots],
                [(row[0], row[1], row[5]) for row in gaps])

    def assert_unbroken(self, place):
        """Every slot from the first to the last is there once, recorded or in a gap."""
        slots, gaps = self.history(place)
        ends = [slot[0] for slot in slots]
        missing = [end for first, last, _ in gaps for end in range(first + SLOT_US, last + 1, SLOT_US)]
        every = sorted(ends + missing)
        self.assertTrue(ends, place)
        self.assertEqual(len(every), len(set(every)), f'{place}: a slot is there twice')
        self.assertEqual(every, list(range(every[0], every[-1] + 1, SLOT_US)),
                         f'{place}: a slot is lost')
        self.assertNotIn('store-failed', [cause for _, _, cause in gaps])
        return slots, gaps

    @property
    def store_path(self):
        return os.path.join(self.process.state_dir, 'ohmnibus.db')


class Days(SlotCase):
    def test_a_day_has_96(self):
        self.start()
        self.clock.advance_to('2026-11-23T10:05:00Z')
        for place in ('one', 'two'):
            slots, gaps = self.assert_unbroken(place)
            self.assertEqual((len(slots), gaps), (97, []))
            self.assertEqual({flags for _, _, flags in slots}, {0})

    def test_ages_are_told_by_the_daemons_clock(self):
        self.start()
        self.clock.advance_to('2026-11-22T10:05:00Z')
        self.assertEqual(self.bus.get('', 'System.Now'), self.clock.wall_us)
        self.assertEqual(self.ctl('read', 'one')['values']['frequency']['quality'], 'good')
        self.assertNotIn('stale', self.ctl('read', 'one', text=True))
        self.assertIn('up for 7 min', self.ctl('status', text=True))

    def test_an_unsynchronised_clock_is_told(self):
        self.clock.set_synchronized(False)
        self.start()
        self.clock.advance_to('2026-11-22T10:20:00Z')
        self.clock.set_synchronized(True)
        self.clock.advance_to('2026-11-22T10:35:00Z')
        self.assertEqual([flags for _, _, flags in self.history('one')[0]], [1, 1, 0])


class Kills(SlotCase):
    def test_killed_at_any_moment(self):
        random.seed(11)
        for _ in range(25):
            self.start()
            # often right where a slot is read and written
            to_boundary = (-self.clock.wall_us) % SLOT_US / 1e6
            self.clock.advance(to_boundary + random.choice((-5, 0, 0.002, 0.3, 0.5, 1, 30)))
            self.process.kill()
            self.clock.advance(random.choice((1, 20, 70, 1000)))
        self.start()
        self.clock.advance(2 * 900)
        for place in ('one', 'two'):
            slots, gaps = self.assert_unbroken(place)
            self.assertGreater(len(slots), 10)
            self.assertLessEqual({cause for _, _, cause in gaps}, {'gateway-off'})

    def test_restarted_in_the_window(self):
        self.start()
        self.clock.advance_to('2026-11-22T10:14:59Z')
        self.process.kill()
        self.clock.advance_to('2026-11-22T10:15:30Z')
        self.start()
        self.clock.advance_to('2026-11-22T10:35:00Z')
        slots, gaps = self.assert_unbroken('one')
        self.assertEqual((len(slots), gaps), (3, []))


class Jumps(SlotCase):
    """200 jumps with the test clock: faketime would give the daemon other times than the kernel its
    timers, and hides from it that the clock was set; and quarter hours would take a quarter hour."""

    def test_the_clock_is_set_again_and_again(self):
        random.seed(7)
        self.start()
        for _ in range(200):
            self.clock.advance(random.choice((1, 40, 300, 900, 2000)))
            step_s = random.choice((1, 5, 59, 61, 600, 900, 3600, 86400))
            ahead = random.random() < 0.6
            self.clock.set_wall(self.clock.wall_us + round(step_s * (1 if ahead else -0.5) * 1e6))
        self.clock.advance(900)
        for place in ('one', 'two'):
            _, gaps = self.assert_unbroken(place)
            self.assertLessEqual({cause for _, _, cause in gaps},
                                 {'clock-unsure', 'gateway-off'})


    def test_back_from_the_future_is_told(self):
        self.start()
        self.clock.advance_to('2026-11-22T10:16:00Z')
        now_us = self.clock.wall_us
        self.clock.set_wall(now_us + 365 * 86_400_000_000)
        self.clock.advance(1000)
        self.clock.set_wall(now_us)
        self.clock.advance(1000)
        status = ' '.join(self.ctl('status', '--check', expect=7, text=True).split())
        self.assertIn('since 2026-11-22 10:16', status)
        self.assertIn('no slot is recorded until 2027-11-22 10:45 UTC', status)
        self.assertIn('restart ohmd', ' '.join(self.ctl('alarm', 'show', 'clock', text=True).split()))
        # and that helps
        self.clock.set_synchronized(True)
        self.process.stop()
        self.start()
        self.clock.advance(1000)
        self.assertEqual([a for a in self.ctl('alarm', 'list')['alarms'] if a['subject'] == 'clock'], [])
        self.assertEqual(len(self.history('one')[0]), 3)


class Media(SlotCase):
    def store_state(self):
        return (self.bus.get('', 'Store.State'), self.bus.get('', 'Store.CauseCode'))

    def test_a_database_that_is_too_new_is_left_alone(self):
        self.start()
        self.process.stop()
        with sqlite3.connect(self.store_path) as database:
            database.execute('PRAGMA user_version = 99')
            database.execute("UPDATE meta SET value = '99' WHERE key = 'minimum-reader'")
        database.close()
        with open(self.store_path, 'rb') as file:
            before = file.read()
        self.start()
        self.clock.advance(1000)
        self.assertEqual(self.store_state(), ('refused', 'store-too-new'))
        # collecting goes on
        self.assertEqual(self.bus.get('meters/one', 'Meter.State'), 'ok')
        self.process.stop()
        with open(self.store_path, 'rb') as file:
            self.assertEqual(file.read(), before)

    def test_a_corrupt_database_is_put_aside(self):
        self.start()
        self.clock.advance_to('2026-11-22T10:16:00Z')
        self.process.stop()
        with open(self.store_path, 'r+b') as file:
            file.seek(4096)
            file.write(b'\xa5' * 20000)
        self.start()
        self.assertEqual(self.store_state()[0], 'ok')
        self.clock.advance_to('2026-11-22T10:31:00Z')
        self.assertEqual(len(self.history('one')[0]), 1)
        self.assertIn('ohmnibus.db.corrupt-1', os.listdir(self.process.state_dir))

    def test_a_store_that_comes_late_loses_nothing(self):
        self.start()
        self.clock.advance_to('2026-11-22T10:01:00Z')
        self.process.stop()
        # a folder where the file should be: cannot be opened, whoever asks
        os.rename(self.store_path, self.store_path + '.away')
        os.mkdir(self.store_path)
        self.start()
        self.assertEqual(self.store_state(), ('failed', 'store-failed'))
        self.clock.advance_to('2026-11-22T10:31:00Z')
        os.rmdir(self.store_path)
        os.rename(self.store_path + '.away', self.store_path)
        self.clock.advance(61)
        self.assertEqual(self.store_state(), ('ok', ''))
        slots, gaps = self.assert_unbroken('one')
        self.assertEqual((len(slots), gaps), (3, []))


if __name__ == '__main__':
    ohmtest.main()
