# SPDX-License-Identifier: LGPL-2.1-or-later
"""The frame log and `ohmctl capture`: what is sent and answered, for people, for Wireshark, and as a
recording that the replay tests and the simulator play."""

import os
import shutil
import socketserver
import struct
import subprocess
import threading

from gi.repository import Gio, GLib

import ohmtest
from ohmtest.paths import PATIENCE, program
from ohmtest.process import Process
from scene import MeterScenario

READERS_MAX = 16
ENVIRONMENT = {**os.environ, 'COLUMNS': '80', 'TZ': 'UTC', 'LC_ALL': 'C.UTF-8'}


def crc(frame):
    """CRC-16 of Modbus over serial line V1.02, 6.2.2."""
    value = 0xffff
    for byte in frame:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xa001 if value & 1 else 0)
    return struct.pack('<H', value)


class RtuServer(socketserver.ThreadingTCPServer):
    """A serial device server with one meter behind it, all of whose registers read 0x4366."""
    daemon_threads = True

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            while len(request := self.rfile.read(8)) == 8:
                count = request[5]
                answer = request[:2] + bytes([2 * count]) + b'\x43\x66' * count
                self.wfile.write(answer + crc(answer))

    def __init__(self):
        super().__init__(('127.0.0.1', 0), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Capture(MeterScenario):
    def setUp(self):
        super().setUp()
        self.device = self.sim('janitza-common@1-3')
        tcp = self.device.endpoints[0]
        server = RtuServer()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.engine = self.daemon({
            'meters.d/main.meter': self.device.meter(0, poll='250ms', unit=1),
            'meters.d/sub.meter': self.device.meter(0, poll='250ms', unit=2),
            'links.d/line.link': '[link]\ntransport = modbus-tcp\nframing = rtu\n'
                                 f'host = 127.0.0.1\nport = {server.server_address[1]}\n',
            'meters.d/old.meter': '[meter]\ntype = eastron-sdm630\nlink = line\nunit = 1\n'
                                  'poll = 250ms\n'})
        for name in ('main', 'sub', 'old'):
            self.wait_state(name, 'ok')
        self.wait_read('main')  # what identified it is not all that a capture has to show
        self.link = f'{tcp.host}:{tcp.port}'

    def file(self, name):
        return os.path.join(self.engine.dir, name)

    def capture(self, *arguments, **more):
        """Exchanges of a capture that ends by itself, as dictionaries."""
        found = self.ctl('capture', *arguments, **more)
        return [found] if isinstance(found, dict) else found or []

    def follow(self, *arguments):
        """A capture that goes on: lines of 80 columns."""
        return Process([program('ohmctl'), 'capture', *arguments, f'--bus-address={self.bus.address}'],
                       env=ENVIRONMENT)

    def test_all(self):
        for step in (self.past, self.errors, self.pcap, self.events, self.reader_leaves, self.live,
                     self.recording, self.without_log):
            with self.subTest(step.__name__):
                step()

    def live(self):
        lines = self.follow(self.link)
        lines.wait_line(r'^[\d:.]{12}    1  3 19000   122 +[\d.]+ m?s  [0-9a-f]{4} ')
        lines.wait_line(r'^[\d:.]{12}    2  3 19000   122')
        only = self.follow('sub')
        since = len(lines.lines)
        self.device.fault('exception=4', units='2')
        lines.wait_line(r'    2  3 .* exception 4: ', since=since)
        self.device.fault('exception=4', on=False, units='2')
        self.device.fault('silent', units='2')
        lines.wait_line(r'    2  3 .* no answer in time$')
        only.wait_line(r'    2  3 .* no answer in time$')
        self.assertEqual([], [line for line in only.lines if line[12:17] == '    1'])
        self.device.control(f'{self.device.endpoints[0].port} * drop')
        lines.wait_line('connection closed$')
        lines.wait_line('connection opened$')
        self.assertEqual([], [line for line in lines.lines if len(line) > 80])
        self.assertEqual(0, lines.stop()[0])
        self.assertEqual(0, only.stop()[0])

    def past(self):
        seen = self.capture('main', '--last=5m')
        values = [row for row in seen if row['outcome'] == 'values']
        self.assertTrue(values)
        self.assertEqual({1}, {row['unit'] for row in values})
        whole = [row for row in values if row['count'] == 122]
        self.assertEqual(122, len(whole[0]['registers']))
        # a whole frame, as it was on the wire
        self.assertEqual(7 + 2 + 244, len(whole[0]['frame']) // 2)
        self.assertEqual([], self.capture('main', '--last=1us'))
        self.assertEqual('nothing was sent in this time\n',
                         self.ctl('capture', 'main', '--last=1us', text=True))

    def errors(self):
        for arguments, status, words in (
                (['maim'], 3, "did you mean 'main'?"),
                (['main', '--last=5'], 2, 'not a duration'),
                ([self.link, '--capture=x'], 2, 'holds one meter'),
                ([self.link, '--survey'], 2, 'asks one meter'),
                (['main', '--pcap=-', '--capture=-'], 2, 'only one'),
                (['main', '--pcap=/nowhere/x'], 1, 'No such file')):
            with self.subTest(arguments):
                done = subprocess.run(
                    [program('ohmctl'), 'capture', *arguments, f'--bus-address={self.bus.address}'],
                    capture_output=True, text=True, check=False, env=ENVIRONMENT, timeout=PATIENCE)
                self.assertEqual(status, done.returncode, done.stderr)
                self.assertIn(words, done.stderr)

        with open(self.file('good.pcap'), 'w', encoding='utf-8') as file:
            file.write('good')
        for name in ('new.pcap', 'good.pcap'):
            for arguments, status in (([self.link, '--survey'], 2),
                                      (['main', '--capture=/nowhere/x'], 1)):
                self.ctl('capture', *arguments, f'--pcap={self.file(name)}', expect=status)
        self.assertFalse(os.path.exists(self.file('new.pcap')))
        with open(self.file('good.pcap'), encoding='utf-8') as file:
            self.assertEqual('good', file.read())

    def pcap(self):
        """Wireshark's own dissector reads both framings without being told anything."""
        if shutil.which('tshark') is None:
            print('# tshark is not installed: the pcap is not looked at')
            return
        for name, protocol in (('main', 'mbtcp'), ('old', 'mbrtu')):
            path = self.file(f'{name}.pcap')
            seen = self.capture(name, '--last=5min', f'--pcap={path}')
            values = sum(row['outcome'] == 'values' for row in seen)
            packets = self.dissect(path)
            answers = [row for row in packets if row['modbus.regval_uint16']]
            self.assertGreaterEqual(values, 1)
            self.assertEqual({protocol}, {row['protocol'] for row in packets})
            self.assertEqual({''}, {row['_ws.malformed'] for row in packets})
            self.assertEqual(values, len(answers))
            asked = sum(row['modbus.reference_num'] != '' for row in packets)
            # a request that still waits for its answer is in the file, and is no exchange yet
            self.assertIn(asked - sum('count' in row for row in seen), (0, 1))
            self.assertEqual([','.join(map(str, row['registers'])) for row in seen
                              if row['outcome'] == 'values'],
                             [row['modbus.regval_uint16'] for row in answers])

    def dissect(self, path):
        fields = ['frame.protocols', 'modbus.reference_num', 'modbus.regval_uint16', '_ws.malformed']
        out = subprocess.run(['tshark', '-r', path, '-T', 'fields', '-E', 'separator=;',
                              *(word for field in fields for word in ('-e', field))],
                             capture_output=True, text=True, check=True, timeout=PATIENCE).stdout
        rows = [dict(zip(fields, line.split(';'))) for line in out.splitlines()]
        for row in rows:
            row['protocol'] = row['frame.protocols'].split(':')[-2]
        return rows

    def reader_leaves(self):
        """A capture lasts as long as somebody holds its end, and no longer; the number is bounded."""
        held = [self.open_capture() for _ in range(READERS_MAX)]
        with self.assertRaisesRegex(GLib.Error, '16 captures are running'):
            self.open_capture()
        os.close(held.pop())
        ohmtest.wait_until(self.try_capture, what='room for another capture')
        for fd in held:
            os.close(fd)

    def open_capture(self):
        self.bus.call(f'links/{self.escape(self.link)}', 'Link.Capture', 'a{sv}', {})
        return self.bus.descriptors[0]

    def try_capture(self):
        try:
            os.close(self.open_capture())
        except GLib.Error:
            return False
        return True

    @staticmethod
    def escape(link):
        return ''.join(c if c.isalnum() else f'_{ord(c):02x}' for c in link)

    def events(self):
        """The stream as D-Bus documents it."""
        self.bus.call(f'links/{self.escape(self.link)}', 'Link.Capture', 'a{sv}',
                      {'last': GLib.Variant('x', 60_000_000), 'live': GLib.Variant('b', False)})
        stream = self.bus.read_descriptor()
        kinds = []
        while stream:
            time_us, kind, framing, length, lost = struct.unpack('=qBBHI', stream[:16])
            self.assertGreater(time_us, 1_500_000_000_000_000)
            self.assertEqual((0, 0), (framing, lost))
            kinds.append(kind)
            stream = stream[16 + length:]
        self.assertEqual(0, kinds[0])
        self.assertIn(2, kinds)
        self.assertIn(3, kinds)
        self.assertLessEqual(set(kinds), {0, 2, 3})

    def recording(self):
        """What was recorded is a test by itself, and a meter once more."""
        path = self.file('main.capture')
        self.capture('main', '--survey', '--for=1500ms', f'--capture={path}')
        with open(path, encoding='utf-8') as file:
            lines = file.read().splitlines()
        self.assertEqual(['capture 1', 'profile janitza-common'], lines[:2])
        done = subprocess.run([program('ohm-replay'), path, self.engine.plugin_dirs[0]],
                              capture_output=True, text=True, check=False, timeout=PATIENCE)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        before = self.values('main')
        played = self.sim(path)
        self.engine.write('meters.d/again.meter', played.meter(0, poll='250ms'))
        self.ctl('config', 'reload')
        self.wait_state('again', 'ok')
        values = self.values('again')
        self.assertEqual(before.keys(), values.keys())
        for point in ('voltage.l1-n', 'frequency', 'power-active.total'):
            self.assertAlmostEqual(1, values[point][0] / before[point][0], delta=0.2)

    def without_log(self):
        """Without a log nothing is kept; who looks still sees what happens."""
        self.engine.write('ohmd.conf', '[ohmd]\nframe-log-limit = 0\n')
        self.ctl('config', 'reload')
        self.assertEqual([], self.capture('main', '--last=5min'))
        self.assertTrue(self.capture('main', '--for=700ms'))


if __name__ == '__main__':
    ohmtest.main()
