# SPDX-License-Identifier: LGPL-2.1-or-later
"""What scenarios of deliveries share: what the store has, what engines and receivers have, and whether
that is the same."""

import ohmtest

BEGIN = '2026-11-22T09:58:00Z'
FIRST = '2026-11-22T10:00:00Z'
SLOT = 900
METERS = ('one', 'two')
UPLINK = '''[uplink]
plugin = cloud
values = {values}
spread = 0s
pace = 0s
[cloud]
url = {url}
format = {format}
engine = {engine}
auth = none
'''
# of the simulated meters' type: names at the engines
POINTS = {
    f'energy-active-{what}.total': (f'energy_active_{what}_total_wh', f'energy.active.{what}', 'total')
    for what in ('import', 'export', 'net')
}


def seconds(time):
    return ohmtest.clock.parse_time(time) // 10**6


def line_rows(engine):
    """{(place, point, seconds): [value, ...]}: a row that is there twice has two."""
    names = {row[0]: point for point, row in POINTS.items()}
    return {(place, names[field], end): values
            for (field, place, *_), row in engine.rows().items() for end, values in row.items()}


def line_gaps(engine):
    """{(place, cause, from, to): slots}"""
    rows = engine.rows('gap')
    return {(place, cause, rows['from', place, None, cause][end][0], end): value
            for (field, place, _, cause), row in rows.items() if field == 'slots'
            for end, (value,) in row.items()}


def once(pairs):
    """As an engine keeps them that has one row for each series and time; what comes twice is the same."""
    found = {}
    for key, value in pairs:
        assert found.setdefault(key, value) == value, f'{key}: {found[key]}, then {value}'
    return found


def otlp_rows(receiver):
    """((place, point, seconds), value), as often as they came."""
    names = {row[1:]: point for point, row in POINTS.items()}
    for point in receiver.points():
        if point.name != 'ohm.gap':
            yield ((point.attributes['place'], names[point.name, point.attributes['channel']],
                    point.time // 10**9), point.value)


def otlp_gaps(receiver):
    for point in receiver.points():
        if point.name == 'ohm.gap':
            yield ((point.attributes['place'], point.attributes['cause'], point.start // 10**9,
                    point.time // 10**9), point.value)


class Deliveries(ohmtest.Scenario):
    """Two meters in simulated time, an uplink for each of engines and receivers."""

    def begin(self, engines, receivers=None, values=None):
        """engines: {id: (engine, kind)}, receivers: {format: receiver}, each already listening; values:
        {id: 'trend'} of those that get more than quarter hours."""
        receivers, values = receivers or {}, values or {}
        self.engines = {name: engine for name, (engine, _) in engines.items()}
        self.receivers = receivers
        self.clock = ohmtest.TestClock(wall=BEGIN)
        self.addCleanup(self.clock.stop)
        sim = self.sim('janitza-common@1-2', args=self.clock.args)
        self.process = self.daemon({
            **{f'meters.d/{name}.meter': sim.meter(unit=unit + 1, poll='60s')
               for unit, name in enumerate(METERS)},
            **{f'uplinks.d/{name}.uplink': UPLINK.format(url=engine.url + engine.write_path, format=engine.form,
                                                         engine=kind, values=values.get(name, 'none'))
               for name, (engine, kind) in engines.items()},
            **{f'uplinks.d/{name}.uplink': UPLINK.format(url=receiver.url, format=name, engine='collector',
                                                         values=values.get(name, 'none'))
               for name, receiver in receivers.items()},
        }, start=False, args=self.clock.args)
        self.start()

    def start(self):
        self.process.start()
        self.clock.wait_for('ohmd')
        self.clock.settle()

    def uplinks(self, prop):
        return {name: self.bus.get(f'uplinks/{name.replace("-", "_2d")}', f'Uplink.{prop}')
                for name in (*self.engines, *self.receivers)}

    def advance_slot(self):
        """To a minute after the next slot's end, wherever in a slot it is now."""
        now = self.clock.wall_us // 10**6
        self.clock.advance_to((now // SLOT * SLOT + SLOT + 60) * 10**6)

    def deliver(self):
        """Lets time pass until nobody waits for a record, but not while an answer is waited for: how long
        that takes is the machine's affair, and meanwhile further slots would go by."""
        def is_done():
            pending = self.uplinks('Pending')
            if not any(pending.values()):
                return True
            due = self.uplinks('NextAttempt')
            if all(due[name] for name, count in pending.items() if count):
                self.clock.advance(30)
            return False
        self.clock.advance(30)
        ohmtest.wait_until(is_done, what='all records delivered')

    def history(self):
        """{(place, point, seconds): value} of all slots, {(place, cause, from, to): slots} of all gaps."""
        found, gaps = {}, {}
        for place in METERS:
            history = self.ctl('history', place, '--from', BEGIN)
            found.update({(place, point, seconds(slot['end'])): cell['value'] for slot in history['slots']
                          for point, cell in slot['values'].items() if cell['value'] is not None})
            gaps.update({(place, gap['cause'], seconds(gap['from']), seconds(gap['to'])): gap['slots']
                         for gap in history['gaps']})
        return found, gaps

    def assert_unbroken(self, place, stored, gaps):
        """From the first slot to now, each is there or in a gap."""
        ends = {end for row, _, end in stored if row == place}
        for row, _, begin, end in gaps:
            if row == place:
                ends |= set(range(begin + SLOT, end + 1, SLOT))
        self.assertEqual(sorted(ends), list(range(seconds(FIRST), max(ends) + 1, SLOT)), place)
        self.assertGreater(max(ends), self.clock.wall_us // 10**6 - SLOT - 60, place)
        self.assertEqual(len([key for key in stored if key[0] == place]), len(POINTS) * len(
            {end for row, _, end in stored if row == place}), place)

    def assert_at_engine(self, name, engine, stored, gaps):
        ohmtest.wait_until(lambda: len(line_rows(engine)) >= len(stored), what=f'rows at {name}')
        self.assertEqual(line_rows(engine), {key: [value] for key, value in stored.items()}, name)
        # asked for a series that is not there yet, VictoriaMetrics goes on for ten seconds saying so
        if gaps:
            ohmtest.wait_until(lambda: len(line_gaps(engine)) >= len(gaps), what=f'gaps at {name}')
            self.assertEqual(line_gaps(engine), gaps, name)

    def assert_all_arrived(self, n_gaps=0):
        stored, gaps = self.history()
        if n_gaps is not None:
            self.assertEqual(len(gaps), len(METERS) * n_gaps)
        for place in METERS:
            self.assert_unbroken(place, stored, gaps)
        for name, engine in self.engines.items():
            self.assert_at_engine(name, engine, stored, gaps)
        for name, receiver in self.receivers.items():
            self.assertEqual(receiver.faults, [], name)
            self.assertEqual(once(otlp_rows(receiver)), stored, name)
            self.assertEqual(once(otlp_gaps(receiver)), gaps, name)
