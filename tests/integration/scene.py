# SPDX-License-Identifier: LGPL-2.1-or-later
"""What scenarios of meters share: readings as dictionaries, states, history."""

import struct

import ohmtest

HISTORY = '(a{sa(ssssb)}a(xxxxsuusatayatay)a(xxxxxsusatay))'
QUALITIES = ['none', 'good', 'missing', 'suspect']


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
