# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program in the background whose output is kept, line by line."""

import os
import re
import signal
import subprocess
import threading
import time

from .paths import PATIENCE
from .wait import wait_until, wake


class Process:
    """Standard error is kept with standard output unless err is given as a list for its lines. With listens
    it has a standard input: see say()."""

    def __init__(self, argv, env=None, err=None, name=None, listens=False):
        self.name = name or os.path.basename(argv[0])
        self.lines = []
        self._popen = subprocess.Popen(
            argv, stdin=subprocess.PIPE if listens else subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if err is None else subprocess.PIPE,
            env={**os.environ, **(env or {})}, text=True, errors='replace')
        self._readers = [self._read(self._popen.stdout, self.lines)]
        if err is not None:
            self._readers.append(self._read(self._popen.stderr, err))

    @staticmethod
    def _read(stream, lines):
        def run():
            with stream:
                for line in stream:
                    lines.append(line.rstrip('\n'))
                    wake()
            wake()
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    @property
    def pid(self):
        return self._popen.pid

    @property
    def status(self):
        """Exit status (negative: signal), None while it runs."""
        return self._popen.poll()

    @property
    def text(self):
        return '\n'.join(self.lines)

    def signal(self, number):
        if self.status is None:
            self._popen.send_signal(number)

    def wait_exit(self, timeout=PATIENCE):
        """Exit status, with all output read."""
        wait_until(lambda: self.status is not None, timeout, f'end of {self.name}')
        for reader in self._readers:
            reader.join(timeout)
        return self.status

    def wait_line(self, pattern, since=0):
        """First match of the pattern in a line from index since on. Fails at once if the program ends
        without it."""
        def look():
            ended = self.status is not None and not any(r.is_alive() for r in self._readers)
            for line in self.lines[since:]:
                match = re.search(pattern, line)
                if match:
                    return match
            if ended:
                raise AssertionError(f"{self.name} ended with {self.status} before '{pattern}':\n{self.text}")
            return None
        return wait_until(look, what=f"'{pattern}' from {self.name}")

    def say(self, line):
        self._popen.stdin.write(line + '\n')
        self._popen.stdin.flush()

    def stop(self, timeout=PATIENCE):
        """Ends it by SIGTERM; returns exit status and the seconds it took."""
        began = time.monotonic()
        self.signal(signal.SIGTERM)
        try:
            status = self.wait_exit(timeout)
        except AssertionError:
            self.kill()
            raise
        return status, time.monotonic() - began

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait_exit()
