# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a person at a shell has besides the commands: help, completion, the man page."""

import os
import re
import shutil
import subprocess
import unittest

import ohmtest
from ctlcase import DONE, USAGE, CtlCase, environment

OBJECTS = ['meter', 'place', 'link', 'uplink', 'slots', 'profile', 'plugin', 'alarm', 'event', 'job', 'config', 'system']
SHORTCUTS = ['status', 'watch', 'read', 'history', 'add', 'test', 'plan', 'capture', 'probe', 'claim']
SCRIPT = os.path.join(os.environ['OHM_SOURCE_DIR'], 'data', 'completion', 'ohmctl.bash')


class Help(CtlCase):
    def verbs(self, *command):
        text = self.ok(*command, '--help').split('\nVerbs\n')[1].split('\n\n')[0]
        return re.findall(r'^  (\w+)', text, re.M)

    def test_overview(self):
        out = self.ok('--help')
        self.golden('help', out)
        for word in OBJECTS + SHORTCUTS:
            self.assertRegex(out, rf'\n  {word} ')
        self.assertEqual(self.run_raw('-h').out, out)
        nothing = self.run_raw()
        self.assertEqual((nothing.status, nothing.err), (USAGE, out))

    def test_every_verb_is_explained(self):
        for command in [[o, v] for o in OBJECTS for v in self.verbs(o)] + [[s] for s in SHORTCUTS]:
            with self.subTest(command):
                out = self.ok(*command, '--help')
                self.assertTrue(out.startswith('Usage: ohmctl ' + ' '.join(command)))
                self.assertIn('--json', out)
                body = out.split('\nExamples\n')[0]
                self.assertLessEqual(max(map(len, body.splitlines())), 80)

    def test_examples_can_be_parsed(self):
        """No example may have a word or an option that its command does not know."""
        page = self.run_raw('--man').out.replace('\\-', '-').replace('\\(aq', "'")
        examples = re.findall(r'^ohmctl (?!-).*', page, re.M)
        self.assertGreater(len(examples), 20)
        for line in examples:
            done = subprocess.run(['sh', '-c', f'{line} --help'], capture_output=True, text=True,
                                  check=False, env=environment(PATH=self.path()))
            self.assertEqual((done.returncode, done.stderr), (DONE, ''), line)

    @staticmethod
    def path():
        return os.path.dirname(ohmtest.program('ohmctl')) + ':' + os.environ['PATH']

    def test_version(self):
        for arguments in ['--version'], ['meter', 'list', '--version']:
            self.assertRegex(self.run_raw(*arguments).out, r'^ohmctl \d+\.\d+\.\d+\n$')

    def test_same_verbs_mean_the_same(self):
        allowed = {'list', 'show', 'add', 'set', 'rename', 'remove'}
        for name in 'meter', 'place', 'link', 'uplink', 'profile', 'plugin', 'event', 'job':
            self.assertEqual(self.verbs(name)[:2], ['list', 'show'])
        self.assertLessEqual(allowed, set(self.verbs('meter')))


class ManPage(CtlCase):
    def test_no_warning(self):
        if shutil.which('man') is None:
            self.skipTest('man is not installed')
        page = self.file(self.run_raw('--man').out, 'ohmctl.1')
        done = subprocess.run(['man', '--warnings=all', '-l', page], capture_output=True, text=True,
                              check=True, env=environment(MANWIDTH='100', LC_ALL='C.UTF-8'))
        self.assertEqual(done.stderr, '')
        text = re.sub(r'.\x08', '', done.stdout)
        for word in SHORTCUTS + ['meter remove', 'EXIT STATUS', '--bus-address=ADDRESS']:
            self.assertIn(word, text)

    def test_all_commands_are_in_it(self):
        page = self.run_raw('--man').out
        for line in re.findall(r'^  (\w+) ', self.run_raw('meter', '--help').out, re.M):
            self.assertIn(f'.SS "meter {line}', page)


