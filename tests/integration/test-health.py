# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a meter should not show is told: a clock that is off."""

import subprocess

from gi.repository import GLib

import ohmtest
from ohmtest.ctl import parse
from scene import MeterScenario

BEGIN = '2026-11-22T09:58:00Z'


class HealthCase(MeterScenario):
    """Time in the test's hands."""

    def start(self, specs, files, **keys):
        self.clock = ohmtest.TestClock(wall=BEGIN)
        self.addCleanup(self.clock.stop)
        self.device = self.sim(*specs, args=self.clock.args)
        meters = {f'meters.d/{name}.meter': self.device.meter(index, unit=unit, poll='10min') + more
                  for name, (index, unit, more) in files.items()}
        self.daemon({**meters, **keys}, start=False, args=self.clock.args).start()
        self.clock.wait_for('ohmd')
        self.clock.settle()

    def alarms(self, ended=False):
        """{subject: code} of what lasts, or of what has ended."""
        rows = self.bus.call('', 'Alarm.GetAlarms', 'a{sv}', {'ended': GLib.Variant('b', ended)})[0]
        return {row[1]: row[2] for row in rows if (row[5] != 0) == ended}

    def ctl_while(self, seconds, *arguments, expect=0):
        """ohmctl of a verb that takes time of the meter's: it passes meanwhile."""
        process = subprocess.Popen(
            [ohmtest.program('ohmctl'), *arguments, '--json', f'--bus-address={self.bus.address}'],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while process.poll() is None:
            self.clock.advance(seconds / 100)
        output, errors = process.communicate()
        self.assertEqual(process.returncode, expect, output + errors)
        return parse(output) if output else errors


class Clocks(HealthCase):
    def setUp(self):
        super().setUp()
        self.start(['umg96rm@1-2:fact.module=2,fault=clock-drift=3600@1', 'umg96rm:fact.module=0',
                    'umg96rm:fact.module=3,fact.article=5222062,fault=clock-drift=3595'],
                   {'off': (0, 1, ''), 'right': (0, 2, ''), 'none': (1, 1, ''), 'date': (2, 1, '')},
                   **{'ohmd.conf': '[ohmd]\ntime-zone = Europe/Berlin\n'})
        self.clock.advance(20)

    def test_clocks(self):
        self.assertEqual(self.alarms(), {'meters/off/clock': 'clock-ahead'})
        found = self.ctl('meter', 'clock', 'off', expect=7)
        self.assertEqual((found['state'], found['shows'], found['settable']), ('off', 'utc', True))
        self.assertAlmostEqual(found['offset'], 3600, delta=0.3)
        self.assertLess(found['uncertainty'], 0.5)
        self.assertEqual(self.ctl('meter', 'clock', 'right')['state'], 'ok')
        self.assertEqual(self.ctl('meter', 'clock', 'none')['state'], 'none')
        self.assertIn('no clock is known', self.ctl('meter', 'clock', 'none', text=True))

        # of a clock whose zone nobody documents: what fits
        date = self.ctl('meter', 'clock', 'date')
        self.assertEqual((date['shows'], date['settable']), ('local', False))
        self.assertAlmostEqual(date['offset'], -5, delta=0.3)

        self.assertIn('no register is documented',
                      self.ctl_while(10, 'meter', 'clock', 'date', '--set', expect=1))
        self.clock.set_synchronized(False)
        self.assertIn('not synchronised',
                      self.ctl_while(10, 'meter', 'clock', 'off', '--set', expect=1))
        self.clock.set_synchronized(True)
        writes = [line for line in self.device.list() if 'serial=41000001' in line]
        self.assertIn('writes=0', writes[0])

        found = self.ctl_while(10, 'meter', 'clock', 'off', '--set')
        self.assertEqual(found['state'], 'ok')
        self.assertAlmostEqual(found['offset'], 0, delta=0.3)
        self.assertTrue(found['checks'][-1]['set'])
        self.assertEqual(self.alarms(), {})
        self.assertEqual(self.alarms(ended=True), {'meters/off/clock': 'clock-ahead'})

        # a day later it is compared again
        n = len(self.ctl('meter', 'clock', 'right')['checks'])
        self.clock.advance(86400 + 60)
        self.assertGreater(len(self.ctl('meter', 'clock', 'right')['checks']), n)


if __name__ == '__main__':
    ohmtest.main()
