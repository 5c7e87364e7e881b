# SPDX-License-Identifier: LGPL-2.1-or-later
"""Time for ohmd and ohm-sim, driven from a scenario: months in minutes."""

import calendar
import os
import shutil
import socket
import struct
import tempfile
import threading
import time

from .paths import PATIENCE

# Programs find the same ACTIVITY in so many rounds before they count as idle. One would do if the
# kernel always delivered on loopback within the call that sends. On a pseudo-terminal it does not:
# ohm-sim brings the bytes over in the second round, and whoever gets them says so in the third.
QUIET_ROUNDS = 2
# A program that does not come to rest: this many rounds at one point of time.
ROUNDS_MAX = 100000
METERS = 'ohm-sim'


class Client:
    """A program that has connected; core/libohm/ohm-clock-remote.c explains the lines."""

    def __init__(self, connection):
        self._connection = connection
        # not settimeout(): that asks poll() before each call
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('ll', int(PATIENCE), 0))
        self._input = b''
        word, _, self.name = self._read_line().partition(' ')
        assert word == 'hello', f'test clock: {word!r} instead of hello'

    def _read_line(self):
        while b'\n' not in self._input:
            data = self._connection.recv(4096)
            if not data:
                raise ConnectionResetError
            self._input += data
        line, _, self._input = self._input.partition(b'\n')
        return line.decode()

    def send(self, line):
        self._connection.sendall(line.encode() + b'\n')

    def read_pong(self, number):
        """(activity, next), next being None without a deadline."""
        try:
            line = self._read_line()
        except BlockingIOError:
            raise AssertionError(f'{self.name}: busy for {PATIENCE:g} s at one '
                                 'point of time') from None
        word, answered, activity, deadline = line.split(' ')
        assert word == 'pong' and int(answered) == number, f'{self.name}: {line!r}'
        return int(activity), int(deadline) if int(deadline) >= 0 else None

    def close(self):
        self._connection.close()


