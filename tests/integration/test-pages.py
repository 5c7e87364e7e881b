# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the pages for people tell them to write is right, and what they point at is there."""

import glob
import os
import re
import signal
import subprocess
import tempfile
import unittest

import ohmtest
from ohmtest.paths import BUILD, SOURCE, plugin_dir

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


def uses(folder):
    """Programs that were started with a path in the folder."""
    for path in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            with open(path, 'rb') as file:
                if folder.encode() in file.read():
                    yield path
        except OSError:
            pass  # it has ended meanwhile


class QuickStart(unittest.TestCase):
    def start(self, folder):
        """With this build as it is: a ninja that does nothing comes first."""
        ninja = os.path.join(folder, 'ninja')
        with open(ninja, 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\n')
        os.chmod(ninja, 0o755)
        env = {'OHM_BUILD_DIR': BUILD, 'TMPDIR': folder, 'PATH': f'{folder}:{os.environ["PATH"]}'}
        return ohmtest.Process(['sh', os.path.join(SOURCE, 'data', 'quickstart.sh')], env=env)

    def test_its_end_ends_all(self):
        with tempfile.TemporaryDirectory(prefix='ohm-quick-') as folder:
            process = self.start(folder)
            self.addCleanup(process.stop)
            process.wait_line('solar')
            self.assertGreaterEqual(len(list(uses(folder))), 3)
            process.signal(signal.SIGTERM)
            self.assertEqual(process.wait_exit(), 128 + signal.SIGTERM, process.text)
            self.assertEqual((list(uses(folder)), os.listdir(folder)), ([], ['ninja']))


if __name__ == '__main__':
    ohmtest.main()