class Completion(CtlCase):
    def complete(self, line):
        """Candidates for a line that names the bus too."""
        head, _, rest = line.partition(' ')
        return self.run_raw('--complete', f'{head} --bus-address={self.bus.address} {rest}').out.split()

    def test_commands_and_verbs(self):
        self.assertEqual(sorted(self.complete('ohmctl ')), sorted(OBJECTS + SHORTCUTS))
        self.assertEqual(self.complete('ohmctl p'), ['plan', 'probe', 'place', 'profile', 'plugin'])
        self.assertEqual(self.complete('ohmctl meter re'), ['rename', 'remove', 'replace'])
        self.assertEqual(self.complete('ohmctl nothing '), [
            *self.complete('ohmctl ')])

    def test_ids(self):
        self.assertEqual(self.complete('ohmctl read '), ['hall', 'lift', 'main', 'pump', 'sub-1'])
        self.assertEqual(self.complete('ohmctl meter remove main l'), ['lift'])
        self.assertEqual(self.complete('ohmctl history hall'), ['hall', 'hall-m1g2'])
        self.assertEqual(self.complete('ohmctl link show 192.0.2.10'), ['192.0.2.10:502'])
        self.assertEqual(self.complete('ohmctl uplink show '), ['cloud', 'lake', 'new'])
        self.assertEqual(self.complete('ohmctl claim n'), ['new'])
        self.assertEqual(self.complete('ohmctl event list l'), ['lift', 'lake'])
        self.assertEqual(self.complete('ohmctl event list main'), ['main'])
        self.assertEqual(self.complete('ohmctl uplink secret lake '), ['password', 'token'])
        self.assertEqual(self.complete('ohmctl job show '), ['7', '12'])
        self.assertEqual(self.complete('ohmctl plugin show um'), ['umg96rm'])
        self.assertEqual(self.complete('ohmctl profile show um'), ['umg96rm', 'umg801'])

    def test_points_and_keys(self):
        self.assertEqual(self.complete('ohmctl read main frequency voltage.'),
                         ['voltage.l1-n', 'voltage.l2-n'])
        self.assertEqual(self.complete('ohmctl meter set main po'), ['poll='])
        self.assertEqual(self.complete('ohmctl meter replace hall --last='),
                         ['--last=in3.pulse-count='])
        self.assertEqual(self.complete('ohmctl uplink set lake e'), ['enabled='])
        self.assertEqual(self.complete('ohmctl config set slot'), ['slot-window'])

    def test_options(self):
        self.assertEqual(self.complete('ohmctl watch --o'), ['--once'])
        self.assertEqual(self.complete('ohmctl add x --t'), ['--type='])
        self.assertEqual(self.complete('ohmctl add x --type=umg9'), ['--type=umg96rm'])
        self.assertEqual(self.complete('ohmctl add x --type umg9'), ['umg96rm'])
        self.assertEqual(self.complete('ohmctl meter list --bus'), ['--bus-address='])
        self.assertEqual(self.complete('ohmctl add --csv=me'), [':files'])
        self.assertEqual(self.complete('ohmctl --json meter sh'), ['show'])

    def test_nothing(self):
        for line in 'ohmctl read zzz voltage', 'ohmctl meter list ', 'ohmctl test --unit=':
            self.assertEqual(self.complete(line), [])
        for words in [], [''], ['ohmctl']:
            self.assertEqual(self.run_raw('--complete', *words).out, '')

    def test_without_daemon(self):
        result = self.run_raw('--complete', 'ohmctl read ')
        self.assertEqual((result.status, result.out, result.err), (DONE, '', ''))


@unittest.skipUnless(shutil.which('bash'), 'bash is not installed')
class Bash(CtlCase):
    def complete(self, line):
        """What bash would offer: words are broken as readline does."""
        script = ('source "$1"; COMP_LINE=$2; COMP_POINT=${#2}; compopt () { :; }; _ohmctl; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        path = os.path.dirname(ohmtest.program('ohmctl')) + ':' + os.environ['PATH']
        done = subprocess.run(['bash', '--norc', '-c', script, 'bash', SCRIPT, line], check=True,
                              capture_output=True, text=True, env=environment(
                                  PATH=path, DBUS_SYSTEM_BUS_ADDRESS=self.bus.address))
        self.assertEqual(done.stderr, '')
        return done.stdout.split('\n')[:-1]

    def test_words(self):
        self.assertEqual(self.complete('ohmctl me'), ['meter'])
        self.assertEqual(self.complete('ohmctl meter show su'), ['sub-1'])

    def test_broken_words(self):
        self.assertEqual(self.complete('ohmctl link show 192.0.2.10:5'), ['502'])
        self.assertEqual(self.complete('ohmctl add x --type=umg96'), ['umg96rm'])

    def test_files(self):
        path = self.file('id\n', 'many meters.csv')
        self.assertEqual(self.complete(f'ohmctl add --csv={os.path.dirname(path)}/'), [path])


if __name__ == '__main__':
    ohmtest.main()
