# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a meter should not show is told: a clock that is off, values that cannot be."""

import subprocess

from gi.repository import GLib

import ohmtest
from ohmtest.ctl import parse
from scene import MeterScenario

BEGIN = '2026-11-22T09:58:00Z'


class HealthCase(MeterScenario):
    """Time in the test's hands."""

    def start(self, specs, files, poll='10min', **keys):
        self.clock = ohmtest.TestClock(wall=BEGIN)
        self.addCleanup(self.clock.stop)
        self.device = self.sim(*specs, args=self.clock.args)
        meters = {f'meters.d/{name}.meter': self.device.meter(index, unit=unit, poll=poll) + more
                  for name, (index, unit, more) in files.items()}
        self.process = self.daemon({**meters, **keys}, start=False, args=self.clock.args)
        self.process.start()
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
        output = None
        while output is None:
            self.clock.advance(seconds / 20)
            try:
                output, errors = process.communicate(timeout=0.02)
            except subprocess.TimeoutExpired:
                pass
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
        self.assertAlmostEqual(found['offset_us'] / 1e6, 3600, delta=0.3)
        self.assertLess(found['uncertainty_us'], 500_000)
        self.assertEqual(self.ctl('meter', 'clock', 'right')['state'], 'ok')
        self.assertEqual(self.ctl('meter', 'clock', 'none')['state'], 'none')
        self.assertIn('no clock is known', self.ctl('meter', 'clock', 'none', text=True))

        # of a clock whose zone nobody documents: what fits
        date = self.ctl('meter', 'clock', 'date')
        self.assertEqual((date['shows'], date['settable']), ('local', False))
        self.assertAlmostEqual(date['offset_us'] / 1e6, -5, delta=0.3)

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
        self.assertAlmostEqual(found['offset_us'] / 1e6, 0, delta=0.3)
        self.assertTrue(found['checks'][-1]['set'])
        self.assertEqual(self.alarms(), {})
        self.assertEqual(self.alarms(ended=True), {'meters/off/clock': 'clock-ahead'})

        # what an unsure clock of ours told is told anew once it is sure
        self.clock.set_synchronized(False)
        self.assertTrue(self.ctl_while(10, 'meter', 'clock', 'right', '--check')['checks'][-1]['unsure'])
        self.clock.set_synchronized(True)
        self.clock.advance(660)
        self.assertFalse(self.ctl('meter', 'clock', 'right')['checks'][-1]['unsure'])

        # a day later it is compared again
        n = len(self.ctl('meter', 'clock', 'right')['checks'])
        self.clock.advance(86400 + 60)
        self.assertGreater(len(self.ctl('meter', 'clock', 'right')['checks']), n)


class Findings(HealthCase):
    """One meter for each fault, and one without."""

    def setUp(self):
        super().setUp()
        self.start(['janitza-common@1-5:load=constant,power=9000',
                    'janitza-common:load=constant,power=5000'],
                   {'dead': (0, 1, ''), 'reversed': (0, 2, ''), 'stuck': (0, 3, '[place stuck]\n'),
                    'small': (1, 1, '[place small]\n'), 'part': (0, 5, '[place part]\nparent = stuck\n'),
                    'sound': (0, 4, 'max-power = 60000\n[place sound]\nparent = small\n')},
                   poll='30s', **{'ohmd.conf': '[ohmd]\nreversed-after = 10min\n'})
        self.port = self.device.endpoints[0].port
        self.clock.advance(60)

    def set(self, unit, point, value):
        self.assertEqual(self.device.control(f'{self.port} {unit} set {point} {value}'), 'ok')

    def test_findings(self):
        self.assertEqual(self.alarms(), {})
        counter = self.values('stuck')['energy-active-import.total'][0]
        self.set(1, 'voltage.l2-n', 2)
        self.set(2, 'power-active.l3', -3000)
        self.set(2, 'power-active.total', 3000)
        self.set(3, 'energy-active-import.total', counter)
        self.clock.advance(95)
        self.assertEqual(self.alarms(), {'meters/dead/voltage': 'phase-dead'})
        self.clock.advance(7 * 60)
        self.assertNotIn('meters/reversed/direction', self.alarms())
        self.clock.advance(20 * 60)
        self.assertEqual(self.alarms(), {'meters/dead/voltage': 'phase-dead',
                                         'meters/reversed/direction': 'current-reversed',
                                         'meters/stuck/counter': 'counter-stuck'})
        # an hour of quarter hours: a part that uses more than its whole; where the whole's counter
        # stands that is the root cause
        self.clock.advance(75 * 60)
        self.assertEqual(self.alarms()['places/small/parts'], 'parts-exceed')
        self.assertNotIn('places/stuck/parts', self.alarms())
        # what the meter says stays what it says
        self.assertEqual(self.values('stuck')['energy-active-import.total'], (counter, 'good'))
        self.assertEqual(self.values('dead')['voltage.l2-n'], (2.0, 'good'))
        lines = self.ctl('alarm', 'list', text=True)
        self.assertIn('Phase L2 has 2 V, the others have', ' '.join(lines.split()))

        # each is over by itself
        for unit, point in ((1, 'voltage.l2-n'), (2, 'power-active.l3'), (2, 'power-active.total'),
                            (3, 'energy-active-import.total')):
            self.set(unit, point, 'auto')
        self.clock.advance(1800)
        self.assertEqual(self.alarms(), {'places/small/parts': 'parts-exceed'})
        self.process.write('meters.d/sound.meter', self.device.meter(0, unit=4, poll='30s'))
        self.bus.call('', 'Manager.Reload', 'a{sv}', {})
        self.clock.advance(1800)
        self.assertEqual(self.alarms(), {})
        self.assertEqual(set(self.alarms(ended=True).values()),
                         {'phase-dead', 'current-reversed', 'counter-stuck', 'parts-exceed'})


if __name__ == '__main__':
    ohmtest.main()
