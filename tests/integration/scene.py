# SPDX-License-Identifier: LGPL-2.1-or-later
"""What scenarios of meters share: readings as dictionaries, states, history."""

import struct
from collections import namedtuple

from gi.repository import GLib

import ohmtest

HISTORY = '(a{sa(ssssb)}a(xxxxsuusatayatay)a(xxxxxsusatay))'
QUALITIES = ['none', 'good', 'missing', 'suspect']

# Times in UTC microseconds; counters and deltas by point, None where they are missing.
Slot = namedtuple('Slot', 'end read origin flags counters deltas')
Gap = namedtuple('Gap', 'begin end read cause slots deltas')


def path(meter):
    return 'meters/' + meter.replace('-', '_2d')


class MeterScenario(ohmtest.Scenario):
    """Questions to the daemon of a scenario."""

    def meter(self, meter, prop):
        return self.bus.get(path(meter), f'Meter.{prop}')

    def state(self, meter):
        return self.meter(meter, 'State')

    def wait_state(self, meter, state, timeout=10.0):
        ohmtest.wait_until(lambda: self.state(meter) == state, timeout=timeout,
                           what=f"meter '{meter}' being {state}")

    def wait_read(self, meter, point='voltage.l1-n'):
        """Until a live value is there: just after a quarter hour, counters are read first."""
        ohmtest.wait_until(lambda: self.values(meter).get(point, (None, ''))[1] == 'good',
                           what=f"{point} of meter '{meter}'")

    def cause(self, meter):
        return self.meter(meter, 'CauseCode')

    def points(self, set_id):
        return self.bus.call('', 'Manager.GetPointSet', 's', set_id)[0]

    def values(self, meter, method='GetReading'):
        """{point: (value, quality)} of the points that were read."""
        set_id, _, cells, qualities, _ = self.bus.call(path(meter), f'Meter.{method}', 'a{sv}', {})
        if not set_id:
            return {}
        result = {}
        for row, cell, quality in zip(self.points(set_id), cells, bytes(qualities)):
            raw = struct.pack('=Q', cell)
            value = struct.unpack('=q' if row[4] else '=d', raw)[0]
            if quality:
                result[row[0]] = (value if quality != 2 else None, QUALITIES[quality])
        return result

    def statistics(self, meter):
        return self.bus.call(path(meter), 'Meter.GetStatistics', 'a{sv}', {})[0]

    def learned(self, meter):
        return self.bus.call(path(meter), 'Meter.GetPlan', 'a{sv}', {})[3]

    def history(self, place, begin_us, end_us):
        """(slots, gaps) of a time."""
        self.bus.call(f'places/{place.replace("-", "_2d")}', 'Place.GetHistory', 'xxa{sv}',
                      begin_us, end_us, {})
        sets, slots, gaps = GLib.Variant.new_from_bytes(
            GLib.VariantType(HISTORY), GLib.Bytes(self.bus.read_descriptor()), False).unpack()
        return ([Slot(row[0], row[1], row[4], row[5], self.cells(sets[row[7]], row[8], row[9]),
                      self.cells(sets[row[7]], row[10], row[11])) for row in slots],
                [Gap(row[0], row[1], row[2], row[5], row[6],
                     self.cells(sets.get(row[7], []), row[8], row[9])) for row in gaps])

    @staticmethod
    def cells(points, cells, qualities):
        return {point[0]: None if quality != 1 else
                struct.unpack('=q' if point[4] else '=d', struct.pack('=Q', cell))[0]
                for point, cell, quality in zip(points, cells, bytes(qualities))}
