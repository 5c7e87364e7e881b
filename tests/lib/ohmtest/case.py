# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scenarios as unittest cases with TAP on standard output."""

import sys
import traceback
import unittest

from .bus import PrivateBus
from .cpu import share_one_cpu
from .ctl import ctl
from .daemon import Daemon
from .sim import Sim

LOG_TAIL = 60


class Scenario(unittest.TestCase):
    """Gives each test a bus of its own, and ends in reverse order what was started. Of a test that
    failed, the logs of the daemon and the simulator are shown."""

    maxDiff = None

    def setUp(self):
        self._logs = []
        self.bus = PrivateBus()
        self.addCleanup(self.bus.stop)

    def daemon(self, config=None, start=True, **more):
        """A daemon with these configuration files, running unless start is false."""
        daemon = Daemon(self.bus, config, **more)
        self._logs.append(('ohmd', lambda: daemon.log.splitlines()))
        self.addCleanup(daemon.remove)
        if start:
            daemon.start()
        return daemon

    def sim(self, *specs, **more):
        sim = Sim(*specs, **more)
        self._logs.append(('ohm-sim', lambda: sim.process.lines))
        self.addCleanup(sim.stop)
        return sim

    def ctl(self, *arguments, **more):
        return ctl(self.bus, *arguments, **more)

    def logs(self):
        """The last lines of what ran, for the diagnosis of a failure."""
        for name, lines in getattr(self, '_logs', []):
            yield f'{name}:'
            yield from (f'  {line}' for line in lines()[-LOG_TAIL:])


def test_name(test):
    return test.id().removeprefix('__main__.')


class TapResult(unittest.TestResult):
    """One line per test; what went wrong as comments before it."""

    def __init__(self):
        super().__init__()
        self._bad = False

    def startTest(self, test):
        super().startTest(test)
        self._bad = False

    def stopTest(self, test):
        super().stopTest(test)
        if self._bad:
            print(f'not ok {self.testsRun} {test_name(test)}', flush=True)

    def _comment(self, test, err):
        self._bad = True
        lines = ''.join(traceback.format_exception(*err)).splitlines()
        for line in lines + list(test.logs() if hasattr(test, 'logs') else []):
            print('#', line, flush=True)

    def addSuccess(self, test):
        if not self._bad:
            print(f'ok {self.testsRun} {test_name(test)}', flush=True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._comment(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._comment(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            print('#', subtest.id())
            self._comment(test, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f'ok {self.testsRun} {test_name(test)} # SKIP {reason}', flush=True)


def main():
    """Runs the calling file's tests; arguments choose some of them: Class or Class.test_name."""
    module = sys.modules['__main__']
    loader = unittest.TestLoader()
    suite = (loader.loadTestsFromNames(sys.argv[1:], module) if len(sys.argv) > 1
             else loader.loadTestsFromModule(module))
    print(f'1..{suite.countTestCases()}', flush=True)
    result = TapResult()
    lock = share_one_cpu()
    suite.run(result)
    if lock:
        lock.close()
    sys.exit(0 if result.wasSuccessful() else 1)
