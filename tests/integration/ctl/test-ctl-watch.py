# SPDX-License-Identifier: LGPL-2.1-or-later
"""ohmctl watch: once, line by line, and in place on a terminal."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

import ohmtest
from ctlcase import DONE, FAILED, FINDINGS, NO_ANSWER, CtlCase, environment
from ohmtest.paths import PATIENCE

ENTER, LEAVE = '\033[?1049h', '\033[?1049l'


class Terminal:
    """A program on a terminal of its own. What it writes is kept as it is."""

    def __init__(self, argv, columns=80, rows=24, term='xterm'):
        self.master, slave = pty.openpty()
        self.resize(columns, rows, signal_too=False)
        self.before = termios.tcgetattr(slave)
        env = environment(TERM=term)
        del env['COLUMNS']
        self.process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=env,
                                        start_new_session=True)
        self.slave = slave
        self.text = ''

    def resize(self, columns, rows, signal_too=True):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        if signal_too:
            self.process.send_signal(signal.SIGWINCH)

    def type(self, keys):
        os.write(self.master, keys.encode())

    def wait(self, what):
        """Reads until the text since the last clear() has it."""
        deadline = time.monotonic() + PATIENCE
        while what not in self.text:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise AssertionError(f'{what!r} did not come: {self.text[-2000:]!r}')
            self.text += os.read(self.master, 65536).decode(errors='replace')

    def clear(self):
        self.text = ''

    def end(self):
        status = self.process.wait(PATIENCE)
        while select.select([self.master], [], [], 0)[0]:
            self.text += os.read(self.master, 65536).decode(errors='replace')
        return status

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


class Watch(CtlCase):
    def terminal(self, *arguments, **more):
        terminal = Terminal([ohmtest.program('ohmctl'), f'--bus-address={self.bus.address}', 'watch',
                             *arguments], **more)
        self.addCleanup(terminal.close)
        return terminal

    def background(self, *arguments):
        ctl = ohmtest.Process([ohmtest.program('ohmctl'), f'--bus-address={self.bus.address}', 'watch',
                               *arguments], name='ohmctl', env={'COLUMNS': '80'})
        self.addCleanup(ctl.kill)
        return ctl

    def test_once_waits_for_first_values(self):
        self.fake('settling')
        self.golden('watch-settled', self.ok('watch', '--once'))

    def test_once_gives_up(self):
        self.fake('hopeless')
        out = self.ok('watch', '--once', '--timeout=200ms')
        self.assertIn('pump', out)
        self.assertIn('starting', out)

    def test_once_without_any_answer(self):
        self.fake('dead')
        out = self.ok('watch', '--once', '--timeout=100ms', expect=NO_ANSWER)
        self.assertIn('5 meters', out)

    def test_once_in_json(self):
        meters = {m['meter']: m for m in self.json('watch', '--once')['meters']}
        self.assertEqual(meters['main']['state'], 'ok')
        self.assertEqual(meters['main']['values']['power-active.total']['value'], 4321.5)
        self.assertEqual((meters['pump']['time'], meters['pump']['values']), (None, {}))
        self.assertEqual(meters['lift']['values']['frequency']['quality'], 'stale')
        self.ok('status', '--check', expect=FINDINGS)  # the daemon is well

    def test_lines(self):
        self.fake('lively')
        ctl = self.background()
        ctl.wait_line(r'^\d\d:\d\d:\d\d  hall g2 +-12\.0 W')
        ctl.wait_line(r'^\d\d:\d\d:\d\d  main +4\.322 kW +230\.1 V')
        ctl.wait_line(r'^\d\d:\d\d:\d\d  lift is ok$')
        ohmtest.wait_until(lambda: sum('  main ' in line for line in ctl.lines) == 2, what='news')
        ctl.signal(signal.SIGINT)
        self.assertEqual(ctl.wait_exit(), DONE, ctl.text)
        self.assertNotIn('\033', ctl.text)

    def test_json_lines(self):
        self.fake('lively')
        ctl = self.background('--json')
        ohmtest.wait_until(lambda: len(ctl.lines) == 4, what='four readings')
        ctl.signal(signal.SIGTERM)
        self.assertEqual(ctl.wait_exit(), DONE)
        readings = [json.loads(line) for line in ctl.lines]
        self.assertEqual([r['meter'] for r in readings], ['main', 'lift', 'hall', 'main'])
        self.assertEqual(list(readings[0]), ['meter', 'time', 'values'])

    def test_dumb_terminal_gets_lines(self):
        terminal = self.terminal(term='dumb')
        terminal.wait('hall g2')
        terminal.process.send_signal(signal.SIGINT)
        self.assertEqual(terminal.end(), DONE)
        self.assertNotIn('\033', terminal.text)

    def test_asks_for_what_it_shows(self):
        ctl = self.background('main', 'lift', '--every=2s')
        self.process.wait_line('Manager.Watch', since=self.seen)
        ctl.signal(signal.SIGINT)
        ctl.wait_exit()
        self.assertIn(('Manager.Watch', '', [['main', 'lift'], 2000, {'point-times': True}]),
                      self.calls())

    def test_screen(self):
        terminal = self.terminal()
        terminal.wait('4.322 kW')
        self.assertTrue(terminal.text.startswith(ENTER))
        self.assertIn('5 meters: 1 ok, 1 partial, 1 silent', terminal.text)
        during = termios.tcgetattr(terminal.slave)
        self.assertFalse(during[3] & (termios.ICANON | termios.ECHO))
        terminal.type('q')
        self.assertEqual(terminal.end(), DONE)
        self.assertTrue(terminal.text.endswith(LEAVE))
        self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)

    def test_screen_ends_by_signals(self):
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            terminal = self.terminal()
            terminal.wait('q ends')
            terminal.process.send_signal(number)
            self.assertEqual(terminal.end(), DONE)
            self.assertTrue(terminal.text.endswith(LEAVE))
            self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)

    def test_screen_scrolls(self):
        terminal = self.terminal(rows=6)
        terminal.wait('1..3 of 7, arrows scroll')
        terminal.type('j')
        terminal.wait('2..4 of 7')
        terminal.type('\033[6~')
        terminal.wait('4..6 of 7')
        terminal.type('G')
        terminal.wait('5..7 of 7')
        terminal.type('\033[A')
        terminal.wait('4..6 of 7')
        terminal.type('g')
        terminal.clear()
        terminal.wait('1..3 of 7')
        terminal.type('\033[Bq')
        self.assertEqual(terminal.end(), DONE)

    def test_screen_is_resized(self):
        terminal = self.terminal(columns=40, rows=6)
        terminal.wait('1..3 of 7')
        self.assertNotIn('COS PHI', terminal.text)
        terminal.clear()
        terminal.resize(130, 30)
        terminal.wait('q ends')
        self.assertIn('U L3', terminal.text)

    def test_screen_outlives_the_daemon(self):
        self.addCleanup(self.start, self.scenario)
        terminal = self.terminal()
        terminal.wait('q ends')
        self.process.kill()
        terminal.wait('ohmd has ended; waiting')
        terminal.clear()
        self.start('usual')
        terminal.wait('5 meters: 1 ok')
        terminal.type('q')
        self.assertEqual(terminal.end(), DONE)


    def test_screen_shows_who_comes_and_goes(self):
        self.addCleanup(self.start, self.scenario)
        terminal = self.terminal()
        terminal.wait('4.322 kW')
        self.ok('add', 'newcomer', '--host=192.0.2.7')
        terminal.wait('newcomer')
        terminal.wait('6 meters')
        terminal.clear()
        self.ok('meter', 'remove', 'newcomer')
        terminal.wait('5 meters')
        terminal.type('q')
        self.assertEqual(terminal.end(), DONE)


class Asking(CtlCase):
    """What people see of verbs that take time, or that ask."""

    def terminal(self, *arguments):
        terminal = Terminal([ohmtest.program('ohmctl'), f'--bus-address={self.bus.address}', *arguments])
        self.addCleanup(terminal.close)
        return terminal

    def test_progress(self):
        terminal = self.terminal('test', 'slow.example')
        terminal.wait('50 %  Asking unit 1 at slow.example')
        terminal.process.send_signal(signal.SIGINT)
        self.assertEqual(terminal.end(), FAILED)
        self.assertIn('\r\033[K', terminal.text)
        self.assertIn('ohmctl: cancelled', terminal.text)

    def test_purge_asks(self):
        for answer in 'no', 'YES', '':
            terminal = self.terminal('meter', 'remove', 'main', '--purge')
            terminal.wait("Remove 'main' and forget all that was recorded for ever? Type 'yes': ")
            terminal.type(answer + '\n')
            self.assertEqual(terminal.end(), FAILED)
            self.assertIn('nothing was done', terminal.text)
        self.assertEqual(self.calls(), [])
        self.addCleanup(self.start, self.scenario)
        terminal = self.terminal('meter', 'remove', 'main', '--purge')
        terminal.wait("Type 'yes': ")
        terminal.type('yes\n')
        self.assertEqual(terminal.end(), DONE)
        self.assertEqual(self.calls(), [('Manager.RemoveMeter', '', ['main', {'purge': True}])])

    def test_colors(self):
        terminal = self.terminal('meter', 'list')
        self.assertEqual(terminal.end(), DONE)
        self.assertIn('\033[32mok', terminal.text)
        self.assertIn('\033[31msilent', terminal.text)

    def test_errors_are_wrapped(self):
        terminal = self.terminal('test', 'dead.example')
        self.assertEqual(terminal.end(), NO_ANSWER)
        self.assertLessEqual(max(map(len, terminal.text.splitlines())), 90)


if __name__ == '__main__':
    ohmtest.main()
