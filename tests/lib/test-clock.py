# SPDX-License-Identifier: LGPL-2.1-or-later
"""The driver of time, tried on stand-ins for the programs."""

import socket
import threading
import unittest

import ohmtest


class Program(threading.Thread):
    """Does as core/libohm/ohm-clock-remote.c says. Every 'period' s it sends a byte to its peer; what it
    receives is work that shows in its next answer only."""

    def __init__(self, clock, name, period=None):
        super().__init__(daemon=True)
        self.name = name
        self.period_us = round(period * 1e6) if period else None
        self.peer = None
        self.inbox, self.outlet = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.inbox.setblocking(False)
        self.activity = 0
        self.received = 0
        self.ticks = []  # wall times
        self.heard = []  # as it thought
        self.times = []  # (wall, mono, sync)
        self.next_us = None
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(clock.path)
        self._socket.sendall(f'hello {name}\n'.encode())
        self._lines = self._socket.makefile('r')
        self._obey(self._lines.readline())
        self.start()

    def run(self):
        for line in self._lines:
            self._obey(line)

    def _obey(self, line):
        word, *values = line.split()
        if word == 'time':
            wall_us, mono_us, synchronized = map(int, values)
            self.times.append((wall_us, mono_us, synchronized))
            if self.period_us and self.next_us is None:
                self.next_us = mono_us + self.period_us
            self._tick(wall_us, mono_us)
        else:
            self._receive()
            after = -1 if self.next_us is None else self.next_us
            self._socket.sendall(f'pong {values[0]} {self.activity} {after}\n'.encode())

    def _tick(self, wall_us, mono_us):
        if self.next_us is None or mono_us < self.next_us:
            return
        self.activity += 1
        self.ticks.append(wall_us)
        self.next_us += self.period_us
        if self.peer:
            self.peer.outlet.send(b'x')

    def _receive(self):
        """One message a turn, and a message back to whoever has a peer: it takes many rounds."""
        try:
            data = self.inbox.recv(10)
        except BlockingIOError:
            return
        self.activity += 1
        self.received += 1
        self.heard.append(self.times[-1][0])
        if self.peer and len(data) < 5:
            self.peer.outlet.send(data + b'x')

    def end(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self.join()
        for each in (self._lines, self._socket, self.inbox, self.outlet):
            each.close()


class ClockTest(unittest.TestCase):
    def setUp(self):
        self.clock = ohmtest.TestClock(wall='2026-11-22T10:00:00Z')
        self.addCleanup(self.clock.stop)

    def program(self, name, **more):
        program = Program(self.clock, name, **more)
        self.addCleanup(program.end)
        self.clock.wait_for(name)
        return program

    def test_tells_time(self):
        a = self.program('a')
        self.assertEqual(self.clock.wall, '2026-11-22T10:00:00.000000Z')
        self.clock.advance(1.5)
        self.assertEqual(self.clock.wall, '2026-11-22T10:00:01.500000Z')
        self.clock.set_wall('2026-11-22T09:00:00.25Z')
        self.clock.set_synchronized(False)
        (wall, mono, sync), *steps = a.times
        self.assertEqual(wall, self.clock.wall_us + 3_599_750_000)
        self.assertEqual(sync, 1)
        self.assertEqual(steps, [(wall + 1_500_000, mono + 1_500_000, 1),
                                 (wall - 3_599_750_000, mono + 1_500_000, 1),
                                 (wall - 3_599_750_000, mono + 1_500_000, 0)])

    def test_goes_from_deadline_to_deadline(self):
        a = self.program('a', period=1)
        b = self.program('b', period=0.4)
        begin = self.clock.wall_us
        self.clock.advance(2)
        self.assertEqual([t - begin for t in a.ticks], [1_000_000, 2_000_000])
        self.assertEqual([t - begin for t in b.ticks], [400_000 * i for i in range(1, 6)])
        self.assertEqual(self.clock.jumps, 6)

    def test_waits_until_nothing_is_under_way(self):
        a = self.program('a', period=60)
        b = self.program('b')
        a.peer, b.peer = b, a
        self.clock.advance(600)
        self.assertEqual(a.received + b.received, 10 * 5)
        self.assertEqual(len(a.ticks), 10)

    def test_what_is_said_is_heard_at_that_time(self):
        meters = self.program('ohm-sim', period=1)
        meters.peer = idle = self.program('a')
        asking = self.program('b', period=0.5)
        asking.peer = meters
        self.clock.advance(2)
        self.assertEqual(meters.heard, asking.ticks)
        self.assertEqual(idle.heard, sorted(meters.ticks + meters.heard))  # it passes on what it hears

    def test_months(self):
        a = self.program('a', period=900)
        self.clock.advance(30 * 86400)
        self.assertEqual(len(a.ticks), 2880)
        self.assertEqual(self.clock.wall, '2026-12-22T10:00:00.000000Z')

    def test_programs_come_and_go(self):
        a = self.program('a', period=1)
        self.clock.advance(1)
        other = Program(self.clock, 'b', period=1)
        self.clock.wait_for('b')
        self.clock.advance(1)
        other.end()
        self.clock.advance(2)
        self.assertEqual(self.clock.names, ['a'])
        self.assertEqual((len(a.ticks), len(other.ticks)), (4, 1))
        with self.assertRaisesRegex(AssertionError, 'not all'):
            self.clock.wait_for('b', timeout=0.01)

    def test_does_not_run_backwards(self):
        with self.assertRaisesRegex(AssertionError, 'backwards'):
            self.clock.advance_to('2026-11-22T09:59:59Z')


if __name__ == '__main__':
    ohmtest.main()
