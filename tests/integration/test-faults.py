# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever a meter answers: no wrong value, a state that tells, and recovery by itself."""

import ohmtest
from scene import MeterScenario

# Each with what may become of a healthy meter.
LIES = ['duplicate', 'trailing=3', 'wrong-tid', 'wrong-unit', 'wrong-protocol-id', 'wrong-length=4',
        'wrong-function', 'wrong-count', 'garbage', 'close', 'close-frame', 'drip=2', 'late=700',
        'exception=4', 'exception=6']


class Faults(MeterScenario):
    def setUp(self):
        super().setUp()
        self.device = self.sim('janitza-common:load=constant,power=9000')
        self.process = self.daemon({'meters.d/m.meter': self.device.meter(poll='100ms')})
        self.wait_state('m', 'ok')

    def check_values(self):
        """A constant load and a counter: anything that is not plausible was not read."""
        for point, (value, quality) in self.values('m').items():
            if quality != 'good':
                continue
            if point.startswith('voltage.l') and point.count('l') == 1:
                self.assertTrue(150 < value < 300, f'{point} = {value}')
            elif point == 'frequency':
                self.assertTrue(49 < value < 51, f'{point} = {value}')
            elif point == 'power-active.total':
                self.assertTrue(0 <= value < 20000, f'{point} = {value}')

    def quality(self, point):
        return self.values('m')[point][1]

    def polls(self):
        return self.statistics('m')['polls']

    def test_lies(self):
        for fault in LIES:
            with self.subTest(fault):
                self.device.fault(fault)
                before = self.polls()
                ohmtest.wait_until(lambda b=before: self.check_values() or self.polls() > b + 3,
                                   timeout=20.0, what=f'polls in spite of {fault}')
                self.device.fault(fault, on=False)
                self.wait_state('m', 'ok', timeout=40.0)
                self.check_values()

    def test_nan_is_missing(self):
        self.device.fault('nan')
        ohmtest.wait_until(lambda: self.values('m')['voltage.l1-n'] == (None, 'missing'),
                           what='a missing voltage')
        self.device.fault('nan', on=False)
        ohmtest.wait_until(lambda: self.values('m')['voltage.l1-n'][1] == 'good', what='the voltage')

    def test_hole_costs_only_itself(self):
        self.device.fault('hole=19080-19083')
        ohmtest.wait_until(lambda: any('19080' in line for line in self.learned('m')),
                           what='the refused registers being learned')
        ohmtest.wait_until(lambda: self.quality('energy-apparent.l2') == 'missing' and
                           self.quality('energy-apparent.total') == 'good',
                           what='only the refused registers missing')
        self.wait_state('m', 'ok')


class OtherDevice(MeterScenario):
    def test_wrong_serial_is_not_recorded(self):
        device = self.sim('umg96rm:serial=4711')
        self.daemon({'meters.d/m.meter': device.meter(poll='100ms', serial='4712')})
        self.wait_state('m', 'wrong-device')
        self.assertEqual(self.cause('m'), 'wrong-device')

    def test_type_auto(self):
        device = self.sim('umg96rm:serial=4711')
        self.daemon({'meters.d/m.meter': device.meter(poll='100ms', type='auto')})
        self.wait_state('m', 'ok')
        self.assertEqual(self.meter('m', 'Type'), 'umg96rm')
        ohmtest.wait_until(lambda: self.meter('m', 'Serial') == '4711', what='the serial')


if __name__ == '__main__':
    ohmtest.main()
