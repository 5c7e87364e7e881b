# SPDX-License-Identifier: LGPL-2.1-or-later
"""The samples of plugins/README.md, and how it says they are built."""

import os
import re
import subprocess

from ohmtest.paths import BUILD, SOURCE


def sample(name):
    """A block of the tutorial, marked by a comment before its fence."""
    with open(os.path.join(SOURCE, 'plugins', 'README.md'), encoding='utf-8') as file:
        text = file.read()
    match = re.search(rf'<!-- test: {re.escape(name)} -->\n```[a-z]*\n(.*?)```', text, re.S)
    assert match, f'no block {name} in plugins/README.md'
    return match.group(1)


def build(folder, name):
    """Compiles the sample NAME.c in the folder, and returns the module."""
    with open(os.path.join(folder, name + '.c'), 'w', encoding='utf-8') as file:
        file.write(sample(name + '.c'))
    command = sample('build').replace('acme-bcd', name)
    subprocess.run(['sh', '-ec', command], cwd=folder, check=True,
                   env={**os.environ, 'PKG_CONFIG_PATH': os.path.join(BUILD, 'meson-uninstalled')})
    with open(os.path.join(folder, name + '.so'), 'rb') as file:
        return file.read()
