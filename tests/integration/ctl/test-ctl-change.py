# SPDX-License-Identifier: LGPL-2.1-or-later
"""Verbs that change something: what they ask of the daemon, and what they say."""

import ohmtest
from ctlcase import FAILED, FINDINGS, NOT_FOUND, USAGE, CtlCase

MAIN = 'meters/main'
IMPORT = 'energy-active-import.total'


class Change(CtlCase):
    def does(self, arguments, calls, text=None, **more):
        out = self.ok(*arguments, **more)
        self.assertEqual(self.calls(), calls)
        if text is not None:
            self.assertEqual(out, text + '\n')

    def test_meter_set(self):
        self.does(['meter', 'set', 'main', 'poll=1s', 'name=A = B', '--unset=serial'],
                  [('Meter.SetConfig', MAIN, [[['meter', 'poll', '1s'], ['meter', 'name', 'A = B']],
                                              [['meter', 'serial']], {}])],
                  "meter 'main' is changed")

    def test_meter_set_place(self):
        self.does(['meter', 'set', 'main', '--place=main', 'factor=40'],
                  [('Meter.SetConfig', MAIN, [[['place main', 'factor', '40']], [], {}])])

    def test_meter_switches(self):
        for verb, call, arguments, text in (
                ('enable', 'Meter.SetEnabled', [True, {}], "meter 'main' is read again"),
                ('disable', 'Meter.SetEnabled', [False, {}], "meter 'main' is no longer read"),
                ('survey', 'Meter.Survey', [{}], "meter 'main' is asked what it is"),
                ('forget', 'Meter.ForgetLearned', [{}], "meter 'main' is surveyed anew")):
            with self.subTest(verb):
                self.forget()
                self.does(['meter', verb, 'main'], [(call, MAIN, arguments)], text)

    def test_meter_find(self):
        for options, expected in (([], {}), (['--units=7'], {'first': 7, 'last': 7}),
                                  (['--units=1-32', '--link=gateway'],
                                   {'first': 1, 'last': 32, 'link': 'gateway'})):
            with self.subTest(options):
                self.forget()
                out = self.ok('meter', 'find', 'main', *options)
                self.assertEqual(self.calls(), [('Meter.Find', MAIN, [expected])])
        self.assertIn("Meter 'main' answers at 192.0.2.10:502 unit 9, with serial 41000017.",
                      ' '.join(out.split()))
        for units in ('9-1', '1-256', '0', 'x', '1-', '1-2-3', ''):
            self.assertIn('no range of units', self.fails(USAGE, 'meter', 'find', 'main', f'--units={units}'))

    def test_meter_clock(self):
        self.assertIn("the clock of meter 'main' is set: it was 3 min ahead, and now is right\n",
                      self.ok('meter', 'clock', 'main', '--set', expect=FINDINGS))
        self.assertEqual(self.calls(), [('Meter.SetClock', MAIN, [{}])])
        self.assertIn('no register is documented', self.fails(FAILED, 'meter', 'clock', 'hall', '--set'))

    def test_meter_remove(self):
        self.addCleanup(self.start, self.scenario)
        self.does(['meter', 'remove', 'main', 'lift'],
                  [('Manager.RemoveMeter', '', ['main', {}]),
                   ('Manager.RemoveMeter', '', ['lift', {}])],
                  "meter 'main' is removed; its history stays\n"
                  "meter 'lift' is removed; its history stays")

    def test_meter_purge(self):
        self.addCleanup(self.start, self.scenario)
        self.does(['meter', 'remove', 'main', '--purge', '--yes'],
                  [('Manager.RemoveMeter', '', ['main', {'purge': True}])],
                  "meter 'main' is removed; its history is forgotten")

    def test_meter_replace(self):
        cases = [
            ([], {}),
            (['--last=133456784'], {'last': {IMPORT: 133456784}}),
            (['--last=133456.784 kWh', '--first=0'], {'last': {IMPORT: 133456784},
                                                       'first': {IMPORT: 0}}),
            (['--last=1.5MWh', '--last=energy-reactive.total=-2.5kvarh'],
             {'last': {IMPORT: 1500000, 'energy-reactive.total': -2500.0}}),
            (['--first=9007199254740993'], {'first': {IMPORT: 9007199254740993}}),
        ]
        for options, expected in cases:
            with self.subTest(options):
                self.forget()
                self.does(['meter', 'replace', 'main', *options],
                          [('Manager.ReplaceMeter', '', ['main', expected])])

    def test_meter_replace_groups(self):
        """A meter with several places takes counters by group; one place needs no group."""
        group = 'm1g2.' + IMPORT
        self.addCleanup(self.start, self.scenario)
        self.start('groups')
        for options, expected in [
                ([f'--last={group}=5 kWh', '--first=m1g2=0'], {'last': {group: 5000}, 'first': {group: 0}}),
                (['--last=in3.pulse-count=78', '--last=m1g2=6'], {'last': {'in3.pulse-count': 78, group: 6}})]:
            with self.subTest(options):
                self.forget()
                self.does(['meter', 'replace', 'hall', *options],
                          [('Manager.ReplaceMeter', '', ['hall', expected])])
        self.assertIn(f"'5kWh': meter 'hall' counts for 2 places: say which, as in {group}=5kWh",
                      (self.fails(USAGE, 'meter', 'replace', 'hall', '--last=5kWh')))
        self.assertIn(f"no point 'm1g3.{IMPORT}'; did you mean '{group}'?",
                      (self.fails(NOT_FOUND, 'meter', 'replace', 'hall', f'--last=m1g3.{IMPORT}=5')))
        self.start('one-group')
        for text in ('--last=5', f'--last={IMPORT}=5', '--last=m1g2=5'):
            with self.subTest(text):
                self.forget()
                self.does(['meter', 'replace', 'hall', text],
                          [('Manager.ReplaceMeter', '', ['hall', {'last': {group: 5}}])])

    def test_meter_rename_is_one_call(self):
        self.does(['meter', 'rename', 'hall', 'north-hall'],
                  [('Manager.RenameMeter', '', ['hall', 'north-hall', {}])],
                  "meter 'hall' is 'north-hall' now")

    def test_meter_rename_to_nonsense(self):
        self.assertIn("'North' is no id", self.fails(USAGE, 'meter', 'rename', 'hall', 'North'))
        self.assertEqual(self.calls(), [])

    def test_place(self):
        self.does(['place', 'set', 'hall-m1g2', 'parent=main', '--unset=factor'],
                  [('Place.SetConfig', 'places/hall_2dm1g2', [{'parent': 'main'}, ['factor'], {}])],
                  "place 'hall-m1g2' is changed")
        self.forget()
        self.does(['place', 'rename', 'old', 'older'],
                  [('Place.Rename', 'places/old', ['older', {}])], "place 'old' is 'older' now")

    def test_link(self):
        self.does(['link', 'add', 'door', 'transport=modbus-tcp', 'host=192.0.2.9'],
                  [('Manager.AddLink', '',
                    ['door', '[link]\ntransport = modbus-tcp\nhost = 192.0.2.9\n', {}])],
                  "link 'door' is added")
        self.forget()
        self.does(['link', 'add', 'door', '--file=-'],
                  [('Manager.AddLink', '', ['door', '[link]\nhost=x\n', {}])], stdin='[link]\nhost=x\n')
        self.forget()
        self.does(['link', 'set', 'gateway', 'port=1502', 'host=192.0.2.21', '--unset=transport'],
                  [('Manager.SetLink', '', ['gateway', '# by the door\n\n[link]\nhost=192.0.2.21\n'
                                            'port=1502\n', {}])], "link 'gateway' is changed")
        self.forget()
        self.does(['link', 'remove', 'gateway'], [('Manager.RemoveLink', '', ['gateway', {}])],
                  "link 'gateway' is removed")
        self.forget()
        self.does(['link', 'reconnect', '192.0.2.11:502'],
                  [('Link.Reconnect', 'links/192_2e0_2e2_2e11_3a502', [{}])],
                  "link '192.0.2.11:502' is opened again")

    def test_config(self):
        self.does(['config', 'set', 'slot-window=90s', '--unset=slot-window'],
                  [('Manager.SetConfig', '', [[['ohmd', 'slot-window', '90s']],
                                              [['ohmd', 'slot-window']], {}])],
                  'the configuration is changed')
        self.forget()
        self.does(['config', 'set', 'ohmd.slot-window=90s'],
                  [('Manager.SetConfig', '', [[['ohmd', 'slot-window', '90s']], [], {}])])

    def test_plugin_rescan(self):
        self.does(['plugin', 'rescan'], [('Manager.Rescan', '', [{}])], '2 new files')
        self.assertEqual(self.json('plugin', 'rescan'), {'found': 2})

    def test_job(self):
        self.addCleanup(self.start, self.scenario)
        self.does(['job', 'cancel', '7'], [('Job.Cancel', 'jobs/7', [{}])], 'job 7 is cancelled')
        self.assertIn('cancelled', self.run_ctl('job', 'wait', '7').err)

    def test_json(self):
        self.addCleanup(self.start, self.scenario)
        for kind, arguments in (('meter', ['meter', 'set', 'main', 'poll=1s']),
                                ('meter', ['meter', 'disable', 'main']),
                                ('place', ['place', 'set', 'main', 'parent=site']),
                                ('meter', ['meter', 'remove', 'main'])):
            self.assertEqual(self.json(*arguments), {kind: 'main'})

    def test_what_others_need_is_not_removed_without_a_word(self):
        self.fake('dependent')
        needs = ("place 'hall-m1g2' is a part of meter 'rest' (sum = main, - hall-m1g2)\n"
                 "place 'hall' is the parent of place 'below'\n")
        err = self.fails(USAGE, 'meter', 'remove', 'hall')
        self.assertIn(f"{needs}Remove 'hall' all the same? nobody can be asked here: add --yes", err)
        err = self.fails(USAGE, 'meter', 'remove', 'hall', '--purge')
        self.assertIn(f"{needs}Remove 'hall' all the same and forget all that was recorded", err)
        self.assertIn("'main' is a part", self.fails(USAGE, 'meter', 'remove', 'main'))
        self.assertEqual(self.calls(), [])
        # what needs them goes too
        self.ok('meter', 'remove', 'hall', 'rest', 'lift')
        self.fake('dependent')
        self.ok('meter', 'remove', 'hall', '--yes')

    def test_purge_that_is_not_supported(self):
        self.fake('no-purge')
        self.assertIn('history cannot be forgotten yet',
                      self.fails(FAILED, 'meter', 'remove', 'main', '--purge', '--yes'))


