# SPDX-License-Identifier: LGPL-2.1-or-later
"""Wrong files and wrong peers get a plain answer, and harm nobody else."""

import os
import socket
import sqlite3
import subprocess

import ohmtest
from scene import MeterScenario


def unused_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class BadFiles(MeterScenario):
    def setUp(self):
        super().setUp()
        self.device = self.sim('janitza-common@1-2')
        self.good = self.device.meter(unit=1, poll='200ms')

    def check(self, text, *expected):
        """The file's meter is misconfigured and says where and why; the other one runs."""
        daemon = self.daemon({'meters.d/good.meter': self.good, 'meters.d/worse.meter': text})
        self.wait_state('good', 'ok')
        self.wait_state('worse', 'misconfigured')
        reason = self.meter('worse', 'CauseArguments')['text']
        for part in expected:
            self.assertIn(part, reason)
        checked = subprocess.run(daemon.argv('--check-config'), capture_output=True, text=True,
                                 check=False)
        self.assertEqual(checked.returncode, 1)
        for part in expected:
            self.assertIn(part, checked.stdout)

    def test_missing_host(self):
        self.check('[meter]\ntype = janitza-common\ntransport = modbus-tcp\n', 'worse.meter:1:', 'host')

    def test_unknown_type(self):
        self.check(self.good.replace('janitza-common', 'janitza-comon').replace('unit = 1', 'unit = 2'),
                   "worse.meter:2: [meter] type: no type 'janitza-comon'", "did you mean 'janitza-common'?")

    def test_unit_300(self):
        self.check(self.good.replace('unit = 1', 'unit = 300'), 'worse.meter:6: [meter] unit:', '255')

    def test_unknown_key(self):
        self.check(self.good + 'pol = 1s\n', '[meter] pol:', "did you mean 'poll'?")

    def test_inline_comment(self):
        self.check(self.good.replace('unit = 1', 'unit = 2 # the second'), '[meter] unit:', '#')

    def test_link_settings_that_disagree(self):
        self.check(self.good.replace('unit = 1', 'unit = 2') + 'framing = rtu\n',
                   "[meter] framing: 'rtu' here, but 'tcp' in", 'shares the link')

    def test_two_at_one_unit_and_a_serial_that_nobody_tells(self):
        daemon = self.daemon({'meters.d/good.meter': self.good,
                              'meters.d/early.meter': self.good + '[place good]\n',
                              'meters.d/twin.meter': self.good + 'serial = 17\n'}, start=False)
        checked = subprocess.run(daemon.argv('--check-config'), capture_output=True, text=True,
                                 check=False)
        self.assertIn("twin.meter: [meter] unit: meter 'early' reads unit 1 of", checked.stdout)
        self.assertRegex(checked.stdout, r"early.meter:\d+: \[place good\]: place 'good' belongs to meter 'good'")
        self.assertIn("twin.meter: [meter] serial: cannot be checked, as meters of type 'janitza-common'",
                      checked.stdout)

    def test_link_and_transport(self):
        self.check(self.good + 'link = line\n', 'not both')

    def test_nothing_wrong(self):
        daemon = self.daemon({'meters.d/good.meter': self.good,
                              'meters.d/sum.meter': '[meter]\ntype = virtual\nsum = good\n'},
                             start=False)
        checked = subprocess.run(daemon.argv('--check-config'), capture_output=True, text=True,
                                 check=False)
        self.assertEqual((checked.returncode, 'nothing is wrong' in checked.stdout), (0, True),
                         checked.stdout + checked.stderr)


class BadPeers(MeterScenario):
    def test_refused_then_there(self):
        port = unused_port()
        text = f'[meter]\ntype=janitza-common\ntransport=modbus-tcp\nhost=127.0.0.1\nport={port}\npoll=200ms\n'
        self.daemon({'meters.d/m.meter': text})
        self.wait_state('m', 'unreachable')
        self.assertEqual(self.cause('m'), 'connection-refused')
        self.assertGreater(self.meter('m', 'NextAttempt'), 0)
        self.sim(f'janitza-common:port={port}')
        self.wait_state('m', 'ok')

    def check_fault(self, fault, state, cause):
        device = self.sim('janitza-common')
        self.daemon({'meters.d/m.meter': device.meter(poll='200ms')})
        self.wait_state('m', 'ok')
        device.fault(fault)
        self.wait_state('m', state)
        self.assertEqual(self.cause('m'), cause)
        device.fault(fault, on=False)
        self.wait_state('m', 'ok')
        self.assertEqual(self.cause('m'), '')

    def test_mute(self):
        self.check_fault('silent', 'silent', 'timeout')

    def test_gateway_without_target(self):
        self.check_fault('hold=50,11', 'silent', 'gateway-no-target')

    def test_web_server(self):
        device = self.sim('janitza-common:fault=http')
        self.daemon({'meters.d/m.meter': device.meter(poll='200ms')})
        self.wait_state('m', 'unreachable')
        self.assertEqual(self.cause('m'), 'wrong-protocol')

    def test_rtu_converter(self):
        device = self.sim('janitza-common:fault=rtu')
        self.daemon({'meters.d/m.meter': device.meter(poll='200ms')})
        self.wait_state('m', 'unreachable')
        self.assertEqual(self.cause('m'), 'rtu-over-tcp')


