# SPDX-License-Identifier: LGPL-2.1-or-later
"""Uplinks: what is asked of the daemon, linking to an account, and secrets that nobody sees."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time

import ohmtest
from ctlcase import DONE, FAILED, FINDINGS, NO_DAEMON, NOT_FOUND, USAGE, CtlCase, environment
from ohmtest.paths import PATIENCE

LAKE = 'uplinks/lake'
DAY_US = 1795305600 * 1000000


class Change(CtlCase):
    def does(self, arguments, calls, text=None, **more):
        out = self.ok(*arguments, **more)
        self.assertEqual(self.calls(), calls)
        if text is not None:
            self.assertEqual(out, text + '\n')

    def test_add_sorts_keys_into_groups(self):
        self.addCleanup(self.start, self.scenario)
        self.does(['uplink', 'add', 'box', 'cloud', 'url=https://x.example/a=b', 'enabled=false'],
                  [('Manager.AddUplink', '', [
                      'box', '[uplink]\nplugin = cloud\nenabled = false\n\n[cloud]\n'
                             'url = https://x.example/a=b\n', {}])],
                  "uplink 'box' is added\nLink it to an account: ohmctl claim box")
        self.forget()
        self.does(['uplink', 'add', 'tin', 'cloud', 'auth=bearer'],
                  [('Manager.AddUplink', '', ['tin', '[uplink]\nplugin = cloud\n\n[cloud]\nauth = bearer\n', {}])],
                  "uplink 'tin' is added\nIf it needs a token: ohmctl uplink secret tin token")
        self.assertIn("there is a uplink 'box' already", self.fails(FAILED, 'uplink', 'add', 'box', 'cloud'))
        self.assertIn("did you mean 'cloud'?", self.fails(FAILED, 'uplink', 'add', 'b', 'clod'))

    def test_add_file(self):
        self.addCleanup(self.start, self.scenario)
        self.does(['uplink', 'add', 'box', '--file=-'],
                  [('Manager.AddUplink', '', ['box', '[uplink]\nplugin = x\n', {}])],
                  stdin='[uplink]\nplugin = x\n')
        self.assertIn('say which plugin', self.fails(USAGE, 'uplink', 'add', 'c'))
        self.assertIn('say which plugin', self.fails(USAGE, 'uplink', 'add', 'c', 'url=x'))

    def test_set(self):
        self.does(['uplink', 'set', 'lake', 'enabled=true', 'host=h', '--unset=port'],
                  [('Uplink.SetConfig', LAKE, [[['uplink', 'enabled', 'true'], ['mqtt', 'host', 'h']],
                                               [['mqtt', 'port']], {}])], "uplink 'lake' is changed")
        self.assertIn('nothing to change', self.fails(USAGE, 'uplink', 'set', 'lake'))

    def test_rename(self):
        self.does(['uplink', 'rename', 'lake', 'pond'],
                  [('Manager.RenameUplink', '', ['lake', 'pond', {}])], "uplink 'lake' is 'pond' now")
        self.forget()
        self.assertIn("'Pond' is no id", self.fails(USAGE, 'uplink', 'rename', 'lake', 'Pond'))
        self.assertEqual(self.calls(), [])

    def test_remove(self):
        self.does(['uplink', 'remove', 'lake'], [('Manager.RemoveUplink', '', ['lake', {}])],
                  "uplink 'lake' is removed")
        self.assertIn('give its account (jane@example.org) back?',
                      self.fails(USAGE, 'uplink', 'remove', 'cloud'))
        self.forget()
        self.does(['uplink', 'remove', 'cloud', '--yes'],
                  [('Manager.RemoveUplink', '', ['cloud', {}])])

    def test_remove_what_has_no_file(self):
        self.does(['uplink', 'remove', 'fileless'], [('Manager.RemoveUplink', '', ['fileless', {}])],
                  "uplink 'fileless' had no file any more; what was kept of it is forgotten here, and its "
                  "account was not told")
        self.assertIn("no uplink 'laek'; did you mean 'lake'?", self.fails(NOT_FOUND, 'uplink', 'remove', 'laek'))

    def test_send_and_confirm(self):
        self.does(['uplink', 'send', 'lake'], [('Uplink.SendNow', LAKE, [{}])])
        for option, flag in ('--all', True), ('--new', False):
            self.forget()
            self.does(['uplink', 'confirm', 'lake', option], [('Uplink.Confirm', LAKE, [flag, {}])])
        for options in [], ['--all', '--new']:
            self.assertIn('say what it gets', self.fails(USAGE, 'uplink', 'confirm', 'lake', *options))

    def test_resend(self):
        self.does(['uplink', 'resend', 'lake', '--from=2026-11-22T00:00:00Z', '--to=2026-11-22T06:00:00Z'],
                  [('Uplink.Resend', LAKE, [DAY_US, DAY_US + 6 * 3600 * 1000000, {}])])
        out = self.ok('uplink', 'resend', 'lake', '--from=7d')
        self.assertEqual(out, 'Records sent again: 42.\n')
        self.assertIn('say since when', self.fails(USAGE, 'uplink', 'resend', 'lake'))
        out = self.ok('uplink', 'resend', 'cloud', '--from=7d', expect=FINDINGS)
        self.assertIn('refused: 4. Its answer: too old.', out)
        self.assertIn('Mend the cause', out)
        self.assertIn('"refused":', self.ok('uplink', 'resend', 'cloud', '--from=7d', '--json', expect=FINDINGS))

    def test_dead_for_programs(self):
        first, second = self.json('uplink', 'dead', 'lake')['records']
        self.assertEqual(first, {'seq': 4711, 'place': 'main', 'end': '2026-11-22T09:00:00Z',
                                 'final': False, 'tries': 1, 'refused': '2026-11-22T10:00:00Z',
                                 'status': 400, 'answer': 'too \x1b[31mold'})
        self.assertEqual((second['final'], second['answer']), (True, ''))
        self.assertIsNone(self.json('uplink', 'show', 'new')['room_us'])

    def test_secret_from_standard_input(self):
        for typed, kept in (('s3cr3t\n', 's3cr3t'), ('two\nlines\n', 'two\nlines'), ('x', 'x')):
            self.forget()
            self.does(['uplink', 'secret', 'lake', 'token'], [('Uplink.SetSecret', LAKE, ['token', kept, {}])],
                      "the token of uplink 'lake' is kept", stdin=typed)
        self.forget()
        self.does(['uplink', 'secret', 'lake', 'token', '--forget'],
                  [('Uplink.SetSecret', LAKE, ['token', '', {}])],
                  "the token of uplink 'lake' is forgotten")
        self.forget()
        for typed, text in ('', 'an empty secret'), ('\n', 'an empty secret'), ('x' * 16385, 'longer than'), ('a\0b', 'no text'):
            said = self.fails(USAGE, 'uplink', 'secret', 'lake', 'token', stdin=typed)
            self.assertIn(text, said)
        self.assertEqual(self.calls(), [])

    def test_secret_of_no_use(self):
        said = self.fails(NOT_FOUND, 'uplink', 'secret', 'cloud', 'token', stdin='hush')
        self.assertIn("its account says who it is\nLink it: 'ohmctl claim cloud'.", said)
        self.assertIn("did you mean 'token'?", self.fails(NOT_FOUND, 'uplink', 'secret', 'lake', 'tokne', stdin='x'))
        self.assertIn('it takes password, token', self.fails(NOT_FOUND, 'uplink', 'secret', 'lake', 'key', stdin='x'))
        self.assertEqual(self.calls(), [])
        # what lies there from other settings can be forgotten
        self.does(['uplink', 'secret', 'cloud', 'token', '--forget'],
                  [('Uplink.SetSecret', 'uplinks/cloud', ['token', '', {}])])

    def test_secret_that_cannot_be_kept(self):
        self.fake('no-secrets')
        said = self.fails(FAILED, 'uplink', 'secret', 'lake', 'token', stdin='hush')
        self.assertIn('secrets cannot be kept here', said)
        self.assertNotIn('hush', said)


class Terminal(CtlCase):
    """What a person sees who has a terminal of 80 columns."""

    def spawn(self, *arguments, **env):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        process = subprocess.Popen([ohmtest.program('ohmctl'), f'--bus-address={self.bus.address}', *arguments],
                                   stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                   env=environment(TERM='xterm', LC_ALL='C.UTF-8', **env))
        os.close(slave)
        self.addCleanup(process.kill)
        return process, master

    def read_until(self, master, text, seen=''):
        deadline = time.monotonic() + PATIENCE
        while text not in seen:
            self.assertLess(time.monotonic(), deadline, seen)
            if select.select([master], [], [], 0.1)[0]:
                try:
                    seen += os.read(master, 65536).decode(errors='replace')
                except OSError:  # the other side closed its terminal
                    self.assertIn(text, seen)
        return seen

    def test_secret_is_not_shown(self):
        process, master = self.spawn('uplink', 'secret', 'lake', 'token')
        self.read_until(master, 'token of uplink \'lake\' (not shown): ')
        with open(f'/proc/{process.pid}/limits', encoding='ascii') as file:
            self.assertRegex(file.read(), r'Max core file size +0 +0 ')
        os.write(master, b'hush\n')
        seen = self.read_until(master, 'is kept')
        self.assertNotIn('hush', seen)
        self.assertEqual(process.wait(PATIENCE), DONE)
        self.assertEqual(self.calls(), [('Uplink.SetSecret', LAKE, ['token', 'hush', {}])])

    def test_interrupted_secret(self):
        process, master = self.spawn('uplink', 'secret', 'lake', 'token')
        self.read_until(master, '(not shown): ')
        process.send_signal(signal.SIGINT)
        self.read_until(master, 'nothing was done')
        self.assertEqual(process.wait(PATIENCE), FAILED)

    def test_claim_with_countdown_and_cancel(self):
        self.fake('patient')
        process, master = self.spawn('claim')
        seen = self.read_until(master, ' left. Ctrl-C cancels.')
        self.assertIn('WDJB-MJHT', seen)
        self.assertRegex(seen, r'Waiting for you, \d:\d\d left')
        blocks = [line for line in seen.splitlines() if '\u2588' in line]
        self.assertGreater(len(blocks), 15)
        self.assertTrue(all(line.startswith('\033[97;40m') and line.endswith('\033[0m') for line in blocks))
        process.send_signal(signal.SIGINT)
        self.read_until(master, 'cancelled')
        self.assertEqual(process.wait(PATIENCE), FAILED)
        self.assertEqual([call[0] for call in self.calls()], ['Uplink.Claim', 'Job.Cancel'])

    def test_claim_with_a_daemon_that_goes(self):
        self.fake('patient')
        process, master = self.spawn('claim')
        self.read_until(master, ' left. Ctrl-C cancels.')
        self.process.kill()
        self.read_until(master, 'ask for it again')
        self.assertEqual(process.wait(PATIENCE), NO_DAEMON)


class Claim(CtlCase):
    def test_linked(self):
        self.addCleanup(self.start, self.scenario)
        out = self.ok('claim', env={'LC_ALL': 'C.UTF-8'})
        self.assertEqual(self.calls(), [('Uplink.Claim', 'uplinks/new', [{}])])
        self.assertLessEqual(max(map(len, out.splitlines())), 80)
        for text in ('https://id.example.org/device\n', '\n  WDJB-MJHT\n', '4f6e2c1a-9d1b',
                     "Uplink 'new' is linked to joe@example.org.", 'What waits (42 records)',
                     'ohmctl claim --unlink new'):
            self.assertIn(text, out)
        self.assertNotIn('\033', out)
        # nothing waits to be linked any more
        self.assertIn('no uplink waits to be linked', self.fails(NOT_FOUND, 'claim'))
        self.assertIn('is linked already', self.fails(FAILED, 'claim', 'new'))

    def test_qr_without_half_blocks(self):
        self.addCleanup(self.start, self.scenario)
        out = self.ok('claim', 'new', env={'LC_ALL': 'C'})
        self.assertTrue(out.isascii())
        rows = [line for line in out.splitlines() if re.fullmatch('[# ]{40,80}', line)]
        self.assertEqual(len({len(line) for line in rows}), 1)
        self.assertEqual(len(rows[0]), 2 * len(rows))

    def test_for_programs(self):
        self.addCleanup(self.start, self.scenario)
        first, second = map(json.loads, self.ok('--json', 'claim').splitlines())
        self.assertRegex(first.pop('expires'), r'^20\d\d-')
        self.assertEqual(first, {'uplink': 'new', 'user_code': 'WDJB-MJHT',
                                 'verification_uri': 'https://id.example.org/device',
                                 'verification_uri_complete':
                                     'https://id.example.org/device?user_code=WDJB-MJHT'})
        self.assertEqual(second, {'uplink': 'new', 'account': 'joe@example.org'})

    def test_denied(self):
        self.fake('unwilling')
        result = self.run_ctl('claim')
        self.assertEqual(result.status, FAILED)
        self.assertIn('the account said no', result.err)

    def test_daemon_that_stops(self):
        self.fake('stopping')
        result = self.run_ctl('claim')
        self.assertEqual(result.status, NO_DAEMON)
        self.assertIn('ohmd stopped before this was done', result.err)

    def test_shown_while_it_waits(self):
        self.fake('patient')
        process = subprocess.Popen([ohmtest.program('ohmctl'), f'--bus-address={self.bus.address}', 'claim', 'new'],
                                   stdout=subprocess.PIPE, text=True, env=environment())
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        for line in process.stdout:
            if line.startswith('This gateway'):
                break
        shown = self.ok('uplink', 'show', 'new')
        self.assertRegex(shown, r'time left +[45]:\d\d\n')
        self.assertIn('waiting-user', shown)
        # what the engine said is part of the cause already
        self.assertEqual(shown.count('WDJB-MJHT'), 1)
        self.assertRegex(shown, r'waiting +1 record\n')
        self.assertRegex(shown, r'since the start +1 request, 1 value, ')

    def test_unlink(self):
        self.assertIn('Unlink uplink \'cloud\' from jane@example.org?', self.fails(USAGE, 'claim', '--unlink'))
        self.assertEqual(self.ok('claim', '--unlink', '--yes'),
                         "uplink 'cloud' is not linked any more; what is recorded waits here\n")
        self.assertEqual(self.calls(), [('Uplink.Unlink', 'uplinks/cloud', [{}])])

    def test_nothing_to_claim(self):
        self.fake('empty')
        self.assertIn('no uplink is configured yet', self.fails(NOT_FOUND, 'claim'))


if __name__ == '__main__':
    ohmtest.main()
