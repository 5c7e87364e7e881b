# SPDX-License-Identifier: LGPL-2.1-or-later
"""The helpers of the scenarios, tried on stand-ins for the programs."""

import io
import os
import signal
import stat
import sys
import tempfile
import unittest
from contextlib import redirect_stdout

from gi.repository import GLib

import ohmtest
from ohmtest.case import TapResult
from ohmtest.cpu import share_one_cpu
from ohmtest.ctl import parse

FAKE_DAEMON = """
import os, signal, socket, sys
from gi.repository import Gio, GLib
arguments = dict(a[2:].split('=', 1) for a in sys.argv[1:] if '=' in a)
loop = GLib.MainLoop()
XML = '<node><interface name="org.ohmnibus.Ohmnibus1.Manager"><method name="Add">'
XML += '<arg name="a" type="i" direction="in"/><arg name="b" type="i" direction="in"/>'
XML += '<arg name="sum" type="i" direction="out"/></method>'
XML += '<method name="Fetch"><arg name="file" type="h" direction="out"/></method>'
XML += '<property name="Version" type="s" access="read"/>'
XML += '<signal name="Added"><arg name="sum" type="i"/></signal></interface></node>'
INTERFACE = Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0]
PATH = '/org/ohmnibus/Ohmnibus1'

def on_call(connection, sender, path, interface, method, values, invocation):
    if method == 'Fetch':
        reader, writer = os.pipe()
        os.write(writer, b'through a descriptor')
        os.close(writer)
        invocation.return_value_with_unix_fd_list(GLib.Variant('(h)', (0,)), Gio.UnixFDList.new_from_array([reader]))
        return
    total = sum(values.unpack())
    connection.emit_signal(sender, path, interface, 'Added', GLib.Variant('(i)', (total,)))
    invocation.return_value(GLib.Variant('(i)', (total,)))

connection = Gio.DBusConnection.new_for_address_sync(arguments['bus-address'], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
    | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
connection.register_object(PATH, INTERFACE, on_call, lambda *_: GLib.Variant('s', '0.1'), None)

def notify(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.sendto(text.encode(), os.environ['NOTIFY_SOCKET'])

def on_name(*_):
    print('reading', sorted(os.listdir(arguments['config-dir'])), flush=True)
    notify('READY=1\\nSTATUS=fine')

def on_term():
    notify('STOPPING=1')
    loop.quit()

if os.path.exists(os.path.join(arguments['config-dir'], 'fail')):
    sys.exit('told to fail')
GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, 15, on_term)
GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, 1, lambda: print('reloaded', flush=True) or True)
Gio.bus_own_name_on_connection(connection, 'org.ohmnibus.Ohmnibus1', 0, on_name, None)
loop.run()
sys.exit(3 if os.path.exists(os.path.join(arguments['config-dir'], 'fail-late')) else 0)
"""

FAKE_SIM = """
import signal, socket, sys, threading
if 'nonsense' in sys.argv:
    sys.exit('unknown type')
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
control = socket.socket(socket.AF_UNIX)
control.bind(sys.argv[sys.argv.index('--control') + 1])
control.listen()

def answer():
    peer = control.accept()[0].makefile('rw')
    for line in peer:
        peer.write('heard ' + line)
        peer.flush()

threading.Thread(target=answer, daemon=True).start()
print('listening 127.0.0.1 1502 umg96rm 1,2')
print('listening 127.0.0.1 1503 prodata2 1')
print('ready', flush=True)
signal.sigwait({signal.SIGTERM})
sys.exit(5 if 'broken' in sys.argv else 0)
"""

FAKE_CTL = """
import json, sys
if sys.argv[1] == 'lost':
    sys.exit('no daemon')
print(json.dumps(sys.argv[1:])) if '--json' in sys.argv else print('plain')
"""


