# SPDX-License-Identifier: LGPL-2.1-or-later
"""What scenarios need: a private bus, the daemon, simulated meters, the command line."""

from .bus import PrivateBus
from .case import Scenario, main
from .clock import TestClock
from .ctl import ctl
from .daemon import Daemon
from .paths import program
from .process import Process
from .sim import Sim
from .wait import wait_until

__all__ = ['Daemon', 'PrivateBus', 'Process', 'Scenario', 'Sim', 'TestClock', 'ctl', 'main', 'program',
           'wait_until']
