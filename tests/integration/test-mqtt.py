# SPDX-License-Identifier: LGPL-2.1-or-later
"""The uplink mqtt against real brokers: one that forgets what it has acknowledged, and one that keeps
it. The consumer keeps one row per place and slot end, as plugins/uplinks/mqtt/README.md says."""

import os
import shutil
import tempfile

import ohmtest
from ohmtest import brokers
from scene import MeterScenario

SLOT_US = 900_000_000
BEGIN = '2026-11-22T09:59:30Z'
UPLINK = '''[uplink]
plugin = mqtt
delay = 10s
spread = 0s
pace = 0s
echo = no
{more}
[mqtt]
{keys}'''
SOON_US = 20_000_000  # after what is sent 10 s after the end of a slot


class Mqtt(MeterScenario):
    def setUp(self):
        super().setUp()
        self.clock = ohmtest.TestClock(wall=BEGIN)
        self.addCleanup(self.clock.stop)
        self.device = self.sim('janitza-common@1-2:load=constant', args=self.clock.args)

    def run_daemon(self, keys, more=''):
        """Two meters and an uplink that sends at once; the key of secrets as systemd gives it."""
        credentials = tempfile.mkdtemp(prefix='ohm-credentials-')
        self.addCleanup(shutil.rmtree, credentials)
        with open(os.path.join(credentials, 'ohmnibus-secrets'), 'w', encoding='ascii') as file:
            file.write('0123456789abcdef0123456789abcdef\n')
        rows = {'host': '127.0.0.1', 'keep-alive': '10min', **keys}
        daemon = self.daemon({
            'meters.d/one.meter': self.device.meter(unit=1, poll='60s', name='Number "one"'),
            'meters.d/two.meter': self.device.meter(unit=2, poll='60s'),
            'uplinks.d/site.uplink': UPLINK.format(
                more=more, keys=''.join(f'{key} = {value}\n' for key, value in rows.items())),
        }, args=self.clock.args, env={'CREDENTIALS_DIRECTORY': credentials})
        self.clock.wait_for('ohmd')
        self.clock.settle()
        return daemon

    def uplink(self, prop):
        return self.bus.get('uplinks/site', f'Uplink.{prop}')

    def wait_uplink(self, prop, value):
        ohmtest.wait_until(lambda: self.uplink(prop) == value, what=f"the uplink's {prop} '{value}'")

    def pass_slot(self):
        """To a little after the next quarter hour."""
        self.clock.advance_to((self.clock.wall_us // SLOT_US + 1) * SLOT_US + SOON_US)

    def wait_online(self, consumer):
        """Until the broker has us back; it lives in real time, so that ours must not run ahead."""
        n = consumer.of('/status').count('online')

        def is_back():
            self.clock.advance(1)
            return consumer.of('/status').count('online') > n
        ohmtest.wait_until(is_back, what='the gateway online again')

    def send_now(self):
        self.bus.call('uplinks/site', 'Uplink.SendNow', 'a{sv}', {})

    def wait_delivered(self):
        """Everything up to the newest quarter hour."""
        end = self.clock.wall_us // SLOT_US * SLOT_US
        ohmtest.wait_until(lambda: self.uplink('DeliveredUpTo') == end and self.uplink('Pending') == 0,
                           what=f'delivery, which is {self.uplink("State")} {self.uplink("CauseCode")}')

    def assert_rows(self, consumer, n_slots, missing=0):
        """Each place has that many rows, equal to what is stored, and nothing else came; the newest
        that are stored may be missing."""
        rows = {}
        for payload in consumer.of('/slot'):
            end = ohmtest.clock.parse_time(payload['end'])
            row = {point: cell['value'] for point, cell in payload['values'].items()}
            self.assertEqual(rows.setdefault((payload['place'], end), row), row)
        stored = {}
        for place in ('one', 'two'):
            slots = self.history(place, ohmtest.clock.parse_time(BEGIN), self.clock.wall_us)[0]
            for slot in slots[:len(slots) - missing]:
                stored[place, slot.end] = {p: v for p, v in slot.counters.items() if v is not None}
        self.assertEqual(rows, stored)
        self.assertEqual(len(rows), 2 * n_slots)
        return rows

    def assert_discovered(self, consumer):
        """Each sensor of Home Assistant points to a value that is there."""
        configs = {message.topic: message.payload for message in consumer.messages
                   if message.topic.startswith('homeassistant/')}
        self.assertEqual(len({config['unique_id'] for config in configs.values()}), len(configs))
        status = {message.topic: message.payload for message in consumer.messages
                  if message.topic.endswith('/status')}
        for topic, config in configs.items():
            self.assertRegex(topic, r'^homeassistant/sensor/[\w-]+/[\w-]+/config$')
            self.assertEqual(status[config['availability_topic']], 'online')
            points = {point for payload in consumer.of(config['state_topic']) for point in payload['values']}
            self.assertTrue(any(f"['{point}']['value']" in config['value_template'] for point in points),
                            config)
        names = {config['device']['name'] for config in configs.values()}
        self.assertEqual(names, {'Number "one"', 'two'})
        units = {(c['device_class'], c['unit_of_measurement']) for c in configs.values() if 'device_class' in c}
        self.assertEqual(units, {('energy', 'Wh'), ('power', 'W'), ('voltage', 'V')})

    @brokers.needs(brokers.Mosquitto)
    def test_a_broker_that_forgets(self):
        broker = brokers.Mosquitto(users={'gateway': 'right', 'consumer': 'c'}, tls=True)
        self.addCleanup(broker.remove)
        broker.start()
        self.run_daemon({'port': broker.tls_port, 'ca-file': broker.cert, 'cert-file': broker.cert,
                         'key-file': broker.key, 'user': 'gateway',
                         'discovery': 'home-assistant'},
                        'values = live\nlive-period = 60s\npoints = power-active.total;voltage.l1-n')

        keys = {row['key'] for row in self.ctl('config', 'explain', 'mqtt')['keys']}
        self.assertLessEqual({'host', 'topic', 'unheard'}, keys)
        row, = self.ctl('config', 'explain', 'mqtt.unheard')['keys']
        self.assertEqual((row['default'], row['choices']), ('wait', ['wait', 'pass']))

        # a wrong password, told; the right one, used at once
        self.bus.call('uplinks/site', 'Uplink.SetSecret', 'ssa{sv}', 'password', 'wrong', {})
        self.pass_slot()
        self.wait_uplink('State', 'held')
        self.assertEqual(self.uplink('CauseCode'), 'mqtt-refused')
        self.bus.call('uplinks/site', 'Uplink.SetSecret', 'ssa{sv}', 'password', 'right', {})
        self.send_now()

        # nobody has subscribed: not delivered
        self.wait_uplink('CauseCode', 'mqtt-unheard')
        self.assertEqual((self.uplink('State'), self.uplink('DeliveredUpTo')), ('retrying', 0))
        consumer = brokers.Consumer(broker, 'consumer', 'c').start()
        self.addCleanup(consumer.stop)
        self.send_now()
        self.wait_delivered()
        consumer.wait('/slot', 2)
        self.assert_rows(consumer, 1)

        # acknowledged, and lost with the broker
        consumer.stop()
        self.pass_slot()
        self.wait_delivered()
        broker.kill()
        broker.start()
        consumer.start()
        self.assert_rows(consumer, 1, missing=1)
        self.wait_online(consumer)
        # the next cycle sends it again
        self.pass_slot()
        self.wait_delivered()
        ohmtest.wait_until(lambda: len({p['end'] for p in consumer.of('/slot')}) == 3, what='three slots')
        self.assert_rows(consumer, 3)
        self.assertEqual({p['place'] for p in consumer.of('/live')}, {'one', 'two'})
        info, = {p['name'] for p in consumer.of('/places/one/info')}
        self.assertEqual(info, 'Number "one"')
        self.assert_discovered(consumer)

    @brokers.needs(brokers.Mosquitto)
    def test_doubts(self):
        """Whom we do not trust, and who does not trust us."""
        broker = brokers.Mosquitto(tls=True)
        self.addCleanup(broker.remove)
        broker.start()
        daemon = self.run_daemon({'port': broker.port, 'tls': 'false', 'unheard': 'pass'})
        tls = f'port = {broker.tls_port}\n'
        trusted = f'{tls}ca-file = {broker.cert}\n'
        ours = f'cert-file = {broker.cert}\nkey-file = {broker.key}\n'
        doubts = {
            'stranger': (f'host = 127.0.0.1\n{tls}{ours}', 'mqtt-tls'),
            'name': (f'host = localhost\n{trusted}{ours}', 'mqtt-tls'),
            'nobody': (f'host = 127.0.0.1\n{trusted}', 'mqtt-tls'),
            'missing': (f'host = 127.0.0.1\n{tls}ca-file = /no/such/file\n', 'mqtt-set-up'),
            'plain': (f'host = 127.0.0.1\n{tls}tls = false\n', 'mqtt-no-answer'),
            'encrypted': (f'host = 127.0.0.1\nport = {broker.port}\n', 'mqtt-tls'),
        }
        for uplink, (keys, _) in doubts.items():
            daemon.write(f'uplinks.d/{uplink}.uplink', UPLINK.format(more='start = all', keys=keys))
        daemon.reload()
        self.pass_slot()
        self.wait_delivered()
        for uplink, (_, cause) in doubts.items():
            ohmtest.wait_until(lambda u=uplink, c=cause: self.bus.get(f'uplinks/{u}', 'Uplink.CauseCode') == c,
                               what=f"'{uplink}' to say {cause}")
            self.assertEqual(self.bus.get(f'uplinks/{uplink}', 'Uplink.State'),
                             'retrying' if cause == 'mqtt-no-answer' else 'held', uplink)

    @brokers.needs(brokers.Nats)
    def test_a_broker_that_keeps(self):
        broker = brokers.Nats()
        self.addCleanup(broker.remove)
        broker.start()
        daemon = self.run_daemon({'port': broker.port, 'tls': 'false', 'durable': 'true'})
        consumer = brokers.Consumer(broker).start()
        self.addCleanup(consumer.stop)
        consumer.stop()
        for _ in range(3):
            self.pass_slot()
            self.wait_delivered()
        broker.kill()
        broker.start()
        consumer.start()
        consumer.wait('/slot', 6)
        # once each: it is durable, so nothing is sent a second time
        self.pass_slot()
        self.wait_delivered()
        consumer.wait('/slot', 8)
        self.assert_rows(consumer, 4)
        self.assertEqual(len(consumer.of('/slot')), 8)
        daemon.stop()
        ohmtest.wait_until(lambda: consumer.of('/status')[-1:] == ['offline'], what='the goodbye')


if __name__ == '__main__':
    ohmtest.main()
