# SPDX-License-Identifier: LGPL-2.1-or-later
"""ohm-sim: meters that are not there."""

import os
import shutil
import socket
import tempfile
from collections import namedtuple

from .paths import PATIENCE, plugin_dir, program
from .process import Process

# units: list of int
Endpoint = namedtuple('Endpoint', 'host port type units')


class Sim:
    """Sim('umg801', 'umg96rm@1-3:fault=silent@2'): endpoints in the order of the specifications,
    which tests/sim/README.md explains."""

    def __init__(self, *specs, profile_dirs=None, args=()):
        path = program('ohm-sim')
        self._dir = tempfile.mkdtemp(prefix='ohm-sim-')
        self._control_path = os.path.join(self._dir, 'control')
        self._control = None
        dirs = [plugin_dir()] if profile_dirs is None else profile_dirs
        self.process = Process([
            path, *(a for d in dirs for a in ('--profile-dir', d)),
            '--control', self._control_path, *args, *specs])
        try:
            self.process.wait_line('^ready$')
        except AssertionError:
            self.process.kill()
            shutil.rmtree(self._dir, ignore_errors=True)
            raise
        self.endpoints = [self._parse(line) for line in self.process.lines
                          if line.startswith('listening ')]

    @staticmethod
    def _parse(line):
        _, host, port, kind, units = line.split(' ')
        return Endpoint(host, int(port), kind, Sim._parse_units(units))

    @staticmethod
    def _parse_units(text):
        if text == '*':
            return list(range(256))
        ends = [part.partition('-') for part in text.split(',')]
        return [unit for first, _, last in ends for unit in range(int(first), int(last or first) + 1)]

    def meter(self, index=0, unit=None, **keys):
        """Text of a .meter file for an endpoint; further keys as arguments (poll='1s')."""
        end = self.endpoints[index]
        path = {'transport': 'modbus-rtu', 'device': end.host} if end.host.startswith('/') else \
            {'transport': 'modbus-tcp', 'host': end.host, 'port': end.port}
        rows = {'type': end.type, **path, 'unit': end.units[0] if unit is None else unit, **keys}
        return '[meter]\n' + ''.join(f'{key} = {value}\n' for key, value in rows.items())

    def control(self, command):
        """Sends one line to the control socket, returns the line that answers: 'ok' or
        'error REASON'."""
        if self._control is None:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(PATIENCE)
            connection.connect(self._control_path)
            self._control = connection.makefile('rw', encoding='utf-8')
            connection.close()  # the file keeps it
        self._control.write(command + '\n')
        self._control.flush()
        return self._control.readline().rstrip('\n')

    def ask(self, command):
        """The lines that answer a command, without the 'ok' that ends them."""
        lines = [self.control(command)]
        while lines[-1] != 'ok':
            assert not lines[-1].startswith('error '), lines[-1]
            lines.append(self._control.readline().rstrip('\n'))
        return lines[:-1]

    def list(self):
        """Endpoints, units and faults."""
        return self.ask('list')

    def dump(self, index=0):
        """What the registers of an endpoint's meters hold: tests/sim/README.md explains the lines."""
        return self.ask(f'{self.endpoints[index].port} * dump')

    def fault(self, text, on=True, index=0, units='*'):
        """Switches a fault of an endpoint: fault('hold=1000,11', units='3-5')."""
        answer = self.control(f"{self.endpoints[index].port} {units} fault {text} "
                              f"{'on' if on else 'off'}")
        assert answer == 'ok', answer

    def line(self, text, index=0):
        """Pulls or changes the serial line of an endpoint: line('unplug'), line('flip 500')."""
        answer = self.control(f'{self.endpoints[index].port} * line {text}')
        assert answer == 'ok', answer

    def stop(self):
        """Ends it; fails if it had failed before or does so now."""
        try:
            if self._control is not None:
                self._control.close()
            if self.process.status is None:
                self.process.stop()
            assert self.process.status == 0, \
                f'ohm-sim ended with {self.process.status}:\n{self.process.text}'
        finally:
            shutil.rmtree(self._dir, ignore_errors=True)