class TestClock:
    """TestClock(wall) listens at .path; programs are started with .args. Time stands still but for
    the methods below, which return when all programs have done what there was to do.

        clock = TestClock(wall='2026-11-22T10:00:00Z')
        daemon = self.daemon({...}, args=clock.args)
        clock.wait_for('ohmd')
        clock.advance(900)
    """

    __test__ = False

    def __init__(self, wall='2026-01-01T00:00:00Z', synchronized=True):
        self.wall_us = parse_time(wall)
        self.mono_us = 1_000_000_000
        self.synchronized = synchronized
        self.jumps = 0
        self._dir = tempfile.mkdtemp(prefix='ohm-clock-')
        self.path = os.path.join(self._dir, 'socket')
        self.args = [f'--test-clock={self.path}']
        self._clients = []
        self._lock = threading.Condition()
        self._number = 0
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(self.path)
        self._listener.listen()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        """A program waits for its first time before it does anything: it must get it at once."""
        while True:
            try:
                connection, _ = self._listener.accept()
                client = Client(connection)
            except ConnectionResetError:
                continue
            except OSError:
                return
            with self._lock:
                client.send(self._time())
                self._clients.append(client)
                self._lock.notify_all()

    def _time(self):
        return f'time {self.wall_us} {self.mono_us} {int(self.synchronized)}'

    @property
    def names(self):
        with self._lock:
            return [client.name for client in self._clients]

    def wait_for(self, *names, timeout=PATIENCE):
        """Waits until these programs are connected."""
        deadline = time.monotonic() + timeout
        with self._lock:
            while set(names) - {client.name for client in self._clients}:
                left = deadline - time.monotonic()
                if left <= 0 or not self._lock.wait(left):
                    raise AssertionError(f'test clock: not all of {names} have connected')

    def _drop(self, client):
        client.close()
        if client in self._clients:
            self._clients.remove(client)

    def _tell(self, *groups):
        """Sends the time to all, group after group, the next one when the last one knows it; then waits
        until they are at rest."""
        *first, last = [group for group in groups if group] or [[]]
        for group in first:
            self._round(group, told=group)
        return self._settle(told=last)

    @staticmethod
    def _meters_first(clients):
        """A question must not be answered with what was true before."""
        return ([client for client in clients if client.name == METERS],
                [client for client in clients if client.name != METERS])

    def _send(self, client, line):
        try:
            client.send(line)
            return True
        except OSError:
            self._drop(client)
            return False

    def _round(self, clients, told=()):
        """Pings all at once, after the time to those who are told; the state of each, in order."""
        self._number += 1
        ping = f'ping {self._number}'
        told_too = f'{self._time()}\n{ping}'
        asked = [client for client in list(clients)
                 if self._send(client, told_too if client in told else ping)]
        states = []
        for client in asked:
            try:
                states.append((client, *client.read_pong(self._number)))
            except OSError:
                self._drop(client)
        return states

    def _settle(self, told=()):
        """The deadline of each program, once they are at rest."""
        before = None
        quiet = 0
        for _ in range(ROUNDS_MAX):
            states = self._round(self._clients, told)
            told = ()
            activity = [(client, count) for client, count, _ in states]
            quiet = quiet + 1 if activity == before else 0
            if quiet == QUIET_ROUNDS:
                return {client: deadline for client, _, deadline in states}
            before = activity
        raise AssertionError(f'test clock: {self.names} do not come to rest')

    def settle(self):
        """Returns when all programs wait and no byte is under way between them: the earliest
        deadline of all in monotonic time, or None."""
        with self._lock:
            return self._earliest(self._settle())

    @staticmethod
    def _earliest(deadlines):
        return min((n for n in deadlines.values() if n is not None), default=None)

    def _jump(self, mono_us, deadlines):
        """Who has nothing to do now is told the time first: what others do comes to it at that time."""
        self.wall_us += mono_us - self.mono_us
        self.mono_us = mono_us
        self.jumps += 1
        due = [client for client, n in deadlines.items() if n is not None and n <= mono_us]
        for client in [client for client in self._clients if client not in due]:
            self._send(client, self._time())
        return self._tell(*self._meters_first(due))

    def advance_to(self, wall):
        """Lets time pass, from deadline to deadline, until it is wall (text or us)."""
        with self._lock:
            target_us = self.mono_us + parse_time(wall) - self.wall_us
            assert target_us >= self.mono_us, 'time does not run backwards; see set_wall()'
            deadlines = self._settle()
            while self.mono_us != target_us:
                deadline_us = self._earliest(deadlines)
                if deadline_us is None or deadline_us > target_us:
                    deadline_us = target_us
                deadlines = self._jump(max(deadline_us, self.mono_us), deadlines)

    def advance(self, seconds):
        self.advance_to(self.wall_us + round(seconds * 1e6))

    def set_wall(self, wall):
        """Somebody sets the clock: the wall time steps, the monotonic time does not."""
        with self._lock:
            self.wall_us = parse_time(wall)
            self._tell(*self._meters_first(self._clients))

    def set_synchronized(self, synchronized):
        with self._lock:
            self.synchronized = synchronized
            self._tell(*self._meters_first(self._clients))

    @property
    def wall(self):
        """The time as text."""
        seconds, us = divmod(self.wall_us, 1_000_000)
        return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds)) + f'.{us:06}Z'

    def stop(self):
        """For the programs time stands still from here on."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        with self._lock:
            for client in list(self._clients):
                self._drop(client)
        shutil.rmtree(self._dir, ignore_errors=True)


def parse_time(wall):
    """Microseconds since 1970 of 'YYYY-MM-DDTHH:MM:SS[.ffffff]Z', or of such a number."""
    if isinstance(wall, int):
        return wall
    base, _, fraction = wall.removesuffix('Z').partition('.')
    return calendar.timegm(time.strptime(base, '%Y-%m-%dT%H:%M:%S')) * 1_000_000 + int(fraction.ljust(6, '0') or 0)
