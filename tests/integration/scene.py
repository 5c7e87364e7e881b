# SPDX-License-Identifier: LGPL-2.1-or-later
"""What scenarios of meters share: readings as dictionaries, states, history."""

import struct
from collections import namedtuple

from gi.repository import GLib

import ohmtest
from ohmtest.variant import unpack

HISTORY = '(a{sa(ssssb)}a(xxxxsuusatayatay)a(xxxxxsusatay))'
QUALITIES = ['none', 'good', 'missing', 'suspect']

# Times in UTC microseconds; counters and deltas by point, None where they are missing.
Slot = namedtuple('Slot', 'end read origin flags counters deltas')
Gap = namedtuple('Gap', 'begin end read cause slots deltas')


def path(meter):
    return 'meters/' + meter.replace('-', '_2d')


def numbers(points, cells):
    """Cells are 64 bits each: those of an integer, or of a double."""
    kinds = ''.join('q' if point[4] else 'd' for point in points[:len(cells)])
    return struct.unpack(f'={kinds}', struct.pack(f'={len(cells)}Q', *cells))


class MeterScenario(ohmtest.Scenario):
    """Questions to the daemon of a scenario."""

    point_sets = {}  # an id tells what is in it: one set for all daemons of the process

    def meter(self, meter, prop):
        return self.bus.get(path(meter), f'Meter.{prop}')

    def state(self, meter):
        return self.meter(meter, 'State')

    def wait_state(self, meter, state):
        ohmtest.wait_until(lambda: self.state(meter) == state,
                           what=f"meter '{meter}' being {state}")

    def wait_read(self, meter, point='voltage.l1-n'):
        """Until a live value is there: just after a quarter hour, counters are read first."""
        ohmtest.wait_until(lambda: self.values(meter).get(point, (None, ''))[1] == 'good',
                           what=f"{point} of meter '{meter}'")

    def cause(self, meter):
        return self.meter(meter, 'CauseCode')

    def points(self, set_id):
        if set_id not in self.point_sets:
            self.point_sets[set_id] = self.bus.call('', 'Manager.GetPointSet', 's', set_id)[0]
        return self.point_sets[set_id]

    def values(self, meter, method='GetReading'):
        """{point: (value, quality)} of the points that were read."""
        set_id, _, cells, qualities, _ = self.bus.call(path(meter), f'Meter.{method}', 'a{sv}', {})
        if not set_id:
            return {}
        try:
            points = self.points(set_id)
        except GLib.Error as error:
            if 'Error.NotFound' not in error.message:
                raise
            return self.values(meter, method)  # a survey has given it other points meanwhile
        return {point[0]: (value if quality != 2 else None, QUALITIES[quality])
                for point, value, quality in zip(points, numbers(points, cells), bytes(qualities))
                if quality}

    def statistics(self, meter):
        return self.bus.call(path(meter), 'Meter.GetStatistics', 'a{sv}', {})[0]

    def learned(self, meter):
        return self.bus.call(path(meter), 'Meter.GetPlan', 'a{sv}', {})[3]

    def history(self, place, begin_us, end_us):
        """(slots, gaps) of a time."""
        self.bus.call(f'places/{place.replace("-", "_2d")}', 'Place.GetHistory', 'xxa{sv}',
                      begin_us, end_us, {})
        sets, slots, gaps = unpack(GLib.Variant.new_from_bytes(
            GLib.VariantType(HISTORY), GLib.Bytes(self.bus.read_descriptor()), False))
        return ([Slot(row[0], row[1], row[4], row[5], self.cells(sets[row[7]], row[8], row[9]),
                      self.cells(sets[row[7]], row[10], row[11])) for row in slots],
                [Gap(row[0], row[1], row[2], row[5], row[6],
                     self.cells(sets.get(row[7], []), row[8], row[9])) for row in gaps])

    @staticmethod
    def cells(points, cells, qualities):
        return {point[0]: value if quality == 1 else None
                for point, value, quality in zip(points, numbers(points, cells), bytes(qualities))}
