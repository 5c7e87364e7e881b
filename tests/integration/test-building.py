# SPDX-License-Identifier: LGPL-2.1-or-later
"""A building for an hour of simulated time, in which something fails all the time: no wrong value, no
slot twice, no gap that nothing explains."""

import collections
import functools
import os
import random
import tempfile

from gi.repository import GLib

import ohmtest
from ohmtest.clock import parse_time
from scene import MeterScenario

SECOND = 10**6
SLOT = 900 * SECOND
START = '2026-11-22T09:58:00Z'
FAULTS_FROM = '2026-11-22T10:01:30Z'
END = '2026-11-22T11:02:30Z'
UNITS = 50  # behind the gateway
LINE = 8  # on a serial line
BAUD = 38400

# What may be switched on, for a whole endpoint or, where it says so, for some units of a gateway.
FAULTS = ('silent', 'hold=1000,11', 'late=3000', 'duplicate', 'trailing=3', 'wrong-tid', 'wrong-unit',
          'wrong-function', 'wrong-count', 'garbage%50', 'close-frame', 'close', 'exception=4',
          'exception=6', 'nan', 'drip=20', 'slow=400', 'refuse')
LINE_FAULTS = ('silent', 'late=3000', 'wrong-unit', 'wrong-function', 'wrong-count', 'garbage%50',
               'exception=4', 'nan', 'slow=400')
UNIT_FAULTS = ('silent', 'hold=1000,11', 'exception=6', 'nan', 'late=3000', 'wrong-count')
# What may happen to the whole line, and what ends it. Chances are per million bytes; each poll takes 240.
WIRE_FAULTS = {'unplug': 'plug', 'flip 800': 'flip 0', 'drop 800': 'drop 0', 'insert 400': 'insert 0',
               'collide 300': 'collide 0', 'pause 1500': 'pause 0'}
CAUSES = {'meter-silent', 'link-down', 'meter-refused'}

Fault = collections.namedtuple('Fault', 'text index units begin_us end_us meters')


