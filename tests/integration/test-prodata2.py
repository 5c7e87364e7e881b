# SPDX-License-Identifier: LGPL-2.1-or-later
"""A ProData 2: fifteen inputs whose names, units and factors are the device's own."""

import ohmtest
from scene import MeterScenario

SLOT_US = 900_000_000
BEGIN = '2026-11-22T10:13:00Z'
LAST = 2**63 - 1
COUNT = 'in1.pulse-count'
METER = 'logger'


class ProData2(MeterScenario):
    """One daemon, one device, three quarters of an hour."""

    def setUp(self):
        super().setUp()
        self.clock = ohmtest.TestClock(wall=BEGIN)
        self.addCleanup(self.clock.stop)
        self.device = self.sim('prodata2:serial=21004711,name=ProData 2 21004711,load=constant,'
                               'fact.input-name.0=Lighting,fact.input-unit.1=m3,'
                               'fact.input-unit.2=pcs,fact.input-unit.3=GJ,'
                               'fact.tariff-3=0,fact.tariff-4=0,fact.tariff-5=0,fact.tariff-6=0,'
                               'fact.tariff-7=0,fact.tariff-8=0,fact.rs485-mode=1',
                               args=self.clock.args)
        self.set_point(COUNT, LAST - 1000)
        self.set_point('in2.pulse-value', 1234.5)
        self.daemon({f'meters.d/{METER}.meter': self.device.meter(poll='60s')}, args=self.clock.args)
        self.clock.wait_for('ohmd', 'ohm-sim')
        self.clock.advance(65)  # what was planned with the facts of the survey is read
        self.wait_state(METER, 'ok')

    def set_point(self, name, value):
        self.assertEqual(self.device.control(f'* * set {name} "{value}"'), 'ok')

    def survey(self):
        self.bus.call(f'meters/{METER}', 'Meter.Survey', 'a{sv}', {})
        self.clock.settle()

    def place(self, number, prop):
        return self.bus.get(f'places/{METER}_2din{number}', f'Place.{prop}')

    def place_history(self, number):
        return self.history(f'{METER}-in{number}', self.clock.wall_us - 4 * SLOT_US,
                            self.clock.wall_us)

    def check_facts(self):
        facts = self.meter(METER, 'Facts')
        self.assertEqual({name: facts.get(name) for name in
                          ('serial', 'name', 'model', 'gateway', 'battery', 'input-unit.1',
                           'input-scale.14', 'rate-unit.3')},
                         {'serial': '21004711', 'name': 'ProData 2 21004711', 'model': 'ProData 2',
                          'gateway': 'yes', 'battery': 'good', 'input-unit.1': 'm3',
                          'input-scale.14': '0.001', 'rate-unit.3': 'GJ/900s'})

    def check_read(self):
        """What a machine reads with ohmctl: exact integers, units of the device."""
        values = self.ctl('read', METER)['values']
        self.assertEqual(values[COUNT]['value'], LAST - 1000)
        self.assertIsInstance(values[COUNT]['value'], int)
        self.assertEqual((values['in1.pulse-value']['unit'], values['in3.pulse-value']['unit'],
                          values['in1.pulse-rate']['unit']), ('kWh', 'pcs', 'kWh/900s'))
        self.assertEqual((values['in2.volume']['value'], values['in2.volume']['unit']),
                         (1234.5, 'm3'))
        self.assertEqual(values['in4.energy-heat']['unit'], 'Wh')
        self.assertEqual((values['battery-state']['value'], values['battery-state']['text']),
                         (0, 'good'))
        self.assertIn('in15.pulse-count.t2', values)
        for absent in ('in2.pulse-value', 'in15.pulse-count.t3'):
            self.assertNotIn(absent, values)

    def check_places(self):
        self.assertEqual([self.place(number, 'Medium') for number in range(1, 5)],
                         ['electricity', 'other', 'other', 'heat'])
        self.assertEqual(self.place(1, 'Name'), 'Lighting')
        self.assertRegex(self.ctl('read', METER, text=True),
                         r'(?m)^in1\.pulse-value +Lighting +[0-9.]+ kWh ')

    def check_slots(self):
        """All inputs have their quarter hours, counts are exact in the store."""
        for number in range(1, 16):
            slots, gaps = self.place_history(number)
            self.assertEqual((len(slots), gaps), (2, []), f'input {number}')
        slots, _ = self.place_history(1)
        self.assertEqual([slot.counters[COUNT] for slot in slots], [LAST - 1000, LAST])
        self.assertEqual(slots[1].deltas[COUNT], 1000)
        self.assertEqual(self.place_history(2)[0][0].counters['in2.volume'], 1234.5)
        shown = self.ctl('history', f'{METER}-in1')['slots'][-1]['values']
        self.assertEqual((shown[COUNT]['value'], shown[COUNT]['delta']), (LAST, 1000))
        self.assertEqual(shown['in1.pulse-value']['unit'], 'kWh')

    def test_a_day_of_a_logger(self):
        self.check_facts()
        self.check_read()
        self.check_places()

        self.clock.advance_to('2026-11-22T10:16:00Z')
        self.set_point(COUNT, LAST)
        self.set_point('input-name.0', 'Stage')
        self.clock.advance_to('2026-11-22T10:30:30Z')
        self.assertEqual(self.values(METER)[COUNT], (LAST, 'good'))
        self.check_slots()
        self.assertEqual(self.place(1, 'Name'), 'Lighting')
        self.survey()
        ohmtest.wait_until(lambda: self.place(1, 'Name') == 'Stage', what='the new name')
        self.assertIn('Stage', self.ctl('history', f'{METER}-in1', text=True))

        # somebody resets the count in the device, and its battery runs down
        self.set_point(COUNT, 5)
        self.set_point('battery-state', 1)
        self.clock.advance_to('2026-11-22T10:45:30Z')
        slots, gaps = self.place_history(1)
        self.assertEqual(([slot.flags & 2 for slot in slots], gaps), ([0, 0, 2], []))
        self.assertEqual((slots[2].counters[COUNT], slots[2].deltas[COUNT]), (5, None))
        self.assertEqual(self.ctl('read', METER)['values']['battery-state']['text'], 'empty')
        self.survey()
        ohmtest.wait_until(lambda: 'battery-empty' in [row['message']['code'] for row in self.alarms()],
                           what='an alarm about the battery')

    def alarms(self):
        return self.ctl('alarm', 'list', expect=(0, 7))['alarms']


if __name__ == '__main__':
    ohmtest.main()
