# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a meter refused is learned once: kept over a restart, shown, forgotten when it should be; and
what a link cannot carry is told before it is missed."""

import os
import subprocess
import tempfile

import ohmtest
from ohmtest.paths import PATIENCE, plugin_dir
from scene import MeterScenario

# The device takes 60 registers at a time; the profile that the daemon has does not say so.
PROFILE = """[profile]
id = capped
name = Capped
revision = 1
inherits = janitza-common
[limits]
registers = {}
[facts]
serial = 911 u32
"""


class Learning(MeterScenario):
    def profiles(self, registers):
        folder = tempfile.TemporaryDirectory(prefix='ohm-profiles-')
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, 'capped.profile'), 'w', encoding='utf-8') as file:
            file.write(PROFILE.format(registers))
        return [plugin_dir(), folder.name]

    def setUp(self):
        super().setUp()
        self.device = self.sim('capped', 'janitza-common:latency=150',
                               profile_dirs=self.profiles(60))
        self.engine = self.daemon({'meters.d/main.meter': self.device.meter(0, poll='500ms')},
                                  plugin_dirs=self.profiles(125))
        self.wait_state('main', 'ok')

    def wait_learned(self, expected):
        ohmtest.wait_until(lambda: self.learned('main') == expected, what=f'{expected} learned')

    def exceptions(self):
        return [row for row in self.frames() if row['outcome'] == 'exception']

    def frames(self):
        rows = self.ctl('capture', 'main', '--last=10min')
        return [rows] if isinstance(rows, dict) else rows or []

    def test_learning(self):
        self.wait_read('main')
        # 122 registers without a gap: 60 of them and the rest were answered
        self.wait_learned(['more than 60 registers at once: refused'])
        self.assertTrue(self.exceptions())
        self.assertIn('more than 60 registers at once: refused, since 20',
                      self.ctl('plan', 'main', text=True))

        self.engine.stop()
        self.engine.start()
        self.wait_state('main', 'ok')
        self.wait_read('main')
        self.wait_learned(['more than 60 registers at once: refused'])
        self.assertEqual([], self.exceptions())
        self.assertTrue(all(row.get('count', 0) <= 60 for row in self.frames()))

        self.device.control(f'{self.device.endpoints[0].port} 1 set serial 4711')
        self.ctl('meter', 'survey', 'main')
        self.wait_state('main', 'wrong-device')
        ohmtest.wait_until(lambda: self.exceptions(), what='the other device being learned anew')
        self.ctl('meter', 'forget', 'main')
        self.wait_state('main', 'ok')
        self.wait_learned(['more than 60 registers at once: refused'])
        self.overload()

    def overload(self):
        """A schedule that cannot fit is told by who adds it and by the list of links."""
        end = self.device.endpoints[1]
        said = self.ctl('add', 'fast', '--type=janitza-common', f'--host={end.host}',
                        f'--port={end.port}', '--poll=100ms', text=True)
        self.wait_state('fast', 'ok')
        listed = self.ctl('link', 'list', text=True)
        self.assertIn("meter 'fast' is added", said)
        self.assertIn('polls will be missed', listed.replace('\n', ' '))
        statistics = self.ctl('link', 'show', f'{end.host}:{end.port}')['statistics']
        self.assertGreater(statistics['planned_load'], 1.4)


class Check(MeterScenario):
    """What cannot fit a serial line is said before anything is sent: 122 registers at 1200 baud take
    more than two seconds."""

    LINE = ('[meter]\ntype = janitza-common\ntransport = modbus-rtu\ndevice = /dev/ttyS9\n'
            'baud = 1200\nparity = even\nunit = {}\npoll = {}\n')

    def check(self, *periods):
        meters = {f'meters.d/m{i}.meter': self.LINE.format(i + 1, period)
                  for i, period in enumerate(periods)}
        daemon = self.daemon(meters, start=False)
        return subprocess.run(daemon.argv('--check-config'), capture_output=True, text=True,
                              check=False, timeout=PATIENCE)

    def test_line(self):
        if not os.path.exists(os.path.join(plugin_dir(), 'modbus-rtu.so')):
            self.skipTest('modbus-rtu was not built')
        fits = self.check('5s', '10s')
        self.assertEqual((0, '2 meters on 1 links: nothing is wrong\n'),
                         (fits.returncode, fits.stdout))
        full = self.check('5s', '4s')
        self.assertEqual(1, full.returncode)
        self.assertRegex(full.stdout, r"^link '/dev/ttyS9': its meters ask for 1\d\d % of the time "
                                      'of the line at 1200 baud; poll less often')


if __name__ == '__main__':
    ohmtest.main()
