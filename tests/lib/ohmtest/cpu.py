# SPDX-License-Identifier: LGPL-2.1-or-later
"""One CPU for all programs of a scenario."""

import os
import socket

SCENARIOS_MAX = 64  # at a time, on one CPU


def _take(name):
    """A lock that goes with the process that has it, or None: a name that only one socket can have."""
    lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        lock.bind(f'\0ohmnibus-test-{name}')
    except OSError:
        lock.close()
        return None
    return lock


def share_one_cpu():
    """This process, and what it starts, on the CPU with the fewest scenarios as long as the caller
    keeps what is returned. They wake each other all the time, and that costs a third less there than
    from one CPU to the other."""
    cpus = sorted(os.sched_getaffinity(0))
    for place in range(SCENARIOS_MAX):
        for cpu in cpus:
            lock = _take(f'cpu-{cpu}-{place}')
            if lock:
                os.sched_setaffinity(0, {cpu})
                return lock
    return None
