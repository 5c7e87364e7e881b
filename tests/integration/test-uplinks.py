# SPDX-License-Identifier: LGPL-2.1-or-later
"""Several uplinks at once, each with a position of its own: one that is dead, mute or gone delays
neither another nor a meter; and what one trusts or says to be is not another's."""

import shutil
import socket
import tempfile
import threading

import ohmtest
from ohmtest import brokers, tls
from scene import MeterScenario, path

SLOT_US = 900_000_000
BEGIN = '2026-11-22T09:59:30Z'
N_SLOTS = 4


class Mute:
    """Takes every connection and all that is sent, and never says a word."""

    def __init__(self):
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.port = self._listener.getsockname()[1]
        self._peers = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        while True:
            try:
                self._peers.append(self._listener.accept()[0])
            except OSError:
                return

    @property
    def n_connections(self):
        return len(self._peers)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for end in [self._listener, *self._peers]:
            end.close()


@brokers.needs(brokers.Mosquitto)
class Uplinks(MeterScenario):
    def setUp(self):
        super().setUp()
        self.clock = ohmtest.TestClock(wall=BEGIN)
        self.addCleanup(self.clock.stop)
        self.good, self.gone, self.mute = brokers.Mosquitto(), brokers.Mosquitto(), Mute()
        self.addCleanup(self.good.remove)
        self.addCleanup(self.gone.remove)
        self.addCleanup(self.mute.close)
        self.good.start()
        sim = self.sim('janitza-common@1-2', args=self.clock.args)
        meters = {f'meters.d/{name}.meter': sim.meter(unit=unit, poll='5s')
                  for unit, name in enumerate(('one', 'two'), 1)}
        mqtt = {f'uplinks.d/{name}.uplink': self.uplink_file('mqtt', f'host = 127.0.0.1\nport = {port}\n'
                                                             'tls = false\nunheard = pass\n')
                for name, port in (('good', self.good.port), ('gone', self.gone.port), ('dead', self.mute.port))}
        cloud = self.uplink_file('cloud', f'url = http://127.0.0.1:{self.mute.port}/\nauth = none\n')
        self.daemon({**meters, **mqtt, 'uplinks.d/mute.uplink': cloud}, args=self.clock.args)
        self.clock.wait_for('ohmd')
        self.clock.settle()

    @staticmethod
    def uplink_file(plugin, keys):
        return (f'[uplink]\nplugin = {plugin}\ndelay = 10s\nspread = 0s\npace = 0s\necho = no\n'
                f'[{plugin}]\n{keys}')

    def uplink(self, uplink, prop):
        return self.bus.get(f'uplinks/{uplink}', f'Uplink.{prop}')

    def wait_delivered(self, uplink):
        """The clock stands still meanwhile: what waited for a time-out of another would wait for ever."""
        end = self.clock.wall_us // SLOT_US * SLOT_US
        ohmtest.wait_until(lambda: self.uplink(uplink, 'DeliveredUpTo') == end,
                           what=f"delivery of '{uplink}', {self.uplink(uplink, 'State')} "
                                f"{self.uplink(uplink, 'CauseCode')}")

    def assert_fresh(self, meter):
        """Read within the last two cycles, whatever the uplinks do."""
        read_us = self.bus.call(path(meter), 'Meter.GetReading', 'a{sv}', {})[1]
        self.assertLess(self.clock.wall_us - read_us, 10_000_000, meter)

    def test_nobody_waits_for_another(self):
        consumer = brokers.Consumer(self.good).start()
        self.addCleanup(consumer.stop)
        for _ in range(N_SLOTS):
            self.clock.advance_to((self.clock.wall_us // SLOT_US + 1) * SLOT_US + 12_000_000)
            self.wait_delivered('good')
            self.assert_fresh('one')
            self.assert_fresh('two')
        self.assertEqual(len({(p['place'], p['end']) for p in consumer.wait('/slot', 2 * N_SLOTS)}), 2 * N_SLOTS)
        self.assertGreaterEqual(self.mute.n_connections, 2)
        for uplink, cause in (('gone', 'mqtt-unreachable'), ('dead', 'mqtt-no-answer')):
            ohmtest.wait_until(lambda u=uplink, c=cause: self.uplink(u, 'CauseCode') == c, what=cause)
        for uplink in ('gone', 'dead', 'mute'):
            self.assertEqual((self.uplink(uplink, 'Pending'), self.uplink(uplink, 'DeliveredUpTo')),
                             (2 * N_SLOTS, 0), uplink)
            self.assertIn(self.uplink(uplink, 'State'), ('ok', 'retrying'))

        # one comes back: all that waited, in its own time
        self.gone.start()
        late = brokers.Consumer(self.gone).start()
        self.addCleanup(late.stop)
        self.bus.call('uplinks/gone', 'Uplink.SendNow', 'a{sv}', {})
        self.wait_delivered('gone')
        rows = {(p['place'], p['end']): p['values'] for p in late.wait('/slot', 2 * N_SLOTS)}
        self.assertEqual(rows, {(p['place'], p['end']): p['values'] for p in consumer.of('/slot')})
        self.assertEqual(self.uplink('dead', 'DeliveredUpTo'), 0)


class Trust(MeterScenario):
    def setUp(self):
        super().setUp()
        folder = tempfile.mkdtemp(prefix='ohm-trust-')
        self.addCleanup(shutil.rmtree, folder)
        self.authority = tls.Authority(folder)
        self.receiver = tls.Receiver(self.authority)
        self.addCleanup(self.receiver.stop)
        self.clock = ohmtest.TestClock(wall=BEGIN)
        self.addCleanup(self.clock.stop)
        sim = self.sim('janitza-common', args=self.clock.args)
        self.process = self.daemon({'meters.d/one.meter': sim.meter(poll='5s')}, args=self.clock.args)
        self.clock.wait_for('ohmd')
        self.clock.advance(SLOT_US / 1_000_000)

    def add(self, uplink, **keys):
        """Adds an uplink and returns what became of its first batch: state and cause."""
        rows = ''.join(f'{key.replace("_", "-")} = {value}\n' for key, value in keys.items())
        self.process.write(f'uplinks.d/{uplink}.uplink',
                           '[uplink]\nplugin = cloud\nstart = all\ndelay = 0s\nspread = 0s\npace = 0s\n'
                           f'echo = no\n[cloud]\nurl = {self.receiver.url}{uplink}\nauth = none\n{rows}')
        ohmtest.wait_until(lambda: self.ended(uplink), what=f"the first batch of '{uplink}'")
        return self.get(uplink, 'CauseCode') if self.get(uplink, 'Pending') else 'delivered'

    def get(self, uplink, prop):
        return self.bus.get(f'uplinks/{uplink}', f'Uplink.{prop}')

    def ended(self, uplink):
        self.clock.advance(1)
        ids = {row['id'] for row in self.ctl('uplink', 'list')['uplinks']}
        return uplink in ids and (self.get(uplink, 'DeliveredUpTo') > 0 or self.get(uplink, 'CauseCode'))

    def test_tickets_are_not_shared(self):
        """The library keeps tickets of sessions for the whole process, and verifies nothing in a
        session that it resumes."""
        ca = {'ca_file': self.authority.cert}
        mine, others = ({**ca, 'cert_file': self.authority.issue(name)} for name in ('mine', 'others'))
        self.assertEqual(self.add('first', **mine), 'delivered')
        self.assertEqual(self.add('again', **mine), 'delivered')
        self.assertEqual(self.add('other', **others), 'delivered')
        self.assertEqual(self.add('nobody', **ca), 'delivered')
        self.assertEqual(self.add('distrust'), 'cloud-certificate-unknown')
        self.assertEqual(self.add('misled', ca_file=self.authority.issue('wrong')), 'cloud-certificate-unknown')
        first = {visit.path: visit[1:] for visit in reversed(self.receiver.visits)}
        self.assertEqual(first, {'/first': ('mine', False), '/again': ('mine', True),
                                 '/other': ('others', False), '/nobody': (None, False)})


if __name__ == '__main__':
    ohmtest.main()
