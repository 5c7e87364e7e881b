# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that read simulated meters, each run alone: ours, a bare client, somebody else's."""

import os
import shutil
import subprocess
import tempfile
import time

import ohmtest

WARM_UP_S = 3.0


class Run:
    """What one window of a run cost."""

    def __init__(self, window, cpu_s, rss_mib):
        self.window = window
        self.cpu_s = cpu_s
        self.rss_mib = rss_mib


def cpu_s(pid):
    """CPU time of all threads, to the nanosecond where the kernel tells."""
    total = 0
    for task in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{task}/schedstat', encoding='ascii') as file:
            total += int(file.read().split()[0])
    return total / 1e9


def rss_mib(pid):
    with open(f'/proc/{pid}/status', encoding='ascii') as file:
        for line in file:
            if line.startswith('VmRSS:'):
                return int(line.split()[1]) / 1024
    return 0.0


class Load:
    """A running program. Used with 'with'; pid and began are for measure()."""

    name = ''

    def __init__(self, endpoints):
        self.endpoints = endpoints
        self.began = time.monotonic()
        self.pid = 0

    @classmethod
    def is_here(cls):
        return True

    def __enter__(self):
        self.began = time.monotonic()
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def measure(self, seconds):
        time.sleep(WARM_UP_S)
        begin, before = time.monotonic(), cpu_s(self.pid)
        time.sleep(seconds)
        end, after = time.monotonic(), cpu_s(self.pid)
        return Run((begin, end), after - before, rss_mib(self.pid))


class Bare(Load):
    """Asks all meters at once, as the others do."""

    name = 'bare epoll client'

    def start(self):
        path = os.path.join(os.environ['OHM_BUILD_DIR'], 'tests', 'bench', 'bare-epoll-client')
        self._process = subprocess.Popen([path, '1000', '3600', 'burst'], stdin=subprocess.PIPE,
                                         stdout=subprocess.DEVNULL, text=True)
        self._process.stdin.write(''.join(f'{end.port}\n' for end in self.endpoints))
        self._process.stdin.close()
        self.pid = self._process.pid

    def stop(self):
        self._process.terminate()
        self._process.wait()


class Ohmd(Load):
    name = 'ohmd'

    @classmethod
    def is_here(cls):
        try:
            ohmtest.program('ohmd')
        except FileNotFoundError:
            return False
        return True

    poll = '1s'

    def meters(self):
        """(endpoint, unit) of each meter."""
        return [(end, end.units[0]) for end in self.endpoints]

    def text(self, end, unit):
        """The .meter file of a unit."""
        return (f'[meter]\ntype = {end.type}\ntransport = modbus-tcp\nhost = {end.host}\n'
                f'port = {end.port}\nunit = {unit}\npoll = {self.poll}\n')

    def count_polls(self):
        """Of all meters since the start."""
        return self._bus.call('', 'System.GetStatistics', 'a{sv}', {})[0]['polls']

    def start(self):
        self._bus = ohmtest.PrivateBus()
        self._daemon = ohmtest.Daemon(self._bus)
        for i, (end, unit) in enumerate(self.meters()):
            self._daemon.write(f'meters.d/m{i}.meter', self.text(end, unit))
        self.began = time.monotonic()
        self._daemon.start()
        self.pid = self._daemon.process.pid

    def time_change(self, name):
        """Seconds until the new name in the first meter's file is the meter's."""
        end, unit = self.meters()[0]
        began = time.monotonic()
        self._daemon.write('meters.d/m0.meter', self.text(end, unit) + f'name = {name}\n')
        ohmtest.wait_until(lambda: self._bus.get('meters/m0', 'Meter.Name') == name, what='the new name')
        return time.monotonic() - began

    def time_end(self):
        """Seconds from SIGTERM to the end."""
        return self._daemon.stop()

    def stop(self):
        try:
            self._daemon.remove()
        finally:
            self._bus.stop()


class Hurried(Ohmd):
    poll = '100ms'


class Gateway(Ohmd):
    """All units of each endpoint, behind one connection."""

    def meters(self):
        return [(end, unit) for end in self.endpoints for unit in end.units]

    def measure(self, seconds):
        time.sleep(10.0)  # until the mute units are known to be
        return super().measure(seconds)


class Collectd(Load):
    """One value a request, as its modbus plugin does; nothing is written."""

    name = 'collectd'
    module = '/usr/lib/collectd/modbus.so'

    @classmethod
    def is_here(cls):
        return shutil.which('collectd') is not None and os.path.exists(cls.module)

    def config(self):
        data = [f'<Data "v{i}">\nRegisterBase {19000 + 2 * i}\nRegisterType float\nType gauge\n'
                f'Instance "v{i}"\n</Data>' for i in range(61)]
        collect = ''.join(f'Collect "v{i}"\n' for i in range(61))
        hosts = [f'<Host "m{i}">\nAddress "{end.host}"\nPort "{end.port}"\nInterval 1\n'
                 f'<Slave {end.units[0]}>\nInstance "m{i}"\n{collect}</Slave>\n</Host>'
                 for i, end in enumerate(self.endpoints)]
        return '\n'.join([f'BaseDir "{self._dir}"', f'PIDFile "{self._dir}/pid"',
                          'TypesDB "/usr/share/collectd/types.db"', 'Interval 1',
                          'LoadPlugin modbus', '<Plugin modbus>', *data, *hosts, '</Plugin>', ''])

    def start(self):
        self._dir = tempfile.mkdtemp(prefix='ohm-bench-')
        path = os.path.join(self._dir, 'collectd.conf')
        with open(path, 'w', encoding='ascii') as file:
            file.write(self.config())
        self._process = subprocess.Popen(['collectd', '-C', path, '-f'], stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)
        self.pid = self._process.pid

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._dir, ignore_errors=True)
