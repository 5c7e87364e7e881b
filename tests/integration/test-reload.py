# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files come, change and go in a running daemon, and the others do not notice. How soon: tests/bench."""

import os

import ohmtest
from scene import MeterScenario

PERIOD_US = 100_000
OTHERS = ('a', 'b')


class Reload(MeterScenario):
    def setUp(self):
        super().setUp()
        self.clock = ohmtest.TestClock(wall='2026-11-22T10:00:30Z')
        self.addCleanup(self.clock.stop)
        self.device = self.sim('janitza-common@1-4', 'umg96rm', args=self.clock.args)
        self.process = self.daemon({f'meters.d/{name}.meter': self.text(i + 1)
                                    for i, name in enumerate(OTHERS)}, args=self.clock.args)
        self.clock.wait_for('ohmd')
        for name in OTHERS:
            self.until(lambda n=name: self.state(n) == 'ok', f'{name} being read')
        self.since = {name: self.meter(name, 'Since') for name in OTHERS}
        self.polls = {name: self.statistics(name) for name in OTHERS}
        self.began_us = self.clock.mono_us

    def text(self, unit, index=0, **keys):
        return self.device.meter(index, unit=unit, poll=f'{PERIOD_US // 1000}ms', **keys)

    def until(self, predicate, what):
        """Files are noticed in real time, meters are read in simulated time."""
        def look():
            self.clock.advance(0.1)
            return predicate()
        ohmtest.wait_until(look, what=what)

    def meters(self):
        objects, = self.bus.call('', 'org.freedesktop.DBus.ObjectManager.GetManagedObjects')
        return {faces['org.ohmnibus.Ohmnibus1.Meter']['Id'] for faces in objects.values()
                if 'org.ohmnibus.Ohmnibus1.Meter' in faces}

    def has(self, meter):
        return meter in self.meters()

    def check_others(self):
        """Not one poll was dropped, and the state is the one from before."""
        for name in OTHERS:
            before, now = self.polls[name], self.statistics(name)
            due = (self.clock.mono_us - self.began_us) // PERIOD_US
            self.assertEqual(self.meter(name, 'Since'), self.since[name])
            self.assertEqual(now['failures'], before['failures'])
            self.assertEqual(now['missed'], before['missed'])
            self.assertEqual(now['polls'] - before['polls'], due)

    def test_a_meter_comes_changes_and_goes(self):
        self.process.write('meters.d/new.meter', self.text(3))
        self.until(lambda: self.has('new') and self.state('new') == 'ok', 'the new meter being read')
        polls = self.statistics('new')['polls']
        self.process.write('meters.d/new.meter', self.text(3, name='Renamed'))
        self.until(lambda: self.meter('new', 'Name') == 'Renamed', 'the new name')
        self.process.write('meters.d/new.meter', self.text(3, name='Renamed') + '[place kitchen]\n')
        self.until(lambda: 'kitchen' in self.meter('new', 'Places'), 'the new place')
        self.assertGreaterEqual(self.statistics('new')['polls'], polls, 'names cost no poll')
        self.process.write('meters.d/new.meter', self.text(4).replace(f'{PERIOD_US // 1000}ms', '150ms'))
        self.until(lambda: (self.meter('new', 'Unit'), self.meter('new', 'PollPeriod')) == (4, 150000),
                   'unit and period')
        self.until(lambda: self.state('new') == 'ok', 'the new meter being read')
        self.process.delete('meters.d/new.meter')
        self.until(lambda: not self.has('new'), 'the meter going')
        self.check_others()

    def test_a_meter_moves_to_another_link(self):
        self.process.write('meters.d/new.meter', self.text(3))
        self.until(lambda: self.has('new') and self.state('new') == 'ok', 'the new meter being read')
        first = self.meter('new', 'Link')
        self.process.write('meters.d/new.meter', self.text(1, index=1))
        self.until(lambda: self.meter('new', 'Link') != first, 'another link')
        self.until(lambda: self.state('new') == 'ok', 'the new meter being read')
        self.assertEqual(self.meter('new', 'Type'), 'umg96rm')
        self.process.delete('meters.d/new.meter')
        self.until(lambda: not self.has('new'), 'the meter going')
        self.check_others()

    def test_a_wrong_change_and_its_correction(self):
        self.process.write('meters.d/new.meter', self.text(300))
        self.until(lambda: self.has('new') and self.state('new') == 'misconfigured', 'the refusal')
        self.process.write('meters.d/new.meter', self.text(3))
        self.until(lambda: self.state('new') == 'ok', 'the correction')
        self.process.write('meters.d/new.meter', self.text(3) + 'enabled = false\n')
        self.until(lambda: self.state('new') == 'disabled', 'being switched off')
        self.check_others()

    def test_many_at_once(self):
        names = [f'n{i}' for i in range(20)]
        for name in names:
            self.process.write(f'meters.d/{name}.meter', self.text(3))
        self.until(lambda: self.meters() >= set(names), 'twenty meters')
        for name in names:
            self.process.delete(f'meters.d/{name}.meter')
        self.until(lambda: self.meters() == set(OTHERS), 'twenty meters going')
        self.check_others()

    def test_sighup(self):
        reloads = self.bus.collect('org.ohmnibus.Ohmnibus1.Manager', 'ConfigReloaded')
        self.process.reload()
        self.until(lambda: reloads, 'a reload')
        self.assertEqual(reloads[0][2], (0,))
        # A file behind a link that is not watched: only the signal makes the daemon look.
        outside = os.path.join(self.process.dir, 'new.meter')
        with open(outside, 'w', encoding='utf-8') as file:
            file.write(self.text(3, name='One'))
        os.symlink(outside, os.path.join(self.process.config_dir, 'meters.d', 'new.meter'))
        self.until(lambda: self.has('new'), 'the new meter')
        with open(outside, 'w', encoding='utf-8') as file:
            file.write(self.text(3, name='Two'))
        self.process.reload()
        self.until(lambda: self.meter('new', 'Name') == 'Two', 'the new name')
        self.check_others()


if __name__ == '__main__':
    ohmtest.main()
