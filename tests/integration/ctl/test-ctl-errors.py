# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes wrong, how it is told, and which exit code it gets."""

import os
import re
import signal
import subprocess

import ohmtest
from ctlcase import (DONE, FAILED, FINDINGS, NO_ANSWER, NO_DAEMON, NOT_ALLOWED, NOT_FOUND, USAGE,
                     CtlCase)


class Usage(CtlCase):
    def test_messages(self):
        cases = [
            ([], 'Usage: ohmctl OBJECT VERB'),
            (['meetr'], "no command 'meetr'; did you mean 'meter'?\nsee 'ohmctl --help'"),
            (['meter'], "what is to be done with meter?\nsee 'ohmctl meter --help'"),
            (['meter', 'lst'], "no verb of meter 'lst'; did you mean 'list'?"),
            (['meter', 'list', 'x'], "'x' is one word too many\nsee 'ohmctl meter list --help'"),
            (['meter', 'show'], 'something is missing: ohmctl meter show METER'),
            (['read', 'main', '--nwo'], "unknown option '--nwo'; did you mean '--now'?"),
            (['read', 'main', '-x'], "unknown option '-x'"),
            (['read', 'main', '--now=1'], "option '--now' takes no value"),
            (['history', 'main', '--from'], "option '--from' needs a value: --from=TIME"),
            (['history', 'main', '--from=noon'], "'noon' is not a time"),
            (['history', 'main', '--from=now', '--to=1h'], 'the time begins after its end'),
            (['event', 'list', '--from=now', '--to=1h'], 'the time begins after its end'),
            (['event', 'list', '--limit=10001'], "'10001' is not a number from 0 to 10000"),
            (['event', 'list', '--limit=-1'], "'-1' is not a number from 0 to 10000"),
            (['watch', '--every=5'], "'5' is not a duration with a unit"),
            (['capture', 'main', '--for=0s'], '--for: expected more than no time'),
            (['test', 'main', '--unit=256'], "'256' is not a number from 0 to 255"),
            (['test', 'foo bar'], "'foo bar' is no meter, no host and no device"),
            (['test', '192.0.2.10/x'], 'behind the slash stands a unit'),
            (['meter', 'set', 'main'], 'nothing to change'),
            (['meter', 'set', 'main', 'poll'], "'poll' is not KEY=VALUE"),
            (['meter', 'remove', 'main', '--purge'], 'add --yes'),
            (['meter', 'replace', 'main', '--last=x'], "'x' is not a value of"),
            (['meter', 'replace', 'main', '--last=3kVA'], "'3kVA' is not a value of"),
            (['add'], 'the id of the new meter is missing'),
            (['add', 'new'], "where is meter 'new'?"),
            (['add', 'new', '--host=x', '--file=y'], 'everything stands in the file'),
            (['config', 'set'], 'nothing to change'),
        ]
        for arguments, text in cases:
            with self.subTest(arguments):
                result = self.run_raw() if not arguments else self.run_ctl(*arguments)
                self.assertEqual(result.status, USAGE, result.err)
                self.assertEqual(result.out, '')
                self.assertIn(text, result.err)
        self.assertEqual(self.calls(), [])

    def test_remedies_can_be_typed(self):
        """Each command with arguments that a message names is one that ohmctl understands."""
        with open(os.path.join(os.environ['OHM_SOURCE_DIR'], 'core/libohm/ohm-message-texts.c'),
                  encoding='utf-8') as file:
            texts = re.sub(r'"\s*\n\s*"', '', file.read())
        commands = {re.sub(r'\[?( ?)\{(\w+)\}\]?', r'\1\2', command).replace('TIME', '7d')
                    for command in re.findall(r"'ohmctl ([^']*[{=A-Z][^']*)'", texts)}
        self.assertGreater(len(commands), 8)
        for command in commands:
            with self.subTest(command):
                result = subprocess.run([ohmtest.program('ohmctl'), '--bus-address=unix:path=/nonexistent',
                                         *command.replace(' name', ' token').split()], text=True,
                                        stdin=subprocess.DEVNULL, capture_output=True, check=False)
                self.assertEqual(result.returncode, NO_DAEMON, result.stderr)

    def test_options_end(self):
        self.assertIn("no meter '--now'", self.fails(NOT_FOUND, 'read', '--', '--now'))


