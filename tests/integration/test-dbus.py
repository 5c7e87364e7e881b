# SPDX-License-Identifier: LGPL-2.1-or-later
"""The D-Bus interface of data/dbus on a running daemon."""

import os
import shutil
import sqlite3
import subprocess
import struct
import tempfile
import unittest

from gi.repository import GLib

import ohmtest
from ohmtest.paths import PATIENCE
from ohmtest.process import Process

NAME = 'org.ohmnibus.Ohmnibus1'
PATH = '/org/ohmnibus/Ohmnibus1'
ERROR = f'{NAME}.Error.'
HISTORY = '(a{sa(ssssb)}a(xxxxsuusatayatay)a(xxxxxsusatay))'
DAY_US = 86400 * 1000000

# Whoever can reach the socket may talk, as on a system bus.
OPEN_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class DbusCase(ohmtest.Scenario):
    """Two meters behind one gateway."""

    def setUp(self):
        super().setUp()
        self.device = self.sim('janitza-common@1-2')
        self.process = self.daemon({
            'meters.d/main.meter': self.device.meter(unit=1, poll='200ms', name='Main incomer'),
            'meters.d/roof-2.meter': self.device.meter(unit=2, poll='200ms'),
        })
        ohmtest.wait_until(lambda: self.state('main') == self.state('roof_2d2') == 'ok',
                           what='both meters ok')
        # Just after a quarter hour, counters are read first.
        for meter in ('main', 'roof_2d2'):
            ohmtest.wait_until(lambda m=meter: 'voltage.l1-n' in self.values(
                self.call(f'meters/{m}', 'Meter.GetReading', 'a{sv}', {})), what='live values')

    def state(self, meter):
        return self.bus.get(f'meters/{meter}', 'Meter.State')

    def call(self, path, method, signature=None, *arguments, **more):
        return self.bus.call(path, method, signature, *arguments, **more)

    def assert_error(self, name, path, method, signature=None, *arguments):
        with self.assertRaises(GLib.Error) as caught:
            self.call(path, method, signature, *arguments)
        self.assertIn(name, caught.exception.message)
        return caught.exception.message

    def values(self, reading):
        """A reading's good values by point."""
        points, = self.call('', 'Manager.GetPointSet', 's', reading[0])
        self.assertEqual(len(points), len(reading[2]))
        return {point[0]: cell if point[4] else struct.unpack('d', struct.pack('Q', cell))[0]
                for point, cell, quality in zip(points, reading[2], reading[3]) if quality == 1}

    def statistics(self):
        return self.call('', 'System.GetStatistics', 'a{sv}', {})[0]


class Objects(DbusCase):
    def test_all_objects_are_managed(self):
        objects, = self.call('', 'org.freedesktop.DBus.ObjectManager.GetManagedObjects')
        by_kind = {}
        for path, interfaces in objects.items():
            kind = path.removeprefix(PATH + '/').split('/')[0]
            interface, = interfaces
            self.assertEqual(interface, f'{NAME}.{kind[:-1].capitalize()}')
            by_kind.setdefault(kind, set()).add(interfaces[interface]['Id'])
        self.assertEqual(by_kind['meters'], {'main', 'roof-2'})
        self.assertEqual(by_kind['places'], {'main', 'roof-2'})
        end = self.device.endpoints[0]
        self.assertEqual(by_kind['links'], {f'{end.host}:{end.port}'})
        self.assertIn('modbus-tcp', by_kind['plugins'])
        self.assertIn('janitza-common', by_kind['profiles'])

    def test_properties_agree_with_the_files(self):
        self.assertEqual(self.bus.get('meters/main', 'Meter.Name'), 'Main incomer')
        self.assertEqual(self.bus.get('meters/main', 'Meter.Places'), ['main'])
        self.assertEqual(self.bus.get('meters/main', 'Meter.PollPeriod'), 200000)
        link = self.bus.get('meters/main', 'Meter.Link')
        path = 'links/' + ''.join(c if c.isalnum() else f'_{ord(c):02x}' for c in link)
        self.assertEqual(self.bus.get(path, 'Link.Meters'), ['main', 'roof-2'])
        self.assertEqual(self.bus.get(path, 'Link.Address'), link)
        self.assertEqual(self.bus.get('places/roof_2d2', 'Place.Meter'), 'roof-2')
        self.assertEqual(self.bus.get('plugins/modbus_2dtcp', 'Plugin.Kinds'), ['transport'])
        self.assertEqual(self.bus.get('profiles/janitza_2dcommon', 'Profile.Meters'), 2)
        self.assertIn('[registers]', self.call('profiles/janitza_2dcommon', 'Profile.GetText')[0])

    def test_unknown_objects_and_members(self):
        self.assert_error('UnknownMethod', 'meters/mian', 'Meter.GetReading', 'a{sv}', {})
        self.assert_error('UnknownMethod', 'meters/main', 'Meter.Explode', 'a{sv}', {})
        self.assert_error('InvalidArgs', 'meters/main', 'Meter.GetReading', 's', 'x')

    def test_system_and_store(self):
        self.assertEqual(self.bus.get('', 'System.ConfigDir'), self.process.config_dir)
        self.assertIn(self.bus.get('', 'System.ClockState'), ('synchronized', 'unsynchronized'))
        self.assertEqual(self.statistics()['meters'], 2)
        self.assertEqual(self.bus.get('', 'Store.State'), 'ok')
        self.assertTrue(self.bus.get('', 'Store.Path').startswith(self.process.state_dir))
        self.assertGreater(self.call('', 'Store.GetStatistics', 'a{sv}', {})[0]['size_bytes'], 0)

    def test_a_second_daemon_is_refused(self):
        other = self.daemon(start=False)
        second = Process(other.argv(), name='ohmd')
        self.assertEqual(second.wait_exit(), 1)
        self.assertIn('another ohmd', second.text)


