# SPDX-License-Identifier: LGPL-2.1-or-later
"""Serial lines, and gateways with one: what of the time that arithmetic allows is used."""

import os
import sys
import tempfile
import time

import ohmtest
from load import Collectd, Gateway, Ohmd

BITS = 10  # of a character: 8N1
LIMIT, FLOOR = '<=', '>='
UNITS, SILENT = 50, 5
TIMEOUT_S = 1.5  # of a unit that has never been silent: core/ohmd/ohm-link-wait.c


def exchange_s(baud, count):
    """Modbus over serial line V1.02: request and answer of a read, and a silence behind each, of 3.5
    characters, above 19,200 baud of 1.75 ms."""
    silence = 1.75e-3 if baud > 19200 else 3.5 * BITS / baud
    return (8 + 5 + 2 * count) * BITS / baud + 2 * silence


class Requests(list):
    """(time, port, unit, count) of each request, as the simulator saw it."""

    def __init__(self, path):
        with open(path, encoding='ascii') as file:
            for line in file:
                time_us, port, unit, _, _, count = line.split()
                self.append((int(time_us) / 1e6, int(port), int(unit), int(count)))

    def within(self, window, units=range(256)):
        return [row for row in self if window[0] <= row[0] < window[1] and row[2] in units]


def wait_clear(seconds):
    """Until no quarter hour falls into so many seconds: counters are read first then, and that is
    another figure."""
    left = 900 - time.time() % 900
    if left < seconds:
        time.sleep(left + 1)


class Line(Ohmd):
    """All meters of a line, asked more often than it can carry."""

    def __init__(self, endpoints, baud):
        super().__init__(endpoints)
        self.baud = baud

    def meters(self):
        return [(end, unit) for end in self.endpoints for unit in end.units]

    def text(self, end, unit):
        return (f'[meter]\ntype = {end.type}\ntransport = modbus-rtu\ndevice = {end.host}\n'
                f'baud = {self.baud}\nunit = {unit}\npoll = 100ms\n')


def measure_line(sim_cpu, baud, seconds):
    """Share of the line's arithmetic limit that eight meters on it make use of."""
    wait_clear(seconds + 10)
    with tempfile.TemporaryDirectory(prefix='ohm-bench-') as folder:
        path = os.path.join(folder, 'journal')
        device = os.path.join(folder, 'line')
        sim = ohmtest.Sim(f'janitza-common@1-8:line={device},baud={baud},noise=strict:on',
                          args=['--journal', path])
        try:
            os.sched_setaffinity(sim.process.pid, {sim_cpu})
            with Line(sim.endpoints, baud) as running:
                run = running.measure(seconds)
        finally:
            sim.stop()
        requests = Requests(path).within(run.window)
    used = sum(exchange_s(baud, count) for _, _, _, count in requests)
    return 100 * used / (run.window[1] - run.window[0])


class Slow(Gateway):
    """A gateway with a serial line behind it, more asked than it can carry."""

    def text(self, end, unit):
        return super().text(end, unit).replace('poll = 1s', 'poll = 5s')


def wait_all_asked(sim, timeout=90.0):
    """Until each unit has been read twice."""
    def reads():
        return [int(word.removeprefix('reads=')) for line in sim.list() if line.startswith('unit ')
                for word in line.split() if word.startswith('reads=')]
    ohmtest.wait_until(lambda: min(reads()) > 1, timeout=timeout, what='all units being read')


def measure_slow_gateway(sim_cpu, fault, baud, seconds):
    """From the second cycle after five units fell silent: the share of the line that the healthy
    ones make use of. The first cycle lasts longer by one full time-out for each of the five."""
    healthy = range(1, UNITS - SILENT + 1)
    cycle = UNITS * exchange_s(baud, 122)
    first = cycle + SILENT * TIMEOUT_S
    wait_clear(4 * cycle + first + seconds)
    with tempfile.TemporaryDirectory(prefix='ohm-bench-') as folder:
        path = os.path.join(folder, 'journal')
        sim = ohmtest.Sim(f'janitza-common@1-{UNITS}:baud={baud}', args=['--journal', path])
        try:
            os.sched_setaffinity(sim.process.pid, {sim_cpu})
            with Slow(sim.endpoints):
                wait_all_asked(sim)
                sim.fault(fault, units=f'{healthy[-1] + 1}-{UNITS}')
                time.sleep(first + cycle)
                begin = time.monotonic()
                time.sleep(seconds)
                window = begin, time.monotonic()
        finally:
            sim.stop()
        requests = Requests(path).within(window, healthy)
    used = sum(exchange_s(baud, count) for _, _, _, count in requests)
    return 100 * used / (window[1] - window[0])


