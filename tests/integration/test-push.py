# SPDX-License-Identifier: LGPL-2.1-or-later
"""The contract beyond Modbus: a plugin from outside whose meter sends telegrams by itself."""

import os
import socket
import struct
import threading

import ohmtest
from ohmtest.paths import BUILD, plugin_dir
from scene import MeterScenario

START = b'\x1b\x1b\x1b\x1b\x01\x01\x01\x01'
END = b'\x1b\x1b\x1b\x1b\x1a'
OBIS = {'import': (1, 0, 1, 8, 0, 255), 'export': (1, 0, 2, 8, 0, 255), 'power': (1, 0, 16, 7, 0, 255)}


def crc(data):
    """CRC-16 of Modbus over serial line, 6.2.2."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value


def telegram(**values):
    content = b''.join(bytes(OBIS[name]) + struct.pack('>q', value) for name, value in values.items())
    return START + content + END + b'\0' + struct.pack('>H', crc(content))


class Sender:
    """Sends to whoever connects."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.peers = []
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                self.peers.append(self.listener.accept()[0])
            except OSError:
                return

    def send(self, data):
        for peer in self.peers:
            peer.sendall(data)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        for end in [self.listener, *self.peers]:
            end.close()


class Push(MeterScenario):
    def test_telegrams_become_values(self):
        sender = Sender()
        self.addCleanup(sender.close)
        outside = os.path.join(BUILD, 'tests', 'data', 'plugins', 'sml-listener')
        self.daemon({'meters.d/heat-pump.meter':
                     '[meter]\ntype = sml-listener\ntransport = sml-listener\n'
                     f'host = 127.0.0.1\nport = {sender.port}\n'},
                    plugin_dirs=[plugin_dir(), outside])
        ohmtest.wait_until(lambda: sender.peers, what='the connection')
        sender.send(b'noise' + telegram(**{'import': 123456, 'power': -400}))
        self.wait_state('heat-pump', 'ok')
        values = self.values('heat-pump')
        self.assertEqual(values['power-active.total'], (-400.0, 'good'))
        self.assertAlmostEqual(values['energy-active-import.total'][0], 12345.6)
        broken = bytearray(telegram(power=77))
        broken[12] ^= 1
        sender.send(bytes(broken) + telegram(power=5))
        ohmtest.wait_until(lambda: self.values('heat-pump')['power-active.total'][0] == 5.0,
                           what='the next telegram')


if __name__ == '__main__':
    ohmtest.main()
