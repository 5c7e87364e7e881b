# SPDX-License-Identifier: LGPL-2.1-or-later
"""Meters that change places: identity is the serial, never the address."""

import ohmtest
from gi.repository import GLib
from scene import MeterScenario

BEGIN = '2026-11-22T09:58:00Z'
IMPORT = 'energy-active-import.total'
# what the simulated meters tell before and after, in Wh
ONE, TWO = 5_000_000, 9_000_000


class Swap(MeterScenario):
    """Two meters with serials behind one gateway, with time in the test's hands."""

    def setUp(self):
        super().setUp()
        self.clock = ohmtest.TestClock(wall=BEGIN)
        self.addCleanup(self.clock.stop)
        self.device = self.sim('umg96rm@1-4:load=constant', args=self.clock.args)
        self.device.fault('silent', units='3-4')
        self.process = self.daemon({
            'meters.d/one.meter': self.device.meter(unit=1, poll='10s'),
            'meters.d/two.meter': self.device.meter(unit=2, poll='10s'),
        }, start=False, args=self.clock.args)
        self.place(1, 'S1', ONE)
        self.place(2, 'S2', TWO)

    def place(self, unit, serial, counter):
        """The meter with this serial and counter answers at this unit from now on."""
        serial = {'S1': 41000001, 'S2': 41000002, 'S3': 41000003}[serial]
        for what in (f'serial {serial}', f'{IMPORT} {counter}'):
            answer = self.device.control(f'* {unit} set {what}')
            self.assertEqual(answer, 'ok', what)

    def start(self):
        self.process.start()
        self.clock.wait_for('ohmd')
        self.clock.settle()
        self.clock.advance_to('2026-11-22T10:16:00Z')
        self.assertEqual(self.counters(), {'one': [ONE, ONE], 'two': [TWO, TWO]})

    def counters(self):
        return {place: [slot.counters[IMPORT] for slot in self.history(
            place, ohmtest.clock.parse_time(BEGIN), self.clock.wall_us)[0]]
                for place in ('one', 'two')}

    def assert_pure(self, n):
        """Each place has only its own meter's counters, and n of them."""
        self.assertEqual(self.counters(), {'one': [ONE] * n, 'two': [TWO] * n})

    def swap(self):
        self.place(1, 'S2', TWO)
        self.place(2, 'S1', ONE)

    def followed(self):
        """Meters that people are told to be elsewhere."""
        return {a['subject'] for a in self.ctl('alarm', 'list')['alarms']
                if a['message']['code'] == 'address-followed'}

    def test_swapped_while_the_gateway_is_down(self):
        self.start()
        self.device.fault('refuse')
        self.device.control('* * drop')
        self.clock.advance(120)
        self.swap()
        self.device.fault('refuse', on=False)
        self.clock.advance_to('2026-11-22T11:01:00Z')
        self.assert_pure(5)
        self.assertEqual((self.meter('one', 'Unit'), self.meter('two', 'Unit')), (2, 1))
        self.assertEqual((self.state('one'), self.state('two')), ('ok', 'ok'))
        self.assertEqual(self.followed(), {'meters/one/address', 'meters/two/address'})
        # the files are put right: nothing else happens
        self.ctl('meter', 'set', 'one', 'unit=2')
        self.ctl('meter', 'set', 'two', 'unit=1')
        self.clock.advance_to('2026-11-22T11:16:00Z')
        self.assert_pure(6)
        self.assertEqual(self.followed(), set())

    def test_swapped_while_the_daemon_is_down(self):
        self.start()
        self.process.stop()
        self.swap()
        self.process.start()
        self.clock.wait_for('ohmd')
        self.clock.advance_to('2026-11-22T10:46:00Z')
        self.assert_pure(4)

    def test_swapped_without_an_interruption(self):
        """One counter falls, which shows it, also for the one that rises."""
        self.start()
        self.swap()
        self.clock.advance_to('2026-11-22T10:46:00Z')
        self.assert_pure(4)

    def test_a_stranger_waits_for_the_owner(self):
        """Another device, and nobody's: nothing is recorded until somebody says so."""
        self.start()
        # nothing was exchanged as far as anybody knows
        self.ctl('meter', 'replace', 'two', expect=1)
        self.place(2, 'S3', 100)
        self.device.control('* * drop')
        self.clock.advance_to('2026-11-22T10:46:00Z')
        self.assertEqual(self.state('two'), 'wrong-device')
        self.assertEqual(self.counters(), {'one': [ONE] * 4, 'two': [TWO] * 2})
        _, gaps = self.history('two', ohmtest.clock.parse_time(BEGIN), self.clock.wall_us)
        self.assertEqual([(gap.cause, gap.slots) for gap in gaps], [('wrong-device', 2)])
        self.ctl('meter', 'replace', 'two', '--last=100kWh', '--first=90', expect=1)
        self.assertEqual(self.state('two'), 'wrong-device')
        self.ctl('meter', 'replace', 'two', f'--last={TWO + 500}', '--first=90')
        self.clock.advance_to('2026-11-22T11:01:00Z')
        self.assertEqual(self.state('two'), 'ok')
        self.assertEqual(self.counters()['two'], [TWO, TWO, 100])
        slots = self.ctl('history', 'two', f'--from={BEGIN}', '--to=2026-11-22T11:00:00Z')['slots']
        self.assertEqual([slot.get('new_run') for slot in slots], [None, None, True])
        gap, = self.history('two', ohmtest.clock.parse_time(BEGIN), self.clock.wall_us)[1]
        # 500 on the old one since its last record, 10 on the new one since it was put in
        self.assertEqual((gap.slots, gap.deltas[IMPORT]), (2, 510))
        runs = self.ctl('place', 'show', 'two')['runs']
        self.assertEqual([run['serial'] for run in runs], ['41000002', '41000003'])
        event = self.ctl('event', 'list', 'two')['events'][-1]
        self.assertEqual((event['subject'], event['message']['code']), ('places/two', 'meter-replaced'))
        self.assertEqual([run['first'][IMPORT] for run in runs], [TWO, 90])
        self.assertEqual([run['last'][IMPORT] for run in runs], [TWO + 500, 100])
        # and once more, between two boundaries: 30 on the one, 10 on the other
        self.place(2, 'S2', 7000)
        self.device.control('* * drop')
        self.clock.advance_to('2026-11-22T11:04:00Z')
        self.ctl('meter', 'replace', 'two', '--last=130', '--first=6990')
        self.clock.advance_to('2026-11-22T11:16:00Z')
        slot = self.history('two', ohmtest.clock.parse_time(BEGIN), self.clock.wall_us)[0][-1]
        self.assertEqual((slot.counters[IMPORT], slot.deltas[IMPORT]), (7000, 40))

    def test_replaced_while_it_is_silent(self):
        """The owner's word holds over a restart before the new device answers."""
        self.start()
        self.device.fault('silent', units='2')
        self.clock.advance_to('2026-11-22T10:31:00Z')
        self.ctl('meter', 'replace', 'two', f'--last={TWO + 500}', '--first=90')
        self.process.kill()
        self.process.start()
        self.clock.wait_for('ohmd')
        self.place(2, 'S3', 100)
        self.device.fault('silent', on=False, units='2')
        self.clock.advance_to('2026-11-22T10:46:00Z')
        self.assertEqual((self.state('two'), self.counters()['two']), ('ok', [TWO, TWO, 100]))
        runs = self.ctl('place', 'show', 'two')['runs']
        self.assertEqual([run['serial'] for run in runs], ['41000002', '41000003'])

    def find(self, *options, expect=0):
        """What was found, while time passes for the pauses between the units."""
        path = self.bus.call('meters/two', 'Meter.Find', 'a{sv}', dict(options))[0]
        self.clock.advance(40)
        job = self.ctl('job', 'show', path.rpartition('/')[2])
        return job['message']['code'], job['result']

    def test_one_goes_to_an_address_that_nobody_expects(self):
        """Two has another unit now, which no file names: it is found on request."""
        self.start()
        self.ctl('meter', 'find', 'two', expect=1)
        self.device.fault('silent', units='2')
        self.clock.advance(120)
        first_last = [('first', GLib.Variant('y', 1)), ('last', GLib.Variant('y', 4))]
        code, result = self.find(*first_last)
        self.assertEqual((code, result['tried'], result['answered']), ('meter-not-found', 2, []))
        self.place(3, 'S3', 100)
        self.place(4, 'S2', TWO)
        self.device.fault('silent', on=False, units='3-4')
        code, result = self.find(*first_last)
        self.assertEqual((code, result['unit'], result['answered']), ('meter-found', 4, [3]))
        self.clock.advance_to('2026-11-22T10:31:00Z')
        self.assertEqual((self.meter('two', 'Unit'), self.followed()), (4, {'meters/two/address'}))
        self.assert_pure(3)

    def test_one_goes_to_the_others_address(self):
        """Two was put where one was; one is gone."""
        self.start()
        self.place(1, 'S2', TWO)
        self.device.fault('silent', units='2')
        self.device.control('* * drop')
        self.clock.advance_to('2026-11-22T10:46:00Z')
        self.assertEqual(self.counters(), {'one': [ONE] * 2, 'two': [TWO] * 4})
        self.assertEqual((self.state('one'), self.state('two')), ('silent', 'ok'))
        # a reload leaves it where it was found
        self.process.reload()
        self.clock.advance_to('2026-11-22T11:01:00Z')
        self.assertEqual(self.counters(), {'one': [ONE] * 2, 'two': [TWO] * 5})