class NotFound(CtlCase):
    def test_messages(self):
        cases = [
            (['read', 'mian'], "no meter 'mian'; did you mean 'main'?"),
            (['read', 'zzz'], "no meter 'zzz'\n"),
            (['read', ''], "no meter ''"),
            (['read', 'hall-m1g2'],
             "'hall-m1g2' is a place, no meter; its values: ohmctl read hall 'm1g2.*'"),
            (['read', 'main', 'voltag.l1-n'],
             "no point of meter 'main' like 'voltag.l1-n'; did you mean 'voltage.l1-n'?"),
            (['read', 'main', 'voltage'], "like 'voltage'; did you mean 'voltage.*'?"),
            (['read', 'main', 'x*'], "no point of meter 'main' like 'x*'"),
            (['watch', 'mian'], "no meter 'mian'; did you mean 'main'?"),
            (['meter', 'show', 'halle'], "no meter 'halle'; did you mean 'hall'?"),
            (['meter', 'remove', 'main', 'mian'], "no meter 'mian'"),
            (['place', 'show', 'mein'], "no place 'mein'; did you mean 'main'?"),
            (['history', 'mein'], "no place 'mein'; did you mean 'main'?"),
            (['history', 'main', 'energy-x', '--from=2026-11-22', '--to=2026-11-23'],
             "no recorded point like 'energy-x'"),
            (['slots', 'list', 'mein'], "no place 'mein'; did you mean 'main'?"),
            (['link', 'show', '192.0.2.10:503'],
             "no link '192.0.2.10:503'; did you mean '192.0.2.10:502'?"),
            (['uplink', 'show', 'clod'], "no uplink 'clod'; did you mean 'cloud'?"),
            (['claim', 'nwe'], "no uplink 'nwe'; did you mean 'new'?"),
            (['uplink', 'secret', 'lake', 'tokn'], "no secret 'tokn'; did you mean 'token'?"),
            (['plugin', 'show', 'umg96'], "no plugin 'umg96'"),
            (['profile', 'show', 'umg96mr'], "no profile 'umg96mr'; did you mean 'umg96rm'?"),
            (['job', 'show', '99'], "no job '99'"),
            (['alarm', 'show', 'meters/mian'], "no alarm 'meters/mian'"),
            (['event', 'list', 'mian'], "no meter, place or uplink 'mian'; did you mean 'main'?"),
            (['event', 'list', 'places/mian'], "did you mean 'places/main'?"),
            (['event', 'show', '8'], "no event '8'; 'ohmctl event list' shows their numbers"),
            (['event', 'show', 'main'], "no event 'main'"),
            (['event', 'show', '9223372036854775808'], 'no event'),
            (['config', 'explain', 'pol'], "no key 'pol'; did you mean 'poll'?"),
            (['config', 'set', 'slot-windw=1s'],
             "no key 'slot-windw'; did you mean 'slot-window'?"),
            (['meter', 'replace', 'main', '--last=energy-active-imprt.total=1'],
             "did you mean 'energy-active-import.total'?"),
            (['test', 'mian'], "no meter 'mian'; did you mean 'main'?"),
        ]
        for arguments, text in cases:
            with self.subTest(arguments):
                self.assertIn(text, self.fails(NOT_FOUND, *arguments))


class NoDaemon(CtlCase):
    def test_nobody_on_the_bus(self):
        type(self).process.kill()
        self.addCleanup(self.start, self.scenario)
        for arguments in ['status'], ['read', 'main'], ['watch'], ['watch', '--once'], ['test', 'x.y']:
            text = self.fails(NO_DAEMON, *arguments)
            self.assertIn('ohmd is not running on unix:path=', text)
            self.assertIn("start it with 'ohmd --bus-address=ADDRESS'", text)

    def test_no_bus(self):
        for option, text, remedy in (
                ('--system', 'cannot reach the system bus: ', "use 'ohmctl --session'"),
                ('--session', 'cannot reach the session bus: ', 'dbus-run-session'),
                ('--bus-address=unix:path=/nonexistent', 'cannot reach unix:path=', 'its bus runs')):
            result = self.run_raw('status', option)
            self.assertEqual((result.status, result.out), (NO_DAEMON, ''))
            self.assertIn(text, result.err)
            self.assertIn(remedy, result.err)

    def test_bus_of_the_environment(self):
        env = {'DBUS_SYSTEM_BUS_ADDRESS': self.bus.address}
        self.assertEqual(self.run_raw('status', env=env).status, DONE)
        env = {'DBUS_SESSION_BUS_ADDRESS': self.bus.address}
        self.assertEqual(self.run_raw('--session', 'status', env=env).status, DONE)

    def test_it_ends_meanwhile(self):
        """Those that wait for it say so."""
        self.fake('hopeless')
        self.addCleanup(self.start, self.scenario)
        for arguments in (['watch', '--once'], ['watch'], ['test', 'slow.example']):
            ctl = ohmtest.Process([ohmtest.program('ohmctl'), f'--bus-address={self.bus.address}',
                                   *arguments], name='ohmctl')
            self.addCleanup(ctl.kill)
            self.process.wait_line('Manager.Watch|Manager.Test')
            self.process.kill()
            self.assertEqual(ctl.wait_exit(), NO_DAEMON, ctl.text)
            self.assertRegex(ctl.text, 'ohmd (has ended|ended before|is not running|does not answer)')
            self.start('hopeless')