class Values(DbusCase):
    def test_reading_and_point_set(self):
        reading = self.call('meters/main', 'Meter.GetReading', 'a{sv}', {})
        values = self.values(reading)
        self.assertGreater(values['voltage.l1-n'], 200)
        self.assertGreater(values['frequency'], 49)
        self.assertEqual(len(reading[4]), len(reading[2]))
        self.assertLessEqual(max(reading[4]), reading[1])
        self.assert_error(ERROR + 'NotFound', '', 'Manager.GetPointSet', 's', '0' * 16)
        names = [row[0] for row in self.call('', 'Manager.ListPoints')[0]]
        self.assertEqual(names, sorted(values))

    def test_read_asks_the_meter(self):
        self.device.control(f'{self.device.endpoints[0].port} 1 set voltage.l1-n 111')
        reading = self.call('meters/main', 'Meter.Read', 'a{sv}', {})
        self.assertEqual(self.values(reading)['voltage.l1-n'], 111)

    def test_read_of_a_mute_meter_fails(self):
        self.device.fault('silent', units='1')
        self.assert_error(ERROR, 'meters/main', 'Meter.Read', 'a{sv}', {})

    def test_plan_and_counters(self):
        requests, totals, entries, learned = self.call('meters/main', 'Meter.GetPlan', 'a{sv}', {})
        self.assertEqual([r[0] for r in requests if r[0] == 'live'], ['live'])
        self.assertGreater(totals['requests_per_second'], 4)
        self.assertIn('voltage.l1-n', [entry[0] for entry in entries])
        self.assertEqual(learned, [])
        self.assertGreater(self.call('meters/main', 'Meter.GetStatistics', 'a{sv}', {})[0]['polls'], 0)
        path = 'links/' + self.bus.get('meters/main', 'Meter.Link').replace(
            '.', '_2e').replace(':', '_3a')
        units, = self.call(path, 'Link.GetUnits', 'a{sv}', {})
        self.assertEqual([(row[0], row[1]) for row in units], [(1, ['main']), (2, ['roof-2'])])
        self.assertGreater(self.call(path, 'Link.GetStatistics', 'a{sv}', {})[0]['replies'], 0)
        self.call(path, 'Link.Reconnect', 'a{sv}', {})


class Watching(DbusCase):
    def watch(self, connection, meters, min_ms, **options):
        seen = self.bus.collect(f'{NAME}.Manager', 'Readings', connection=connection)
        reply = connection.call_sync(
            NAME, PATH, f'{NAME}.Manager', 'Watch',
            GLib.Variant('(asua{sv})', (meters, min_ms, options)), None, 0, -1, None)
        return reply.unpack()[0], seen

    def test_readings_go_to_the_caller_alone(self):
        watcher, other = self.bus.connect(), self.bus.connect()
        unheard = self.bus.collect(f'{NAME}.Manager', 'Readings', connection=other)
        path, seen = self.watch(watcher, ['main'], 0)
        ohmtest.wait_until(lambda: len(seen) >= 4, what='four readings')
        self.assertEqual({signal[0] for signal in seen}, {path})
        self.assertEqual({row[0] for signal in seen for row in signal[2][0]}, {'main'})
        times = [signal[2][0][0][2] for signal in seen]
        self.assertEqual(times, sorted(times))
        self.assertGreater(self.values(seen[0][2][0][0][1:])['voltage.l1-n'], 200)
        self.assertEqual(unheard, [])

    def test_readings_are_coalesced(self):
        watcher = self.bus.connect()
        _, seen = self.watch(watcher, [], 500, **{'point-times': GLib.Variant('b', True)})
        ohmtest.wait_until(lambda: len(seen) >= 3, what='three signals')
        self.assertEqual(sorted(row[0] for row in seen[2][2][0]), ['main', 'roof-2'])
        reading = seen[2][2][0][0]
        self.assertEqual(len(reading[5]), len(reading[3]))

    def test_watch_ends_with_its_caller(self):
        first, second = self.bus.connect(), self.bus.connect()
        self.watch(first, [], 1000)
        path, _ = self.watch(second, ['main'], 1000)
        self.assertEqual(self.statistics()['watches'], 2)
        self.assert_error(ERROR + 'NotFound', '', 'Manager.Unwatch', 'o', path)
        second.call_sync(NAME, PATH, f'{NAME}.Manager', 'Unwatch', GLib.Variant('(o)', (path,)),
                         None, 0, -1, None)
        self.assertEqual(self.statistics()['watches'], 1)
        first.close_sync(None)
        ohmtest.wait_until(lambda: self.statistics()['watches'] == 0, what='no watch')

    def test_limits(self):
        self.assert_error(ERROR + 'NotFound', '', 'Manager.Watch', 'asua{sv}', ['mian'], 0, {})
        for _ in range(8):
            self.call('', 'Manager.Watch', 'asua{sv}', [], 1000, {})
        self.assert_error(ERROR + 'Busy', '', 'Manager.Watch', 'asua{sv}', [], 1000, {})


