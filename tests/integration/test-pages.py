# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the pages for people tell them to write is right, and what they point at is there."""

import glob
import os
import re
import shlex
import signal
import subprocess
import tempfile
import unittest

try:
    import yaml
except ImportError:
    yaml = None

import ohmtest
from ohmtest import engines, oidc
from ohmtest.paths import BUILD, SOURCE, plugin_dir

CONFIG = re.compile(r'```\n# /etc/ohmnibus/(\w+\.d/[\w.-]+)\n(.*?)```', re.S)
YAML = re.compile(r'```yaml\n(.*?)```', re.S)
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


class UniqueLoader(yaml.SafeLoader if yaml else object):
    """A key that is there twice is an error."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len({*keys}) != len(keys):
            raise ValueError(f'twice in one mapping: {keys}')
        return super().construct_mapping(node, deep)


@unittest.skipUnless(yaml, 'needs python3-yaml')
class Collector(unittest.TestCase):
    """As much of a Collector's configuration as can be looked at without one."""

    def test_configurations_hold_together(self):
        pipelines = 0
        for path, text in pages():
            for body in YAML.findall(text):
                with self.subTest(page=os.path.basename(path)):
                    config = yaml.load(body, UniqueLoader)
                    service = config.get('service', {})
                    self.assertLessEqual({*service.get('extensions', [])}, {*config.get('extensions', {})})
                    for pipeline in service.get('pipelines', {}).values():
                        for kind, names in pipeline.items():
                            self.assertLessEqual({*names}, {*config[kind]}, kind)
                        pipelines += 1
                    for name, exporter in config['exporters'].items():
                        # the gateway is the queue
                        self.assertEqual((exporter['sending_queue']['wait_for_result'],
                                          exporter['retry_on_failure']['enabled']), (True, False), name)
        self.assertEqual(pipelines, 1)


class Links(unittest.TestCase):
    def test_links_lead_somewhere(self):
        for path, text in pages():
            for target in LINK.findall(text):
                self.assertTrue(os.path.exists(os.path.join(os.path.dirname(path), target)),
                                f'{path}: {target}')


def uses(folder):
    """Programs that were started with a path in the folder, in the bus's address byte by byte."""
    names = (folder.encode(), ''.join(f'%{byte:02x}' for byte in folder.encode()).encode())
    for path in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            with open(path, 'rb') as file:
                line = file.read()
                if any(name in line for name in names):
                    yield path
        except OSError:
            pass  # it has ended meanwhile


class Script(unittest.TestCase):
    """A script of data, with this build as it is: a ninja that does nothing comes first."""

    def start(self, script, folder):
        os.chmod(folder, 0o755)  # engines have no rights
        ninja = os.path.join(folder, 'ninja')
        with open(ninja, 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\n')
        os.chmod(ninja, 0o755)
        env = {'OHM_BUILD_DIR': BUILD, 'TMPDIR': folder, 'PATH': f'{folder}:{os.environ["PATH"]}'}
        process = ohmtest.Process(['sh', os.path.join(SOURCE, 'data', script)], env=env, listens=True)
        self.addCleanup(process.stop)
        return process


class QuickStart(Script):
    def test_its_end_ends_all(self):
        with tempfile.TemporaryDirectory(prefix='ohm quick, ') as folder:
            process = self.start('quickstart.sh', folder)
            process.wait_line('solar')
            self.assertGreaterEqual(len(list(uses(folder))), 3)
            process.signal(signal.SIGTERM)
            self.assertEqual(process.wait_exit(), 128 + signal.SIGTERM, process.text)
            self.assertEqual((list(uses(folder)), os.listdir(folder)), ([], ['ninja']))


@engines.needs(engines.VictoriaMetrics, engines.Influx)
@unittest.skipIf(oidc.missing(), oidc.missing())
class TryTheCloud(Script):
    """The walk of data/docs/try-the-cloud.md, line by line."""

    CHECKED = re.compile(r'ohmd: (\d+) values, 2 meters in \d+ quarter hours\n'
                         r'vm: \1 values, 0 missing, 0 twice, 0 different\n'
                         r'influx: \1 values, 0 missing, 0 twice, 0 different\n')

    def say(self, line):
        """What was printed until it was done."""
        since = len(self.walk.lines)
        self.walk.say(line)
        done = self.walk.wait_line(rf'^-- {line.split()[0]}(:.*| done.*)', since).group(1)
        self.assertTrue(done.startswith(' done'), self.walk.text)
        return '\n'.join(self.walk.lines[since:])

    def claim(self):
        """Both at once, as each asks only every five seconds."""
        ctl = shlex.split(shlex.split(self.walk.wait_line(r'^ *(alias ohmctl=.*)').group(1))[1]
                          .removeprefix('ohmctl='))
        claims = [ohmtest.Process([*ctl, 'claim', name]) for name in ('vm', 'influx')]
        for claim in claims:
            self.addCleanup(claim.kill)
            self.say('approve ' + claim.wait_line(r'\b([A-Z]{4}-[A-Z]{4})\b').group(1))
        for claim in claims:
            self.assertEqual(claim.wait_exit(), 0, claim.text)
            self.assertIn('owner@example.org', claim.text)

    def test_walk(self):
        with open(os.path.join(SOURCE, 'data/docs/try-the-cloud.md'), encoding='utf-8') as file:
            page = file.read()
        steps = re.findall(r'^try> (.*)$', page, re.M)
        self.assertEqual((steps[0], steps.count('check')), ('approve ABCD-EFGH', 2))
        self.assertEqual(len(self.CHECKED.findall(page)), 2)
        with tempfile.TemporaryDirectory(prefix='ohm-try-') as folder:
            self.walk = self.start('try-cloud.sh', folder)
            self.walk.wait_line('^Here, a line each')
            self.walk.say('approve NO-CODE')
            self.walk.wait_line(r"^-- approve: the identity server knows no code 'NO-CODE'")
            self.claim()
            for step in steps[1:]:
                said = self.say(step)
                if step == 'check':
                    self.assertGreaterEqual(int(self.CHECKED.search(said).group(1)), 24, said)
            self.walk.say('quit')
            self.assertEqual(self.walk.wait_exit(), 0, self.walk.text)
            self.assertEqual((list(uses(folder)), os.listdir(folder)), ([], ['ninja']))


if __name__ == '__main__':
    ohmtest.main()