class NoSerial(MeterScenario):
    """Meters that cannot prove who they are: another address is another counter."""

    def setUp(self):
        super().setUp()
        self.clock = ohmtest.TestClock(wall=BEGIN)
        self.addCleanup(self.clock.stop)
        self.device = self.sim('janitza-common@1-2:load=constant', args=self.clock.args)
        for unit, counter in ((1, ONE), (2, TWO)):
            self.device.control(f'* {unit} set {IMPORT} {counter}')
        self.process = self.daemon({'meters.d/one.meter': self.device.meter(unit=1, poll='10s')},
                                   args=self.clock.args)
        self.clock.wait_for('ohmd')
        self.clock.advance_to('2026-11-22T10:16:00Z')

    def series(self):
        slots, _ = self.history('one', ohmtest.clock.parse_time(BEGIN), self.clock.wall_us)
        return [(slot.counters[IMPORT], slot.deltas.get(IMPORT)) for slot in slots]

    def alarms(self):
        return [a['message']['code'] for a in self.ctl('alarm', 'list')['alarms']]

    def test_an_id_that_was_removed(self):
        # a mistyped one goes with all that it never recorded
        self.process.write('meters.d/onee.meter', self.device.meter(unit=3))
        self.process.reload()
        self.assertEqual(self.ctl('place', 'show', 'onee')['place']['state'], 'waiting')
        self.ctl('meter', 'remove', 'onee')
        self.assertEqual([place['id'] for place in self.ctl('place', 'list')['places']], ['one'])
        self.ctl('meter', 'remove', 'one')
        new = ['add', 'one', '--type=janitza-common', f'--host={self.device.endpoints[0].host}',
               f'--port={self.device.endpoints[0].port}', '--unit=2', '--dry-run']
        self.ctl(*new)
        self.ctl(*new[:-1], expect=1)
        # by hand nobody is asked: it waits until the file names the place, and no energy is made up
        text = self.device.meter(unit=2, poll='10s')
        self.process.write('meters.d/one.meter', text)
        self.process.reload()
        self.clock.advance(5)
        self.assertIn('place-of-removed', self.alarms())
        self.assertEqual(self.ctl('place', 'show', 'one')['place']['state'], 'orphaned')
        self.process.write('meters.d/one.meter', text + '[place one]\n')
        self.process.reload()
        self.clock.advance_to('2026-11-22T10:46:00Z')
        self.assertNotIn('place-of-removed', self.alarms())
        self.assertEqual(self.series(), [(ONE, None), (ONE, 0), (TWO, None), (TWO, 0)])
        self.assertEqual(len(self.ctl('place', 'show', 'one')['runs']), 2)

    def test_an_exchange_that_nobody_told(self):
        """Its counter rises by more than it can: told and doubted, until its owner says what happened."""
        self.ctl('meter', 'set', 'one', 'max-power=10000')
        self.clock.advance_to('2026-11-22T10:40:00Z')
        self.device.control(f'* 1 set {IMPORT} {TWO}')
        self.clock.advance_to('2026-11-22T10:46:00Z')
        self.assertIn('counter-jumped', self.alarms())
        slots = self.ctl('history', 'one', f'--from={BEGIN}', '--to=2026-11-22T10:45:00Z')['slots']
        self.assertEqual([slot['quality'] for slot in slots], ['good', 'good', 'good', 'suspect'])
        self.assertEqual(slots[-1]['values'][IMPORT]['value'], TWO)
        shown = ' '.join(self.ctl('alarm', 'show', 'meters/one/counter', text=True).split())
        self.assertIn("'ohmctl meter replace one'", shown)
        self.ctl('meter', 'replace', 'one')
        self.assertNotIn('counter-jumped', self.alarms())

    def test_the_same_meter_at_another_address(self):
        self.device.control(f'* 2 set {IMPORT} {ONE + 100}')
        self.ctl('meter', 'remove', 'one')
        self.process.write('meters.d/one.meter', self.device.meter(poll='10s', unit=2))
        self.process.reload()
        self.ctl('meter', 'set', 'one', 'unit=300', '--same-meter', expect=1)
        self.assertEqual(self.ctl('place', 'show', 'one')['place']['state'], 'orphaned')
        self.ctl('meter', 'set', 'one', '--same-meter')
        self.clock.advance_to('2026-11-22T10:31:00Z')
        self.assertEqual(self.series()[2:], [(ONE + 100, 100)])


if __name__ == '__main__':
    ohmtest.main()