class Changes(DbusCase):
    def test_states_and_alarms_are_announced(self):
        changes = self.bus.collect('org.freedesktop.DBus.Properties', 'PropertiesChanged')
        alarms = self.bus.collect(f'{NAME}.Alarm', 'Changed')
        self.device.fault('silent', units='1')
        ohmtest.wait_until(lambda: self.state('main') == 'silent', what='state silent')
        ohmtest.wait_until(lambda: any(
            path == f'{PATH}/meters/main' and values[1].get('State') == 'silent'
            for path, _, values in changes), what='change of state')
        ohmtest.wait_until(lambda: alarms, what='alarm')
        self.assertEqual(alarms[0][2][1], 'meters/main')
        lasting, = self.call('', 'Alarm.GetAlarms', 'a{sv}', {})
        self.assertEqual([row[1] for row in lasting], ['meters/main'])
        self.assertEqual(self.bus.get('', 'Alarm.Active'), 1)
        self.device.fault('silent', on=False, units='1')
        ohmtest.wait_until(lambda: self.state('main') == 'ok', what='state ok')
        ohmtest.wait_until(lambda: len(alarms) == 2, what='end of the alarm')
        self.assertGreater(alarms[1][2][5], 0)
        ended, = self.call('', 'Alarm.GetAlarms', 'a{sv}', {'ended': GLib.Variant('b', True)})
        self.assertEqual(len(ended), 1)

    def test_files_come_change_and_go(self):
        objects = self.bus.collect('org.freedesktop.DBus.ObjectManager')
        changes = self.bus.collect('org.freedesktop.DBus.Properties', 'PropertiesChanged')
        reloads = self.bus.collect(f'{NAME}.Manager', 'ConfigReloaded')

        def paths(member):
            return [values[0] for _, name, values in objects if name.endswith(member)]
        self.process.write('meters.d/third.meter', self.device.meter(unit=1, poll='1s'))
        ohmtest.wait_until(lambda: f'{PATH}/meters/third' in paths('InterfacesAdded'), what='added')
        self.assertTrue(reloads)
        self.process.write('meters.d/third.meter', self.device.meter(unit=1, poll='1s', name='New'))
        ohmtest.wait_until(lambda: any(values[1].get('Name') == 'New' for _, _, values in changes),
                           what='new name')
        self.process.delete('meters.d/third.meter')
        ohmtest.wait_until(lambda: f'{PATH}/meters/third' in paths('InterfacesRemoved'), what='removed')


