# SPDX-License-Identifier: LGPL-2.1-or-later
"""Virtual meters: sums of others, live and quarter hour by quarter hour, whatever happens to the
parts meanwhile."""

from gi.repository import GLib

import ohmtest
from scene import MeterScenario, path

SLOT_US = 900_000_000
BEGIN = '2026-11-22T09:58:00Z'
IMPORT = 'energy-active-import.total'
NET = 'energy-active-net.total'


def virtual(text, **keys):
    rows = {'type': 'virtual', 'sum': text, **keys}
    return '[meter]\n' + ''.join(f'{key} = {value}\n' for key, value in rows.items())


class Virtual(MeterScenario):
    """Two meters behind one gateway, a sum and a difference of them, a sum of the two."""

    def setUp(self):
        super().setUp()
        self.clock = ohmtest.TestClock(wall=BEGIN)
        self.addCleanup(self.clock.stop)
        self.device = self.sim('umg96rm@1-2:load=constant', args=self.clock.args)
        self.process = self.daemon({
            'meters.d/one.meter': self.device.meter(unit=1, poll='10s'),
            'meters.d/two.meter': self.device.meter(unit=2, poll='10s'),
            'meters.d/all.meter': virtual('one, two', poll='10s'),
            'meters.d/rest.meter': virtual('one, -two', poll='10s'),
            'meters.d/nested.meter': virtual('all, rest', poll='10s'),
        }, start=False, args=self.clock.args)

    def start(self):
        self.process.start()
        self.clock.wait_for('ohmd')
        self.clock.settle()

    def counters(self, place, point=IMPORT):
        slots, _ = self.history(place, ohmtest.clock.parse_time(BEGIN), self.clock.wall_us)
        return {slot.end: slot.counters.get(point) for slot in slots}

    def gaps(self, place):
        return self.history(place, ohmtest.clock.parse_time(BEGIN), self.clock.wall_us)[1]

    def assert_sums(self, n):
        """n slots of each, which add up to the last digit."""
        one, two, both = self.counters('one'), self.counters('two'), self.counters('all')
        self.assertEqual(len(both), n)
        for end, value in both.items():
            self.assertEqual(value, one[end] + two[end])
        return both

    def test_live_and_slots(self):
        self.start()
        self.clock.advance(60)
        one, two, both = self.values('one'), self.values('two'), self.values('all')
        self.assertEqual(self.state('all'), 'ok')
        # constant load, but the voltage swings: read at the same moment within a second
        self.assertAlmostEqual(both['power-active.total'][0],
                               one['power-active.total'][0] + two['power-active.total'][0], delta=200)
        self.assertNotIn('voltage.l1-n', both)
        self.assertNotIn(IMPORT, self.values('rest'))
        self.assertIn(NET, self.values('rest'))
        # what is as old as a slow value of a part is not stale before that one is
        slow = {name: self.bus.call(path(name), 'Meter.GetPlan', 'a{sv}', {})[1]['slow_points']
                for name in ('one', 'all', 'nested')}
        for name in ('all', 'nested'):
            self.assertEqual(sorted(slow[name]), sorted(set(slow['one']) & set(self.values(name))))
        self.assertIn(IMPORT, slow['all'])
        self.clock.advance_to('2026-11-22T11:01:00Z')
        self.assert_sums(5)
        imports = self.counters('one'), self.counters('two')
        exports = (self.counters('one', 'energy-active-export.total'),
                   self.counters('two', 'energy-active-export.total'))
        rest = self.counters('rest', NET)
        self.assertEqual(len(rest), 5)
        self.assertEqual(len(self.counters('nested', NET)), 5)
        for end, value in rest.items():
            self.assertAlmostEqual(value, imports[0][end] - exports[0][end] - imports[1][end] +
                                   exports[1][end], delta=1)

    def test_a_part_is_missing(self):
        self.start()
        self.clock.advance_to('2026-11-22T10:16:00Z')
        self.device.fault('silent', units='2')
        self.clock.advance_to('2026-11-22T10:50:00Z')
        self.assertEqual((self.state('all'), self.cause('all')), ('partial', 'part-missing'))
        gap, = self.gaps('all')
        self.assertEqual((gap.cause, gap.slots, gap.read), ('part-missing two', 2, 0))
        self.device.fault('silent', on=False, units='2')
        self.clock.advance_to('2026-11-22T11:02:00Z')
        self.assertEqual(self.state('all'), 'ok')
        self.assert_sums(3)
        gap, = self.gaps('all')
        self.assertEqual((gap.cause, gap.slots), ('part-missing two', 2))
        sums = self.counters('all')
        self.assertEqual(gap.deltas[IMPORT], sums[max(sums)] - sorted(sums.values())[1])
        # a gap of a sum is one of what is made of it
        self.assertEqual([g.cause for g in self.gaps('nested')], ['part-missing all'])

    def test_kill_and_late_sum(self):
        """What the parts have is computed, whoever was away meanwhile."""
        self.process.delete('meters.d/all.meter')
        self.process.delete('meters.d/nested.meter')
        self.start()
        self.clock.advance_to('2026-11-22T10:45:00.6Z')
        self.process.kill()
        self.clock.advance(5)
        self.process.write('meters.d/all.meter', virtual('one, two', poll='10s'))
        self.start()
        self.clock.advance_to('2026-11-22T11:02:00Z')
        self.assert_sums(5)
        self.assertEqual(len(self.counters('rest', NET)), 5)
        before = self.counters('all')
        for _ in range(3):
            self.process.kill()
            self.start()
        self.clock.advance(60)
        self.assertEqual(self.counters('all'), before)

    def test_renames(self):
        self.start()
        self.clock.advance_to('2026-11-22T10:16:00Z')
        self.ctl('place', 'rename', 'two', 'cellar')
        self.ctl('place', 'rename', 'all', 'house')
        self.ctl('meter', 'rename', 'one', 'first')
        self.ctl('meter', 'rename', 'first', 'two', expect=1)
        self.clock.advance_to('2026-11-22T10:46:00Z')
        self.assertEqual(self.state('all'), 'ok')
        one, two, both = (self.counters(p) for p in ('one', 'cellar', 'house'))
        self.assertEqual(len(both), 4)
        for end, value in both.items():
            self.assertEqual(value, one[end] + two[end])
        self.assertEqual(self.gaps('house'), [])
        for place in ('house', 'one'):
            self.assertEqual(len(self.ctl('place', 'show', place)['runs']), 1)
        self.assertEqual((len(one), self.ctl('place', 'show', 'one')['place']['meter']), (4, 'first'))
        self.assertEqual(self.gaps('one'), [])

    def test_exchange_of_a_part(self):
        """The sum of other counters is another counter: no energy comes or goes."""
        self.start()
        self.clock.advance_to('2026-11-22T10:16:00Z')
        self.device.control('* 2 set serial 777')
        self.device.control(f'* 2 set {IMPORT} 5')
        self.device.control('* * drop')
        self.ctl('meter', 'replace', 'two', '--force')
        self.clock.advance_to('2026-11-22T10:47:00Z')
        slots, _ = self.history('all', ohmtest.clock.parse_time(BEGIN), self.clock.wall_us)
        self.assertEqual(len(slots), 4)
        self.assertEqual([slot.flags & 2 for slot in slots], [0, 0, 0, 0])
        self.assertEqual([slot.deltas[IMPORT] is None for slot in slots], [True, False, True, False])
        self.assertTrue(all(slot.deltas[IMPORT] is None or slot.deltas[IMPORT] >= 0
                            for slot in slots))
        runs = self.ctl('place', 'show', 'all')['runs']
        self.assertEqual([run['serial'] for run in runs], [None, None])

    def reason(self, meter):
        """What is wrong with its file; empty as long as the daemon has not seen it."""
        try:
            return self.bus.get(path(meter), 'Meter.CauseArguments').get('text', '')
        except GLib.GError:
            return ''

    def test_wrong_files(self):
        """Each error names file, line and key, and harms nobody else."""
        self.start()
        for text, error in (
                (virtual('one, thre'), "[meter] sum: no place 'thre'"),
                (virtual('one, one'), "[meter] sum: place 'one' comes twice"),
                (virtual('nested, bad'), '[meter] sum: the meter is a part of itself: bad > bad'),
                (virtual('one, , two'), "[meter] sum: '' is no place"),
                ('[meter]\ntype = virtual\n', '[meter] sum: is missing'),
                (virtual('one', unit=1), '[meter] unit: a virtual meter has parts'),
                (self.device.meter(unit=1, sum='one'), '[meter] sum: only a virtual meter has one')):
            with self.subTest(error):
                self.process.write('meters.d/bad.meter', text)
                self.process.reload()
                ohmtest.wait_until(lambda error=error: error in self.reason('bad'), what=error)
                self.assertRegex(self.reason('bad'), r'bad\.meter:\d+: ')
        self.process.write('meters.d/bad.meter', virtual('worse'))
        self.process.write('meters.d/worse.meter', virtual('bad'))
        self.process.reload()
        ohmtest.wait_until(lambda: 'worse > bad > worse' in self.reason('worse'), what='the loop')
        self.clock.advance(30)
        self.assertEqual(self.state('all'), 'ok')

    def test_there_is_no_device(self):
        self.start()
        self.clock.advance(60)
        for call in (('', 'Manager.ReplaceMeter', 'sa{sv}', 'all', {}),
                     (path('all'), 'Meter.ForgetLearned', 'a{sv}', {}),
                     (path('all'), 'Meter.Survey', 'a{sv}', {})):
            with self.assertRaisesRegex(GLib.GError, "'all' is computed from places: it has no dev"):
                self.bus.call(*call)
        self.clock.advance(30)
        self.assertEqual(self.state('all'), 'ok')


if __name__ == '__main__':
    ohmtest.main()