def measure_separate(sim_cpu, seconds):
    """Fifty meters with a connection each, five of them silent."""
    with tempfile.TemporaryDirectory(prefix='ohm-bench-') as folder:
        path = os.path.join(folder, 'journal')
        sim = ohmtest.Sim(f'janitza-common*{UNITS - SILENT}:latency=2',
                          f'janitza-common*{SILENT}:fault=silent=500', args=['--journal', path])
        ports = {end.port for end in sim.endpoints[:UNITS - SILENT]}
        try:
            os.sched_setaffinity(sim.process.pid, {sim_cpu})
            with Gateway(sim.endpoints) as running:
                run = running.measure(seconds)
        finally:
            sim.stop()
        rows = [row for row in Requests(path).within(run.window) if row[1] in ports]
    return min(100.0, 100 * len(rows) / ((UNITS - SILENT) * seconds))


class GatewayCollectd(Collectd):
    """All units behind one connection; one value of each a second."""

    def config(self):
        end = self.endpoints[0]
        data = ('<Data "v0">\nRegisterBase 19000\nRegisterType float\nType gauge\nInstance "v0"\n'
                '</Data>')
        slaves = ''.join(f'<Slave {unit}>\nInstance "u{unit}"\nCollect "v0"\n</Slave>\n'
                         for unit in end.units)
        return '\n'.join([f'BaseDir "{self._dir}"', f'PIDFile "{self._dir}/pid"',
                          'TypesDB "/usr/share/collectd/types.db"', 'Interval 1',
                          'LoadPlugin modbus', '<Plugin modbus>', data,
                          f'<Host "gateway">\nAddress "{end.host}"\nPort "{end.port}"\nInterval 1\n'
                          f'{slaves}</Host>', '</Plugin>', ''])

    def measure(self, seconds):
        time.sleep(10.0)
        return super().measure(seconds)


def measure_gateway(sim_cpu, contender, fault, seconds):
    """One connection, 50 units, 2 ms answers, 5 of them ill: what the healthy ones still bring."""
    with tempfile.TemporaryDirectory(prefix='ohm-bench-') as folder:
        path = os.path.join(folder, 'journal')
        sim = ohmtest.Sim(f'janitza-common@1-{UNITS}:latency=2,fault={fault}@46-50',
                          args=['--journal', path])
        try:
            os.sched_setaffinity(sim.process.pid, {sim_cpu})
            with contender(sim.endpoints) as running:
                run = running.measure(seconds)
        finally:
            sim.stop()
        healthy = Requests(path).within(run.window, range(1, UNITS - SILENT + 1))
    return min(100.0, 100 * len(healthy) / ((UNITS - SILENT) * seconds))


def measure_gateways(table, sim_cpu, seconds):
    for fault, floor in (('silent', 99), ('hold=1000,11', 95)):
        figures = {}
        for contender in (Gateway, GatewayCollectd):
            if not contender.is_here():
                continue
            print(f'   {contender.name}, a gateway with 50 units, 5 of them {fault}, {seconds} s',
                  file=sys.stderr)
            figures[contender.name] = measure_gateway(sim_cpu, contender, fault, seconds)
        table.add_row(f'gateway with 50 units, 5 of them {fault}: healthy values at 1 s', '%',
                      figures, FLOOR, floor)
    print(f'   ohmd, 50 connections, 5 of them silent, {seconds} s', file=sys.stderr)
    table.add('50 meters with a connection each, 5 of them silent: healthy values at 1 s',
              measure_separate(sim_cpu, seconds), '%', FLOOR, 100)


def measure_lines(table, sim_cpu, seconds):
    for baud, floor in ((9600, 90), (19200, 90), (38400, 90), (115200, 80)):
        print(f'   ohmd, a line at {baud} baud, {seconds} s', file=sys.stderr)
        table.add(f'RTU, 8 meters on a line at {baud} baud: of the arithmetic limit',
                  measure_line(sim_cpu, baud, seconds), '%', FLOOR, floor)
    for fault in ('hold=1000,11', 'silent=1000'):
        print(f'   ohmd, a gateway with a line at 19200 baud, 5 of 50 units {fault}, {seconds} s',
              file=sys.stderr)
        table.add(f'gateway with 50 units on a line at 19200 baud, 5 of them {fault}: healthy ones, '
                  'of the arithmetic limit', measure_slow_gateway(sim_cpu, fault, 19200, 2 * seconds),
                  '%', FLOOR, 95)
