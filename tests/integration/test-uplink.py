# SPDX-License-Identifier: LGPL-2.1-or-later
"""Uplinks as people have them: plugins from outside (tests/data/plugins), configured while the daemon
runs, refusing and recovering, with secrets and an account."""

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import uuid

from gi.repository import GLib

import ohmtest
from ohmtest.paths import BUILD, PATIENCE, plugin_dir, program
from scene import MeterScenario
from tutorial import build, sample

SLOT = 900
BEGIN = '2026-11-22T09:58:00Z'
FIRST = 1795341600  # the quarter hour that ends at 10:00
OUTSIDE = os.path.join(BUILD, 'tests', 'data')


class Uplink(MeterScenario):
    def setUp(self):
        super().setUp()
        self.dir = tempfile.mkdtemp(prefix='ohm-uplink-')
        self.addCleanup(shutil.rmtree, self.dir)
        for plugin in ('json-lines', 'test-account'):
            shutil.copy(os.path.join(OUTSIDE, plugin + '.so'), self.dir)
        self.write('ohmnibus-secrets', '0123456789abcdef0123456789abcdef\n')
        self.clock = ohmtest.TestClock(wall=BEGIN)
        self.addCleanup(self.clock.stop)
        self.device = self.sim('janitza-common:load=constant', args=self.clock.args)
        self.process = self.daemon({'meters.d/main.meter': self.device.meter(poll='60s')},
                                   args=self.clock.args, plugin_dirs=[plugin_dir(), self.dir],
                                   env={'CREDENTIALS_DIRECTORY': self.dir})
        self.clock.wait_for('ohmd')
        self.clock.settle()

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def configure(self, uplink='box', plugin='json-lines', common='', **keys):
        rows = ''.join(f'{key} = {value}\n' for key, value in keys.items())
        self.process.write(f'uplinks.d/{uplink}.uplink',
                           f'[uplink]\nplugin = {plugin}\nspread = 0s\npace = 0s\n{common}\n[{plugin}]\n{rows}')

    def configure_box(self, **more):
        self.configure(**{'file': self.path('out'), 'obey': self.path('obey'), **more})

    def get(self, prop, uplink='box'):
        return self.bus.get(f'uplinks/{uplink}', f'Uplink.{prop}')

    def has(self, uplink):
        return any(row['id'] == uplink for row in self.ctl('uplink', 'list')['uplinks'])

    def wait_state(self, state, uplink='box'):
        ohmtest.wait_until(lambda: self.has(uplink) and self.get('State', uplink) == state,
                           what=f'the uplink being {state}')

    def pass_slot(self):
        """To two minutes after the next quarter hour: what is delivered 60 s after it has gone."""
        self.clock.advance_to((self.clock.wall_us // 1000000 // SLOT + 1) * SLOT * 1000000 + 120 * 1000000)

    def wait_delivered(self, uplink='box'):
        end = self.clock.wall_us // 1000000 // SLOT * SLOT * 1000000
        ohmtest.wait_until(lambda: (self.get('DeliveredUpTo', uplink), self.get('Pending', uplink)) == (end, 0),
                           what=f'the delivery: {self.ctl("uplink", "show", uplink)}')

    def lines(self, name='out'):
        with open(self.path(name), encoding='utf-8') as file:
            return [json.loads(line) for line in file]

    def slots(self, name='out'):
        return [(line['slot'] - FIRST) // SLOT for line in self.lines(name)]

    def type_secret(self, *arguments, secret=''):
        done = subprocess.run([program('ohmctl'), f'--bus-address={self.bus.address}', *arguments],
                              input=secret, capture_output=True, text=True, check=False, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stderr), (0, ''))

    def plugin_state(self, plugin):
        return self.bus.get('plugins/' + plugin.replace('-', '_2d'), 'Plugin.State')

    def test_a_destination_comes_refuses_and_goes(self):
        identity = os.path.join(self.process.state_dir, 'gateway')
        self.assertEqual((self.plugin_state('json-lines'), os.path.exists(identity)), ('waiting', False))
        self.pass_slot()  # recorded before anybody wants it
        self.configure_box()
        self.wait_state('ok')
        self.assertEqual((self.plugin_state('json-lines'), self.plugin_state('test-account')),
                         ('loaded', 'waiting'))
        with open(identity, encoding='ascii') as file:
            self.assertEqual(self.get('Gateway'), str(uuid.UUID(file.read().strip())))
        self.pass_slot()
        self.wait_delivered()
        self.assertEqual(sorted(self.slots()), [0, 1])
        self.assertEqual(self.lines()[0]['place'], 'main')
        self.assertIn('energy-active-import.total', self.lines()[0]['values'])
        self.assertIn('box: delivered up to 2026-11-22 1', self.ctl('status', text=True))

        self.write('obey', 'transient engine is tired')
        self.pass_slot()
        self.wait_state('retrying')
        shown = self.ctl('uplink', 'show', 'box')
        self.assertEqual((shown['engine_text'], shown['pending']), ('transient engine is tired', 1))
        self.assertIsNotNone(shown['next_attempt'])
        os.unlink(self.path('obey'))
        self.ctl('uplink', 'send', 'box')
        self.wait_delivered()
        self.wait_state('ok')
        self.assertEqual(sorted(self.slots()), [0, 1, 2])

        resent = self.ctl('uplink', 'resend', 'box', '--from=2026-11-22T10:00:00Z', text=True)
        self.assertIn('Records sent again: 2.', resent)
        self.assertEqual(sorted(self.slots()), [0, 1, 1, 2, 2])

        self.write('obey', 'data there is something wrong with it')
        self.pass_slot()
        ohmtest.wait_until(lambda: self.get('Held') == 1, what='a refused record')
        record, = self.ctl('uplink', 'dead', 'box')['records']
        self.assertEqual((record['place'], record['answer'], record['final']),
                         ('main', 'data there is something wrong with it', False))

        # what was refused goes along with a new id
        self.ctl('uplink', 'rename', 'box', 'shed')
        self.assertFalse(self.has('box'))
        self.assertEqual(self.ctl('uplink', 'dead', 'shed')['records'], [record])
        self.ctl('uplink', 'remove', 'shed', '--yes')
        self.assertFalse(self.has('shed'))

        # another one of that name begins anew
        self.pass_slot()
        os.unlink(self.path('obey'))
        n_lines = len(self.lines())
        self.configure_box(common='start = now\n')
        self.wait_state('ok')
        self.clock.settle()
        self.pass_slot()
        self.wait_delivered()
        self.assertEqual(sorted(self.slots()[n_lines:]), [5])

    def test_secret_change_and_another_destination(self):
        with open(f'/proc/{self.process.process.pid}/limits', encoding='ascii') as file:
            self.assertRegex(file.read(), r'Max core file size +0 +0 ')
        self.configure_box()
        self.wait_state('ok')
        self.type_secret('uplink', 'secret', 'box', 'token', secret='hush-hush\n')
        self.pass_slot()
        self.wait_delivered()
        self.assertEqual({line['token'] for line in self.lines()}, {'hush-hush'})
        self.assertEqual(self.get('Secrets'), {'token': 'What the reader of the file wants to see in each line.'})

        # the common keys leave it alone, another file is another destination
        self.configure_box(common='name = The box\n')
        ohmtest.wait_until(lambda: self.get('Name') == 'The box', what='the name')
        self.assertEqual(self.get('Requests') > 0, True)
        self.configure_box(file=self.path('second'))
        ohmtest.wait_until(lambda: self.get('NewDestination'), what='the new destination')
        self.pass_slot()
        self.assertFalse(os.path.exists(self.path('second')))
        self.assertEqual([a['subject'] for a in self.ctl('alarm', 'list')['alarms']], ['uplinks/box'])
        self.assertIn('ohmctl uplink confirm', self.ctl('status', text=True))
        self.ctl('uplink', 'confirm', 'box', '--all')
        self.pass_slot()
        self.wait_delivered()
        self.assertEqual(sorted(self.slots('second')), [0, 1, 2])

        # a wrong file stands alone
        self.configure('wrong', file='no-slash')
        self.wait_state('misconfigured', 'wrong')
        self.assertIn('wrong.uplink:6: [json-lines]: file: has to begin with a slash',
                      ' '.join(self.ctl('status', text=True).split()))
        checked = subprocess.run(self.process.argv('--check-config'), capture_output=True, text=True,
                                 check=False, timeout=PATIENCE)
        self.assertEqual(checked.returncode, 1)
        self.assertIn('has to begin with a slash', checked.stdout)
        self.assertEqual(self.get('State'), 'ok')
        self.process.delete('uplinks.d/wrong.uplink')
        ohmtest.wait_until(lambda: not self.has('wrong'), what='the wrong file going')

        # another id: it goes on where it is
        self.ctl('uplink', 'rename', 'box', 'shed')
        self.assertEqual((self.has('box'), self.get('State', 'shed'), self.get('Requests', 'shed') > 0),
                         (False, 'ok', True))
        self.pass_slot()
        self.wait_delivered('shed')
        with self.assertRaises(GLib.Error) as caught:
            self.bus.call('', 'Manager.AddUplink', 'ssa{sv}', 'box',
                          '[uplink]\nplugin = json-lines\n[json-lines]\nfile = /f\n', {})
        self.assertIn("what is kept under the id 'box' is of uplink 'shed'", str(caught.exception))

        # kept over a restart, and never told
        self.process.stop()
        self.process.start()
        self.clock.wait_for('ohmd')
        self.pass_slot()
        self.wait_delivered('shed')
        self.assertEqual(sorted(self.slots('second')), [0, 1, 2, 3, 4])
        self.assertEqual(self.lines('second')[-1]['token'], 'hush-hush')
        self.assertNotIn('hush-hush', self.process.log)
        for name in os.listdir(self.process.state_dir):
            if os.path.isfile(os.path.join(self.process.state_dir, name)):
                with open(os.path.join(self.process.state_dir, name), 'rb') as file:
                    self.assertNotIn(b'hush-hush', file.read(), name)

    def test_an_account(self):
        self.pass_slot()
        self.configure('new', plugin='test-account', answer=self.path('answer'))
        self.wait_state('unclaimed', 'new')
        self.assertEqual(self.get('CauseCode', 'new'), 'uplink-unclaimed')
        first = ohmtest.Process([program('ohmctl'), f'--bus-address={self.bus.address}', 'claim'], name='claim')
        self.addCleanup(first.kill)
        first.wait_line('WDJB-MJHT')
        self.assertEqual((self.get('State', 'new'), self.get('UserCode', 'new'),
                          self.get('ClaimExpires', 'new') - self.clock.wall_us),
                         ('waiting-user', 'WDJB-MJHT', 300_000_000))
        # a second front end sees the same job; cancelling it ends the first one too
        job, = self.bus.call('uplinks/new', 'Uplink.Claim', 'a{sv}', {})
        self.bus.call(job[len('/org/ohmnibus/Ohmnibus1/'):], 'Job.Cancel', 'a{sv}', {})
        self.assertEqual(first.wait_exit(), 1)
        self.wait_state('unclaimed', 'new')

        self.write('answer', 'yes jane@example.org\n')
        self.assertIn("is linked to jane@example.org.", self.ctl('claim', text=True))
        self.wait_state('ok', 'new')
        # what waited goes at once
        ohmtest.wait_until(lambda: self.get('Pending', 'new') == 0, what='the delivery')
        self.assertEqual(self.ctl('uplink', 'show', 'new')['account'], 'jane@example.org')
        self.assertIn('linked already', self.assert_ctl_fails('claim', 'new'))
        self.ctl('claim', '--unlink', '--yes')
        self.wait_state('unclaimed', 'new')
        self.write('answer', 'no\n')
        self.assertIn('the account said no', self.assert_ctl_fails('claim', expect=1))
        self.process.stop()
        with sqlite3.connect(os.path.join(self.process.state_dir, 'ohmnibus.db')) as database:
            events = database.execute("SELECT code FROM events WHERE subject = 'uplinks/new' ORDER BY id").fetchall()
        self.assertEqual(events, [('uplink-claimed',), ('uplink-unlinked',)])

    def test_the_uplink_of_the_tutorial(self):
        with tempfile.TemporaryDirectory(prefix='ohm-work-') as work:
            module = build(work, 'acme-csv')
        with open(self.path('.acme-csv.so'), 'wb') as file:
            file.write(module)
        os.chmod(self.path('.acme-csv.so'), 0o644)
        os.rename(self.path('.acme-csv.so'), self.path('acme-csv.so'))
        ohmtest.wait_until(lambda: any(row['id'] == 'acme-csv' for row in self.ctl('plugin', 'list')['plugins']),
                           what='the new plugin')
        self.process.write('uplinks.d/archive.uplink', sample('archive.uplink').replace(
            '/srv/energy.csv', self.path('energy.csv')).replace('delay = 10s', 'delay = 10s\nspread = 0s'))
        self.wait_state('ok', 'archive')
        self.pass_slot()
        ohmtest.wait_until(lambda: os.path.exists(self.path('energy.csv')), what='the first line')
        with open(self.path('energy.csv'), encoding='utf-8') as file:
            self.assertRegex(file.readline(), rf'^{FIRST};main;energy-[a-z.-]+;[0-9.e+-]+$')

    def assert_refused(self, error, uplink, method, *arguments):
        with self.assertRaises(GLib.Error) as caught:
            self.bus.call(f'uplinks/{uplink}', f'Uplink.{method}', *arguments)
        self.assertIn(f'org.ohmnibus.Ohmnibus1.Error.{error}', str(caught.exception))
        return str(caught.exception)

    def test_what_cannot_be_done(self):
        self.configure_box()
        self.configure('off', file=self.path('off'), common='enabled = false\n')
        self.configure('bad', plugin='json-lnes')
        self.wait_state('ok')
        self.wait_state('disabled', 'off')
        self.assertIn("did you mean 'json-lines'?", self.get('CauseArguments', 'bad')['text'])
        for uplink, because in ('off', 'it is switched off'), ('bad', 'json-lnes'):
            self.assertIn(because, self.assert_refused('Busy', uplink, 'Claim', 'a{sv}', {}))
            self.assert_refused('Busy', uplink, 'SendNow', 'a{sv}', {})
            self.assert_refused('Busy', uplink, 'Confirm', 'ba{sv}', True, {})
            self.assert_refused('Busy', uplink, 'ListDeadLetters', 'xua{sv}', 0, 10, {})
        self.assert_refused('NotSupported', 'box', 'Claim', 'a{sv}', {})
        self.assert_refused('NotSupported', 'box', 'Unlink', 'a{sv}', {})
        self.assert_refused('Config', 'box', 'Resend', 'xxa{sv}', 5, 5, {})
        self.assert_refused('NotFound', 'box', 'SetSecret', 'ssa{sv}', 'tokn', 'hush', {})
        long = self.assert_refused('Config', 'box', 'SetSecret', 'ssa{sv}', 'token', 'x' * 16385, {})
        self.assertNotIn('xxx', long)
        self.assert_refused('Config', 'box', 'SetConfig', 'a(sss)a(ss)a{sv}',
                            [('json-lines', 'fiel', '/x')], [], {})
        for error, names in ('NotFound', ['none', 'new']), ('Exists', ['box', 'off']), ('Config', ['box', '/']):
            with self.assertRaises(GLib.Error) as caught:
                self.bus.call('', 'Manager.RenameUplink', 'ssa{sv}', *names, {})
            self.assertIn(f'org.ohmnibus.Ohmnibus1.Error.{error}', str(caught.exception))
        self.assertEqual(self.get('State'), 'ok')
        # one that does not run as well, and back again: then its file is as it was
        self.ctl('uplink', 'rename', 'off', 'out')
        self.ctl('uplink', 'rename', 'out', 'off')
        self.wait_state('disabled', 'off')
        with open(os.path.join(self.process.config_dir, 'uplinks.d', 'off.uplink'), encoding='utf-8') as file:
            self.assertNotIn('kept-as', file.read())

    def assert_ctl_fails(self, *arguments, expect=1):
        done = subprocess.run([program('ohmctl'), f'--bus-address={self.bus.address}', *arguments],
                              capture_output=True, text=True, check=False, timeout=PATIENCE)
        self.assertEqual(done.returncode, expect)
        return done.stderr


if __name__ == '__main__':
    ohmtest.main()
