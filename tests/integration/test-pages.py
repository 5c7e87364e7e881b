# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the pages for people tell them to write is right, and what they point at is there."""

import glob
import os
import re
import subprocess
import unittest

import ohmtest
from ohmtest.paths import SOURCE, plugin_dir

CONFIG = re.compile(r'```\n# /etc/ohmnibus/(\w+\.d/[\w.-]+)\n(.*?)```', re.S)
LINK = re.compile(r'\]\((?!https?:)([^)#]+)')


def pages():
    for path in ['README.md', *sorted(glob.glob('data/docs/*.md', root_dir=SOURCE))]:
        path = os.path.join(SOURCE, path)
        with open(path, encoding='utf-8') as file:
            yield path, file.read()


def is_complete(name, body):
    """Meters and links tell of one another; uplinks stand alone, if their plugin was built."""
    plugin = re.search(r'^plugin = (\S+)$', body, re.M)
    return name.startswith('uplinks.d') and plugin and os.path.exists(
        os.path.join(plugin_dir(), plugin.group(1) + '.so'))


class Pages(ohmtest.Scenario):
    def test_configurations_are_accepted(self):
        found = 0
        for path, text in pages():
            for name, body in CONFIG.findall(text):
                if not is_complete(name, body):
                    continue
                with self.subTest(page=os.path.basename(path), file=name):
                    daemon = self.daemon({name: body}, start=False)
                    checked = subprocess.run(daemon.argv('--check-config'), capture_output=True, text=True,
                                             check=False)
                    self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
                    found += 1
        self.assertGreaterEqual(found, 4)


class Links(unittest.TestCase):
    def test_links_lead_somewhere(self):
        for path, text in pages():
            for target in LINK.findall(text):
                self.assertTrue(os.path.exists(os.path.join(os.path.dirname(path), target)),
                                f'{path}: {target}')


if __name__ == '__main__':
    ohmtest.main()
