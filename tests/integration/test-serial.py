# SPDX-License-Identifier: LGPL-2.1-or-later
"""Meters on a serial line, and behind converters that pass its frames on over TCP."""

import os
import socket
import tempfile

import ohmtest
from scene import MeterScenario

UNITS = range(1, 9)
# Chances per million bytes: some twelve of a hundred exchanges are hit.
NOISE = {'drop': 100, 'flip': 200, 'insert': 100, 'collide': 100}


class SerialLine(MeterScenario):
    """Eight meters on one line, in real time: bytes of a pseudo-terminal take their own."""

    def setUp(self):
        super().setUp()
        self.folder = tempfile.TemporaryDirectory(prefix='ohm-serial-')
        self.addCleanup(self.folder.cleanup)
        self.device = os.path.join(self.folder.name, 'usb-adapter')

    def line(self, *more, units='1-8', baud=115200):
        keys = ','.join((f'line={self.device}', f'baud={baud}', 'latency=2', 'noise=strict:on',
                         'load=constant', *more))
        return self.sim(f'janitza-common@{units}:{keys}')

    def meters(self, sim, units=UNITS, **keys):
        keys = {'poll': '500ms', 'baud': 115200, **keys}
        return {f'meters.d/m{unit}.meter': sim.meter(unit=unit, **keys) for unit in units}

    def wait_all(self, state, units=UNITS):
        for unit in units:
            self.wait_state(f'm{unit}', state)

    def link(self, prop):
        return self.bus.get(self.link_path(), f'Link.{prop}')

    def link_path(self):
        objects = self.bus.call('', 'org.freedesktop.DBus.ObjectManager.GetManagedObjects')[0]
        paths = [path for path in objects if '/links/' in path]
        self.assertEqual(len(paths), 1, paths)
        return paths[0].removeprefix('/org/ohmnibus/Ohmnibus1/')

    def polls(self, units=UNITS):
        rows = [self.statistics(f'm{unit}') for unit in units]
        return (sum(row['polls'] for row in rows), sum(row['failures'] for row in rows))

    def steady(self, meter):
        """Values that do not change with the load constant."""
        return {point: value for point, (value, quality) in self.values(meter).items()
                if quality == 'good' and point.startswith(('power-active', 'current'))}

    def test_noise_unplug_and_back(self):
        sim = self.line()
        self.daemon(self.meters(sim))
        self.wait_all('ok')
        for unit in UNITS:
            self.wait_read(f'm{unit}')
        self.check_noise(sim)
        self.check_unplug(sim)

    def check_noise(self, sim):
        before = {unit: self.steady(f'm{unit}') for unit in UNITS}
        polls, failures = self.polls()
        for trait, chance in NOISE.items():
            sim.line(f'{trait} {chance}')
        ohmtest.wait_until(lambda: self.polls()[0] > polls + 48, what='48 polls')
        for unit in UNITS:
            after = self.steady(f'm{unit}')
            for point in before[unit].keys() & after.keys():
                self.assertAlmostEqual(after[point], before[unit][point], msg=point,
                                       delta=0.1 * abs(before[unit][point]) + 0.1)
        now = self.polls()
        broken = self.bus.call(self.link_path(), 'Link.GetStatistics', 'a{sv}', {})[0]['broken']
        self.assertGreater(broken, 0)
        print(f'# with noise: {now[1] - failures} of {now[0] - polls} polls failed')
        # how many is not judged: a busy machine passes bytes on late, which breaks frames too
        self.assertLess(now[1] - failures, now[0] - polls)
        for trait in NOISE:
            sim.line(f'{trait} 0')
        self.wait_all('ok')

    def check_unplug(self, sim):
        sim.line('unplug')
        self.wait_all('unreachable')
        self.assertEqual(self.link('State'), 'down')
        self.assertIn(self.link('CauseCode'), ('device-lost', 'device-missing'))
        sim.line('plug')
        self.wait_all('ok')
        self.assertEqual(self.link('State'), 'up')

    def test_second_opener(self):
        sim = self.line(units='1')
        self.daemon(self.meters(sim, [1]))
        self.wait_state('m1', 'ok')
        # the same line by another name: what runs is not disturbed, and the message says who it is
        said = self.fails('test', os.path.realpath(self.device), '--unit=1')
        self.assertEqual(said['code'], 'device-in-use')
        self.assertEqual(said['arguments']['program'], 'another link of this program')
        self.assertEqual(self.state('m1'), 'ok')
        # by the name that a meter gives, it is asked over that meter's link
        self.ctl('test', self.device, '--unit=1')

    def fails(self, *arguments):
        """The message of a test that fails."""
        return self.ctl(*arguments, expect=6)['message']

    def test_find_settings(self):
        self.line(units='1', baud=19200)
        self.daemon()
        shown = self.ctl('test', self.device, text=True)
        self.assertIn(f'--device={self.device} --unit=1 baud=19200', shown)
        self.ctl('add', 'cellar', *shown.split('add it: ohmctl add ID ')[1].split(), text=True)
        self.wait_state('cellar', 'ok')
        self.assertIn('of the time of the link', self.ctl('plan', 'cellar', text=True))

    def test_nothing_there(self):
        self.daemon()
        self.assertEqual(self.fails('test', self.device)['code'], 'device-missing')
        self.assertEqual(self.fails('test', __file__)['code'], 'device-not-serial')


class RtuOverTcp(MeterScenario):
    def test_found_out(self):
        sim = self.sim('janitza-common@3:framing=rtu,baud=19200,latency=5')
        end = sim.endpoints[0]
        self.daemon()
        shown = self.ctl('test', f'{end.host}:{end.port}/3', text=True)
        self.assertIn('sends Modbus RTU frames, not Modbus TCP', shown)
        self.assertIn("'framing = rtu'", shown)
        self.assertIn('--unit=3 framing=rtu', shown)

    def test_rtu_and_auto(self):
        sim = self.sim('janitza-common@1-4:framing=rtu,baud=115200,fault=hold=100,11@4')
        for framing in ('rtu', 'auto'):
            daemon = self.daemon({f'meters.d/m{unit}.meter':
                                  sim.meter(unit=unit, framing=framing, poll='500ms')
                                  for unit in range(1, 5)})
            for unit in (1, 2, 3):
                self.wait_state(f'm{unit}', 'ok')
                self.wait_read(f'm{unit}')
            self.wait_state('m4', 'silent')
            daemon.stop()


class FewConnections(MeterScenario):
    """Devices that take one connection at a time."""

    def test_taken(self):
        sim = self.sim('janitza-common:connections=1')
        end = sim.endpoints[0]
        self.daemon()
        with socket.create_connection((end.host, end.port)):
            run = self.ctl('test', f'{end.host}:{end.port}', expect=6)
        self.assertEqual(run['message']['code'], 'connection-closed')
        self.ctl('test', f'{end.host}:{end.port}')

    def test_shared(self):
        """Meters of one address share its connection, and so does a test of that address."""
        sim = self.sim('janitza-common@1-3:connections=1')
        end = sim.endpoints[0]
        self.daemon({f'meters.d/m{unit}.meter': sim.meter(unit=unit) for unit in (1, 2, 3)})
        for unit in (1, 2, 3):
            self.wait_state(f'm{unit}', 'ok')
        self.ctl('test', f'{end.host}:{end.port}/2')
        self.assertIn('connections=1 accepted=1', ' '.join(sim.list()))


if __name__ == '__main__':
    ohmtest.main()
