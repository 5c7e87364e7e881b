# SPDX-License-Identifier: LGPL-2.1-or-later
"""`ohmctl probe` and `ohmctl profile new`: an unknown device gets a profile that reads it."""

import os
import subprocess
import tempfile

from gi.repository import GLib

import ohmtest
from ohmtest.paths import PATIENCE, plugin_dir, program
from scene import MeterScenario

# Registers of janitza-common (plugins/profiles/janitza-common.profile), as if nobody knew them.
ROWS = {'19000': 'voltage.l1-n', '4x19051': 'frequency', '0x4a4c': 'power-active.total',
        '19068': 'energy-active-import.total'}
STATEFUL = """[profile]
id = touchy
name = Touchy
revision = 1
inherits = janitza-common
[limits]
stateful = 19050-19051
"""


class Probe(MeterScenario):
    def setUp(self):
        super().setUp()
        self.device = self.sim('janitza-common@1-2:load=constant', 'eastron-sdm630',
                               'janitza-common@3:framing=rtu')
        self.site = tempfile.TemporaryDirectory(prefix='ohm-site-')
        self.addCleanup(self.site.cleanup)
        self.write_profile('touchy', STATEFUL)
        self.daemon({'meters.d/main.meter': self.device.meter(0, type='touchy', poll='500ms')},
                    plugin_dirs=[plugin_dir(), self.site.name])
        self.wait_state('main', 'ok')
        self.wait_read('main')
        end = self.device.endpoints[0]
        self.unknown = f'{end.host}:{end.port}/2'

    def write_profile(self, name, text):
        with open(os.path.join(self.site.name, f'{name}.profile'), 'w', encoding='utf-8') as file:
            file.write(text)

    def likely(self, *arguments):
        """{register: the likely reading} and the answer itself."""
        answer = self.ctl('probe', *arguments)
        return {row['register']: row['readings'][0] for row in answer['registers']}, answer

    def fails(self, status, words, *arguments):
        done = subprocess.run([program('ohmctl'), *arguments, f'--bus-address={self.bus.address}'],
                              capture_output=True, text=True, check=False, timeout=PATIENCE)
        self.assertEqual(status, done.returncode, done.stderr)
        self.assertIn(words, done.stderr)

    def test_all(self):
        for step in (self.width, self.readings, self.framing, self.notations, self.refusals, self.new_profile):
            with self.subTest(step.__name__):
                step()

    def width(self):
        """The pages of the types with the longest names fit a terminal."""
        for ident in ('umg104', 'umg801'):
            lines = self.ctl('profile', 'show', ident, text=True).splitlines()
            self.assertGreater(len(lines), 20)
            self.assertLessEqual(max(map(len, lines)), 80, ident)

    def readings(self):
        found, answer = self.likely('main', '19000', '6')
        self.assertEqual((1, 3), (answer['unit'], answer['function']))
        voltage = self.values('main')['voltage.l1-n'][0]
        self.assertEqual('f32', found[19000]['format'])
        self.assertAlmostEqual(1, float(found[19000]['value']) / voltage, delta=0.02)
        self.assertEqual('a mains voltage', found[19000]['reason'])
        # whoever refuses function 3 is asked with 4
        eastron = self.device.endpoints[1]
        found, answer = self.likely(f'{eastron.host}:{eastron.port}', '70', '2')
        self.assertEqual((4, 'a mains frequency'), (answer['function'], found[70]['reason']))

    def framing(self):
        """A converter that passes on RTU frames, which no link knows yet."""
        end = self.device.endpoints[2]
        found, _ = self.likely(f'{end.host}:{end.port}/3', '19050', '2', '--framing=rtu')
        self.assertEqual('a mains frequency', found[19050]['reason'])
        self.fails(6, 'has its framing', 'probe', 'main', '19000', '--framing=rtu')
        self.fails(2, 'expected tcp or rtu', 'probe', self.unknown, '1', '--framing=ascii')

    def notations(self):
        for address in ('19000', '0x4a38', '4x19001'):
            self.assertIn(19000, self.likely('main', address, '2')[0])
        self.assertIn(19000, self.likely('main', '419001', '2', '--modicon')[0])
        self.fails(1, 'add --modicon', 'probe', self.unknown, '40001')
        self.fails(2, 'no register', 'probe', 'main', '65536')

    def refusals(self):
        """What a profile calls stateful is not read, by whatever name the device is called."""
        link = self.unknown.split('/')[0]
        for target in ('main', link, link + '/1'):
            self.fails(6, 'has side effects', 'probe', target, '19048', '4')
        self.assertIn(19050, self.likely(self.unknown, '19050', '2')[0])
        self.fails(1, 'exception 2', 'probe', 'main', '5', '2')
        self.fails(2, 'functions that read are 3 and 4', 'probe', 'main', '19000', '--function=2')
        self.fails(2, "'127.0.0.1:99999' is no address: port: '99999'", 'test', '127.0.0.1:99999')
        self.fails(2, "'127.0.0.1:0' is no address: port: '0'", 'probe', '127.0.0.1:0', '1')
        self.fails(3, "The type 'plane' is not known", 'test', 'main', '--type=plane')
        with self.assertRaisesRegex(Exception, 'does not read'):
            self.bus.call('', 'Manager.Probe', 'sqqa{sv}', 'main', 0, 1,
                          {'function': GLib.Variant('u', 6)})
        with self.assertRaisesRegex(Exception, 'expected 1..125'):
            self.bus.call('', 'Manager.Probe', 'sqqa{sv}', 'main', 0, 126, {})

    def new_profile(self):
        words = [word for pair in ROWS.items() for word in pair]
        text = self.ctl('profile', 'new', 'acme-42', f'--from={self.unknown}', *words, text=True)
        self.write_profile('acme-42', text)
        self.ctl('config', 'reload')
        path = os.path.join(self.site.name, 'acme-42.profile')
        self.ctl('profile', 'check', path)
        self.bus.call('', 'Manager.Rescan', 'a{sv}', {})
        host, port = self.unknown.split('/')[0].split(':')
        self.ctl('add', 'acme', '--type=acme-42', f'--host={host}', f'--port={port}', '--unit=2')
        self.wait_state('acme', 'ok')
        values = self.values('acme')
        self.assertEqual(set(ROWS.values()), set(values))
        self.assertAlmostEqual(50, values['frequency'][0], delta=1)
        self.assertAlmostEqual(230, values['voltage.l1-n'][0], delta=30)
        self.fails(2, 'did you mean', 'profile', 'new', 'acme-43', '--from=main', '1', 'voltag.l1')
        self.fails(2, 'expected pairs', 'profile', 'new', 'acme-43', '--from=main', '1')
        self.fails(2, '--from', 'profile', 'new', 'acme-43', '1', 'frequency')
        self.fails(2, 'is no id', 'profile', 'new', 'Acme')
        self.fails(1, "there is a type 'umg96rm' already: choose another id, or add --force",
                   'profile', 'new', 'umg96rm')
        self.fails(1, f'{path} is there already: choose another name, or add --force', 'profile', 'new',
                   'acme-43', f'--output={path}')
        with open(path, encoding='utf-8') as file:
            self.assertEqual(file.read(), text)
        self.ctl('profile', 'new', 'umg96rm', f'--output={path}', '--force', text=True)
        with open(path, encoding='utf-8') as file:
            self.assertIn('id = umg96rm', file.read())


if __name__ == '__main__':
    ohmtest.main()
