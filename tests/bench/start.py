# SPDX-License-Identifier: LGPL-2.1-or-later
"""How soon ohmd polls again when it has a long past."""

import glob
import os
import sqlite3
import sys
import time

import ohmtest
from lines import Requests
from load import Ohmd

PLACES = 120
DAYS = 730
SLOTS_A_DAY = 96

# A place's first record again and again, back in time. Its checksum is wrong there: nobody reads it.
FILL = '''
WITH RECURSIVE back(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM back WHERE n < :slots)
INSERT INTO intervals
SELECT i.run, i.slot - back.n, :seq + back.n, i.read_us - back.n * 900000000, i.origin, i.flags,
       i.revision, i.points, i.data
FROM back, (SELECT * FROM intervals WHERE run = :run ORDER BY slot LIMIT 1) AS i
'''


def make_past(state_dir):
    """Fills the database of a daemon that has seen one quarter hour of each place."""
    path, = glob.glob(os.path.join(state_dir, '*.db'))
    slots = DAYS * SLOTS_A_DAY
    with sqlite3.connect(path) as database:
        seq, = database.execute('SELECT last_seq FROM sequence').fetchone()
        for run, in database.execute('SELECT number FROM runs').fetchall():
            database.execute(FILL, {'slots': slots, 'seq': seq, 'run': run})
            seq += slots
        database.execute('UPDATE sequence SET last_seq = ?', (seq,))
    database.close()
    return os.path.getsize(path)


def forget_cached(state_dir):
    """As after a boot: nothing of the database is in memory."""
    path, = glob.glob(os.path.join(state_dir, '*.db'))
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def write_meters(daemon, sim):
    for i, end in enumerate(sim.endpoints):
        daemon.write(f'meters.d/m{i}.meter', Ohmd([]).text(end, end.units[0]))


def see_first_slot(daemon):
    """A quarter hour of simulated time, an hour ago."""
    clock = ohmtest.TestClock(wall=time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() - 3600)))
    sim = ohmtest.Sim(f'janitza-common*{PLACES}', args=clock.args)
    try:
        write_meters(daemon, sim)
        daemon.args = clock.args
        daemon.start()
        clock.wait_for('ohmd', 'ohm-sim')
        clock.advance(960)
        daemon.stop()
        daemon.args = []
    finally:
        sim.stop()
        clock.stop()


def time_start(daemon, sim_cpu):
    """Seconds from the start of the process to the first request at a meter."""
    journal = os.path.join(daemon.dir, 'journal')
    sim = ohmtest.Sim(f'janitza-common*{PLACES}', args=['--journal', journal])
    try:
        os.sched_setaffinity(sim.process.pid, {sim_cpu})
        write_meters(daemon, sim)
        began = time.monotonic()
        daemon.start()
        time.sleep(4.0)
        daemon.stop()
    finally:
        sim.stop()
    return min(row[0] for row in Requests(journal)) - began


def measure_start_with_past(table, limit, sim_cpu):
    print(f'   ohmd, start with {DAYS} days of {PLACES} places', file=sys.stderr)
    bus = ohmtest.PrivateBus()
    daemon = ohmtest.Daemon(bus)
    try:
        see_first_slot(daemon)
        size = make_past(daemon.state_dir)
        forget_cached(daemon.state_dir)
        table.add(f'first poll after start, {DAYS} days of {PLACES} places stored '
                  f'({size / 2**20:.0f} MiB)', time_start(daemon, sim_cpu), 's', limit, 1.5)
    finally:
        daemon.remove()
        bus.stop()
