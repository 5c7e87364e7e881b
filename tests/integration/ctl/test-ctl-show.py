# SPDX-License-Identifier: LGPL-2.1-or-later
"""Verbs that look: their tables for people, word by word, and their JSON for programs."""

import json
import re

import ohmtest
from ctlcase import FINDINGS, CtlCase

RFC3339 = re.compile(r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?Z$')
DAY = ['--from=2026-11-22', '--to=2026-11-23']
VIEWS = [
    ['status'], ['read', 'main'], ['read', 'main', 'power*', 'energy-*.total'], ['read', 'lift'],
    ['history', 'main', *DAY], ['history', 'main', 'energy-reactive.*', *DAY], ['plan', 'main'],
    ['plan', 'main', '--points'], ['watch', '--once'], ['watch', 'main', '--once'],
    ['meter', 'list'], ['meter', 'show', 'main'], ['meter', 'show', 'lift'], ['meter', 'show', 'hall'],
    ['meter', 'show', 'sub-1'], ['meter', 'show', 'main', '--file'],
    ['place', 'list'], ['place', 'show', 'main'], ['place', 'show', 'hall-m1g2'],
    ['link', 'list'], ['link', 'show', '192.0.2.10:502'], ['link', 'show', '192.0.2.11:502'],
    ['uplink', 'list'], ['uplink', 'show', 'cloud'], ['uplink', 'show', 'lake'], ['uplink', 'show', 'new'],
    ['uplink', 'dead', 'lake'], ['uplink', 'dead', 'cloud'],
    ['slots', 'list', 'main', *DAY], ['slots', 'show', 'main', '2026-11'],
    ['slots', 'main', '2026-11', '--point=energy-reactive.total'], ['profile', 'list'], ['profile', 'show', 'umg801'],
    ['profile', 'show', 'umg96rm', '--file'], ['plugin', 'list'], ['plugin', 'show', 'old'],
    ['alarm', 'list'], ['alarm', 'list', '--ended'], ['alarm', 'show', 'links/192.0.2.10:502'], ['event', 'list'],
    ['event', 'list', 'main', '--limit=1'], ['event', 'show', '4'], ['job', 'list'], ['job', 'show', '7'],
    ['job', 'show', '12'], ['config', 'show'], ['config', 'explain', 'meter'],
    ['config', 'explain', 'poll'], ['config', 'explain', 'cloud'], ['config', 'explain', 'cloud.url'], ['config', 'explain', 'modbus-tcp.host'], ['system', 'show'],
]


def name_of(arguments):
    return '-'.join(re.sub(r'[^a-z0-9]+', '-', a).strip('-') for a in arguments)


def keys(document, path=''):
    """Paths of all members: `meters[].cause.code`."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield f'{path}.{key}'.lstrip('.')
            yield from keys(value, f'{path}.{key}')
    elif isinstance(document, list):
        for value in document:
            yield from keys(value, path + '[]')


def leaves(document, path=''):
    """Members that hold no others, with their paths."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from leaves(value, f'{path}.{key}'.lstrip('.'))
    elif isinstance(document, list):
        for value in document:
            yield from leaves(value, path + '[]')
    else:
        yield path, document


class Views(CtlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.documents = {}

    def document(self, arguments):
        """The JSON of a view, asked for once."""
        key = tuple(arguments)
        if key not in self.documents:
            self.documents[key] = self.json(*arguments)
        return self.documents[key]

    def test_texts(self):
        """Word by word; and looking causes no traffic."""
        for arguments in VIEWS:
            with self.subTest(arguments):
                out = self.ok(*arguments)
                self.golden(name_of(arguments), out)
                if arguments[0] not in ('plan', 'read'):  # numbers may need the room
                    self.assertLessEqual(max(map(len, out.splitlines())), 100)
        self.assertEqual([c for c in self.calls() if c[0] != 'Manager.Watch'], [])

    def test_times_and_durations_have_one_form(self):
        """Times are RFC 3339, durations microseconds in keys that end in _us: no number is a time."""
        year_us = 365 * 24 * 3600 * 10**6
        for arguments in VIEWS:
            for path, value in leaves(self.document(arguments)):
                with self.subTest([*arguments, path]):
                    if path.endswith('_us'):
                        self.assertTrue(value is None or isinstance(value, int))
                        self.assertLess(value or 0, 10 * year_us)
                    elif isinstance(value, int) and not path.startswith(('values.', 'slots[].values.')):
                        self.assertFalse(40 * year_us < value < 80 * year_us, value)
        system = self.json('system', 'show')
        self.assertRegex(system['system']['now'], RFC3339)
        self.assertRegex(system['store_statistics']['newest'], RFC3339)
        self.assertRegex(self.json('plan', 'main')['totals']['learned_times'][1], RFC3339)
        poll, = self.json('config', 'explain', 'meter.poll')['keys']
        self.assertEqual((poll['min_us'], poll['max_us']), (100000, 86400000000))

    def test_json_keys_are_stable(self):
        """All keys of all views. A line that goes away breaks somebody's script."""
        lines = []
        for arguments in VIEWS:
            document = self.document(arguments)
            self.assertIsInstance(document, dict)
            lines += [f"{' '.join(arguments[:2])}: {key}" for key in sorted(keys(document))]
        self.golden('json-keys', '\n'.join(dict.fromkeys(lines)) + '\n')

    def test_clock(self):
        # an exit status of its own says that it is off
        out = self.ok('meter', 'clock', 'main', expect=FINDINGS)
        for line in ('clock       3 min ahead (to 0.03 s), 2 h ago', 'shows       UTC',
                     'drift       gains 0.41 s a day', 'can be set  yes, with --set'):
            self.assertIn(line + '\n', out)
        self.assertRegex(out, r'\n\S+ \S+  3 min ahead  0.03 s  utc +our clock was not sure\n')
        self.assertRegex(out, r'\n\S+ \S+  right        0.03 s  utc +after it was set\n')
        self.assertLessEqual(max(map(len, out.splitlines())), 80)
        self.assertIn("What the meter's clock shows is no time.", self.ok('meter', 'clock', 'lift'))
        self.assertEqual(self.ok('meter', 'clock', 'hall'),
                         "meter 'hall': no clock is known of its type or variant\n")
        found = self.json('meter', 'clock', 'main', expect=FINDINGS)
        self.assertEqual([check['set'] for check in found['checks']], [True, False, False])
        self.assertEqual((found['offset_us'], found['limit_us'], found['settable']),
                         (185200000, 30000000, True))

    def test_json_after_the_verb(self):
        first = self.ok('meter', 'list', '--json')
        self.assertEqual(first, self.ok('--json', 'meter', 'list'))

    def test_narrow_and_wide(self):
        for columns in '40', '60', '120':
            self.golden('watch-' + columns, self.ok('watch', '--once', env={'COLUMNS': columns}))

    def test_colors_only_on_terminals(self):
        self.assertNotIn('\033', self.ok('meter', 'list', env={'TERM': 'xterm'}))

    def test_terminal_is_safe(self):
        out = self.ok('job', 'show', '7')
        self.assertIn('\ufffd[31mred', out)
        self.assertNotIn('\033', out)


class Read(CtlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answer = cls().json('read', 'main')
        cls.values = cls.answer['values']

    def test_shape(self):
        self.assertEqual(list(self.answer), ['meter', 'time', 'values'])
        self.assertEqual(self.answer['meter'], 'main')
        self.assertRegex(self.answer['time'], RFC3339)
        self.assertEqual(self.values['power-active.total'],
                         {'value': 4321.5, 'unit': 'W', 'quality': 'good'})

    def test_counters_are_exact_integers(self):
        value = self.values['energy-active-import.total']['value']
        self.assertIsInstance(value, int)
        self.assertEqual(value, 9007199254740993)  # 2^53 + 1: no double

    def test_reals_are_short(self):
        out = self.ok('--json', 'read', 'main', 'voltage.*', 'current.l1')
        self.assertIn('"value":229.8,', out)
        self.assertIn('"value":19.1,', out)

    def test_missing_is_null(self):
        for point in 'current.n', 'temperature':
            self.assertEqual(self.values[point], {'value': None, 'quality': 'missing'})

    def test_suspect_and_stale(self):
        self.assertEqual(self.values['voltage.l2-n']['quality'], 'suspect')
        self.assertEqual(self.values['in1.input-state']['quality'], 'stale')
        self.assertEqual(self.values['energy-active-import.total']['quality'], 'good')

    def test_state_has_number_and_text(self):
        self.assertEqual(self.values['rotation'],
                         {'value': 1, 'text': 'right', 'unit': '', 'quality': 'good'})

    def test_own_time_only_where_it_differs(self):
        self.assertNotIn('time', self.values['frequency'])
        self.assertRegex(self.values['energy-active-import.total']['time'], RFC3339)

    def test_all_of_a_silent_meter_is_stale(self):
        values = self.json('read', 'lift')['values']
        self.assertEqual({v['quality'] for v in values.values()}, {'stale', 'suspect', 'missing'})

    def test_points_are_chosen(self):
        chosen = self.json('read', 'main', 'power-active.total', 'energy-active-*')['values']
        self.assertEqual(list(chosen), ['power-active.total', 'energy-active-import.total',
                                        'energy-active-export.total'])

    def test_now_asks(self):
        self.forget()
        self.json('read', 'main', '--now')
        self.assertEqual(self.calls(), [('Meter.Read', 'meters/main', [{}])])


class History(CtlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answer = cls().json('history', 'main', *DAY)
        cls.slots, cls.gaps = cls.answer['slots'], cls.answer['gaps']

    def test_shape(self):
        self.assertEqual(list(self.answer), ['place', 'slots', 'gaps'])
        self.assertEqual(self.slots[1], {
            'end': '2026-11-22T09:15:00Z', 'read': '2026-11-22T09:15:00Z',
            'origin': 'gateway-sampled', 'quality': 'good', 'values': {
                'energy-active-import.total': {'value': 9007199254742025, 'delta': 1032, 'unit': 'Wh'},
                'energy-active-export.total': {'value': 12, 'delta': 0, 'unit': 'Wh'},
                'energy-reactive.total': {'value': None, 'quality': 'missing'}}})

    def test_first_delta_is_null(self):
        first = self.slots[0]
        self.assertEqual(first['read'], '2026-11-22T09:00:00.412Z')
        self.assertIsNone(first['values']['energy-active-import.total']['delta'])

    def test_flags(self):
        self.assertTrue(self.slots[2]['reset'])
        self.assertEqual(self.slots[2]['read'], '2026-11-22T10:15:00.123456Z')
        self.assertTrue(self.slots[3]['clock_unsure'])
        self.assertEqual((self.slots[3]['quality'], self.slots[3]['origin']), ('suspect', 'imported'))
        self.assertEqual(self.slots[3]['values']['energy-active-import.total']['quality'], 'suspect')

    def test_gaps(self):
        self.assertEqual(self.gaps, [
            {'from': '2026-11-22T09:15:00Z', 'to': '2026-11-22T10:00:00Z', 'cause': 'link-down',
             'slots': 3, 'delta': {'energy-active-import.total': 3968, 'energy-active-export.total': 0}},
            {'from': '2026-11-22T10:30:00Z', 'to': '2026-11-22T10:45:00Z', 'cause': 'meter-silent',
             'slots': 1, 'delta': {}}])

    def test_times_are_those_of_the_site(self):
        out = self.ok('history', 'main', '--from=2026-11-22 10:00', '--to=2026-11-22 10:15')
        self.assertIn('2026-11-22 10:15  1.032 kWh', out)
        self.assertNotIn('10:00', out)
        same = self.ok('history', 'main', '--from=2026-11-22T09:00:00Z', '--to=2026-11-22T10:15+01:00')
        self.assertEqual(out, same)

    def test_summer_time_names_each_zone(self):
        out = self.ok('history', 'main', '--from=2026-10-01', '--to=2026-11-23')
        self.assertIn('2026-11-22 10:15 CET', out)

    def test_years_come_in_parts(self):
        whole = self.json('history', 'main', '--from=2023-01-01', '--to=2026-11-23')
        self.assertEqual(whole, self.answer)
        # a border within the gap
        parts = self.json('history', 'main', '--from=2025-10-18T09:30Z', '--to=2026-11-23')
        self.assertEqual(parts, self.answer)
        asked = [json.loads(line)['arguments'] for line in self.process.lines if 'GetHistory' in line]
        steps = asked[-2:]
        self.assertEqual((steps[0][1], steps[0][1] - steps[0][0]), (steps[1][0], 400 * 86400 * 10**6))

    def test_nothing(self):
        self.assertEqual(self.json('history', 'old', *DAY), {'place': 'old', 'slots': [], 'gaps': []})
        self.assertEqual(self.ok('history', 'old', *DAY), 'nothing was recorded in this time\n')


class Rest(CtlCase):
    def test_status_counts(self):
        answer = self.json('status')
        self.assertEqual(answer['meters'], {'all': 5, 'partial': 1, 'silent': 1, 'ok': 1,
                                            'unreachable': 1, 'misconfigured': 1})
        problem = next(p for p in answer['meter_problems'] if p['id'] == 'lift')
        self.assertEqual(problem['cause']['code'], 'timeout')
        self.assertEqual(problem['cause']['arguments'], {'unit': '7'})
        self.assertIn('unit 7', problem['cause']['text'])
        self.assertIn('Check', problem['cause']['remedy'])
        self.assertRegex(problem['next_attempt'], RFC3339)
        self.assertEqual([a['until'] for a in answer['alarms']], [None, None])

    def test_status_check(self):
        self.ok('status', '--check', expect=FINDINGS)
        self.fake('empty')
        self.ok('status', '--check')

    def test_status_of_a_failing_store(self):
        self.fake('failing')
        self.golden('status-failing', self.ok('status'))

    def test_a_crowded_link_tells_how_many(self):
        self.fake('crowded')
        row, = (line for line in self.ok('link', 'list').splitlines() if line.startswith('gateway'))
        self.assertIn('  50: flat-', row)
        self.assertEqual(len(self.json('link', 'list')['links'][2]['meters']), 50)

    def test_nothing_there(self):
        self.fake('empty')
        for arguments in (['status'], ['watch', '--once'], ['meter', 'list'], ['place', 'list'],
                          ['link', 'list'], ['uplink', 'list'], ['job', 'list'], ['alarm', 'list'], ['plugin', 'list'],
                          ['event', 'list']):
            with self.subTest(arguments):
                self.golden('empty-' + name_of(arguments), self.ok(*arguments))
                self.json(*arguments)

    def test_lists_name_their_objects(self):
        for objects in 'meter', 'place', 'link', 'uplink', 'plugin', 'profile', 'job':
            rows = self.json(objects, 'list')[objects + 's']
            self.assertTrue(all(row['id'] for row in rows), objects)

    def test_events(self):
        """All of them, though the fake gives two at a time; by what they are about, code and time."""
        def ids(*arguments):
            answer = self.json('event', 'list', *arguments)
            return [event['id'] for event in answer['events']], answer['more']

        self.assertEqual(ids(), ([3, 4, 5, 9, 10, 11], False))
        self.assertEqual(ids('--limit=5'), ([4, 5, 9, 10, 11], True))
        self.assertEqual(ids('--limit=0'), ([3, 4, 5, 9, 10, 11], False))
        self.assertEqual(ids('main'), ([4, 11], False))
        self.assertEqual(ids('places/main'), ([4], False))
        self.assertEqual(ids('lake', '--code=uplink-partly'), ([10], False))
        self.assertEqual(ids('--from=2026-11-22T01:00Z', '--to=2026-11-22T03:00Z'), ([4, 5, 9], False))
        event = self.json('event', 'show', '4')
        self.assertEqual((event['id'], event['time'], event['subject']),
                         (4, '2026-11-22T02:00:00Z', 'places/main'))
        self.assertEqual(event['message']['code'], 'counter-reset')
        self.assertIn('ohmctl meter replace', event['message']['remedy'])

    def test_no_events(self):
        for arguments in ['new'], ['store'], ['meters/sub-1'], ['main', '--to=2026-11-22']:
            self.assertEqual(self.ok('event', 'list', *arguments), 'no events\n')

    def test_units_and_statistics(self):
        answer = self.json('link', 'show', '192.0.2.10:502')
        self.assertEqual(answer['units'][1]['meters'], ['lift'])
        self.assertEqual(answer['statistics']['bytes_in'], 1234567)

    def test_runs(self):
        runs = self.json('place', 'show', 'main')['runs']
        self.assertEqual(runs[0]['last'], {'energy-active-import.total': 9007199254740993})
        self.assertEqual((runs[1]['serial'], runs[1]['to'], runs[1]['last']), (None, None, {}))

    def test_system(self):
        answer = self.json('system', 'show')
        self.assertEqual(answer['statistics']['values'], 18446744073709551615)
        self.assertEqual(answer['statistics']['bus'], [
            {'signal': 'reading', 'subscriber': 'trend', 'deliveries': 42, 'mean_ns': 17}])
        self.assertEqual(answer['store_statistics']['last_seq'], 9007199254740993)

    def test_findings(self):
        for verb in 'check', 'reload':
            answer = self.json('config', verb, expect=FINDINGS)
            self.assertEqual(answer['findings'][0]['line'], 4)
            self.assertEqual(answer['findings'][0]['message']['code'], 'misconfigured')
            self.assertEqual(self.ok('config', verb, expect=FINDINGS),
                             '/etc/ohmnibus/meters.d/sub-1.meter:4: The configuration is wrong: '
                             '[meter] unit: 300 is not within 0..255.\n')

    def test_no_findings(self):
        self.fake('empty')
        self.assertEqual(self.ok('config', 'check'), 'the configuration is right\n')
        self.assertEqual(self.json('config', 'reload'), {'findings': []})

    def test_explain(self):
        rows = self.json('config', 'explain', 'direction')['keys']
        self.assertEqual(rows[0]['choices'], ['normal', 'inverted'])
        self.assertEqual(rows[0]['scope'], 'place')


if __name__ == '__main__':
    ohmtest.main()
