# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where things lie in the build and source folders, and how much slower this build is."""

import os

BUILD = os.environ.get('OHM_BUILD_DIR', '')
SOURCE = os.environ.get('OHM_SOURCE_DIR', '')
# Programs of somebody else that no package brings.
PEERS = os.environ.get('OHM_PEERS_DIR') or os.path.join(BUILD, 'tests')
# Limits of time are multiplied by it: sanitizers and valgrind are slow.
TIME_FACTOR = float(os.environ.get('OHM_TEST_TIME_FACTOR', '1'))
# Seconds after which a wait is given up. It measures nothing: a busy machine may stop for a while.
PATIENCE = 60 * TIME_FACTOR

PROGRAMS = {
    'ohmd': 'core/ohmd/ohmd',
    'ohmctl': 'core/ohmctl/ohmctl',
    'ohm-sim': 'tests/sim/ohm-sim',
    'ohm-replay': 'tests/replay/ohm-replay',
}
PLUGINS = 'plugins'


def program(name):
    """Path of a program as built; OHM_TEST_PROGRAM_<NAME> names another."""
    other = os.environ.get('OHM_TEST_PROGRAM_' + name.upper().replace('-', '_'))
    path = other or os.path.join(BUILD, PROGRAMS[name])
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"no program '{path}': set OHM_BUILD_DIR to the build folder, "
                                f'or start the scenario with meson test')
    return path


def plugin_dir():
    """Modules and profiles lie side by side in it."""
    return os.path.join(BUILD, PLUGINS)