def setUpModule():
    folder = tempfile.TemporaryDirectory(prefix='ohm-fakes-')
    unittest.addModuleCleanup(folder.cleanup)
    for name, text in (('ohmd', FAKE_DAEMON), ('ohm-sim', FAKE_SIM), ('ohmctl', FAKE_CTL)):
        path = os.path.join(folder.name, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(f'#!{sys.executable}\n{text}')
        os.chmod(path, stat.S_IRWXU)
        os.environ['OHM_TEST_PROGRAM_' + name.upper().replace('-', '_')] = path


class WaitTest(unittest.TestCase):
    def test_returns_the_value(self):
        self.assertEqual(ohmtest.wait_until(lambda: 7), 7)

    def test_gives_up(self):
        with self.assertRaisesRegex(AssertionError, 'the moon: not within'):
            ohmtest.wait_until(lambda: False, 0.05, 'the moon')

    def test_sees_what_nobody_announces(self):
        answers = iter([False, False, True])
        self.assertTrue(ohmtest.wait_until(lambda: next(answers)))


class ProcessTest(unittest.TestCase):
    def test_output_and_status(self):
        errors = []
        process = ohmtest.Process(['sh', '-c', 'echo one; echo two >&2; exit 4'], err=errors)
        self.assertEqual(process.wait_exit(), 4)
        self.assertEqual((process.lines, errors), (['one'], ['two']))

    def test_line_that_never_comes(self):
        process = ohmtest.Process(['sh', '-c', 'echo one'])
        with self.assertRaisesRegex(AssertionError, "sh ended with 0 before 'two'"):
            process.wait_line('two')

    def test_deaf_to_sigterm(self):
        process = ohmtest.Process(['sh', '-c', 'trap "" TERM; echo up; while :; do read x </dev/null; done'])
        process.wait_line('up')
        with self.assertRaisesRegex(AssertionError, 'end of sh'):
            process.stop(0.1)
        self.assertEqual(process.status, -signal.SIGKILL)


class BusTest(unittest.TestCase):
    def test_two_buses_are_apart(self):
        with ohmtest.PrivateBus() as one, ohmtest.PrivateBus() as other:
            self.assertNotEqual(one.address, other.address)
            self.assertFalse(one.has_owner())

    def test_signals_wake_the_wait(self):
        with ohmtest.PrivateBus() as bus:
            seen = bus.collect('a.b', 'Ping')
            other = bus.connect()
            other.emit_signal(None, '/x', 'a.b', 'Ping', GLib.Variant('(s)', ('hello',)))
            ohmtest.wait_until(lambda: seen)
            self.assertEqual(seen, [('/x', 'a.b.Ping', ('hello',))])


class DaemonTest(ohmtest.Scenario):
    def test_life(self):
        daemon = self.daemon({'meters.d/main.meter': '[meter]\n'})
        daemon.wait_log("^reading \\['meters.d'\\]")
        self.assertIn('STATUS=fine', daemon.notified)
        self.bus.wait_owner()
        daemon.reload()
        daemon.wait_log('^reloaded$')
        daemon.stop()
        self.assertIn('STOPPING=1', daemon.notified)
        self.bus.wait_owner(present=False)
        daemon.delete('meters.d/main.meter')
        daemon.start()
        daemon.kill()
        self.assertEqual(daemon.log.count('reading'), 2)
        self.assertFalse(daemon.is_running)

    def test_calls(self):
        self.daemon()
        seen = self.bus.collect(member='Added')
        self.assertEqual(self.bus.call('', 'Manager.Add', 'ii', 3, 4), (7,))
        self.assertEqual(self.bus.get('', 'Manager.Version'), '0.1')
        ohmtest.wait_until(lambda: seen)
        self.assertEqual(seen[0][2], (7,))
        self.bus.call('', 'Manager.Fetch')
        self.assertEqual(self.bus.read_descriptor(), b'through a descriptor')

    def test_start_fails(self):
        daemon = self.daemon({'fail': ''}, start=False)
        with self.assertRaisesRegex(AssertionError, 'ended with 1 before it was ready:\ntold to fail'):
            daemon.start()

    def test_stop_fails(self):
        daemon = self.daemon({'fail-late': ''})
        with self.assertRaisesRegex(AssertionError, 'ended with 3 at SIGTERM'):
            daemon.stop()

    def test_files_are_put_in_place(self):
        daemon = self.daemon(start=False)
        daemon.write('uplinks.d/cloud.uplink', 'x', mode=0o600)
        path = os.path.join(daemon.config_dir, 'uplinks.d/cloud.uplink')
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(os.listdir(os.path.dirname(path)), ['cloud.uplink'])


class SimTest(ohmtest.Scenario):
    def test_endpoints(self):
        sim = self.sim('umg96rm@1,2', 'prodata2')
        self.assertEqual(sim.endpoints[0], ('127.0.0.1', 1502, 'umg96rm', [1, 2]))
        self.assertEqual(sim.meter(0, unit=2, poll='1s'),
                         '[meter]\ntype = umg96rm\ntransport = modbus-tcp\nhost = 127.0.0.1\n'
                         'port = 1502\nunit = 2\npoll = 1s\n')
        self.assertEqual(sim.control('fault 0 mute'), 'heard fault 0 mute')

    def test_refuses(self):
        with self.assertRaisesRegex(AssertionError, 'unknown type'):
            self.sim('nonsense')

    def test_ends_badly(self):
        sim = ohmtest.Sim('broken')
        with self.assertRaisesRegex(AssertionError, 'ohm-sim ended with 5'):
            sim.stop()


class CtlTest(ohmtest.Scenario):
    def test_json(self):
        self.assertEqual(self.ctl('meter', 'list'),
                         ['meter', 'list', f'--bus-address={self.bus.address}', '--json'])
        self.assertEqual(self.ctl('meter', text=True), 'plain\n')

    def test_status(self):
        self.assertIsNone(self.ctl('lost', expect=1))
        with self.assertRaisesRegex(AssertionError, 'exit status 1, expected 0\nno daemon'):
            self.ctl('lost')

    def test_parse(self):
        self.assertEqual(parse('{"a": 1}\n{"a": 2}\n'), [{'a': 1}, {'a': 2}])
        self.assertIsNone(parse(' \n'))


class TapTest(unittest.TestCase):
    class Samples(unittest.TestCase):
        def test_good(self):
            pass

        def test_bad(self):
            self.fail('why')

        def test_skipped(self):
            self.skipTest('no reason')

        def test_sub(self):
            with self.subTest(part=2):
                self.fail('in part')

    def check(self, name):
        output = io.StringIO()
        with redirect_stdout(output):
            self.Samples(name).run(TapResult())
        return [line for line in output.getvalue().splitlines() if line[0] != '#'], output.getvalue()

    def test_lines(self):
        name = 'Samples.test_'
        for case, line in (('good', 'ok 1 '), ('bad', 'not ok 1 '), ('sub', 'not ok 1 ')):
            lines, _ = self.check('test_' + case)
            self.assertEqual(len(lines), 1, case)
            self.assertTrue(lines[0].startswith(line) and lines[0].endswith(name + case), lines)
        self.assertTrue(self.check('test_skipped')[0][0].endswith('# SKIP no reason'))
        self.assertIn('# AssertionError: why', self.check('test_bad')[1])


class OneCpu(unittest.TestCase):
    def test_this_scenario_has_one(self):
        self.assertEqual(len(os.sched_getaffinity(0)), 1)

    def test_the_next_one_gets_another_place(self):
        lock = share_one_cpu()
        other = share_one_cpu()
        self.addCleanup(lock.close)
        self.addCleanup(other.close)
        self.assertNotEqual(lock.getsockname(), other.getsockname())


if __name__ == '__main__':
    ohmtest.main()
