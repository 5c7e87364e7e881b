# SPDX-License-Identifier: LGPL-2.1-or-later
"""The one place where scenarios wait."""

import time

from gi.repository import GLib

from .paths import PATIENCE

# What is not announced by the main context (files, answers to calls) is asked this often.
TICK_MS = 20


def wait_until(predicate, timeout=PATIENCE, what='condition'):
    """Runs the main context until predicate() is true and returns what it returned. Signals of D-Bus,
    output and end of processes are noticed at once. AssertionError after timeout seconds."""
    context = GLib.MainContext.default()
    deadline = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f'{what}: not within {timeout:g} s')
        tick = GLib.timeout_add(TICK_MS, lambda: GLib.SOURCE_CONTINUE)
        context.iteration(True)
        GLib.source_remove(tick)


def wake():
    """Makes a wait look again, from any thread."""
    GLib.MainContext.default().wakeup()
