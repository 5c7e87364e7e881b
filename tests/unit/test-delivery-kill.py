#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills a store and its delivery at random moments, while records arrive and an engine outside the
process takes them: in the end both are equal, row by row."""

import argparse
import os
import random
import select
import subprocess
import tempfile
import time

BUDGET_S = 4.0
LONGEST_S = 0.03


class Engine:
    """Rows by place and slot. What was stored is never lost; answers may be."""

    def __init__(self):
        self.rows = {}
        self.n_written = 0

    def take(self, lines):
        for line in lines:
            place, slot, *value = line.split()
            former = self.rows.setdefault((place, slot), value)
            assert former == value, f'{place} {slot}: {former} became {value}'
            self.n_written += 1

    def answer(self, lines):
        """What happens to one batch: taken, lost on the way, or taken with its answer lost."""
        dice = random.random()
        if dice < 0.8:
            self.take(lines)
            return b'a'
        if dice < 0.9:
            self.take(lines)
        return b't' if dice < 0.97 else b'u'


class Writer:
    """One life of the process."""

    def __init__(self, program, path, *arguments):
        self.process = subprocess.Popen([program, path, *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        self.rest = b''

    def read_batches(self, data):
        *complete, self.rest = (self.rest + data).split(b'.\n')
        return [text.decode().splitlines() for text in complete]

    def serve(self, engine, until):
        """Answers batches until the time has come, or the process has ended."""
        out = self.process.stdout
        while True:
            left = until - time.monotonic()
            if left <= 0 or not select.select([out], [], [], left)[0]:
                return
            data = os.read(out.fileno(), 65536)
            if not data:
                return
            for lines in self.read_batches(data):
                self.process.stdin.write(engine.answer(lines))

    def kill(self, engine):
        """What is in the pipe was sent: the engine may have got it."""
        self.process.kill()
        out, err = self.process.communicate()
        assert not err, f'the writer says: {err.decode()}'
        for lines in self.read_batches(out):
            engine.answer(lines)


def run_and_kill(program, path, engine, is_waiting):
    """Killed at any time, or at any time after its first batch however slow the machine is."""
    writer = Writer(program, path)
    if is_waiting:
        select.select([writer.process.stdout], [], [], 30)
    before = engine.n_written
    writer.serve(engine, time.monotonic() + random.uniform(0, LONGEST_S))
    writer.kill(engine)
    return engine.n_written > before


def drain(program, path, engine):
    writer = Writer(program, path, '--drain')
    writer.serve(engine, time.monotonic() + 60)
    _, err = writer.process.communicate(timeout=30)
    assert not err and writer.process.returncode == 0, f'the writer says: {err.decode()}'


def dump(program, path):
    """(place, slot): value of all that is stored, as the engine has it; open gaps are left out."""
    text = subprocess.run([program, path, '--dump'], capture_output=True, check=True, timeout=120,
                          text=True).stdout
    stored, newest, gaps = {}, {}, []
    for _, place, slot, *value in map(str.split, text.splitlines()):
        if value[0] == 'gap':
            gaps.append((place, int(slot), int(value[1])))
        else:
            stored[place, slot] = value
            newest[place] = max(newest.get(place, 0), int(slot))
    for place, first, last in gaps:
        if last < newest[place]:
            stored[place, str(last)] = ['gap', str(last - first)]
    return stored


def compare(engine, stored):
    missing = stored.keys() - engine.rows.keys()
    surplus = engine.rows.keys() - stored.keys()
    differing = [key for key in stored.keys() & engine.rows.keys() if stored[key] != engine.rows[key]]
    assert not missing, f'{len(missing)} rows are missing, as {sorted(missing)[0]}'
    assert not surplus, f'{len(surplus)} rows that nobody stored, as {sorted(surplus)[0]}'
    assert not differing, f'{len(differing)} rows differ, as {differing[0]}'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('writer')
    parser.add_argument('dumper')
    parser.add_argument('--kills', type=int, help='so many, however long that takes')
    options = parser.parse_args()
    engine = Engine()
    begin = time.monotonic()
    n_kills = n_cut = 0
    print('1..1')
    with tempfile.TemporaryDirectory(prefix='ohm-kill-') as folder:
        path = os.path.join(folder, 'store.db')
        while n_kills < options.kills if options.kills else time.monotonic() - begin < BUDGET_S:
            n_cut += run_and_kill(options.writer, path, engine, n_kills % 4 > 0)
            n_kills += 1
        drain(options.writer, path, engine)
        stored = dump(options.dumper, path)
        compare(engine, stored)
    assert n_cut > 0, 'no writer came to deliver anything'
    print(f'# {n_kills} kills, {n_cut} in the middle of delivering; {len(stored)} rows, '
          f'{engine.n_written} sent, 0 missing, 0 doubled, 0 different')
    print('ok 1 /delivery/kill')


if __name__ == '__main__':
    main()
