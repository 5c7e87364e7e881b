# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever a meter answers: no wrong value, a state that tells, and recovery by itself."""

import ohmtest
from ohmtest.clock import parse_time
from scene import MeterScenario

# State and cause that each must lead to; None: it may be anything on the way.
FAULTS = {
    'silent': ('silent', 'timeout'),
    'slow=30': ('ok', ''),
    'drip=20': ('silent', 'timeout'),
    'late=3000': ('silent', 'timeout'),
    'hold=50,11': ('silent', 'gateway-no-target'),
    'duplicate': ('ok', ''),
    'trailing=3': ('ok', ''),
    'wrong-tid': ('unreachable', 'protocol-error'),
    'wrong-unit': ('unreachable', 'protocol-error'),
    'wrong-protocol-id': ('unreachable', 'wrong-protocol'),
    'wrong-length=4': ('silent', 'timeout'),
    'wrong-function': ('unreachable', 'protocol-error'),
    'wrong-count': ('unreachable', 'protocol-error'),
    'garbage': ('unreachable', 'wrong-protocol'),
    'rtu': ('unreachable', 'rtu-over-tcp'),
    'http': ('unreachable', 'wrong-protocol'),
    'exception=1': ('partial', 'illegal-function'),
    'exception=4': ('partial', 'device-failure'),
    'exception=6': ('partial', 'device-busy'),
    'refuse-function=3': ('partial', 'illegal-function'),
    'gaps': ('ok', ''),
    'close': ('unreachable', 'connection-closed'),
    'close-accept': ('unreachable', 'connection-closed'),
    'close-frame': ('unreachable', 'connection-closed'),
    'refuse': ('unreachable', 'connection-refused'),
    'garbage%50': None,
    'close-frame%50': None,
    'wrong-tid%50': None,
    'late=700%30': None,
    'clock-drift=3600': ('ok', ''),
}
ENERGY_UNITS = ('Wh', 'varh', 'VAh')


class EveryFault(MeterScenario):
    """One meter for each fault, with a constant load: a value that differs much from the one before
    the fault was not read but made up."""

    def setUp(self):
        super().setUp()
        self.device = self.sim(*['janitza-common:load=constant,power=9000'] * len(FAULTS))
        self.daemon({f'meters.d/{self.name(i)}.meter': self.device.meter(i, poll='100ms')
                     for i in range(len(FAULTS))})
        self.names = {self.name(i): fault for i, fault in enumerate(FAULTS)}
        for name in self.names:
            self.wait_state(name, 'ok')
            self.wait_read(name)
        self.before = {name: self.good(name) for name in self.names}
        self.units = {row[0]: row[1] for row in self.bus.call('', 'Manager.ListPoints')[0]}
        self.highest = {name: {} for name in self.names}
        self.seen = dict.fromkeys(self.names, 0)
        self.watch()

    @staticmethod
    def name(i):
        return f'm{i}'

    def good(self, name):
        return {point: value for point, (value, quality) in self.values(name).items()
                if quality == 'good'}

    def watch(self):
        self.readings = self.bus.collect('org.ohmnibus.Ohmnibus1.Manager', 'Readings')
        self.bus.call('', 'Manager.Watch', 'asua{sv}', [], 0, {})

    def check_readings(self):
        """Looks at all that was delivered since the last look."""
        delivered = [row for signal in self.readings for row in signal[2][0]]
        del self.readings[:]
        for name, set_id, _, cells, qualities in (row[:5] for row in delivered):
            self.seen[name] += 1
            for point, value in self.cells(self.points(set_id), cells, qualities).items():
                if value is not None:
                    self.check_value(name, point, value)

    def check_value(self, name, point, value):
        was = self.before[name].get(point, value)
        what = f'{self.names[name]}: {point} = {value}, was {was}'
        limit = 300 if self.units[point] in ENERGY_UNITS else abs(was) / 4 + 0.5
        self.assertLessEqual(abs(value - was), limit, what)
        if point.startswith(('energy-active-import', 'energy-active-export')):
            self.assertGreaterEqual(value, self.highest[name].get(point, value), what)
            self.highest[name][point] = value

    def switch(self, on):
        for i, fault in enumerate(FAULTS):
            self.device.fault(fault, on=on, index=i)

    def reach(self, wanted, what):
        """Until each meter has been in the state that wanted has for it, looking at all values."""
        left = {name: state for name, state in wanted.items() if state}
        changed = self.bus.collect('org.freedesktop.DBus.Properties', 'PropertiesChanged')
        unseen = set(left)

        def look():
            self.check_readings()
            unseen.update(row[0].rpartition('/')[2] for row in changed)
            changed.clear()
            for name in unseen & left.keys():
                if (self.state(name), self.cause(name)) == left[name]:
                    del left[name]
            unseen.clear()
            return not left
        try:
            ohmtest.wait_until(look, what=what)
        except AssertionError:
            self.fail(f'{what}: ' + ', '.join(
                f'{self.names[n]} is {self.state(n)} ({self.cause(n)}), not {s}' for n, s in left.items()))

    def test_all(self):
        self.switch(True)
        accept = list(FAULTS).index('close-accept')
        self.device.control(f'{self.device.endpoints[accept].port} * drop')
        self.reach({name: FAULTS[fault] for name, fault in self.names.items()}, 'faults being told')
        self.switch(False)
        self.reach(dict.fromkeys(self.names, ('ok', '')), 'recovery')
        self.seen = dict.fromkeys(self.names, 0)
        ohmtest.wait_until(lambda: self.check_readings() or min(self.seen.values()) >= 5,
                           what='readings of all meters again')
        for name in self.names:
            self.assertEqual(self.good(name).keys(), self.before[name].keys(), self.names[name])