class Configuring(DbusCase):
    def add(self, name, text):
        return self.call('', 'Manager.AddMeter', 'ssa{sv}', name, text, {})

    def test_add_set_remove_meter(self):
        text = self.device.meter(unit=2, poll='1s')
        self.assertEqual(self.add('added', text), (f'{PATH}/meters/added',))
        self.process.wait_log(r"called AddMeter 'added' of")
        self.assertEqual(self.bus.get('meters/added', 'Meter.Layer'), 'runtime')
        self.assert_error(ERROR + 'Exists', '', 'Manager.AddMeter', 'ssa{sv}', 'added', text, {})
        self.call('', 'Manager.SetMeter', 'ssa{sv}', 'added', text + 'name = Other\n', {})
        self.assertEqual(self.bus.get('meters/added', 'Meter.Name'), 'Other')
        ohmtest.wait_until(lambda: self.state('added') == 'ok', what='meter ok')
        self.call('', 'Manager.RemoveMeter', 'sa{sv}', 'added', {})
        self.add('added', text)
        ohmtest.wait_until(lambda: self.state('added') == 'ok', what='meter ok')
        self.call('', 'Manager.RemoveMeter', 'sa{sv}', 'added', {'purge': GLib.Variant('b', True)})
        objects, = self.call('', 'org.freedesktop.DBus.ObjectManager.GetManagedObjects')
        self.assertFalse({f'{PATH}/meters/added', f'{PATH}/places/added'} & set(objects))
        self.assert_error(ERROR + 'NotFound', '', 'Manager.RemoveMeter', 'sa{sv}', 'added', {})

    def test_a_wrong_text_changes_nothing(self):
        for name, text in (('x', '[meter]\n'), ('x', 'no keyfile'), ('No Id', '[meter]\n'),
                           ('x', '[meter]\n' + '#' * 70000), ('../../x', '[meter]\n')):
            self.assert_error(ERROR + 'Config', '', 'Manager.AddMeter', 'ssa{sv}', name, text, {})
        before, _, _ = self.call('meters/main', 'Meter.GetConfig')
        polls = self.call('meters/main', 'Meter.GetStatistics', 'a{sv}', {})[0]['polls']
        message = self.assert_error(ERROR + 'Config', 'meters/main', 'Meter.SetConfig',
                                    'a(sss)a(ss)a{sv}', [('meter', 'pol', '1s')], [], {})
        self.assertIn("did you mean 'poll'", message)
        self.assertEqual(self.call('meters/main', 'Meter.GetConfig')[0], before)
        self.assertGreaterEqual(
            self.call('meters/main', 'Meter.GetStatistics', 'a{sv}', {})[0]['polls'], polls)

    def test_set_keys_of_a_meter(self):
        self.call('meters/main', 'Meter.SetConfig', 'a(sss)a(ss)a{sv}',
                  [('meter', 'poll', '1s')], [('meter', 'name')], {})
        self.assertEqual(self.bus.get('meters/main', 'Meter.Name'), 'main')
        self.assertEqual(self.bus.get('meters/main', 'Meter.PollPeriod'), 1000000)
        self.call('meters/main', 'Meter.SetEnabled', 'ba{sv}', False, {})
        self.assertEqual(self.state('main'), 'disabled')
        self.assert_error(ERROR + 'Config', 'meters/main', 'Meter.Read', 'a{sv}', {})
        self.assert_error(ERROR + 'Config', 'meters/main', 'Meter.Survey', 'a{sv}', {})
        self.call('meters/main', 'Meter.SetEnabled', 'ba{sv}', True, {})
        ohmtest.wait_until(lambda: self.state('main') == 'ok', what='meter ok again')
        self.call('meters/main', 'Meter.Survey', 'a{sv}', {})
        self.call('meters/main', 'Meter.ForgetLearned', 'a{sv}', {})
        ohmtest.wait_until(lambda: self.state('main') == 'ok', what='meter ok again')
        # once that is answered it is forgotten for good
        self.device.fault('silent')
        self.call('meters/main', 'Meter.ForgetLearned', 'a{sv}', {})
        self.process.kill()
        with sqlite3.connect(os.path.join(self.process.state_dir, 'ohmnibus.db')) as database:
            rows = database.execute("SELECT facts FROM meters WHERE id = 'main'").fetchall()
        self.assertEqual(rows, [(None,)])

    def test_links(self):
        end = self.device.endpoints[0]
        text = f'[link]\ntransport = modbus-tcp\nhost = {end.host}\nport = {end.port}\n'
        self.assertEqual(self.call('', 'Manager.AddLink', 'ssa{sv}', 'gateway', text, {}),
                         (f'{PATH}/links/gateway',))
        self.assert_error(ERROR + 'Config', '', 'Manager.SetLink', 'ssa{sv}', 'gateway', '[link]\n', {})
        self.call('', 'Manager.SetLink', 'ssa{sv}', 'gateway', '# ours\n' + text, {})
        self.assertTrue(self.call('links/gateway', 'Link.GetConfig')[0].startswith('# ours'))
        self.add('on-link', '[meter]\ntype = janitza-common\nlink = gateway\nunit = 1\n')
        self.assertEqual(self.bus.get('links/gateway', 'Link.Meters'), ['on-link'])
        self.assert_error(ERROR + 'Busy', '', 'Manager.RemoveLink', 'sa{sv}', 'gateway', {})
        self.call('', 'Manager.RemoveMeter', 'sa{sv}', 'on-link', {})
        self.call('', 'Manager.RemoveLink', 'sa{sv}', 'gateway', {})
        self.assert_error('UnknownMethod', 'links/gateway', 'Link.GetConfig')

    def test_keys_of_the_daemon(self):
        keys, = self.call('', 'Manager.ExplainConfig', 's', '')
        self.assertTrue({'ohmd.conf', 'meter', 'place', 'link', 'modbus-tcp'} <= {k[0] for k in keys})
        self.assert_error(ERROR + 'NotFound', '', 'Manager.ExplainConfig', 's', 'colour')
        self.call('', 'Manager.SetConfig', 'a(sss)a(ss)a{sv}',
                  [('ohmd', 'time-zone', 'Europe/Berlin')], [], {})
        self.assertEqual(self.bus.get('', 'System.TimeZone'), 'Europe/Berlin')
        row = [r for r in self.call('', 'Manager.GetConfig')[0] if r[1] == 'time-zone'][0]
        self.assertEqual(row[2:4], ('Europe/Berlin', 'runtime'))
        self.assert_error(ERROR + 'Config', '', 'Manager.SetConfig', 'a(sss)a(ss)a{sv}',
                          [('ohmd', 'time-zoone', 'x')], [], {})
        self.call('', 'Manager.SetConfig', 'a(sss)a(ss)a{sv}', [], [('ohmd', 'time-zone')], {})

    def test_findings(self):
        self.assertEqual(self.call('', 'Manager.CheckConfig'), ([],))
        self.process.write('meters.d/wrong.meter', self.device.meter(unit=300))
        findings, = self.call('', 'Manager.Reload', 'a{sv}', {})
        self.assertEqual(len(findings), 1)
        self.assertTrue(findings[0][0].endswith('wrong.meter'))
        refused, = self.call('', 'Manager.GetRefused')
        self.assertEqual([row[:2] for row in refused], [('meter', 'wrong')])
        self.assertEqual(self.state('wrong'), 'misconfigured')
        self.assertEqual(self.call('', 'Manager.Rescan', 'a{sv}', {}), (0,))


