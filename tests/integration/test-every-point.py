# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every point of every shipped type, through the real daemon: all types at once, each value to its
last bit. Whatever `.profile` lies below plugins/ takes part. What a register means is worked out from
the profile by profiletext, what it holds is what the simulator says that it served."""

import os

import ohmtest
import profiletext
from ohmtest.paths import SOURCE
from scene import MeterScenario

SURE = 50  # a lower score is a guess: design 4.5
ENOUGH = 20  # simulated seconds, for a survey and the polls that follow


class EveryPoint(MeterScenario):
    def setUp(self):
        super().setUp()
        self.profiles = profiletext.load(os.path.join(SOURCE, 'plugins'))
        self.types = sorted(self.profiles)
        self.clock = ohmtest.TestClock(wall='2026-11-22T10:01:00Z')
        self.addCleanup(self.clock.stop)
        self.device = self.sim(*(f'{ident}@{self.unit(ident)}' for ident in self.types),
                               args=self.clock.args)

    def unit(self, ident):
        return self.profiles[ident].groups['limits'].get('units', '1').split(';')[0]

    def tell(self, index, command):
        answer = self.device.control(f'{self.device.endpoints[index].port} * {command}')
        self.assertEqual(answer, 'ok', command)

    def fix_values(self, index, profile):
        """A value of its own for each point; what the type is known by has to stay plausible."""
        ranges = {rule.address: rule.range for rule in profile.rules if rule.range}
        for number, (point, reads) in enumerate(profile.points().items()):
            value = 50.25 if point == 'frequency' else reads[0].sample(number)
            for low, high in (ranges[read.address] for read in reads if read.address in ranges):
                value = min(max(low, 50.25), high)
            if not reads[0].is_text:
                self.tell(index, f'set {point} {value!r}')

    def start(self, **keys):
        self.daemon({f'meters.d/{ident}.meter': self.device.meter(index, poll='5s', **keys)
                     for index, ident in enumerate(self.types)}, args=self.clock.args)
        self.clock.wait_for('ohmd', 'ohm-sim')
        self.clock.advance(ENOUGH)

    def each_type(self, check):
        for index, ident in enumerate(self.types):
            with self.subTest(type=ident):
                profile = self.profiles[ident]
                check(profile, profiletext.Device(profile, self.device.dump(index)))

    def test_values_and_facts(self):
        for index, ident in enumerate(self.types):
            self.fix_values(index, self.profiles[ident])
        self.start()
        self.n_points = 0
        self.each_type(self.check_type)
        print(f'# {self.n_points} points of {len(self.types)} types')

    def check_type(self, profile, device):
        set_id = self.meter(profile.id, 'PointSet')
        self.assertEqual(len(self.values(profile.id)), len(self.points(set_id)), 'not all was read')
        facts = self.meter(profile.id, 'Facts')
        self.check_facts(profile, device, facts)
        self.check_points(profile, device, facts)

    def check_facts(self, profile, device, facts):
        for name, (read,) in profile.facts().items():
            if read.format == 'epoch32' or (profile.family and name not in facts):
                continue  # a clock runs; a family's code may see through what a register says
            self.assertEqual(facts.get(name, ''), self.fact_text(read, device), name)

    @staticmethod
    def fact_text(read, device):
        value = read.decode(device.read(read))
        if isinstance(value, float):
            return f'{value:.7g}' if read.format == 'f32' else f'{value:.15g}'
        return '' if value is None else str(value)

    def check_points(self, profile, device, facts):
        """A family's code may leave out, rename and add points: theirs are found by their address."""
        rows = profile.points(facts)
        values = self.values(profile.id)
        if profile.family:
            rows = self.rows_of_family(profile, rows)
            self.assertGreater(len(values), 0)
        else:
            self.assertEqual(sorted(values), sorted(rows))
        for point, (value, quality) in values.items():
            read = rows[point][0] if point in rows else None
            if read is None or 'raw' in read.flags:
                continue
            scale = float(facts[read.scale_fact]) if read.scale_fact else None
            expected = read.decode(device.read(read), scale)
            self.assertEqual((point, value, type(value)), (point, expected, type(expected)))
            self.assertEqual(quality == 'missing', expected is None, point)
        self.n_points += len(values)

    def rows_of_family(self, profile, rows):
        reads = {read.address: [read] for row in profile.points().values() for read in row}
        entries = self.bus.call(f'meters/{profile.id.replace("-", "_2d")}', 'Meter.GetPlan', 'a{sv}', {})[2]
        return {**{entry[0]: reads[entry[2]] for entry in entries if entry[2] in reads}, **rows}

    def judge(self, device):
        """What each type makes of a device's registers, and the types that are best: with the highest
        score, and of these the ones that miss the least of what they look for."""
        marks = {ident: self.profiles[ident].judge(device) for ident in self.types}
        best = max((mark.score, -mark.missed) for mark in marks.values())
        return marks, {ident for ident, mark in marks.items() if (mark.score, -mark.missed) == best}

    def test_proposal(self):
        """What `ohmctl test` says of a device: type, score and evidence. A type that cannot be told from another names it in its profile."""
        self.daemon(args=self.clock.args)
        self.each_type(self.check_proposal)

    def check_proposal(self, profile, device):
        marks, best = self.judge(device)
        found = self.propose(self.device.endpoints[self.types.index(profile.id)])
        if not profile.rules:  # named by hand, and not to be taken for another
            self.assertLess(found[0][2] if found else 0, SURE, found)
            return
        self.assertIn(profile.id, best, marks)
        for other in best - {profile.id}:
            self.assertIn(other, profile.text, 'cannot be told from it, and does not say so')
        if not found and marks[profile.id].score < SURE:
            return  # guesses come last, and may come too late
        proposed, _, score, evidence = found[0]
        self.assertIn(proposed, best)
        self.assertEqual((score, len(evidence)), marks[proposed][:2])

    def test_dead_feeder(self):
        """Without voltage too, a type that has more to show than plausible values is found."""
        for index, ident in enumerate(self.types):
            for point in self.profiles[ident].points():
                if point == 'frequency' or point.startswith('voltage.'):
                    self.tell(index, f'set {point} 0')
        self.daemon(args=self.clock.args)
        self.each_type(self.check_dead_feeder)

    def check_dead_feeder(self, profile, device):
        marks, best = self.judge(device)
        if marks[profile.id].score >= SURE:
            found = self.propose(self.device.endpoints[self.types.index(profile.id)])
            self.assertIn(found[0][0], best)
            self.assertIn(profile.id, best)

    def propose(self, end):
        path = self.bus.call('', 'Manager.Test', 'sa{sv}', f'{end.host}:{end.port}/{end.units[0]}', {})[0]
        ohmtest.wait_until(lambda: self.bus.get(path, 'Job.State') != 'running', what=f'test of {end}')
        return self.bus.get(path, 'Job.Result')['candidates']

    def test_identification(self):
        """`type = auto` finds the type; of one that is a guess it says so."""
        self.start(type='auto')
        self.each_type(self.check_identification)

    def check_identification(self, profile, device):
        marks, best = self.judge(device)
        if marks[profile.id].score < SURE:
            self.assertEqual(self.state(profile.id), 'misconfigured')
            self.assertIn(self.cause(profile.id), ('type-guessed', 'no-type-fits'))
        else:
            self.assertIn(self.meter(profile.id, 'Type'), best)


if __name__ == '__main__':
    ohmtest.main()
