#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures what the design promises in figures, and prints one table. Run by run.sh."""

import argparse
import contextlib
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict, namedtuple

import ohmtest
from cloud import measure_cloud
from lines import measure_gateways, measure_lines, wait_clear
from load import Bare, Collectd, Hurried, Ohmd, rss_mib
from start import measure_start_with_past

PROFILE = 'plugins/profiles/janitza-common.profile'
VALUES = 61  # of janitza-common: 122 registers in one request
# Design 5 and issue figures; a limit is the most, a floor the least.
LIMIT, FLOOR = '<=', '>='

COLUMNS = (Ohmd.name, Bare.name, Collectd.name)

# figures: by column
Row = namedtuple('Row', 'name unit figures bound target')


class Table:
    def __init__(self):
        self.rows = []

    def add(self, name, value, unit, bound=None, target=None):
        """What is ours alone."""
        self.add_row(name, unit, {Ohmd.name: value}, bound, target)

    def add_row(self, name, unit, figures, bound=None, target=None):
        if any(value is not None for value in figures.values()):
            self.rows.append(Row(name, unit, figures, bound, target))

    @staticmethod
    def verdict(row):
        value = row.figures.get(Ohmd.name)
        if row.bound is None or value is None:
            return ''
        kept = value <= row.target if row.bound == LIMIT else value >= row.target
        return 'yes' if kept else '**no**'

    @property
    def is_kept(self):
        return not any(self.verdict(row) == '**no**' for row in self.rows)

    def text(self):
        lines = ['| what | unit | ' + ' | '.join(COLUMNS) + ' | promise | kept |', '|---' * 7 + '|']
        for row in self.rows:
            figures = ' | '.join(number(row.figures.get(column)) for column in COLUMNS)
            promise = '' if row.bound is None else f'{row.bound} {row.target:g}'
            lines.append(f'| {row.name} | {row.unit} | {figures} | {promise} | {self.verdict(row)} |')
        return '\n'.join(lines)


def number(value):
    """Three digits that matter."""
    if value is None:
        return ''
    if value == 0 or abs(value) >= 100:
        return f'{value:.0f}'
    return f'{value:.1f}' if abs(value) >= 10 else f'{value:.2f}' if abs(value) >= 1 else f'{value:.3f}'


def program_path(name):
    return os.path.join(os.environ['OHM_BUILD_DIR'], 'tests', 'bench', name)


def run_program(name, *arguments, text=None):
    """Figures of a program that prints NAME VALUE UNIT lines."""
    output = subprocess.run([program_path(name), *arguments], input=text, check=True, capture_output=True,
                            text=True).stdout
    return {words[0]: float(words[1]) for words in map(str.split, output.splitlines())}


def measure_parts(table):
    bus = run_program('bench-bus')
    table.add('bus: one emission', bus['bus.emission'], 'ns')
    for n in (1, 10, 100):
        table.add(f'bus: one delivery, {n} subscriber{"s" if n > 1 else ""}',
                  bus[f'bus.delivery.{n}'], 'ns', LIMIT, 20)
    table.add('for comparison: GSignal, one delivery, 10 subscribers',
              bus['gsignal.delivery.10'], 'ns')
    codec = run_program('bench-codec', os.path.join(os.environ['OHM_SOURCE_DIR'], PROFILE))
    table.add('codec: encode a request', codec['codec.encode'], 'ns')
    table.add('codec: delimit and check an answer', codec['codec.check'], 'ns')
    table.add('codec and decode', codec['codec.decode'], 'ns/value')
    table.add('codec, decode, bus and last values, without sockets', codec['codec.all'], 'ns/value')
    checks = run_program('bench-plausibility', os.path.join(os.environ['OHM_SOURCE_DIR'], PROFILE))
    table.add('plausibility checks of a reading', checks['plausibility.value'], 'ns/value')
    measure_formats(table)


