# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs in JavaScript that tests/lib/install-npm.sh installed."""

import os
import re
import shutil
import subprocess

from .paths import PEERS

NODE_MIN = 18  # of Debian 12


def folder(name):
    """Where tests/NAME is installed."""
    return os.path.join(PEERS, name)


def missing(name, package):
    """Why tests/NAME, which needs the package, cannot be started, or None."""
    if shutil.which('node') is None:
        return 'node is not installed'
    version = subprocess.run(['node', '--version'], capture_output=True, text=True, check=False).stdout
    if int(re.match(r'v(\d+)|', version).group(1) or 0) < NODE_MIN:
        return f'node is {version.strip()}, {package} wants {NODE_MIN}'
    if not os.path.isdir(os.path.join(folder(name), 'node_modules', package)):
        return f'no {package}: sh tests/lib/install-npm.sh tests/{name} {folder(name)}'
    return None
