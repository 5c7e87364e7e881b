# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command line with the real daemon and simulated meters."""

import os
import re
import tempfile

import ohmtest

FAILED, _USAGE, NOT_FOUND, NO_DAEMON, NOT_ALLOWED, NO_ANSWER, FINDINGS = range(1, 8)
IMPORT = 'energy-active-import.total'


class Ctl(ohmtest.Scenario):
    def setUp(self):
        super().setUp()
        self.meters = self.sim('umg96rm@1,7', 'eastron-sdm630@3')
        self.site = self.daemon({
            'meters.d/main.meter': self.meters.meter(poll='200ms', name='Main incomer'),
            'meters.d/sub.meter': self.meters.meter(1, poll='200ms')})

    def address(self, index=0):
        return f'{self.meters.endpoints[index].host}:{self.meters.endpoints[index].port}'

    def wait_ok(self, *ids):
        def all_ok():
            states = {m['id']: m['state'] for m in self.ctl('meter', 'list')['meters']}
            return all(states.get(i) == 'ok' for i in ids)
        ohmtest.wait_until(all_ok, what=f'state ok of {ids}')

    def test_virtual(self):
        self.wait_ok('main', 'sub')
        text = self.ctl('add', 'rest', '--sum=main, -sub', '--poll=200ms', '--dry-run', text=True)
        self.assertIn('type = virtual\n', text)
        self.assertNotIn('transport', text)
        self.ctl('add', 'rest', '--sum=main, -sub', '--poll=200ms')
        self.wait_ok('rest')
        values = self.ctl('read', 'rest', '--now')['values']
        self.assertEqual(values['power-active.total']['quality'], 'good')
        self.assertNotIn(IMPORT, values)
        self.assertEqual(self.ctl('place', 'show', 'rest')['place']['meter'], 'rest')
        self.ctl('add', 'bad', '--sum=main, sib', expect=FAILED)
        self.ctl('meter', 'set', 'rest', 'sum=main')
        self.wait_ok('rest')
        ohmtest.wait_until(lambda: IMPORT in self.ctl('read', 'rest')['values'], what='other points')
        self.ctl('meter', 'remove', 'rest', '--yes')

    def test_looking(self):
        meters = {m['meter']: m['values'] for m in self.ctl('watch', '--once')['meters']}
        for values in meters.values():
            self.assertEqual(values['power-active.total']['quality'], 'good')
        self.wait_ok('main', 'sub')
        values = self.ctl('read', 'main')['values']
        self.assertEqual(values['power-active.total']['quality'], 'good')
        self.assertEqual(values[IMPORT]['unit'], 'Wh')
        self.assertEqual(self.ctl('read', 'sub', '--now', 'frequency')['values']['frequency']['unit'], 'Hz')
        self.assertEqual(self.ctl('history', 'main'), {'place': 'main', 'slots': [], 'gaps': []})
        self.assertEqual(self.ctl('slots', 'list', 'main')['place'], 'main')
        self.assertEqual(self.ctl('place', 'show', 'main')['place']['meter'], 'main')
        plan = self.ctl('plan', 'main')
        self.assertTrue(any('live' in r['classes'] for r in plan['requests']))
        self.assertEqual(self.ctl('status')['meters'], {'all': 2, 'ok': 2})
        link = self.ctl('link', 'show', self.address())
        self.assertGreater(link['statistics']['requests'], 0)
        self.assertEqual(link['units'][0]['meters'], ['main'])
        for words in (['plugin', 'list'], ['profile', 'list'], ['alarm', 'list'], ['job', 'list'],
                      ['config', 'show'], ['config', 'explain'], ['config', 'check'], ['system', 'show'],
                      ['profile', 'show', 'umg96rm'], ['plugin', 'show', 'umg96rm'],
                      ['meter', 'show', 'main']):
            self.ctl(*words)
            self.assertNotEqual(self.ctl(*words, text=True), '')

    def test_texts(self):
        self.wait_ok('main', 'sub')
        out = self.ctl('watch', '--once', text=True)
        self.assertRegex(out, r'\nmain +-?\d+\.\d+ k?W +2\d\d\.\d V +\d+\.\d+ A ')
        self.assertIn('2 meters: 2 ok\n', out)
        self.assertIn('2 meters: 2 ok\n2 links: 2 up\nstore ok\nno alarms\n',
                      self.ctl('status', text=True))

    def test_test(self):
        job = self.ctl('test', self.address() + '/7')
        result = job['result']
        self.assertEqual((job['state'], result['candidates'][0]['type']), ('done', 'umg96rm'))
        self.assertEqual((result['type'], result['unit'], result['facts']['serial'] != ''),
                         ('umg96rm', 7, True))
        self.assertEqual(result['values']['power-active.total']['quality'], 'good')
        self.assertEqual(result['values']['voltage.l1-n']['unit'], 'V')
        wrong = self.ctl('test', self.address() + '/7', '--type=eastron-sdm630', expect=FINDINGS)
        self.assertEqual(wrong['result']['type'], 'eastron-sdm630')
        self.assertIn('text', wrong['result']['trouble'])
        self.wait_ok('main')
        self.assertIn('serial', self.ctl('test', 'main')['result']['facts'])
        self.assertEqual(self.ctl('test', 'sub')['result']['candidates'][0]['type'], 'eastron-sdm630')
        self.ctl('test', 'mian', expect=NOT_FOUND)
        job = self.ctl('test', '127.0.0.1:1', expect=NO_ANSWER)
        self.assertEqual(job['message']['code'], 'connection-refused')
        self.assertIn('add it: ohmctl add ID --type=umg96rm',
                      self.ctl('test', self.address() + '/7', text=True))

    def test_add_change_remove(self):
        end = self.meters.endpoints[0]
        self.ctl('add', 'lift', '--type=umg96rm', f'--host={end.host}', f'--port={end.port}', '--unit=7',
                 '--name=Lift, north', 'poll=200ms')
        self.wait_ok('lift')
        self.ctl('add', 'lift', f'--host={end.host}', expect=FAILED)
        self.ctl('meter', 'set', 'lift', 'poll=300ms')
        self.assertEqual(self.ctl('meter', 'show', 'lift')['poll_us'], 300000)
        self.ctl('meter', 'set', 'lift', 'poll=300', expect=FAILED)
        self.ctl('meter', 'disable', 'lift')
        self.assertEqual(self.ctl('meter', 'show', 'lift')['state'], 'disabled')
        self.ctl('meter', 'enable', 'lift')
        self.wait_ok('lift')
        self.ctl('meter', 'survey', 'lift')
        self.ctl('meter', 'rename', 'lift', 'elevator')
        self.wait_ok('elevator')
        meter = self.ctl('meter', 'show', 'elevator')
        self.assertEqual((meter['name'], meter['places']), ('Lift, north', ['lift']))
        place = self.ctl('place', 'show', 'lift')['place']
        self.assertEqual((place['name'], place['meter']), ('Lift, north', 'elevator'))
        self.ctl('place', 'rename', 'lift', 'shaft')
        ohmtest.wait_until(lambda: 'shaft' in {p['id'] for p in self.ctl('place', 'list')['places']},
                           what='the place under its new id')
        self.assertEqual(self.ctl('place', 'show', 'shaft')['place']['name'], 'Lift, north')
        self.ctl('meter', 'remove', 'elevator')
        self.ctl('read', 'elevator', expect=NOT_FOUND)

    def test_csv(self):
        end = self.meters.endpoints[0]
        head = f'id;host;port;unit;type\n'
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'meters.csv')
            with open(path, 'w', encoding='utf-8') as file:
                file.write(head + f'a;{end.host};{end.port};1;umg96rm\nb;{end.host};{end.port};7;umg96\n')
            self.ctl('add', '--csv', path, expect=FAILED)
            self.assertEqual(len(self.ctl('meter', 'list')['meters']), 2)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(head + f'a;{end.host};{end.port};1;umg96rm\nb;{end.host};{end.port};7;auto\n')
            self.assertFalse(self.ctl('add', '--csv', path, '--dry-run')['added'])
            self.assertTrue(self.ctl('add', '--csv', path)['added'])
        self.wait_ok('a', 'b')
        self.assertIn('are both unit 1 of', ' '.join(self.ctl('status', text=True).split()))

    def test_configuration(self):
        self.site.write('meters.d/bad.meter', '[meter]\ntype = umg96rm\nhsot = 192.0.2.1\n')
        findings = self.ctl('config', 'reload', expect=FINDINGS)['findings']
        self.assertTrue(any(f['file'].endswith('bad.meter') for f in findings), findings)
        self.assertRegex(self.ctl('config', 'check', text=True, expect=FINDINGS), r'bad\.meter:\d+: ')
        self.assertEqual(self.ctl('meter', 'show', 'bad')['state'], 'misconfigured')
        self.ctl('status', '--check', expect=FINDINGS)
        self.ctl('config', 'set', 'slot-window=90s')
        rows = {r['key']: r for r in self.ctl('config', 'show')['keys']}
        self.assertEqual((rows['slot-window']['value'], rows['slot-window']['layer']), ('90s', 'runtime'))

    def test_silent_meter(self):
        end = self.meters.endpoints[0]
        self.ctl('add', 'mute', '--type=umg96rm', f'--host={end.host}', f'--port={end.port}', '--unit=9')
        ohmtest.wait_until(lambda: self.ctl('meter', 'show', 'mute')['state'] == 'silent',
                           20.0, 'state silent')
        meter = self.ctl('meter', 'show', 'mute')
        self.assertTrue(meter['cause']['text'] and meter['cause']['remedy'], meter['cause'])
        self.ctl('read', 'mute', expect=NO_ANSWER)
        self.ctl('read', 'mute', '--now', expect=NO_ANSWER)

    def test_daemon_is_stopped(self):
        self.site.stop()
        self.ctl('status', expect=NO_DAEMON)
        self.site.start()
        self.assertEqual(self.ctl('status')['meters']['all'], 2)

    def test_profile_check(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'my-meter.profile')
            text = '[profile]\nid = my-meter\nname = Mine\nrevision = 1\n\n[registers]\nfrequency = 10 f32\n'
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
            answer = self.ctl('profile', 'check', path)
            self.assertEqual((answer['type'], answer['warning']), ('my-meter', None))
            with open(path, 'a', encoding='utf-8') as file:
                file.write('voltage.l1-n = 10 f32\n')
            self.assertIn("'frequency' and 'voltage.l1-n' read the same register",
                          self.ctl('profile', 'check', path)['warning'])
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text.replace('frequency', 'frequenzy'))
            answer = self.ctl('profile', 'check', path, expect=FINDINGS)
            self.assertTrue(re.search(r'my-meter\.profile:7: \[registers\] frequenzy: ', answer['finding']),
                            answer)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text.replace('revision = 1\n', 'revision = 1\ninherits = umg96rm\n'))
            self.assertIsNone(self.ctl('profile', 'check', path)['finding'])


if __name__ == '__main__':
    ohmtest.main()