def measure_formats(table):
    """Bodies of requests to the cloud: 20 meters, one slot and a day."""
    figures = run_program('bench-cloud-format')
    for id, name in (('otlp', 'OTLP protobuf'), ('json', 'OTLP JSON'), ('line', 'line protocol')):
        table.add(f'{name}: encode', figures[f'cloud.{id}.encode'], 'ns/record')
        table.add(f'{name}: gzip', figures[f'cloud.{id}.gzip'], 'ns/record')
        table.add(f'{name}: a day, gzipped', figures[f'cloud.{id}.day'], 'bytes/value', LIMIT, 12)


def measure_slots(table, days):
    """A year of quarter hours of 32 meters, or fewer days of them."""
    slots = run_program('bench-slots', str(days))
    what = f'{days} days of slots for 32 meters'
    table.add(f'{what}: written', slots['slots.write'], 'records/s')
    table.add(f'{what}: store opened and checked', slots['slots.open'], 'ms')
    table.add(f'{what}: one meter and month, first time', slots['slots.month.first'], 'ms', LIMIT, 150)
    table.add(f'{what}: one meter and month', slots['slots.month'], 'ms', LIMIT, 150)
    table.add(f'{what}: the same rows by a bare SQLite scan', slots['slots.month.scan'], 'ms')
    table.add(f'{what}: against the bare scan', slots['slots.month.ratio'], 'times')


def measure_uplink(table, days):
    """Days without a cloud, then all of it; 32 meters with three energies each."""
    uplink = run_program('bench-uplink', str(days))
    what = f'{days} days without cloud, 32 meters'
    table.add(f'{what}: drained in', uplink['uplink.drain'], 's', LIMIT, 300)
    table.add(f'{what}: requests, at most', uplink['uplink.drain.rate'], '1/s', LIMIT, 2)
    table.add(f'{what}: newest slot late by', uplink['uplink.drain.live'], 's', LIMIT, 2)
    table.add(f'{what}: on disk', uplink['uplink.disk'], 'MB', LIMIT, 40)
    table.add('delivery to a receiver in memory', uplink['uplink.rate'], 'records/s', FLOOR, 10000)
    table.add('1000 gateways: fullest 10 s, against the mean', uplink['uplink.fleet'], 'times', LIMIT, 3)


def measure_exchange(table, sim_cpu, seconds, rounds=3, n=1000):
    """One exchange with nothing around it, by libohm and by the bare client, in turn."""
    module = os.path.join(os.environ['OHM_BUILD_DIR'], 'plugins', 'modbus-tcp.so')
    sim = ohmtest.Sim(f'janitza-common*{n}')
    try:
        os.sched_setaffinity(sim.process.pid, {sim_cpu})
        ports = ''.join(f'{end.port}\n' for end in sim.endpoints)
        for pace, name in (('spread', 'evenly spread'), ('burst', 'all at once')):
            print(f'   exchanges, {n} meters, {name}, {2 * rounds * seconds} s', file=sys.stderr)
            pairs = [(run_program('bare-epoll-client', '1000', str(seconds), pace,
                                  text=ports)['exchange'],
                      run_program('bench-exchange', module, '1000', str(seconds), pace,
                                  text=ports)['exchange'])
                     for _ in range(rounds)]
            add_exchange(table, f'one Modbus TCP exchange, {n} meters at 1 s, {name}', pairs)
    finally:
        sim.stop()


def add_exchange(table, name, pairs):
    table.add_row(name, 'us', {Bare.name: statistics.median(bare for bare, _ in pairs),
                               Ohmd.name: statistics.median(own for _, own in pairs)})
    table.add(f'{name}, against the bare client', statistics.median(own / bare for bare, own in pairs),
              'times', LIMIT, 1.5)