class Add(CtlCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.start, self.scenario)

    def added(self):
        return {object_id: text for call, _, a in self.calls() if call == 'Manager.AddMeters'
                for object_id, text in a[0]}

    def test_by_options(self):
        out = self.ok('add', 'new', '--type=umg96rm', '--host=192.0.2.7', '--unit=3', '--name=Lift, 3')
        self.assertEqual(out, "meter 'new' is added; 'ohmctl meter show new' tells how it is doing\n")
        self.assertEqual(self.added(), {'new': '[meter]\ntransport = modbus-tcp\nhost = 192.0.2.7\n'
                                               'name = Lift, 3\ntype = umg96rm\nunit = 3\n'})

    def test_by_keys_and_object(self):
        self.ok('meter', 'add', 'new', 'host=192.0.2.7', 'poll=250ms', '--place=roof', 'source=g2',
                'direction=inverted', 'place-name=Roof')
        self.assertEqual(self.added(), {'new': '[meter]\ntype = auto\ntransport = modbus-tcp\n'
                                               'host = 192.0.2.7\npoll = 250ms\n\n[place roof]\n'
                                               'name = Roof\nsource = g2\ndirection = inverted\n'})

    def test_host_with_port(self):
        self.ok('add', 'new', '--host=192.0.2.7:5020')
        self.ok('add', 'six', '--host=2001:db8::1')
        self.assertEqual(self.added(), {
            'new': '[meter]\ntype = auto\ntransport = modbus-tcp\nhost = 192.0.2.7\nport = 5020\n',
            'six': '[meter]\ntype = auto\ntransport = modbus-tcp\nhost = 2001:db8::1\n'})

    def test_serial_line_and_link(self):
        self.ok('add', 'new', '--device=/dev/ttyUSB0')
        self.ok('add', 'other', '--link=gateway')
        self.assertEqual(self.added(), {
            'new': '[meter]\ntype = auto\ntransport = modbus-rtu\ndevice = /dev/ttyUSB0\n',
            'other': '[meter]\ntype = auto\nlink = gateway\n'})

    def test_by_file(self):
        text = '[meter]\n# mine\ntype = auto\nhost = 192.0.2.7\n'
        self.ok('add', 'new', '--file', self.file(text, 'new.meter'))
        self.ok('add', 'other', '--file=-', stdin=text)
        self.assertEqual(self.added(), {'new': text, 'other': text})

    def test_dry_run(self):
        out = self.ok('add', 'new', '--host=192.0.2.7', '--dry-run')
        self.assertEqual(out, '# new.meter\n[meter]\ntype = auto\ntransport = modbus-tcp\n'
                              'host = 192.0.2.7\n')
        answer = self.json('add', 'new', '--host=192.0.2.7', '--dry-run')
        self.assertEqual((answer['added'], answer['meters'][0]['id']), (False, 'new'))
        self.assertEqual(self.calls(), [])

    def test_twin(self):
        self.assertIn("meter 'hall' is at the same address: unit 1 of '192.0.2.10:502'\n",
                      self.ok('add', 'twin', '--host=192.0.2.10', '--unit=1'))

    def test_same_meter(self):
        self.ok('add', 'back', '--host=192.0.2.7', '--same-meter')
        self.assertEqual(self.calls()[0][2][1], {'same-meter': True})
        self.ok('add', 'again', '--host=192.0.2.7', '--place=old')
        self.forget()
        self.ok('meter', 'set', 'main', 'unit=3', '--same-meter')
        self.assertEqual(self.calls()[0][2][2], {'same-meter': True})
        self.forget()
        self.ok('meter', 'set', 'main', '--same-meter')
        self.assertEqual(self.calls()[0][2], [[], [], {'same-meter': True}])

    def test_wrong_values(self):
        cases = [(['unit=256', '--host=a'], 'unit: '), (['--host=a', 'poll=5'], 'poll: '),
                 (['--host=a', 'type=umg96mr'], "type: no type 'umg96mr'; did you mean 'umg96rm'?"),
                 (['hots=a'], "hots: no such key; did you mean 'host'?"), (['hots=a'], 'host: is missing'),
                 (['--host=a', '--link=gateway'], 'host: the link has its own; give either'),
                 (['--host=a', 'source=g2'], 'source: belongs to a place'),
                 (['--host=a', '--place=Roof'], 'place: an id has only'),
                 (['--host=a', '--place=main'], 'place: there is such a place already'),
                 (['--host=a', 'direction=up', '--place=x'], 'direction: '),
                 (['--host=a\nb'], 'host: a value has one line')]
        for arguments, text in cases:
            with self.subTest(arguments):
                self.assertIn(text, self.fails(FAILED, 'add', 'new', *arguments))
        self.assertIn('id: there is such a meter', self.fails(FAILED, 'add', 'main', '--host=a'))
        self.assertIn('id: an id has only', self.fails(FAILED, 'add', 'Neu', '--host=a'))
        self.assertEqual(self.calls(), [])

    def test_csv(self):
        path = self.file('\ufeffid;name;host;unit;place;place-name\r\n'
                         'a;"Hall; ""east""";192.0.2.1;1;;\r\n'
                         'b;;192.0.2.1;2;roof;Roof\r\n')
        self.assertEqual(self.ok('add', '--csv', path),
                         "2 meters are added; 'ohmctl status' tells how they are doing\n")
        self.assertEqual(self.added(), {
            'a': '[meter]\ntype = auto\ntransport = modbus-tcp\nhost = 192.0.2.1\n'
                 'name = Hall; "east"\nunit = 1\n',
            'b': '[meter]\ntype = auto\ntransport = modbus-tcp\nhost = 192.0.2.1\nunit = 2\n\n'
                 '[place roof]\nname = Roof\n'})

    def test_csv_from_standard_input(self):
        answer = self.json('add', '--csv=-', stdin='id,host\na,192.0.2.1\n')
        self.assertEqual((answer['added'], [m['id'] for m in answer['meters']]), (True, ['a']))

    def test_csv_tells_all_that_is_wrong(self):
        path = self.file('id,host,unit,type,place\n'
                         'a,192.0.2.1,1,umg96rm,x\n'
                         'main,192.0.2.1,300,umg96rm,\n'
                         '\n'
                         'a,192.0.2.1,2,umg96mr,x\n'
                         'B,,3,,\n')
        err = self.fails(FAILED, 'add', '--csv', path)
        self.assertEqual(err.replace(path, 'F').splitlines(), [
            'ohmctl: nothing was added: the file is wrong',
            'F:3: id: there is such a meter already',
            "F:3: unit: '300': expected an integer 0..255",
            'F:5: id: there is such a meter already',
            'F:5: place: there is such a place already',
            "F:5: type: no type 'umg96mr'; did you mean 'umg96rm'?",
            "F:6: id: an id has only a-z, 0-9 and '-', at most 63 of them",
            'F:6: host: is missing'])
        self.assertEqual(self.calls(), [])
        path = self.file('id,host,hots\na,192.0.2.1,x\nb,192.0.2.1,y\n')
        self.assertEqual(self.fails(FAILED, 'add', '--csv', path).replace(path, 'F').splitlines()[1:],
                         ["F:1: hots: no such key; did you mean 'host'?"])

    def test_csv_that_is_none(self):
        cases = [('', 'there is no header line'), ('id,host\n', 'there is no meter in it'),
                 ('name,host\nx,y\n', "one of them is 'id'"), ('id,id\na,b\n', "'id' is there twice"),
                 ('id,\na,b\n', 'column 2 has no name'), ('id,host\na\n', '1 field, but the header has 2'),
                 ('id,host\n"a,b\n', 'a quote is not closed'), (b'id,host\n\xe4,b\n', 'not UTF-8'),
                 ('id,hots\na,b\n', "hots: no such key; did you mean 'host'?")]
        for text, reason in cases:
            with self.subTest(text):
                self.assertIn(reason, self.fails(FAILED, 'add', '--csv', self.file(text)))

    def test_nothing_half_done(self):
        """One call for all, and whom it is about is told by its line."""
        path = self.file('id,host,name\na,192.0.2.1,x\nb,192.0.2.2,y\nc,192.0.2.3,refused\n')
        err = self.fails(FAILED, 'add', '--csv', path)
        self.assertIn(f'{path}:4: nothing was added: /run/c.meter:3: [meter] name: refused', err)
        self.assertEqual([call for call, _, _ in self.calls()], ['Manager.AddMeters'])
        path = self.file('id,host,name\na,192.0.2.1,x\nb,192.0.2.2,taken\n')
        self.assertIn(f"{path}: nothing was added: place 'x' holds", self.fails(FAILED, 'add', '--csv', path))


if __name__ == '__main__':
    ohmtest.main()