class Refused(CtlCase):
    def test_not_allowed(self):
        self.fake('denied')
        for arguments in (['meter', 'rename', 'hall', 'new'], ['meter', 'set', 'main', 'poll=1s'],
                          ['add', 'new', '--host=192.0.2.7'], ['read', 'main', '--now'],
                          ['test', '192.0.2.7'], ['config', 'reload'], ['link', 'reconnect', 'gateway']):
            with self.subTest(arguments):
                self.assertIn('not allowed: the administrator says no',
                              self.fails(NOT_ALLOWED, *arguments))
        self.ok('status')

    def test_no_answer(self):
        text = self.fails(NO_ANSWER, 'read', 'pump')
        self.assertIn("meter 'pump' has not been read yet (unreachable): There is no way to", text)
        self.assertIn('Check the network settings', text)
        self.assertEqual(self.fails(NO_ANSWER, 'read', 'lift', '--now'),
                         "ohmctl: meter 'lift': no answer came in time\n")

    def test_points_that_change_are_asked_for_again(self):
        self.fake('surveyed')
        self.assertIn('voltage.l1-n', self.ok('read', 'main'))

    def test_test_fails(self):
        result = self.run_ctl('test', 'dead.example')
        self.assertEqual(result.status, NO_ANSWER)
        self.assertIn('Nothing answers at dead.example.\nCheck address, power', result.err)
        self.assertIn('connected within  1.22 ms', result.out)
        result = self.run_ctl('test', 'dead.example', '--json')
        self.assertEqual(result.status, NO_ANSWER)
        self.assertIn('"code":"no-answer"', result.out)

    def test_test_finds_no_type(self):
        self.assertIn('answers', self.ok('test', 'strange.example', expect=FINDINGS))

    def test_test_succeeds(self):
        self.golden('test-host', self.ok('test', '192.0.2.10:1502/3'))
        self.golden('test-meter', self.ok('test', 'main'))
        job = self.json('test', '192.0.2.10', '--unit=3', '--type=umg96rm')
        self.assertEqual(job['result']['connect_us'], 1220)
        self.assertEqual(job['result']['candidates'][0]['evidence'][0], '41000001 at 754')
        self.assertEqual(job['result']['values']['current.n'], {'value': None, 'quality': 'missing'})
        asked = [arguments for call, _, arguments in self.calls() if call == 'Manager.Test']
        self.assertEqual(asked, [['192.0.2.10:1502', {'unit': 3}], ['main', {}],
                                 ['192.0.2.10', {'unit': 3, 'type': 'umg96rm'}]])

    def test_interrupt_cancels(self):
        ctl = ohmtest.Process([ohmtest.program('ohmctl'), 'test', 'slow.example',
                               f'--bus-address={self.bus.address}'], name='ohmctl')
        self.addCleanup(ctl.kill)
        self.process.wait_line('^asked Job.State', since=self.seen)  # it listens from now on
        ctl.signal(signal.SIGINT)
        self.assertEqual(ctl.wait_exit(), FAILED)
        self.assertIn('ohmctl: cancelled', ctl.text)
        self.assertIn('Job.Cancel', [call for call, _, _ in self.calls()])

    def test_refused_by_the_daemon(self):
        cases = [
            (['add', 'x', 'name=refused', '--host=192.0.2.7'],
             "meter 'x': /run/x.meter:3: [meter] name: refused"),
            (['meter', 'set', 'main', 'polll=1s'], "did you mean 'poll'?"),
            (['plan', 'pump'], "meter 'pump' is not surveyed yet"),
            (['link', 'add', 'door'], 'host: is missing'),
            (['link', 'set', '192.0.2.10:502', 'port=1'], 'has no file'),
            (['meter', 'rename', 'hall', 'main'], "there is a meter 'main' already"),
            (['config', 'set', 'slot-window=1000h'], 'slot-window: '),
            (['add', '--csv=/nonexistent.csv'], "cannot read '/nonexistent.csv'"),
        ]
        for arguments, text in cases:
            with self.subTest(arguments):
                self.assertIn(text, self.fails(FAILED, *arguments))

    def test_full_disk(self):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            done = subprocess.run([ohmtest.program('ohmctl'), 'status',
                                   f'--bus-address={self.bus.address}'], stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, FAILED)
        self.assertIn('cannot write the output', done.stderr)

    def test_a_reader_that_has_enough(self):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([ohmtest.program('ohmctl'), f'--bus-address={self.bus.address}', 'meter', 'list'],
                              stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
        os.close(writer)
        self.assertEqual((done.returncode, done.stderr), (FAILED, ''))


if __name__ == '__main__':
    ohmtest.main()
