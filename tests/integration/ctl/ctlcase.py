# SPDX-License-Identifier: LGPL-2.1-or-later
"""ohmctl against the daemon that is not there."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

from ohmtest import PrivateBus, Process, program, wait_until
from ohmtest.ctl import parse
from ohmtest.paths import PATIENCE

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, 'golden')
# wider than 80 columns: the largest number there is beside the longest state or remark there is
WIDE = ('place-show-main', 'profile-show-umg801', 'watch-120', 'watch-once', 'watch-settled')

# exit codes, as design 4.8 promises them
DONE, FAILED, USAGE, NOT_FOUND, NO_DAEMON, NOT_ALLOWED, NO_ANSWER, FINDINGS = range(8)


def environment(**more):
    env = {key: value for key, value in os.environ.items() if key not in ('COLUMNS', 'NO_COLOR')}
    return {**env, 'COLUMNS': '80', 'LC_MESSAGES': 'C', 'G_DEBUG': 'fatal-criticals', **more}


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err


class CtlCase(unittest.TestCase):
    """One bus and one fake for all tests of a class; a test that needs another scenario calls fake()."""

    scenario = 'usual'
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.bus = PrivateBus()
        cls.addClassCleanup(cls.bus.stop)
        cls.process = None
        cls.start(cls.scenario)
        cls.addClassCleanup(lambda: cls.process and cls.process.kill())

    @classmethod
    def start(cls, scenario):
        """A daemon of this scenario and without a past; the one that runs becomes it."""
        if cls.process is not None and cls.process.status is None:
            cls.bus.call('', 'org.ohmnibus.Fake.Begin', 's', scenario)
            return
        cls.process = Process([sys.executable, os.path.join(HERE, 'fake_ohmd.py'),
                               f'--bus-address={cls.bus.address}', f'--scenario={scenario}'],
                              name='fake ohmd')
        cls.process.wait_line('^ready$')
        cls.marks = 0

    def fake(self, scenario):
        """Another daemon for the rest of this test."""
        self.start(scenario)
        self.forget()
        self.addCleanup(self.start, self.scenario)

    def setUp(self):
        self.forget()

    def sync(self):
        """All that the fake said so far is in its lines."""
        self.bus.call('', 'org.ohmnibus.Fake.Mark')
        type(self).marks += 1
        wait_until(lambda: self.process.lines.count('mark') == self.marks, what='the mark')

    def forget(self):
        """Calls before this one do not count."""
        self.sync()
        self.seen = len(self.process.lines)

    def logs(self):
        yield from self.process.lines[-20:]

    def calls(self):
        """What was called since forget(): (method, path, arguments), without looking around."""
        self.sync()
        rows = [json.loads(line) for line in self.process.lines[self.seen:] if line.startswith('{')]
        return [(row['call'], row['path'], row['arguments']) for row in rows
                if not re.search(r'\.(Get|List|Explain|Check)', row['call'])]

    def run_raw(self, *arguments, stdin='', env=None):
        done = subprocess.run([program('ohmctl'), *arguments], input=stdin, capture_output=True,
                              text=True, check=False, timeout=PATIENCE,
                              env=environment(**(env or {})))
        return Result(done.returncode, done.stdout, done.stderr)

    def run_ctl(self, *arguments, **more):
        return self.run_raw(f'--bus-address={self.bus.address}', *arguments, **more)

    def ok(self, *arguments, expect=DONE, **more):
        """Standard output of a call that must end so, and say nothing on standard error."""
        result = self.run_ctl(*arguments, **more)
        self.assertEqual((result.status, result.err), (expect, ''), arguments)
        return result.out

    def fails(self, expect, *arguments, **more):
        """Standard error of a call that must end so, and print nothing else."""
        result = self.run_ctl(*arguments, **more)
        self.assertEqual(result.status, expect, (arguments, result.out, result.err))
        self.assertEqual(result.out, '', arguments)
        return result.err

    def json(self, *arguments, expect=DONE, **more):
        return parse(self.ok('--json', *arguments, expect=expect, **more))

    def golden(self, name, text):
        """Compares with golden/NAME.txt, but for seconds of ages and times of the day that may be now.
        OHM_TEST_UPDATE=1 writes it."""
        if name not in WIDE:
            self.assertEqual([], [line for line in text.splitlines() if len(line) > 80], name)
        text = re.sub(r'\d(?=\d* s\b)', '#', text)
        text = re.sub(r'(\bat|^started) +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d', r'\1 #', text, flags=re.M)
        path = os.path.join(GOLDEN, name + '.txt')
        if os.environ.get('OHM_TEST_UPDATE'):
            os.makedirs(GOLDEN, exist_ok=True)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
        with open(path, encoding='utf-8') as file:
            self.assertEqual(text, file.read(), f'golden/{name}.txt')

    def file(self, text, name='meters.csv'):
        folder = tempfile.TemporaryDirectory(prefix='ohm-ctl-')
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, name)
        with open(path, 'wb') as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path
