# SPDX-License-Identifier: LGPL-2.1-or-later
"""Quarter hours from simulated meters to real engines, compared one by one with the store: through an
hour without any of them and a kill of the daemon, every slot is there exactly once."""

import unittest

import ohmtest
from deliveries import BEGIN, METERS, SLOT, Deliveries, line_rows
from ohmtest import engines, otlp, peer
from ohmtest.receiver import Receiver


@engines.needs(engines.VictoriaMetrics, engines.Influx)
@unittest.skipUnless(otlp.is_available(), 'needs protobuf-compiler and python3-protobuf')
class CloudEngines(Deliveries):
    def setUp(self):
        super().setUp()
        receivers = {'otlp': Receiver(), 'otlp-json': Receiver()}
        kinds = {'vm': (engines.VictoriaMetrics(), 'victoria-metrics'),
                 'influx': (engines.Influx(), 'influxdb')}
        if engines.missing(engines.VictoriaMetricsOtlp) is None:
            kinds['vm-otlp'] = (engines.VictoriaMetricsOtlp(), 'victoria-metrics')
        for engine, _ in kinds.values():
            self.addCleanup(engine.remove)
            engine.start()
        for receiver in receivers.values():
            self.addCleanup(receiver.stop)
        self.begin(kinds, receivers, values={'influx': 'trend'})

    def assert_minutes(self):
        """One-minute means of the hour so far, as best one can: an hour takes a second here, so that
        many come while one is on its way, and are passed over."""
        rows = self.engines['influx'].rows('live')
        for place in METERS:
            row = rows['power_active_total_w', place, place, None]
            self.assertGreater(len(row), 5)
            self.assertEqual({end % 60 for end in row}, {0})

    def assert_peer_agrees(self):
        """All that went over the wire, as it went, is the same to OpenTelemetry's own reader."""
        if peer.missing():
            return
        reader = peer.Peer()
        self.addCleanup(reader.stop)
        for name, receiver in self.receivers.items():
            self.assertTrue(all(packed for _, packed, _ in receiver.bodies))
            self.assertEqual([point for kind, packed, body in receiver.bodies
                              for point in reader.read(kind, body, packed)[1]], receiver.points(), name)

    def kill_after_an_answer(self, engine):
        """What it forgets of one slot comes again with the next; of two it would not: if a record came too
        late for its slot's turn, two slots went by meanwhile, and it is tried again."""
        turns = 2
        while turns > 1:
            engine.stop()
            engine.start()
            began = self.clock.wall_us
            self.advance_slot()
            self.deliver()
            turns = self.clock.wall_us // (SLOT * 10**6) - began // (SLOT * 10**6)
        engine.kill()
        engine.start()
        self.advance_slot()
        self.deliver()

    def test_everything_arrives_once(self):
        """An hour without network with a kill of the daemon in it; an hour without the daemon; an engine
        that forgets."""
        self.clock.advance_to('2026-11-22T11:01:00Z')
        self.deliver()
        self.assert_all_arrived()
        self.assert_minutes()

        for name, engine in self.engines.items():
            if name == 'influx':
                engine.kill()
            else:
                engine.stop()  # at a kill it forgets what it said to have taken: see below
        for receiver in self.receivers.values():
            receiver.stop()
        self.clock.advance_to('2026-11-22T11:31:00Z')
        ohmtest.wait_until(lambda: set(self.uplinks('State').values()) == {'retrying'}, what='all retrying')
        self.process.kill()
        self.start()
        self.clock.advance_to('2026-11-22T12:01:00Z')
        self.assertEqual(set(self.uplinks('Pending').values()), {len(METERS) * 4})
        for peer in (*self.engines.values(), *self.receivers.values()):
            peer.start()
        self.deliver()
        self.assert_all_arrived()

        self.process.kill()
        self.clock.advance(3600)
        self.start()
        self.clock.advance(960)
        self.deliver()
        self.assert_all_arrived(n_gaps=1)

        self.kill_after_an_answer(self.engines['vm'])
        self.assert_all_arrived(n_gaps=1)

        self.engines['vm'].kill()
        self.engines['vm'].start()
        self.bus.call('uplinks/vm', 'Uplink.Resend', 'xxa{sv}', ohmtest.clock.parse_time(BEGIN),
                      self.clock.wall_us, {})
        self.deliver()
        ohmtest.wait_until(lambda: len(line_rows(self.engines['vm'])) == len(self.history()[0]),
                           what='what was forgotten to be there again')
        self.assert_all_arrived(n_gaps=1)
        self.assertEqual({*self.uplinks('Dead').values(), *self.uplinks('Held').values()}, {0})
        self.assert_peer_agrees()


if __name__ == '__main__':
    ohmtest.main()
