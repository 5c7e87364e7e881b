# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fifty units behind one connection, five of them silent: the others do not notice."""

import ohmtest
from scene import MeterScenario

UNITS = 50
SILENT = range(46, 51)
CYCLES = 20


# What each of two gateways does with its silent units, and what the others are owed.
FAULTS = {'mute': ('silent', 0.99), 'held': ('hold=1000,11', 0.95)}


class Gateway(MeterScenario):
    def setUp(self):
        super().setUp()
        self.clock = ohmtest.TestClock(wall='2026-11-22T10:00:30Z')
        self.addCleanup(self.clock.stop)

    def test_silent_units(self):
        devices = {name: self.sim(f'janitza-common@1-{UNITS}:latency=2', args=self.clock.args)
                   for name in FAULTS}
        self.daemon({f'meters.d/{name}-{unit}.meter': device.meter(unit=unit, poll='1s')
                     for name, device in devices.items() for unit in range(1, UNITS + 1)},
                    args=self.clock.args)
        self.clock.wait_for('ohmd')
        healthy = {name: [f'{name}-{unit}' for unit in range(1, UNITS + 1) if unit not in SILENT]
                   for name in FAULTS}
        self.clock.advance(10)
        self.assertEqual({self.state(meter) for meter in sum(healthy.values(), [])}, {'ok'})
        for name, (fault, _) in FAULTS.items():
            devices[name].fault(fault, units='46-50')
        # What piled up while each silent unit was waited for the first time is gone after these.
        self.clock.advance(30)
        for meter in (f'{name}-{unit}' for name in FAULTS for unit in SILENT):
            self.assertEqual(self.state(meter), 'silent', meter)
        self.check(healthy)

    def check(self, healthy):
        before = {name: self.count(meters) for name, meters in healthy.items()}
        self.clock.advance(CYCLES)
        for name, (fault, share) in FAULTS.items():
            read, due = (now - was for now, was in zip(self.count(healthy[name]), before[name]))
            print(f'# {fault}: {read} of {due} readings of healthy units')
            self.assertGreater(due, (CYCLES - 1) * len(healthy[name]))
            self.assertGreaterEqual(read / due, share)

    def count(self, meters):
        """Readings that came, and polls that were due."""
        statistics = [self.statistics(meter) for meter in meters]
        return sum(map(self.read_of, statistics)), sum(map(self.due_of, statistics))

    @staticmethod
    def due_of(statistics):
        """Polls that were due: those that ran and those that could not."""
        return statistics['polls'] + statistics['missed']

    @staticmethod
    def read_of(statistics):
        return statistics['polls'] - statistics['failures']


if __name__ == '__main__':
    ohmtest.main()
