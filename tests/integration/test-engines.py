# SPDX-License-Identifier: LGPL-2.1-or-later
"""What real engines answer to what we send, and to what we must never send: the ground that the
verdicts of the uplink stand on. No daemon in it."""

import os
import subprocess
import time
import unittest

import ohmtest
from ohmtest import engines

WRITER = os.path.join(os.environ['OHM_BUILD_DIR'], 'tests/unit/cloud-writer')
SLOT = 1795342500
NOW = int(time.time()) // 60 * 60
HOUR, DAY = 3600, 86400
FIELDS = {'energy_active_import_total_wh': float, 'energy_active_export_total_wh': float,
          'energy_active_net_total_wh': float, 'pulse_count': int}


def write(*arguments):
    return subprocess.run([WRITER, *arguments], check=True, capture_output=True).stdout


def line(value, at=NOW, meter='m', name='x'):
    """A row of the measurement t."""
    return f't,place=p,meter={meter} {name}={value} {at}\n'.encode()


AWKWARD = {
    'energy_active_import_total_wh': 1.7976931348623157e308, 'energy_active_export_total_wh': 1e15,
    'energy_active_net_total_wh': -123456.789012345678, 'energy_apparent_total_vah': 0.1,
    'energy_reactive_total_varh': -1e-7, 'energy_heat_wh': 999999999999999.0, 'volume_m3': 1 / 3}
# The queries of data/docs/engines.md, for slots that are 900 s apart; two of twelve are missing.
HERE = (0, 1, 2, 5, 6, 7, 8, 9, 10, 11)
QUARTERS = 'last_over_time({x}[14m]) - last_over_time({x}[14m] offset 15m)'
KNOWN = {SLOT + 900 * slot: 1000 for slot in HERE if slot - 1 in HERE}


def rows_with_gap(place):
    """Slots that grow by 1000, without those that are missing, and the gap that says so."""
    rows = [f'energy,gw=g,meter=m,place={place} e_wh={1000 * slot + 5e6} {SLOT + 900 * slot}'
            for slot in HERE]
    rows.append(f'gap,cause=link-down,gw=g,place={place} slots=2i,from={SLOT + 1800}i {SLOT + 3600}')
    return ('\n'.join(rows) + '\n').encode()


class EngineCase(unittest.TestCase):
    engine_class = None

    @classmethod
    def setUpClass(cls):
        cls.engine = cls.engine_class().start()
        cls.addClassCleanup(cls.engine.remove)

    def logs(self):
        return self.engine.process.lines[-20:]

    def assert_answer(self, answer, status, text=''):
        self.assertEqual(answer.status, status, answer.text)
        self.assertIn(text, answer.text)

    def row(self, meter):
        """{seconds: [value, ...]} of that meter's one field in the measurement t."""
        found = [row for (_, _, m, _), row in self.engine.rows('t').items() if m == meter]
        return found[0] if found else {}