class Places(DbusCase):
    def test_set_and_rename(self):
        self.call('places/main', 'Place.SetConfig', 'a{ss}asa{sv}', {'name': 'Street'}, [], {})
        self.assertEqual(self.bus.get('places/main', 'Place.Name'), 'Street')
        self.call('places/main', 'Place.Rename', 'sa{sv}', 'street-side', {})
        self.assertEqual(self.bus.get('places/street_2dside', 'Place.Name'), 'Street')
        self.assertEqual(self.bus.get('meters/main', 'Meter.Places'), ['street-side'])
        self.assert_error(ERROR + 'Config', 'places/street_2dside', 'Place.Rename', 'sa{sv}', 'A B', {})
        self.assert_error(ERROR, 'places/street_2dside', 'Place.Rename', 'sa{sv}', 'roof-2', {})

    def test_queries(self):
        now = GLib.get_real_time()
        self.call('places/main', 'Place.GetHistory', 'xxa{sv}', now - DAY_US, now, {})
        payload = GLib.Variant.new_from_bytes(
            GLib.VariantType(HISTORY), GLib.Bytes(self.bus.read_descriptor()), False).unpack()
        self.assertEqual(len(payload), 3)
        self.call('places/main', 'Place.GetTrend', 'xxa{sv}', now - DAY_US, now, {})
        os.close(self.bus.descriptors[0])
        self.call('places/main', 'Place.GetSlots', 'xxa{sv}', now - DAY_US, now, {})
        self.call('places/main', 'Place.GetRuns')
        for begin, end in ((now, now), (now, now - 1), (0, now), (-5, 5), (-2**63, 2**63 - 1)):
            for method in ('GetHistory', 'GetTrend', 'GetSlots'):
                self.assert_error(ERROR + 'Config', 'places/main', f'Place.{method}', 'xxa{sv}',
                                  begin, end, {})

    def test_many_queries_at_once(self):
        now = GLib.get_real_time()
        answers = []
        connection = self.bus.connection
        for _ in range(12):
            connection.call(
                NAME, f'{PATH}/places/main', f'{NAME}.Place', 'GetSlots',
                GLib.Variant('(xxa{sv})', (now - DAY_US, now, {})), None, 0, -1, None,
                lambda source, result: answers.append(source.call_finish(result)))
        ohmtest.wait_until(lambda: len(answers) == 12, what='all answers')

    def test_replace(self):
        self.assert_error(ERROR + 'NotFound', '', 'Manager.ReplaceMeter', 'sa{sv}', 'mian', {})
        self.assert_error(
            ERROR + 'Config', '', 'Manager.ReplaceMeter', 'sa{sv}', 'main',
            {'last': GLib.Variant('a{sv}', {'colour': GLib.Variant('x', 5)})})


