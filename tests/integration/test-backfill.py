# SPDX-License-Identifier: LGPL-2.1-or-later
"""The memory of a meter, read over its own link: gaps become slots, sampled ones the meter's own."""

import os
import tempfile

from gi.repository import GLib

import ohmtest
from ohmtest.clock import parse_time
from ohmtest.paths import plugin_dir
from scene import MeterScenario

SLOT_US = 900_000_000
IMPORT = 'energy-active-import.total'
HISTORY = '''
[history]
plugin = umg96s-memory
values = energy-active-import.total:u32;energy-active-export.total:u32
ratio = {ratio}
'''
# what a site adds to the type: where its counters are is not published
PROFILE = '''[profile]
id = our-96s
name = UMG 96S
revision = 1
inherits = umg96s

[facts]
serial = 911 u32

[registers]
energy-active-import.total = 1000 u32 slow slot
energy-active-export.total = 1002 u32 slow slot
'''


class Backfill(MeterScenario):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix='ohm-profiles-')
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, 'our-96s.profile'), 'w', encoding='utf-8') as file:
            file.write(PROFILE)
        self.dirs = [plugin_dir(), folder.name]
        self.clock = ohmtest.TestClock(wall='2026-11-22T10:13:00Z')
        self.addCleanup(self.clock.stop)
        self.device = self.sim('our-96s:load=constant,power=8000', profile_dirs=self.dirs,
                               args=self.clock.args)

    def run_daemon(self, ratio=1):
        text = self.device.meter(poll='60s') + HISTORY.format(ratio=ratio)
        self.process = self.daemon({'meters.d/old.meter': text}, plugin_dirs=self.dirs,
                                   args=self.clock.args)
        self.started()

    def started(self):
        self.clock.wait_for('ohmd', 'ohm-sim')
        self.clock.advance(65)
        self.wait_state('old', 'ok')

    def backfill(self, begin, end=0, **options):
        path = self.bus.call('meters/old', 'Meter.Backfill', 'xxa{sv}', begin, end, options)[0]
        return path

    def end_of(self, path):
        ohmtest.wait_until(lambda: self.bus.get(path, 'Job.State') != 'running', what='end of the job')
        return self.bus.get(path, 'Job.State'), self.bus.get(path, 'Job.Result')

    def slots(self, begin):
        slots, gaps = self.history('old', begin, self.clock.wall_us)
        return {slot.end: slot for slot in slots}, gaps

    def test_gap_is_filled_and_samples_are_replaced(self):
        self.run_daemon()
        begin = parse_time('2026-11-22T10:00:00Z')
        self.clock.advance_to('2026-11-22T10:46:00Z')
        self.device.control('* * fault silent on')
        self.clock.advance_to('2026-11-22T13:20:00Z')
        self.device.control('* * fault silent off')
        self.clock.advance_to('2026-11-22T14:20:00Z')
        before, gaps = self.slots(begin)
        self.assertEqual(sum(gap.slots for gap in gaps), 10)

        state, result = self.end_of(self.backfill(begin))
        self.assertEqual(state, 'done', result)
        after, gaps = self.slots(begin)
        self.assertEqual(gaps, [])
        self.assertEqual(sorted(after), list(range(begin + SLOT_US, self.clock.wall_us, SLOT_US)))
        self.assertEqual({slot.origin for slot in after.values()}, {'meter-recorded'})
        self.assertEqual((result['filled'], result['replaced']), (10, 7))
        # the clock of the simulator may be a poll behind, 60 s at 2 Wh each
        for end, slot in before.items():
            self.assertLess(abs(slot.counters[IMPORT] - after[end].counters[IMPORT]), 150)
        counters = [after[end].counters[IMPORT] for end in sorted(after)]
        self.assertEqual(counters, sorted(counters))

        # once more: nothing is left to do
        state, result = self.end_of(self.backfill(begin))
        self.assertEqual((state, result['replaced'], result['filled'], result['kept']),
                         ('done', 0, 0, 17))

    def test_after_an_exchange(self):
        """The new meter's memory says nothing of the time before it came."""
        self.run_daemon()
        begin = parse_time('2026-11-22T10:00:00Z')
        self.clock.advance_to('2026-11-22T10:31:00Z')
        self.device.control('* * fault silent on')
        self.clock.advance_to('2026-11-22T11:17:00Z')
        self.device.control('* * set serial 41000555')
        self.ctl('meter', 'replace', 'old')
        self.clock.advance_to('2026-11-22T11:32:00Z')
        self.device.control('* * fault silent off')
        self.clock.advance_to('2026-11-22T11:46:00Z')
        before = self.slots(begin)[0]
        shown = self.ctl('meter', 'show', 'old')
        self.assertEqual((shown['identity'], shown['unconfirmed_facts']), ('serial', ['serial-candidate']))
        answer = self.ctl('meter', 'backfill', 'old', '--from=2026-11-22T10:00:00Z')
        # 10:15 to 11:15 are the old meter's; 11:30 was missed and 11:45 sampled of the new one
        self.assertEqual({key: answer['result'][key] for key in ('filled', 'replaced', 'foreign')},
                         {'filled': 1, 'replaced': 1, 'foreign': 5})
        self.assertIn('5 more were measured by the meter before it', str(answer))
        after, gaps = self.slots(begin)
        self.assertEqual([(gap.slots, gap.cause) for gap in gaps], [(3, 'meter-silent')])
        for end in range(begin + SLOT_US, begin + 6 * SLOT_US, SLOT_US):
            self.assertEqual(after.get(end), before.get(end))

    def test_differences_are_told(self):
        self.run_daemon(ratio=2)
        begin = parse_time('2026-11-22T10:00:00Z')
        self.clock.advance_to('2026-11-22T11:01:00Z')
        command = ('meter', 'backfill', 'old', '--from=2026-11-22T10:00:00Z')
        self.ctl(*command, expect=1)
        self.assertEqual({slot.origin for slot in self.slots(begin)[0].values()}, {'gateway-sampled'})
        answer = self.ctl(*command, '--accept', expect=7)
        self.assertEqual(answer['result']['differing'], 4)
        self.assertIn('backfilled-differing', str(self.ctl('alarm', 'list', expect=(0, 7))))
        self.assertEqual(len(self.slots(begin)[0]), 4)

    def test_killed_in_the_middle(self):
        """What was stored is not read again: the job goes on where it was."""
        self.run_daemon()
        begin = parse_time('2026-11-12T00:00:00Z')
        path = self.backfill(begin)
        ohmtest.wait_until(lambda: self.bus.get(path, 'Job.Progress') > 0.1, what='some progress')
        self.process.kill()
        self.process.start()
        self.started()
        state, result = self.end_of(self.backfill(begin))
        self.assertEqual((state, result['resumed']), ('done', True))
        self.assertEqual(result['read'], 4 * 24 * 10 + 40)
        slots, gaps = self.slots(begin)
        self.assertEqual(gaps, [])
        self.assertEqual(len(slots), 4 * 24 * 10 + 41)  # one was sampled since

    def test_cancelled(self):
        self.run_daemon()
        begin = parse_time('2026-01-01T00:00:00Z')
        path = self.backfill(begin)
        ohmtest.wait_until(lambda: self.bus.get(path, 'Job.Progress') > 0, what='some progress')
        self.ctl('meter', 'backfill', 'old', expect=1)  # one at a time
        self.bus.call(path, 'Job.Cancel', 'a{sv}', {})
        self.assertEqual(self.end_of(path)[0], 'cancelled')

    def test_meter_without_memory(self):
        self.process = self.daemon({'meters.d/old.meter': self.device.meter(poll='60s')},
                                   plugin_dirs=self.dirs, args=self.clock.args)
        self.started()
        self.ctl('meter', 'backfill', 'old', expect=1)
        with self.assertRaisesRegex(GLib.Error, r'NotSupported.*no \[history\]'):
            self.backfill(0)


if __name__ == '__main__':
    ohmtest.main()
