# SPDX-License-Identifier: LGPL-2.1-or-later
"""A UMG 96RM from its socket to D-Bus and into the store, and how quickly the daemon comes and goes."""

import ohmtest
from ohmtest.clock import parse_time
from scene import MeterScenario

SLOT_US = 900 * 1000000


class FirstMeter(MeterScenario):
    def test_facts_and_values(self):
        device = self.sim('umg96rm:serial=41000017,load=constant,power=9000,'
                          'fact.module=3,fact.article=5222090')
        self.daemon({'meters.d/main.meter': device.meter(poll='200ms')})
        self.wait_state('main', 'ok')
        self.wait_read('main')
        facts = self.meter('main', 'Facts')
        self.assertEqual((facts['serial'], facts['variant'], facts['model']),
                         ('41000017', 'PN', 'UMG 96RM-PN'))
        self.assertEqual(self.meter('main', 'Serial'), '41000017')
        self.assertEqual(self.meter('main', 'Identity'), 'serial')
        self.check_values()
        self.check_plan()

    def check_values(self):
        """As the simulator's physics have it, whatever its load."""
        values = {point: value for point, (value, quality) in self.values('main').items()
                  if quality == 'good'}
        for line in ('l1', 'l2', 'l3'):
            self.assertTrue(200 < values[f'voltage.{line}-n'] < 250, values)
            self.assertAlmostEqual(
                values[f'power-apparent.{line}'],
                values[f'voltage.{line}-n'] * values[f'current.{line}'], delta=1)
        self.assertTrue(49.5 < values['frequency'] < 50.5, values)
        power = values['power-active.total']
        self.assertTrue(0 < power < 9900, values)
        self.assertAlmostEqual(sum(values[f'power-active.{line}'] for line in ('l1', 'l2', 'l3')),
                               power, delta=1)
        self.assertAlmostEqual(
            power**2 + values['power-reactive.total']**2,
            values['power-apparent.total']**2, delta=values['power-apparent.total']**2 / 1000)
        self.assertGreater(values['energy-active-import.total'], 0)

    def check_plan(self):
        requests, _, entries, learned = self.bus.call('meters/main', 'Meter.GetPlan', 'a{sv}', {})
        live = [request for request in requests if 'live' in request[0].split()]
        self.assertEqual(len(live), 1, requests)
        self.assertGreaterEqual(live[0][3], 122)
        self.assertEqual(learned, [])
        where = {entry[0]: entry[2] for entry in entries}
        self.assertEqual(where['energy-active-import.total'], 5352)

    def test_quarter_hours_are_stored(self):
        clock = ohmtest.TestClock(wall='2026-11-22T10:14:30Z')
        self.addCleanup(clock.stop)
        device = self.sim('umg96rm:serial=41000017,load=constant', args=clock.args)
        daemon = self.daemon({'meters.d/main.meter': device.meter(poll='5s')}, args=clock.args)
        clock.wait_for('ohmd', 'ohm-sim')
        clock.advance_to('2026-11-22T10:30:30Z')
        first = parse_time('2026-11-22T10:15:00Z')
        slots, gaps = self.history('main', first - SLOT_US, clock.wall_us)
        self.assertEqual(([slot.end for slot in slots], gaps), ([first, first + SLOT_US], []))
        self.assertEqual({slot.origin for slot in slots}, {'gateway-sampled'})
        for slot in slots:
            self.assertTrue(0 <= slot.read - slot.end <= 1000000, slot)
        point = 'energy-active-import.total'
        self.assertIsNone(slots[0].deltas[point])
        self.assertGreater(slots[1].deltas[point], 0)
        self.assertEqual(slots[1].counters[point] - slots[0].counters[point], slots[1].deltas[point])
        daemon.stop()
        daemon.start()
        self.assertEqual(self.history('main', first - SLOT_US, clock.wall_us)[0], slots)

    def test_first_poll_and_end(self):
        device = self.sim('umg96rm@1-5')
        daemon = self.daemon({f'meters.d/m{unit}.meter': device.meter(unit=unit, poll='5s')
                              for unit in range(1, 6)}, start=False)
        for _ in range(2):
            daemon.start()
            ohmtest.wait_until(lambda: self.statistics('m1')['polls'], what='a first poll')
            daemon.stop()


if __name__ == '__main__':
    ohmtest.main()
