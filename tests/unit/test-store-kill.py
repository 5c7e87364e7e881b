#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills a writer of the store at random moments: what was announced is there, once."""

import os
import random
import subprocess
import sys
import tempfile

CYCLES = 120
LONGEST_S = 0.03


def wait_random(process):
    try:
        process.wait(random.uniform(0.0, LONGEST_S))
    except subprocess.TimeoutExpired:
        pass


def run_and_kill(writer, path, is_writing):
    """What the writer announced before it was killed, as (seq, place, slot, value...) rows. With
    is_writing it is killed after its first word, however slow the machine, otherwise at any time."""
    process = subprocess.Popen([writer, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    first = process.stdout.read(1) if is_writing else b''
    wait_random(process)
    process.kill()
    out, err = process.communicate()
    if err:
        raise AssertionError(f'the writer says: {err.decode()}')
    return [line.split() for line in (first + out).decode().split('\n')[:-1]]


def dump(writer, path):
    result = subprocess.run([writer, path, '--dump'], capture_output=True, check=True, timeout=120)
    if result.stderr:
        raise AssertionError(f'the reader says: {result.stderr.decode()}')
    return [line.split() for line in result.stdout.decode().splitlines()]


def check_announced(announced, stored):
    """Records are there as they were announced; a gap may have been closed under a new number."""
    by_seq = {row[0]: row for row in stored}
    records = {(row[1], row[2]) for row in stored if row[3] != 'gap'}
    lost = [row for row in announced if row[3] != 'gap' and by_seq.get(row[0]) != row]
    assert not lost, f'{len(lost)} announced records lost or changed, the first: {lost[0]}'
    assert len({row[0] for row in announced}) == len(announced), 'a number was announced twice'
    assert len(by_seq) == len(stored), 'a number is stored twice'
    assert len(records) == sum(row[3] != 'gap' for row in stored), 'a slot is stored twice'


def check_unbroken(stored):
    """Each place: every slot from the first to the last is recorded or in a gap, never both."""
    for place in sorted({row[1] for row in stored}):
        slots = {int(row[2]) for row in stored if row[1] == place and row[3] != 'gap'}
        missing = set()
        for row in stored:
            if row[1] == place and row[3] == 'gap':
                span = set(range(int(row[2]) + 1, int(row[4]) + 1))
                assert not span & missing, f'{place}: gaps overlap'
                missing |= span
        assert not slots & missing, f'{place}: slots both recorded and missing'
        every = slots | missing
        assert every == set(range(min(slots), max(every) + 1)), f'{place}: slots silently lost'


def main():
    writer = sys.argv[1]
    announced = []
    print('1..1')
    with tempfile.TemporaryDirectory(prefix='ohm-kill-') as folder:
        path = os.path.join(folder, 'store.db')
        cut = 0
        for i in range(CYCLES):
            rows = run_and_kill(writer, path, is_writing=i % 3 > 0)
            cut += bool(rows)
            announced += rows
        stored = dump(writer, path)
        check_announced(announced, stored)
        check_unbroken(stored)
        aside = [name for name in os.listdir(folder) if 'corrupt' in name]
        assert not aside, f'put aside: {aside}'
    assert cut >= CYCLES * 2 // 3, f'only {cut} of {CYCLES} writers came to write anything'
    print(f'# {CYCLES} kills, {cut} in the middle of writing; {len(announced)} announced, '
          f'{len(stored)} stored, 0 lost, 0 doubled')
    print('ok 1 /store/kill')


if __name__ == '__main__':
    main()
