# SPDX-License-Identifier: LGPL-2.1-or-later
"""A UMG 801 whose modules come and go: places that keep their groups, whatever registers these have,
and records that never are another group's."""

import ohmtest
from ohmtest.clock import parse_time
from scene import MeterScenario

SLOT_US = 900 * 1000000
BEGIN = '2026-11-22T10:10:00Z'
COUNTERS = ('energy-active-import.total', 'energy-active-export.total', 'energy-active-net.total')


def counters(place):
    """What is recorded for a place, imported energy first."""
    _, dash, group = place.partition('-')
    return [f'{group}.{counter}' if dash else counter for counter in COUNTERS]


class Umg801(MeterScenario):
    def setUp(self):
        super().setUp()
        self.clock = ohmtest.TestClock(wall=BEGIN)
        self.addCleanup(self.clock.stop)

    def start(self, spec, *drop, **keys):
        """Simulator and daemon; of the meter's file the keys named in drop are left out."""
        self.device = self.sim(spec, args=self.clock.args)
        text = ''.join(line for line in self.device.meter(poll='60s', **keys).splitlines(True)
                       if not line.startswith(drop or ('#',)))
        self.process = self.daemon({'meters.d/main.meter': text}, args=self.clock.args)
        self.clock.wait_for('ohmd', 'ohm-sim')
        self.clock.settle()

    def set_modules(self, modules):
        answer = self.device.control(f'{self.device.endpoints[0].port} * set modules {modules}')
        self.assertEqual(answer, 'ok')

    def places(self):
        return {place['id'] for place in self.ctl('place', 'list')['places']}

    def slots(self, place):
        return self.history(place, parse_time(BEGIN) - SLOT_US, self.clock.wall_us)

    @staticmethod
    def imported(place, slot):
        return slot.deltas[counters(place)[0]]

    def test_every_group_is_a_place(self):
        self.start('umg801@2:load=constant,serial=7000000000123,modules=CT8-A+DI14+CT24-LP')
        self.clock.advance_to('2026-11-22T10:31:00Z')
        facts = self.meter('main', 'Facts')
        self.assertEqual((facts['modules'], facts['module-name.3'], facts['serial']),
                         ('1 CT8-A, 2 DI14, 3 CT24-LP', 'Module 03', '7000000000123'))
        names = {place['id']: place['name'] for place in self.ctl('place', 'list')['places']}
        self.assertEqual(names['main-m3g2'], 'Module 03 2')
        groups = ['g2', 'g3', 'm1g1', 'm1g2', *(f'm3g{group}' for group in range(1, 7))]
        self.assertEqual(self.places(), {'main', *(f'main-{group}' for group in groups)})
        for place in self.places():
            slots, gaps = self.slots(place)
            self.assertEqual((len(slots), gaps), (2, []), place)
            self.assertEqual(sorted(slots[1].counters), sorted(counters(place)), place)
            self.assertGreater(self.imported(place, slots[1]), 0, place)
            self.assertTrue(0 <= slots[1].read - slots[1].end <= 1000000, place)
            self.assertEqual(self.ctl('slots', 'show', place)['point'], counters(place)[0])
        self.assertEqual(self.state('main'), 'ok')
        self.check_plan()

    def check_plan(self):
        """The plan is the whole bus time: module table before slow values and quarter hours, serial after these."""
        rows = self.bus.call('meters/main', 'Meter.GetPlan', 'a{sv}', {})[0]
        slow, slot = ([row for row in rows if row[0] == name] for name in ('slow', 'slot'))
        guards = [row[2:4] for row in slow if row[6] == 0]
        self.assertEqual([row[2:4] for row in slow[:len(guards)]], guards, 'the table comes first')
        self.assertEqual([row[2:4] for row in slot if row[6] == 0], guards + [slot[-1][2:4]])
        self.assertEqual(([4246, 4406], 4174), ([first for first, _ in guards], slot[-1][2]))
        self.assertTrue(all(row[4] > 20 and row[5] > 0 for row in rows), rows)

    def test_unit_1_where_unit_2_is_silent(self):
        self.start('umg801@1:modules=CT8-A', 'unit')
        self.clock.advance_to('2026-11-22T10:12:00Z')
        self.assertEqual(self.meter('main', 'Facts')['unit-id'], '1')
        self.assertEqual(self.state('main'), 'ok')

    def test_modules_come_and_go(self):
        """The device is not restarted and nobody asks for a survey: it is noticed all the same."""
        self.start('umg801@2:load=constant,modules=none+CT8-LP')
        self.clock.advance_to('2026-11-22T10:31:00Z')
        quarter = self.imported('main-m2g1', self.slots('main-m2g1')[0][1])
        self.add_before(quarter)
        self.pull_at_the_boundary(quarter)
        self.put_back(quarter)

    def add_before(self, quarter):
        self.set_modules('CT24-LP+CT8-LP')
        self.clock.advance(70)
        self.assertEqual(self.meter('main', 'Facts')['modules'], '1 CT24-LP, 2 CT8-LP')
        self.assertIn('main-m1g6', self.places())
        self.assertIn("modules is '1 CT24-LP, 2 CT8-LP', it was '2 CT8-LP'", self.process.log)
        self.clock.advance_to('2026-11-22T10:46:00Z')
        self.assert_unbroken('main-m2g1', 3, quarter)
        self.assertEqual(len(self.slots('main-m1g1')[0]), 1)

    def pull_at_the_boundary(self, quarter):
        """Registers have moved when the counters are read: none is taken for another's."""
        self.clock.advance_to('2026-11-22T10:59:59.900Z')
        self.set_modules('none+CT8-LP')
        self.clock.advance_to('2026-11-22T11:02:00Z')
        self.assert_unbroken('main-m2g1', 4, quarter)
        self.assertEqual(self.meter('main', 'Facts')['modules'], '1 CT24-LP (absent), 2 CT8-LP')
        self.assertEqual((self.state('main'), self.cause('main')), ('partial', 'parts-absent'))
        values = self.values('main')
        self.assertEqual(values['m1g1.power-active.total'], (None, 'missing'))
        self.assertEqual(values['m1g1.energy-active-import.total'], (None, 'missing'))
        self.assertEqual(values['m2g1.energy-active-import.total'][1], 'good')
        slots, gaps = self.slots('main-m1g1')
        self.assertEqual(([slot.end for slot in slots], [gap.cause for gap in gaps]),
                         ([parse_time('2026-11-22T10:45:00Z')], ['meter-refused']))

    def put_back(self, quarter):
        self.set_modules('CT24-LP+CT8-LP')
        self.clock.advance_to('2026-11-22T11:16:00Z')
        self.assertEqual(self.state('main'), 'ok')
        self.assert_unbroken('main-m2g1', 5, quarter)
        slots, gaps = self.slots('main-m1g1')
        self.assertEqual([slot.end for slot in slots], [parse_time('2026-11-22T10:45:00Z'),
                                                        parse_time('2026-11-22T11:15:00Z')])
        self.assertEqual([(gap.cause, gap.slots) for gap in gaps], [('meter-refused', 1)])
        self.assertGreater(self.imported('main-m1g1', gaps[0]), 0)

    def assert_unbroken(self, place, n_slots, quarter):
        """A constant load: each quarter hour is like the other, but for the moment it was read."""
        slots, gaps = self.slots(place)
        self.assertEqual((len(slots), gaps), (n_slots, []))
        for slot in slots[1:]:
            self.assertAlmostEqual(self.imported(place, slot) / quarter, 1, delta=0.03)


if __name__ == '__main__':
    ohmtest.main()