class Journal:
    """The requests as the simulator saw them: by port and unit, when they came."""

    def __init__(self, path):
        self.times = defaultdict(list)
        with open(path, encoding='ascii') as file:
            for line in file:
                time_us, port, unit, *_ = line.split()
                self.times[int(port), int(unit)].append(int(time_us) / 1e6)

    def within(self, window, ports):
        begin, end = window
        return {key: [t for t in times if begin <= t < end]
                for key, times in self.times.items() if key[0] in ports}

    @staticmethod
    def jitter_ms(times_by_meter, period=1.0):
        """99 of 100 requests start at most this far from where their meter's own beat has them."""
        off = []
        for times in times_by_meter.values():
            phases = [t - i * period for i, t in enumerate(times)]
            if len(phases) > 2:
                middle = statistics.median(phases)
                off += [abs((phase - middle + period / 2) % period - period / 2) for phase in phases]
        return 1000 * statistics.quantiles(off, n=100)[98] if len(off) > 100 else None

    @staticmethod
    def missed(times_by_meter, n_meters, seconds, period=1.0, per_cycle=1):
        """Cycles that ought to have begun in the window and did not; two of the edges are forgiven."""
        expected = int(seconds / period)
        lost = (n_meters - len(times_by_meter)) * expected
        return lost + sum(max(0, expected - 1 - len(times) // per_cycle)
                          for times in times_by_meter.values())


def measure_load(table, sim_cpu, contenders, n, seconds):
    """All contenders, one after the other, against the same n simulated meters."""
    with tempfile.TemporaryDirectory(prefix='ohm-bench-') as folder:
        path = os.path.join(folder, 'journal')
        sim = ohmtest.Sim(f'janitza-common*{n}', args=['--journal', path])
        runs = []
        try:
            os.sched_setaffinity(sim.process.pid, {sim_cpu})
            ports = {end.port for end in sim.endpoints}
            for contender in contenders:
                print(f'   {contender.name}, {n} meters, {seconds} s', file=sys.stderr)
                with contender(sim.endpoints) as running:
                    runs.append((contender, running.measure(seconds)))
        finally:
            sim.stop()
        journal = Journal(path)
    loads = {}
    for contender, run in runs:
        times = journal.within(run.window, ports)
        loads[contender.name] = figures_of(contender, run, times, n, seconds)
    add_loads(table, loads, n)


def figures_of(contender, run, times, n, seconds):
    """What one contender's run says, by the names of add_loads()."""
    requests = sum(map(len, times.values()))
    per_cycle = VALUES if contender is Collectd else 1
    values = 0 if contender is Bare else requests * VALUES / per_cycle
    return {
        'requests': requests / seconds,
        'values': values / seconds or None,
        'cpu': 100 * run.cpu_s / seconds,
        'rss': run.rss_mib,
        'exchange': 1e6 * run.cpu_s / requests if requests else None,
        'value': 1e6 * run.cpu_s / values if values else None,
        'missed': Journal.missed(times, n, seconds, per_cycle=per_cycle),
        'jitter': None if contender is Collectd else Journal.jitter_ms(times),
    }


def add_loads(table, loads, n):
    small = n <= 50

    def add(what, unit, key, *promise):
        figures = {name: figures[key] for name, figures in loads.items()}
        table.add_row(f'{n} meters at 1 s: {what}', unit, figures, *promise)

    add('requests', '1/s', 'requests', *((LIMIT, 50.5) if small else ()))
    add('values', '1/s', 'values')
    add('CPU of a core', '%', 'cpu', LIMIT, 1 if small else 20)
    add('memory', 'MiB', 'rss', LIMIT, 12 if small else 48)
    add('CPU per exchange', 'us', 'exchange')
    add('CPU per value', 'us', 'value', LIMIT, 3)
    add('missed cycles', '', 'missed', LIMIT, 0)
    add('start jitter, 99 of 100', 'ms', 'jitter')
    if {Ohmd.name, Bare.name} <= loads.keys():
        ratio = loads[Ohmd.name]['exchange'] / loads[Bare.name]['exchange']
        table.add(f'{n} meters at 1 s: CPU, all told, against the bare client', ratio, 'times')


def measure_life(table, sim_cpu, n=50):
    """From the start of the process to the first request at a meter; what a change of a file and the
    end take, meters being read."""
    with tempfile.TemporaryDirectory(prefix='ohm-bench-') as folder:
        path = os.path.join(folder, 'journal')
        sim = ohmtest.Sim(f'janitza-common*{n}', args=['--journal', path])
        try:
            os.sched_setaffinity(sim.process.pid, {sim_cpu})
            with Ohmd(sim.endpoints) as running:
                time.sleep(3.0)
                change = max(running.time_change(f'number {i}') for i in range(10))
                end = running.time_end()
        finally:
            sim.stop()
        first = min(map(min, Journal(path).times.values()), default=None)
    table.add('first poll after start', None if first is None else first - running.began, 's',
              LIMIT, 1.5)
    table.add('a changed file, until it is applied, slowest of 10', change, 's', LIMIT, 1)
    table.add(f'end after SIGTERM, {n} meters', end, 's', LIMIT, 2)


def measure_growth(table, sim_cpu, n=1000):
    """What a daemon that polls as fast as it may gains of memory between 10^5 and 10^6 polls. They
    are counted once minutes have been stored twice, so that each part has done its work before;
    quarter hours are kept out."""
    warm_up_s = 130
    wait_clear(warm_up_s + 130)
    print('   ohmd, memory over 10^6 polls', file=sys.stderr)
    sim = ohmtest.Sim(f'janitza-common*{n}')
    try:
        os.sched_setaffinity(sim.process.pid, {sim_cpu})
        with Hurried(sim.endpoints) as running:
            time.sleep(warm_up_s)
            before = running.count_polls()
            sizes = []
            for polls in (10**5, 10**6):
                while running.count_polls() - before < polls:
                    time.sleep(0.1)
                sizes.append(rss_mib(running.pid))
    finally:
        sim.stop()
    table.add('memory gained from 10^5 to 10^6 polls', 1024 * (sizes[1] - sizes[0]), 'KiB', LIMIT, 256)


def machine():
    with contextlib.suppress(OSError), open('/proc/cpuinfo', encoding='ascii') as file:
        for line in file:
            if line.startswith('model name'):
                return f'{line.split(":", 1)[1].strip()}, {os.cpu_count()} cores'
    return f'{platform.machine()}, {os.cpu_count()} cores'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--quick', action='store_true', help='short runs, a minute in all')
    parser.add_argument('--only', choices=('parts', 'exchange', 'load', 'gateway', 'life', 'lines', 'slots',
                                           'growth', 'cloud', 'start', 'uplink'),
                        help='one part alone')
    options = parser.parse_args()
    seconds = 5 if options.quick else 20
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpus[0]})  # what is measured, and nothing else; the simulator moves
    table = Table()
    contenders = [Bare] + [other for other in (Ohmd, Collectd) if other.is_here()]
    print(f'{time.strftime("%Y-%m-%d")}, {machine()}, {platform.system()} {platform.release()}, '
          f'{"quick" if options.quick else "full"} run', file=sys.stderr)
    if options.only in (None, 'parts'):
        measure_parts(table)
    if options.only in (None, 'exchange'):
        measure_exchange(table, cpus[-1], max(2, seconds // 4))
    if options.only in (None, 'load'):
        for n in (50, 1000):
            measure_load(table, cpus[-1], contenders, n, seconds)
    if options.only in (None, 'gateway') and Ohmd.is_here():
        measure_gateways(table, cpus[-1], seconds + 5)
    if options.only in (None, 'life') and Ohmd.is_here():
        measure_life(table, cpus[-1])
    if options.only in (None, 'lines') and Ohmd.is_here():
        measure_lines(table, cpus[-1], max(15, seconds))
    if options.only == 'growth' or (options.only is None and not options.quick):
        measure_growth(table, cpus[-1])
    if options.only == 'start':  # takes some minutes and two gigabytes
        measure_start_with_past(table, LIMIT, cpus[-1])
    if options.only in (None, 'cloud') and os.path.exists(program_path('bench-cloud')):
        measure_cloud(table, run_program, LIMIT, FLOOR)
    if options.only in (None, 'slots'):
        measure_slots(table, 31 if options.quick else 365)
    if options.only in (None, 'uplink'):
        measure_uplink(table, 5 if options.quick else 30)
    print(table.text())
    return 0 if table.is_kept else 1


if __name__ == '__main__':
    sys.exit(main())