class Faults(MeterScenario):
    def setUp(self):
        super().setUp()
        self.device = self.sim('janitza-common:load=constant,power=9000')
        self.process = self.daemon({'meters.d/m.meter': self.device.meter(poll='100ms')})
        self.wait_state('m', 'ok')
        self.wait_read('m')

    def quality(self, point):
        return self.values('m')[point][1]

    def test_nan_is_missing(self):
        self.device.fault('nan')
        ohmtest.wait_until(lambda: self.values('m')['voltage.l1-n'] == (None, 'missing'),
                           what='a missing voltage')
        self.device.fault('nan', on=False)
        ohmtest.wait_until(lambda: self.values('m')['voltage.l1-n'][1] == 'good', what='the voltage')

    def test_hole_costs_only_itself(self):
        self.device.fault('hole=19080-19083')
        ohmtest.wait_until(lambda: any('19080' in line for line in self.learned('m')),
                           what='the refused registers being learned')
        ohmtest.wait_until(lambda: self.quality('energy-apparent.l2') == 'missing' and
                           self.quality('energy-apparent.total') == 'good',
                           what='only the refused registers missing')
        self.wait_state('m', 'ok')


class Counters(MeterScenario):
    """What faults do to quarter hours."""

    START = '2026-11-22T10:14:30Z'
    POINT = 'energy-active-import.total'

    def setUp(self):
        super().setUp()
        self.clock = ohmtest.TestClock(wall=self.START)
        self.addCleanup(self.clock.stop)

    def run_until(self, wall):
        self.clock.advance_to(wall)
        return self.history('m', parse_time(self.START), self.clock.wall_us)

    def start(self, spec, **keys):
        self.device = self.sim(spec, args=self.clock.args)
        self.process = self.daemon({'meters.d/m.meter': self.device.meter(poll='5s', **keys)},
                                   args=self.clock.args)
        self.clock.wait_for('ohmd', 'ohm-sim')

    def test_a_counter_that_falls_is_no_energy(self):
        self.start('janitza-common:load=constant')
        self.clock.advance_to('2026-11-22T10:31:00Z')
        self.device.fault('counter-reset')
        slots, gaps = self.run_until('2026-11-22T11:01:00Z')
        self.assertEqual(([slot.flags & 2 for slot in slots], gaps), ([0, 0, 2, 0], []))
        deltas = [slot.deltas[self.POINT] for slot in slots]
        self.assertEqual([delta is None for delta in deltas], [True, False, True, False])
        self.assertLess(slots[2].counters[self.POINT], slots[1].counters[self.POINT])
        self.assertTrue(all(delta > 0 for delta in (deltas[1], deltas[3])), deltas)
        event, = self.ctl('event', 'list', 'm', '--from=2026-11-22T10:31:00Z')['events']
        self.assertEqual((event['subject'], event['message']['code']), ('places/m', 'counter-reset'))
        self.assertLess(parse_time(event['time']), parse_time('2026-11-22T10:46:00Z'))

    def test_silence_is_a_gap_with_its_difference(self):
        self.start('janitza-common:load=constant')
        self.clock.advance_to('2026-11-22T10:31:00Z')
        self.device.fault('hold=50,11')
        self.clock.advance_to('2026-11-22T11:01:00Z')
        self.device.fault('hold=50,11', on=False)
        slots, gaps = self.run_until('2026-11-22T11:31:00Z')
        self.assertEqual([(gap.cause, gap.slots) for gap in gaps], [('meter-silent', 2)])
        self.assertEqual(len(slots), 4)
        self.assertEqual(gaps[0].read, slots[2].read)
        self.assertAlmostEqual(gaps[0].deltas[self.POINT],
                               slots[2].counters[self.POINT] - slots[1].counters[self.POINT])

        self.check_log()

    def check_log(self):
        """Half an hour of silence is two lines: one when it begins, one when it ends."""
        lines = [line for line in self.process.log.splitlines() if "'m'" in line]
        self.assertEqual(len(lines), 2, lines)

    def test_busy_at_the_boundary_is_asked_again(self):
        self.start('janitza-common:load=constant')
        self.clock.advance_to('2026-11-22T10:29:59Z')
        self.device.fault('exception=6')
        self.clock.advance_to('2026-11-22T10:30:20Z')
        self.device.fault('exception=6', on=False)
        slots, gaps = self.run_until('2026-11-22T10:46:30Z')
        self.assertEqual((len(slots), gaps), (3, []))
        self.assertIsNotNone(slots[1].counters[self.POINT])
        self.assertGreater(slots[1].read - slots[1].end, 20 * 1000000)

    def test_a_refusal_that_lasts_is_a_gap(self):
        self.start('janitza-common:load=constant')
        self.clock.advance_to('2026-11-22T10:29:59Z')
        self.device.fault('exception=4')
        self.clock.advance_to('2026-11-22T10:40:00Z')
        self.device.fault('exception=4', on=False)
        slots, gaps = self.run_until('2026-11-22T10:46:30Z')
        self.assertEqual([(gap.cause, gap.slots) for gap in gaps], [('meter-refused', 1)])
        self.assertEqual(len(slots), 2)

    def test_another_device_is_not_recorded(self):
        self.start('umg96rm:serial=4711,load=constant', serial='4711')
        self.clock.advance_to('2026-11-22T10:16:00Z')
        port = self.device.endpoints[0].port
        self.device.control(f'{port} * set serial 4712')
        self.device.control(f'{port} * drop')
        self.clock.advance_to('2026-11-22T10:46:00Z')
        self.assertEqual(self.state('m'), 'wrong-device')
        self.device.control(f'{port} * set serial 4711')
        self.device.control(f'{port} * drop')
        slots, gaps = self.run_until('2026-11-22T11:01:00Z')
        self.assertEqual(self.state('m'), 'ok')
        self.assertEqual([(gap.cause, gap.slots) for gap in gaps], [('wrong-device', 2)])
        self.assertEqual(len(slots), 2)


class OtherDevice(MeterScenario):
    def test_wrong_serial_is_not_recorded(self):
        device = self.sim('umg96rm:serial=4711')
        self.daemon({'meters.d/m.meter': device.meter(poll='100ms', serial='4712')})
        self.wait_state('m', 'wrong-device')
        self.assertEqual(self.cause('m'), 'wrong-device')

    def test_type_auto(self):
        device = self.sim('umg96rm:serial=4711')
        self.daemon({'meters.d/m.meter': device.meter(poll='100ms', type='auto')})
        self.wait_state('m', 'ok')
        self.assertEqual(self.meter('m', 'Type'), 'umg96rm')
        ohmtest.wait_until(lambda: self.meter('m', 'Serial') == '4711', what='the serial')


if __name__ == '__main__':
    ohmtest.main()