class NoNetwork(MeterScenario):
    """A daemon in a network namespace of its own: nothing is up, not even loopback."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0 or subprocess.run(['unshare', '--net', 'true'], check=False,
                                               stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest('no network namespace may be made')

    def check(self, host, cause):
        daemon = self.daemon({'meters.d/m.meter': '[meter]\ntype = janitza-common\n'
                              f'transport = modbus-tcp\nhost = {host}\n'}, start=False)
        argv = daemon.argv
        daemon.argv = lambda *more: ['unshare', '--net', '--', *argv(*more)]
        daemon.start()
        self.wait_state('m', 'unreachable')
        self.assertEqual(self.cause('m'), cause)

    def test_no_route(self):
        self.check('192.0.2.10', 'no-route')

    def test_no_name(self):
        self.check('meter.invalid', 'host-unknown')


class NoAnswer(MeterScenario):
    def test_connection_that_nobody_accepts(self):
        # A full backlog drops what comes, as a firewall would.
        with socket.socket() as listener:
            listener.bind(('127.0.0.1', 0))
            listener.listen(0)
            with socket.create_connection(listener.getsockname()):
                port = listener.getsockname()[1]
                self.daemon({'meters.d/m.meter': '[meter]\ntype = janitza-common\n'
                             f'transport = modbus-tcp\nhost = 127.0.0.1\nport = {port}\n'})
                self.wait_state('m', 'unreachable')
                self.assertEqual(self.cause('m'), 'no-answer')


class BadStore(MeterScenario):
    def run_with(self, change):
        device = self.sim('janitza-common')
        daemon = self.daemon({'meters.d/m.meter': device.meter(poll='200ms')})
        self.wait_state('m', 'ok')
        daemon.stop()
        database = os.path.join(daemon.state_dir, 'ohmnibus.db')
        before = change(database)
        daemon.start()
        self.wait_state('m', 'ok')
        return database, before

    def test_not_a_database(self):
        def spoil(database):
            with open(database, 'wb') as file:
                file.write(b'not a database' * 1000)
        database, _ = self.run_with(spoil)
        self.assertEqual(self.bus.get('', 'Store.State'), 'ok')
        kept = os.path.join(os.path.dirname(database), self.bus.get('', 'Store.Quarantine'))
        with open(kept, 'rb') as file:
            self.assertTrue(file.read().startswith(b'not a database'))

    def test_no_place_to_write(self):
        def block(database):
            os.unlink(database)
            os.mkdir(database)
        self.run_with(block)
        self.assertNotEqual(self.bus.get('', 'Store.State'), 'ok')
        self.assertNotEqual(self.bus.get('', 'Store.CauseCode'), '')

    def test_read_only_directory(self):
        if os.geteuid() == 0 and subprocess.run(['unshare', '--mount', 'true'], check=False,
                                                stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest('no mount namespace may be made')
        if os.geteuid() != 0:
            self.skipTest('only root may mount')
        device = self.sim('janitza-common')
        daemon = self.daemon({'meters.d/m.meter': device.meter(poll='200ms')})
        self.wait_state('m', 'ok')
        daemon.stop()
        argv = daemon.argv
        daemon.argv = lambda *more: ['unshare', '--mount', 'sh', '-c',
                                     'mount --bind -o ro "$0" "$0" && '
                                     'mount -o remount,bind,ro "$0" && exec "$@"',
                                     daemon.state_dir, *argv(*more)]
        daemon.start()
        self.wait_state('m', 'ok')
        self.assertEqual(self.bus.get('', 'Store.State'), 'failed')
        self.assertEqual(self.bus.get('', 'Store.CauseCode'), 'store-read-only')
        daemon.stop()
        daemon.argv = argv
        daemon.start()
        self.assertEqual(self.bus.get('', 'Store.State'), 'ok')

    def test_newer_schema(self):
        def raise_version(database):
            connection = sqlite3.connect(database)
            version = connection.execute('PRAGMA user_version').fetchone()[0]
            connection.execute(f'PRAGMA user_version = {version + 1}')
            connection.close()
        self.run_with(raise_version)
        self.assertEqual(self.bus.get('', 'Store.State'), 'ok')


if __name__ == '__main__':
    ohmtest.main()
