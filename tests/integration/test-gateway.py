# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fifty units behind one connection, five of them silent: the others do not notice."""

import ohmtest
from scene import MeterScenario

UNITS = 50
SILENT = range(46, 51)
CYCLES = 12


class Gateway(MeterScenario):
    def check(self, fault, share):
        device = self.sim(f'janitza-common@1-{UNITS}:latency=2')
        self.daemon({f'meters.d/u{unit}.meter': device.meter(unit=unit, poll='1s')
                     for unit in range(1, UNITS + 1)})
        healthy = [f'u{unit}' for unit in range(1, UNITS + 1) if unit not in SILENT]
        for meter in healthy:
            self.wait_state(meter, 'ok')
        device.fault(fault, units='46-50')
        for unit in SILENT:
            self.wait_state(f'u{unit}', 'silent', timeout=30.0)
        # What piled up while each silent unit was waited for the first time is gone after these.
        self.wait_cycles(healthy[0], 3)
        before = {meter: self.statistics(meter) for meter in healthy}
        self.wait_cycles(healthy[0], CYCLES)
        read = due = 0
        for meter in healthy:
            now = self.statistics(meter)
            read += self.read_of(now) - self.read_of(before[meter])
            due += self.due_of(now) - self.due_of(before[meter])
        print(f'# {fault}: {read} of {due} readings of healthy units')
        self.assertGreaterEqual(read / due, share)

    def wait_cycles(self, meter, cycles):
        start = self.due(meter)
        ohmtest.wait_until(lambda: self.due(meter) >= start + cycles, timeout=60.0,
                           what=f'{cycles} cycles')

    @staticmethod
    def due_of(statistics):
        """Polls that were due: those that ran and those that could not."""
        return statistics['polls'] + statistics['missed']

    @staticmethod
    def read_of(statistics):
        return statistics['polls'] - statistics['failures']

    def due(self, meter):
        return self.due_of(self.statistics(meter))

    def test_mute(self):
        self.check('silent', 0.99)

    def test_held_line(self):
        self.check('hold=1000,11', 0.95)


if __name__ == '__main__':
    ohmtest.main()