class Building(MeterScenario):
    TCP = ('umg96rm', 'umg801@1-2', 'prodata2', 'janitza-common')

    def setUp(self):
        super().setUp()
        self.random = random.Random(20261122)
        self.clock = ohmtest.TestClock(wall=START)
        self.addCleanup(self.clock.stop)
        folder = tempfile.TemporaryDirectory(prefix='ohm-building-')
        self.addCleanup(folder.cleanup)
        line = os.path.join(folder.name, 'usb-adapter')
        self.device = self.sim(*(f'{spec}:load=constant,power=9000' for spec in self.TCP),
                               f'janitza-common@1-{UNITS}:load=constant,power=4000,latency=2',
                               f'janitza-common@1-{LINE}:line={line},baud={BAUD},latency=5,noise=strict:on,'
                               'noise=hand-over-ms:16,load=constant,power=2000',
                               args=self.clock.args)
        self.gateway = len(self.TCP)
        self.line = self.gateway + 1
        self.files = {}
        self.owners = collections.defaultdict(list)  # endpoint -> (unit, meter)
        for index in range(self.gateway):
            self.add(f'main-{index}', index, unit=1, poll='10s')
        for unit in range(1, UNITS + 1):
            self.add(f'flat-{unit}', self.gateway, unit=unit, poll='60s')
        for unit in range(1, LINE + 1):
            self.add(f'shop-{unit}', self.line, unit=unit, poll='60s', baud=BAUD)
        self.daemon(self.files, args=self.clock.args)
        self.clock.wait_for('ohmd', 'ohm-sim')
        self.clock.advance_to(FAULTS_FROM)  # with a first record of each place: before it no gap can be told
        self.faults = []

    def add(self, name, index, unit, **keys):
        self.files[f'meters.d/{name}.meter'] = self.device.meter(index, unit=unit, **keys)
        self.owners[index].append((unit, name))

    # The hour.

    def test_an_hour_of_faults(self):
        self.truth = {name: self.good(name) for name in self.meters()}
        self.taken_us = self.clock.wall_us
        self.watch()
        while self.clock.wall_us < parse_time(END):
            self.change_faults()
            self.clock.advance(20)
            self.check_readings()
        self.check_all_slots()
        self.check_recovery()
        print(f'# {len(self.faults)} faults, {self.n_values} values, {self.n_slots} slots, '
              f'{self.n_gaps} gaps, {self.n_missed} slots in them')

    def meters(self):
        return [name for rows in self.owners.values() for _, name in rows]

    def change_faults(self):
        now = self.clock.wall_us
        for i, fault in enumerate(self.faults):
            if fault.end_us is None and now >= fault.begin_us + self.random.choice((40, 120, 400)) * SECOND:
                self.switch(fault, on=False)
                self.faults[i] = fault._replace(end_us=now)
        busy = {(f.index, f.units) for f in self.faults if f.end_us is None}
        if len(busy) < 6 and now < parse_time(END) - 120 * SECOND:
            self.begin_fault(now, busy)

    def begin_fault(self, now, busy):
        index = self.random.randrange(self.gateway + 4)
        if index == self.gateway + 3 and self.random.random() < 0.4:
            first, last = 1, LINE
            index, units, text = self.line, '*', self.random.choice(list(WIRE_FAULTS))
        elif index == self.gateway + 3:
            first = last = self.random.randrange(1, LINE + 1)
            index, units, text = self.line, f'{first}', self.random.choice(LINE_FAULTS)
        elif index >= self.gateway:
            first = self.random.randrange(1, UNITS - 5)
            last = first + 4
            index, units, text = self.gateway, f'{first}-{last}', self.random.choice(UNIT_FAULTS)
        else:
            first, last = 1, 2
            units, text = '*', self.random.choice(FAULTS)
        names = {name for unit, name in self.owners[index] if first <= unit <= last}
        if (index, units) not in busy:
            self.faults.append(Fault(text, index, units, now, None, names))
            self.switch(self.faults[-1], on=True)

    def switch(self, fault, on):
        if fault.text in WIRE_FAULTS:
            self.device.line(fault.text if on else WIRE_FAULTS[fault.text], index=fault.index)
        else:
            self.device.fault(fault.text, on=on, index=fault.index, units=fault.units)

    # Values: all powers are constant, so that any other value was not read but made up.

    def good(self, name):
        return {point: value for point, (value, quality) in self.values(name).items()
                if quality == 'good'}

    def watch(self):
        self.n_values = 0
        self.readings = self.bus.collect('org.ohmnibus.Ohmnibus1.Manager', 'Readings')
        self.units = {row[0]: row[1] for row in self.bus.call('', 'Manager.ListPoints')[0]}
        self.bus.call('', 'Manager.Watch', 'asua{sv}', [], 0, {})

    def check_readings(self):
        while GLib.MainContext.default().iteration(False):
            pass
        delivered = [row for signal in self.readings for row in signal[2][0]]
        del self.readings[:]
        for name, set_id, _, cells, qualities in (row[:5] for row in delivered):
            truth = self.truth[name]
            for point, value in self.cells(self.points(set_id), cells, qualities).items():
                if value is not None and point in truth and 'state' not in point:
                    self.n_values += 1
                    if value != truth[point]:
                        self.check_value(name, point, value, self.clock.wall_us)

    def check_value(self, name, point, value, read_us):
        was = self.truth[name][point]
        if self.is_counter(point):
            limit = 9000 * 1.5 * (read_us - self.taken_us + 60 * SECOND) / 3600e6 + 1
        else:
            limit = abs(was) * 0.25 + 1  # the voltage swings, and so its distortion
        self.assertLessEqual(abs(value - was), limit, f'{name}: {point} = {value}, was {was}')

    @staticmethod
    @functools.cache
    def is_counter(point):
        quantity = point.split('.')[-2 if '.' in point else 0]
        return quantity.startswith(('energy', 'pulse', 'volume')) or 'energy' in point or 'pulse' in point

    # Slots.

    def check_all_slots(self):
        self.n_slots = self.n_gaps = self.n_missed = 0
        ends = range(parse_time(START) // SLOT * SLOT + SLOT, parse_time(END), SLOT)
        for name in self.meters():
            for place in self.meter(name, 'Places'):
                slots, gaps = self.history(place, parse_time(START), parse_time(END))
                missed = [end for gap in gaps for end in range(gap.begin + SLOT, gap.end + SLOT, SLOT)]
                self.assertEqual(sorted([slot.end for slot in slots] + missed), list(ends), place)
                self.check_gaps(name, gaps)
                self.check_counters(place, slots)
                self.n_slots += len(slots)
                self.n_gaps += len(gaps)
                self.n_missed += len(missed)

    def check_gaps(self, name, gaps):
        """A gap has a cause, and something failed at each boundary in it or shortly before: a unit
        that is silent for long is asked each five minutes."""
        for gap in gaps:
            self.assertIn(gap.cause, CAUSES, name)
            for end in range(gap.begin + SLOT, gap.end + SLOT, SLOT):
                self.assertTrue(any(name in fault.meters and fault.begin_us <= end + 60 * SECOND and
                                    (fault.end_us is None or fault.end_us >= end - 300 * SECOND)
                                    for fault in self.faults), f'{name}: nothing explains {gap}; {self.faults}')

    def check_counters(self, place, slots):
        """The power is constant: so is the rate of each counter, whatever happened in between."""
        for point in slots[0].counters if len(slots) > 2 else ():
            rows = [(slot.read, slot.counters[point]) for slot in slots if slot.counters[point] is not None]
            (first_us, first), (last_us, last) = rows[0], rows[-1]
            for read_us, value in rows[1:-1]:
                expected = first + (last - first) * (read_us - first_us) / (last_us - first_us)
                self.assertAlmostEqual(value, expected, delta=max(abs(value) * 2**-22, 2), msg=f'{place} {point}: {rows}')

    def check_recovery(self):
        for fault in self.faults:
            if fault.end_us is None:
                self.switch(fault, on=False)
        self.clock.advance(900)
        self.check_readings()
        for name in self.meters():
            self.assertEqual((self.state(name), self.cause(name)), ('ok', ''), name)
            self.assertEqual(self.good(name).keys(), self.truth[name].keys(), name)


if __name__ == '__main__':
    ohmtest.main()