class RecordsCase:
    """Records as they leave the gateway, twice, the second time packed."""

    taken = 204
    # a backslash cannot be told from an escape: it is '_' in what we write
    serial = 'a b,c=d"\u00e9#\'{}_'

    def test_records_arrive_once(self):
        body = write(self.engine.form, 'batch', '3', '96')
        self.assert_answer(self.engine.write(body), self.taken)
        self.assert_answer(self.engine.write(body, packed=True), self.taken)
        rows = self.places(self.engine.rows())
        self.assertEqual({name for name, *_ in rows}, set(FIELDS))
        self.assertEqual(len(rows), 3 * len(FIELDS))
        for (name, place, meter, _), row in rows.items():
            self.assertEqual(meter, f'4100000{place[1]}')
            self.assertEqual(sorted(row), [SLOT + 900 * slot for slot in range(96)])
            for seconds, values in row.items():
                self.assertEqual(values, [self.expected(name, int(place[1]), (seconds - SLOT) // 900)])

    @staticmethod
    def places(rows):
        """Those of the batches of cloud-writer, and its gap."""
        return {key: row for key, row in rows.items()
                if key[1] in ('p0', 'p1', 'p2') and (key[2] is None or key[2].startswith('4100000'))}

    def expected(self, name, place, slot):
        counter = 133456784.0 + 1000 * (slot + place)
        return {'energy_active_import_total_wh': counter, 'energy_active_export_total_wh': 0.5 * slot,
                'energy_active_net_total_wh': counter - 0.5 * slot,
                'pulse_count': self.pulses(2**53 + 1 + slot)}[name]

    def test_gap_and_samples_arrive(self):
        for what in ('gap', 'samples'):
            self.assert_answer(self.engine.write(write(self.engine.form, what)), self.taken)
        gap = self.places(self.engine.rows('gap'))
        self.assertEqual(gap, {('slots', 'p0', None, 'link-down'): {SLOT: [12]},
                               ('from', 'p0', None, 'link-down'): {SLOT: [SLOT - 12 * 900]}})
        self.assertEqual(self.engine.rows('live')['power_active_total_w', 'p0', 'm0', None],
                         {SLOT: [4321.5], SLOT + 60: [4300]})

    def test_awkward_names_and_numbers(self):
        self.assert_answer(self.engine.write(write(self.engine.form, 'awkward')), self.taken)
        rows = {name: row[SLOT] for (name, _, meter, _), row in self.engine.rows().items()
                if meter == self.serial}
        self.assertEqual(set(rows), set(AWKWARD))
        for name, value in AWKWARD.items():
            self.assert_number(rows[name][0], value)


class LateCase:
    def test_15_minutes_and_a_year_late(self):
        for at in (NOW, NOW - 900, NOW - 400 * DAY):
            self.assert_answer(self.engine.write(line(1.5, at, 'late')), 204)
        self.assertEqual(len(self.row('late')), 3)


class DecimalsCase:
    @staticmethod
    def pulses(count):
        return float(count)  # it has doubles alone

    def assert_number(self, found, value):
        """It packs numbers as decimals: whole ones are exact, of others 11 digits stay."""
        self.assertLess(abs(found - value), abs(value) * 1e-11)


@engines.needs(engines.VictoriaMetrics)
class VictoriaMetrics(EngineCase, RecordsCase, LateCase, DecimalsCase):
    """204 is not acceptance: what it leaves out it only counts."""

    engine_class = engines.VictoriaMetrics

    def test_a_bad_line_between_good_ones(self):
        self.assert_answer(self.engine.write(line(1, meter='good') + line('NaN,', meter='bad') +
                                             line(2, NOW + 60, 'good')), 204)
        self.assertEqual(self.row('good'), {NOW: [1], NOW + 60: [2]})
        self.assertEqual(self.row('bad'), {})
        self.engine.wait_counted('vm_rows_invalid_total', type='influx')

    def test_the_future_vanishes(self):
        self.assert_answer(self.engine.write(line(1, NOW + HOUR, 'soon')), 204)
        self.assert_answer(self.engine.write(line(1, NOW + 3 * DAY, 'future')), 204)
        self.assertEqual((len(self.row('soon')), self.row('future')), (1, {}))
        self.engine.wait_counted('vm_rows_ignored_total', reason='big_timestamp')

    def test_an_overflow_becomes_infinity(self):
        # ours are finite: tests/unit/test-cloud-format.c
        self.assert_answer(self.engine.write(f'overflow,place=p x=1e400 {NOW}\n'.encode()), 204)
        self.assertIn('Inf', self.engine.export('overflow_x'))

    def test_quarter_hours(self):
        self.assert_answer(self.engine.write(rows_with_gap('queried')), 204)
        self.engine.flush()
        x = 'energy_e_wh{place="queried"}'
        last = SLOT + 900 * 11
        quarters = self.engine.query_range(QUARTERS.format(x=x), SLOT, last)
        self.assertEqual(quarters, {'queried': KNOWN})
        # increase() puts what was used meanwhile into the slot after the gap; the gap masks it
        spike = self.engine.query_range(f'increase({x}[15m])', SLOT, last)['queried']
        self.assertEqual(spike[SLOT + 900 * 5], 3000)
        masked = self.engine.query_range(
            f'increase({x}[15m]) unless on (gw, place) last_over_time(gap_slots[15m] offset 15m)',
            SLOT, last)
        self.assertNotIn(SLOT + 900 * 5, masked['queried'])
        for query, value in ((f'increase({x}[165m])', 11000), (f'count_over_time({x}[3h])', 10),
                             ('sum_over_time(gap_slots{place="queried"}[3h])', 2)):
            self.assertEqual(self.engine.query_range(query, last, last), {'queried': {last: value}})

    def test_no_otlp(self):
        """Of this version; the cause is in the text: a status of 400 alone says 'bad data'."""
        answer = self.engine.post('/opentelemetry/v1/metrics', write('otlp', 'batch', '1', '1'),
                                  Content_Type='application/x-protobuf')
        self.assert_answer(answer, 400, 'unsupported path')

    def test_default_retention_eats_the_backlog(self):
        engine = engines.VictoriaMetrics(retention='1')
        self.addCleanup(engine.remove)
        engine.start()
        self.assert_answer(engine.write(line(1, NOW - 20 * DAY, 'old') + line(1, NOW - 40 * DAY, 'old')), 204)
        self.assertEqual([list(row) for row in engine.rows('t').values()], [[NOW - 20 * DAY]])
        engine.wait_counted('vm_rows_ignored_total', reason='small_timestamp')


@engines.needs(engines.VictoriaMetricsOtlp)
class Otlp(EngineCase, RecordsCase, DecimalsCase):
    """The newer VictoriaMetrics, by OTLP."""

    engine_class = engines.VictoriaMetricsOtlp
    taken = 200
    serial = 'a b,c=d"\u00e9#\'{}\\'

    def test_labels(self):
        """Names stay as they are; what the resource is called stands at each series."""
        self.assert_answer(self.engine.write(write('otlp', 'batch', '1', '1')), 200)
        (labels, row), = self.engine.series('{__name__="energy.active.import",place="p0",meter="m0"}')
        gateway = labels['gateway']
        self.assertEqual(labels, {
            '__name__': 'energy.active.import', 'gateway': gateway, 'place': 'p0', 'meter': 'm0',
            'serial': '41000000', 'obis': '1-0:1.8.0', 'channel': 'total', 'service.name': 'ohmnibus',
            'service.instance.id': gateway})
        self.assertEqual(row[SLOT], [133456784])

    def test_extremes(self):
        self.assert_answer(self.engine.write(write('otlp', 'extremes')), 200)
        self.engine.wait_counted('vm_rows_ignored_total', reason='big_timestamp')

    def test_quarter_hours(self):
        """The queries of data/docs/engines.md; names with dots are asked for in braces."""
        self.assert_answer(self.engine.write(write('otlp', 'batch', '1', '12')), 200)
        self.engine.flush()
        x = '{__name__="energy.active.import",place="p0",meter="m0"}'
        last = SLOT + 900 * 11
        self.assertEqual(self.engine.query_range(QUARTERS.format(x=x), SLOT, last),
                         {'p0': {SLOT + 900 * slot: 1000 for slot in range(1, 12)}})
        self.assertEqual(self.engine.query_range(f'count_over_time({x}[3h])', last, last), {'p0': {last: 12}})

    def test_no_json(self):
        answer = self.engine.post(self.engine.write_path, write('json', 'batch', '1', '1'),
                                  Content_Type='application/json')
        self.assert_answer(answer, 400, "json encoding isn't supported")


@engines.needs(engines.Influx)
class Influx(EngineCase, RecordsCase, LateCase):
    """400 may mean that most was taken: what is refused is found by halving, twice is once."""

    engine_class = engines.Influx

    @staticmethod
    def pulses(count):
        return count

    def assert_number(self, found, value):
        self.assertEqual(found, value)

    def test_the_last_value_wins(self):
        for value in (5, 3, 9):
            self.assert_answer(self.engine.write(line(value, meter='same')), 204)
        self.assertEqual(self.row('same'), {NOW: [9]})

    def test_a_bad_line_between_good_ones(self):
        answer = self.engine.write(line(1, meter='good') + line('NaN', meter='bad') +
                                   line(2, NOW + 60, 'good'))
        self.assert_answer(answer, 400, 'invalid number')
        self.assertEqual((self.row('good'), self.row('bad')), ({NOW: [1], NOW + 60: [2]}, {}))

    def test_a_field_keeps_its_type(self):
        self.assert_answer(self.engine.write(line(1.5, meter='type', name='y')), 204)
        answer = self.engine.write(line('1i', NOW + 60, 'type', name='y') +
                                   line(2.5, NOW + 120, 'type', name='y'))
        self.assert_answer(answer, 400, 'field type conflict')
        self.assertEqual(self.engine.rows('t')['y', 'p', 'type', None], {NOW: [1.5], NOW + 120: [2.5]})

    def test_beyond_retention(self):
        self.engine.query('CREATE DATABASE short WITH DURATION 1d')
        answer = self.engine.post('/write?db=short&precision=s', line(1) + line(1, NOW - 10 * DAY))
        self.assert_answer(answer, 400, 'points beyond retention policy dropped=1')

    def test_quarter_hours(self):
        self.assert_answer(self.engine.write(rows_with_gap('queried')), 204)
        series, = self.engine.query(
            "SELECT wh FROM (SELECT difference(e_wh) AS wh, elapsed(e_wh, 1s) AS s FROM energy "
            "WHERE place = 'queried' GROUP BY place, meter) WHERE s = 900")
        self.assertEqual(dict(series['values']), KNOWN)
        series, = self.engine.query("SELECT spread(e_wh) FROM energy WHERE place = 'queried'")
        self.assertEqual(series['values'][0][1], 11000)
        series, = self.engine.query("SELECT sum(slots) FROM gap WHERE place = 'queried'")
        self.assertEqual(series['values'][0][1], 2)

    def test_no_database(self):
        self.assert_answer(self.engine.post('/write?db=none&precision=s', line(1)), 404, 'database not found')

    def test_too_large(self):
        self.assert_answer(self.engine.write(b''.join(line(1, NOW + i, 'big') for i in range(4000))), 413)

    def test_kept_after_a_kill(self):
        self.assert_answer(self.engine.write(line(1, meter='kill')), 204)
        self.engine.kill()
        self.engine.start()
        self.assertEqual(self.row('kill'), {NOW: [1]})


@engines.needs(engines.Prometheus)
class Prometheus(unittest.TestCase):
    """By remote write, which we do not speak: its OTLP ends in the same storage. One bad sample is a
    poison for all that came with it, and one from the future for all that come after."""

    def start(self, window):
        self.engine = engines.Prometheus(window)
        self.addCleanup(self.engine.remove)
        self.engine.start()
        self.assertEqual(self.write('x', (NOW, 1)), (204, ''))

    def write(self, name, *values):
        return self.answer(self.engine.write([(name, {'place': 'p'}, list(values))]))

    @staticmethod
    def answer(answer):
        return answer.status, answer.text.strip()

    def test_without_a_window(self):
        self.start(None)
        self.assertEqual(self.write('x', (NOW, 1)), (204, ''))
        self.assertEqual(self.write('x', (NOW, 2)), (400, 'duplicate sample for timestamp'))
        self.assertEqual(self.write('x', (NOW - 900, 1)), (400, 'out of order sample'))
        self.assertEqual(self.write('x', (NOW - 5 * DAY, 1)), (400, 'out of bounds'))
        self.assertEqual(self.answer(self.engine.write(
            [('good', {}, [(NOW, 1)]), ('x', {'place': 'p'}, [(NOW - 900, 1)])]))[0], 400)
        self.assertEqual(self.engine.values('good', NOW), [])
        self.assertEqual(self.write('x', (NOW + 3 * DAY, 1)), (204, ''))
        self.assertEqual(self.write('x', (NOW + 60, 1))[0], 400)
        self.assertEqual(self.write('other', (NOW + 60, 1)), (400, 'out of bounds'))

    def test_quarter_hours(self):
        self.start('10y')
        rows = [(SLOT + 900 * slot, 1000 * slot + 5e6) for slot in HERE]
        self.assertEqual(self.write('e', *rows), (204, ''))
        last = SLOT + 900 * 11
        self.assertEqual(self.engine.query_range(QUARTERS.format(x='e'), SLOT, last), {'p': KNOWN})
        self.assertEqual(self.engine.query_range('e - e offset 165m', last, last), {'p': {last: 11000}})

    def test_with_a_window(self):
        self.start('30d')
        self.assertEqual(self.write('x', (NOW - 900, 3), (NOW - 5 * DAY, 4)), (204, ''))
        self.assertEqual(self.engine.values('x', NOW), [(NOW - 5 * DAY, 4), (NOW - 900, 3), (NOW, 1)])
        self.assertEqual(self.write('x', (NOW - 40 * DAY, 1)), (500, 'too old sample'))
        self.engine.kill()
        self.engine.start()
        self.assertEqual(len(self.engine.values('x', NOW)), 3)


if __name__ == '__main__':
    ohmtest.main()