class History(ohmtest.Scenario):
    """Three quarter hours and a gap."""

    def test_slots_come_with_differences(self):
        clock = ohmtest.TestClock(wall='2026-11-22T10:14:30Z')
        self.addCleanup(clock.stop)
        device = self.sim('janitza-common:load=constant', args=clock.args)
        text = device.meter(poll='5s') + '[place main]\ndirection = inverted\nfactor = 2\n'
        self.daemon({'meters.d/main.meter': text}, args=clock.args)
        clock.wait_for('ohmd')
        clock.advance_to('2026-11-22T10:30:30Z')
        device.fault('silent')
        clock.advance_to('2026-11-22T11:10:00Z')
        device.fault('silent', on=False)
        clock.advance_to('2026-11-22T11:30:30Z')
        end = ohmtest.clock.parse_time('2026-11-22T11:30:00Z')
        self.bus.call('places/main', 'Place.GetHistory', 'xxa{sv}', end - DAY_US, end, {})
        sets, slots, gaps = GLib.Variant.new_from_bytes(
            GLib.VariantType(HISTORY), GLib.Bytes(self.bus.read_descriptor()), False).unpack()
        names = [point[0] for point in sets[slots[0][7]]]
        i = names.index('energy-active-export.total')
        self.assertEqual([(slot[0] - end) // 900000000 for slot in slots], [-5, -4, -1, 0])
        self.assertEqual([slot[11][i] for slot in slots], [2, 1, 2, 1])
        # the only unit of a link: its silence is the link's as well
        self.assertEqual([gap[6] for gap in gaps], [2])
        self.assertIn(gaps[0][5], ('link-down', 'meter-silent'))
        self.assertEqual([row[2:] for row in self.bus.call(
            'places/main', 'Place.GetSlots', 'xxa{sv}', end - DAY_US, end, {})[0]],
            [('gateway-sampled', 2), (gaps[0][5], 2), ('gateway-sampled', 2)])
        runs, = self.bus.call('places/main', 'Place.GetRuns')
        self.assertEqual([(run[1], run[5]) for run in runs], [('main', 0)])
        self.assertEqual(self.bus.get('places/main', 'Place.LastSlot'), end)
        self.bus.call('places/main', 'Place.GetTrend', 'xxa{sv}', end - DAY_US, end, {})
        points, minutes = GLib.Variant.new_from_bytes(
            GLib.VariantType('(a(ss)a(xadadad))'), GLib.Bytes(self.bus.read_descriptor()),
            False).unpack()
        self.assertGreater(len(minutes), 10)
        self.assertIn(('power-active.total', 'W'), points)


class Dropped(ohmtest.Scenario):
    """What is dropped into a plugin directory, good and bad."""

    PROFILE = """[profile]
id = two-groups
name = Two groups
revision = 1
[limits]
functions = 3
[registers]
energy-active-import.total = 100 u32 slot live
g2.energy-active-import.total = 102 u32 slot live
voltage.l1-n = 110 f32
"""

    def setUp(self):
        super().setUp()
        self.dir = tempfile.mkdtemp(prefix='ohm-plugins-')
        self.addCleanup(shutil.rmtree, self.dir)

    def drop(self, name, text):
        with open(os.path.join(self.dir, name + '.new'), 'w', encoding='utf-8') as file:
            file.write(text)
        os.rename(os.path.join(self.dir, name + '.new'), os.path.join(self.dir, name))

    def start(self, *meters):
        return self.daemon({f'meters.d/{name}.meter': text for name, text in meters},
                           plugin_dirs=[ohmtest.paths.plugin_dir(), self.dir])

    def get_all(self, path, interface):
        return self.bus.call(path, 'org.freedesktop.DBus.Properties.GetAll', 's',
                             f'{NAME}.{interface}')[0]

    def test_groups_become_places_that_can_be_changed(self):
        self.drop('two-groups.profile', self.PROFILE)
        device = self.sim('two-groups', profile_dirs=[self.dir])
        off = device.meter(unit=2, enabled='false')
        daemon = self.start(('main', device.meter(poll='1s')), ('off', off + '[place ghost]\n'))
        ohmtest.wait_until(lambda: self.bus.get('meters/main', 'Meter.Places') == ['main', 'main-g2'],
                           what='two places')
        # the store would take this id, the files do not: nothing has changed
        with self.assertRaisesRegex(GLib.Error, ERROR + 'Config'):
            self.bus.call('places/main', 'Place.Rename', 'sa{sv}', 'ghost', {})
        self.assertEqual(sorted(self.bus.get('meters/main', 'Meter.Places')), ['main', 'main-g2'])
        self.bus.call('places/main_2dg2', 'Place.SetConfig', 'a{ss}asa{sv}', {'parent': 'main'}, [], {})
        self.bus.call('places/main_2dg2', 'Place.SetConfig', 'a{ss}asa{sv}', {'name': 'Roof'}, [], {})
        self.assertEqual(self.bus.get('places/main_2dg2', 'Place.Name'), 'Roof')
        self.assertEqual(sorted(self.bus.get('meters/main', 'Meter.Places')), ['main', 'main-g2'])
        self.bus.call('places/main', 'Place.Rename', 'sa{sv}', 'street', {})
        ohmtest.wait_until(
            lambda: sorted(self.bus.get('meters/main', 'Meter.Places')) == ['main-g2', 'street'],
            what='renamed place')
        self.assertEqual(self.bus.get('places/main_2dg2', 'Place.Source'), 'g2')
        self.assertEqual(self.bus.get('places/main_2dg2', 'Place.Parent'), 'street')
        daemon.stop()
        daemon.start()
        self.assertEqual(self.bus.get('places/street', 'Place.Meter'), 'main')
        self.assertEqual(self.bus.get('places/main_2dg2', 'Place.Name'), 'Roof')

    def test_profiles_come_and_are_refused(self):
        self.start()
        objects = self.bus.collect('org.freedesktop.DBus.ObjectManager', 'InterfacesAdded')
        self.drop('two-groups.profile', self.PROFILE)
        ohmtest.wait_until(lambda: any(values[0] == f'{PATH}/profiles/two_2dgroups'
                                       for _, _, values in objects), what='new profile')
        self.assertEqual(self.get_all('profiles/two_2dgroups', 'Profile')['State'], 'active')
        self.drop('two-groups.profile', self.PROFILE + 'colour = 5\n')
        ohmtest.wait_until(lambda: self.get_all('profiles/two_2dgroups', 'Profile')['CauseCode'],
                           what='refused change')
        profile = self.get_all('profiles/two_2dgroups', 'Profile')
        self.assertEqual((profile['State'], profile['Revision'], profile['CauseCode']),
                         ('active', 1, 'profile-refused'))
        self.drop('broken.profile', 'no profile')
        ohmtest.wait_until(lambda: len(self.bus.call('', 'Manager.GetRefused')[0]) == 2,
                           what='two refused files')
        self.assertEqual(self.get_all('profiles/broken', 'Profile')['State'], 'refused')
        os.unlink(os.path.join(self.dir, 'broken.profile'))
        ohmtest.wait_until(lambda: len(self.bus.call('', 'Manager.GetRefused')[0]) == 1,
                           what='one refused file')
        self.drop('hidden.profile', '')
        self.drop('two-groups.profile', self.PROFILE.replace('revision', 'family = none\nrevision'))
        ohmtest.wait_until(lambda: not self.bus.call('', 'Manager.GetRefused')[0], what='good files')
        causes = [(profile['State'], profile['CauseCode']) for profile in
                  (self.get_all(f'profiles/{name}', 'Profile') for name in ('hidden', 'two_2dgroups'))]
        self.assertEqual(causes, [('refused', 'profile-masked'), ('orphaned', 'family-missing')])

    def test_a_refused_plugin_is_listed(self):
        self.start()
        self.drop('broken.so', 'no plugin')
        ohmtest.wait_until(lambda: self.bus.call('', 'Manager.GetRefused')[0], what='refused plugin')
        plugin = self.get_all('plugins/broken', 'Plugin')
        self.assertEqual((plugin['State'], plugin['CauseCode'], plugin['Kinds']),
                         ('refused', 'plugin-refused', []))
        self.assertTrue(plugin['CauseArguments']['text'])
        self.assertEqual(self.bus.get('plugins/modbus_2dtcp', 'Plugin.State'), 'loaded')


class Exchange(ohmtest.Scenario):
    """The device at an address is another one (design 4.5)."""

    def test_nothing_is_recorded_until_the_owner_says_so(self):
        clock = ohmtest.TestClock(wall='2026-11-22T10:14:30Z')
        self.addCleanup(clock.stop)
        device = self.sim('umg96rm:serial=41000101', args=clock.args)
        port = device.endpoints[0].port
        self.daemon({'meters.d/main.meter': device.meter(poll='5s', serial='41000101')},
                    args=clock.args)
        clock.wait_for('ohmd')
        clock.advance_to('2026-11-22T10:16:00Z')
        self.assertEqual(self.bus.get('places/main', 'Place.State'), 'recording')
        device.control(f'{port} 1 set serial 41000102')
        self.bus.call('meters/main', 'Meter.Survey', 'a{sv}', {})
        clock.advance(60)
        self.assertEqual(self.bus.get('meters/main', 'Meter.State'), 'wrong-device')
        self.assertEqual(self.bus.get('meters/main', 'Meter.CauseCode'), 'wrong-device')
        self.assertEqual(self.bus.get('places/main', 'Place.State'), 'wrong-device')
        clock.advance_to('2026-11-22T10:32:00Z')
        # 10 GWh in a quarter of an hour
        options = {'last': GLib.Variant('a{sv}', {
            'energy-active-import.total': GLib.Variant('d', 1e9)})}
        with self.assertRaisesRegex(GLib.Error, 'Error.Config.*more than can'):
            self.bus.call('', 'Manager.ReplaceMeter', 'sa{sv}', 'main', options)
        self.bus.call('', 'Manager.ReplaceMeter', 'sa{sv}', 'main',
                      options | {'force': GLib.Variant('b', True)})
        clock.advance_to('2026-11-22T10:46:30Z')
        self.assertEqual(self.bus.get('meters/main', 'Meter.State'), 'ok')
        self.assertEqual(self.bus.get('meters/main', 'Meter.Serial'), '41000102')
        runs, = self.bus.call('places/main', 'Place.GetRuns')
        self.assertEqual([run[2] for run in runs], ['41000101', '41000102'])
        self.assertEqual(runs[0][7]['energy-active-import.total'], 1e9)
        end = ohmtest.clock.parse_time('2026-11-22T10:45:00Z')
        stretches, = self.bus.call('places/main', 'Place.GetSlots', 'xxa{sv}', end - DAY_US, end, {})
        self.assertEqual([row[2:] for row in stretches], [
            ('gateway-sampled', 1), ('wrong-device', 1), ('gateway-sampled', 1)])


class Jobs(DbusCase):
    def test_test_is_a_job(self):
        end = self.device.endpoints[0]
        path, = self.call('', 'Manager.Test', 'sa{sv}', f'{end.host}:{end.port}',
                          {'unit': GLib.Variant('u', 1)})
        ohmtest.wait_until(lambda: self.bus.get(path, 'Job.State') != 'running', what='end of the job')
        self.assertEqual(self.bus.get(path, 'Job.State'), 'done')
        self.assertEqual(self.bus.get(path, 'Job.Target'), f'{end.host}:{end.port}')
        result = self.bus.get(path, 'Job.Result')
        self.assertIn('janitza-common', [row[0] for row in result['candidates']])
        self.call(path, 'Job.Cancel', 'a{sv}', {})
        self.assertEqual(self.bus.get(path, 'Job.State'), 'done')
        self.assert_error(ERROR + 'Config', '', 'Manager.Test', 'sa{sv}', 'main',
                          {'unit': GLib.Variant('u', 256)})


class OpenBus:
    """A bus that other users reach too, and that can be ended and begun again at its address."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix='ohm-open-bus-')
        os.chmod(self.dir, 0o755)
        self.config = os.path.join(self.dir, 'bus.conf')
        self.address = f'unix:path={self.dir}/bus'
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(OPEN_BUS.format(path=os.path.join(self.dir, 'bus')))
        self.begin()

    def begin(self):
        self.process = Process(['dbus-daemon', f'--config-file={self.config}', '--nofork',
                                '--nopidfile', '--nosyslog', '--print-address=1'])
        self.process.wait_line('^unix:.*')

    def end(self):
        if self.process.status is None:
            self.process.kill()

    def remove(self):
        self.end()
        shutil.rmtree(self.dir, ignore_errors=True)

    def call(self, *arguments, uid=None):
        """gdbus as another user; returns its output, errors included."""
        switch = ['setpriv', f'--reuid={uid}', f'--regid={uid}', '--clear-groups'] if uid else []
        done = subprocess.run(
            [*switch, 'gdbus', 'call', '--address', self.address, '--dest', NAME,
             '--object-path', PATH, '--method', *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False)
        return done.stdout


class Others(ohmtest.Scenario):
    def setUp(self):
        super().setUp()
        self.open = OpenBus()
        self.addCleanup(self.open.remove)
        self.process = self.daemon(start=False)

    def start(self, *args, **env):
        self.process.env.update(env)
        argv = self.process.argv
        if args:
            self.process.argv = lambda: [a for a in argv() if not a.startswith('--bus-')] + list(args)
        else:
            self.process.bus = self.open
        self.process.start()

    @unittest.skipUnless(os.geteuid() == 0, 'only root can be somebody else')
    def test_a_private_bus_is_for_one_user(self):
        self.start()
        self.assertIn('()', self.open.call(f'{NAME}.Manager.GetRefused') + '()')
        for method in ('GetRefused', 'CheckConfig'):
            self.assertIn('AccessDenied', self.open.call(f'{NAME}.Manager.{method}', uid=65534))
        self.assertIn('AccessDenied', self.open.call(
            'org.freedesktop.DBus.Properties.Get', f'{NAME}.System', 'Version', uid=65534))
        self.assertIn('AccessDenied', self.open.call(
            'org.freedesktop.DBus.ObjectManager.GetManagedObjects', uid=65534))

    @unittest.skipUnless(os.geteuid() == 0, 'only root can be somebody else')
    def test_the_system_bus_asks_polkit(self):
        self.start('--system', DBUS_SYSTEM_BUS_ADDRESS=self.open.address)
        self.assertNotIn('AccessDenied', self.open.call(f'{NAME}.Manager.GetRefused'))
        answer = self.open.call(f'{NAME}.Manager.GetRefused', uid=65534)
        self.assertIn('AccessDenied', answer)
        self.assertIn('polkit', answer)

    def test_a_bus_that_comes_back(self):
        self.start()
        self.open.end()
        self.process.wait_log('the bus went away')
        self.open.begin()
        self.process.wait_log('on the bus again')
        self.assertNotIn('Error', self.open.call(f'{NAME}.Manager.GetRefused'))


if __name__ == '__main__':
    ohmtest.main()
