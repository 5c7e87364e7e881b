# SPDX-License-Identifier: LGPL-2.1-or-later
"""A daemon that is not there: publishes the interfaces as data/dbus declares them and answers from
fake_site.py. What is called is printed, one JSON line a call."""

import argparse
import json
import os
import sys

from gi.repository import Gio, GLib

import fake_site

NAME = 'org.ohmnibus.Ohmnibus1'
PATH = '/org/ohmnibus/Ohmnibus1'
ERROR = NAME + '.Error.'
TIER = NAME + '.Tier'
# for tests: what was printed before a mark was printed before it returned; a scenario begins anew
FAKE_XML = """<node><interface name="org.ohmnibus.Fake"><method name="Mark"/>
<method name="Begin"><arg type="s" direction="in"/></method></interface></node>"""
MANAGER_XML = """<node><interface name="org.freedesktop.DBus.ObjectManager">
<method name="GetManagedObjects"><arg type="a{oa{sa{sv}}}" direction="out"/></method>
<signal name="InterfacesAdded"><arg type="o"/><arg type="a{sa{sv}}"/></signal>
<signal name="InterfacesRemoved"><arg type="o"/><arg type="as"/></signal>
</interface></node>"""


class CallError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.name = code if '.' in code else ERROR + code


def escape(object_id):
    return ''.join(c if c.isalnum() and c.isascii() else f'_{ord(c):02x}' for c in object_id)


def load_interfaces(folder):
    found = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith('.xml'):
            with open(os.path.join(folder, name), encoding='utf-8') as file:
                for interface in Gio.DBusNodeInfo.new_for_xml(file.read()).interfaces:
                    found[interface.name.rpartition('.')[2]] = interface
    return found


class FakeDaemon:
    def __init__(self, connection, interfaces, options):
        self.connection = connection
        self.interfaces = interfaces
        self.options = options
        self.registered = {}  # path -> registration id, kind and id of an object
        self.timers = []
        self.begin(options.scenario)

    def begin(self, scenario):
        """Another site, as if this were another daemon."""
        for path in list(self.registered):
            self.withdraw(path)
        for timer in self.timers:
            if GLib.MainContext.default().find_source_by_id(timer) is not None:
                GLib.source_remove(timer)
        self.timers.clear()
        self.options.scenario = scenario
        self.is_surveyed = False  # in the scenario of that name, between two questions
        self.site = fake_site.Site(scenario)
        self.told = {}  # path -> values of an object, and what a client is told of them
        self.jobs = 0
        self.watches = 0
        self.asking = None  # job and uplink of a claim whose code nobody has read yet
        for kind, objects in self.site.objects.items():
            for object_id in objects:
                self.publish(kind, object_id)

    def run(self):
        manager = Gio.DBusNodeInfo.new_for_xml(MANAGER_XML).interfaces[0]
        self.connection.register_object(PATH, manager, self.on_managed, None, None)
        fake = Gio.DBusNodeInfo.new_for_xml(FAKE_XML).interfaces[0]
        self.connection.register_object(PATH, fake, self.on_fake, None, None)
        for interface in ('Manager', 'Alarm', 'Store', 'System'):
            self.register(PATH, interface)
        Gio.bus_own_name_on_connection(self.connection, NAME, Gio.BusNameOwnerFlags.DO_NOT_QUEUE,
                                       lambda *_: print('ready', flush=True),
                                       lambda *_: sys.exit('the name is taken'))
        GLib.MainLoop().run()

    # objects

    @staticmethod
    def path_of(kind, object_id):
        return f'{PATH}/{kind.lower()}s/{escape(object_id)}'

    def register(self, path, interface):
        return self.connection.register_object(
            path, self.interfaces[interface], self.on_call, self.on_get, None)

    def publish(self, kind, object_id):
        path = self.path_of(kind, object_id)
        self.registered[path] = self.register(path, kind), kind, object_id

    def withdraw(self, path):
        self.connection.unregister_object(self.registered.pop(path)[0])

    def later(self, milliseconds, function, *arguments):
        self.timers.append(GLib.timeout_add(milliseconds, function, *arguments))

    def tell(self, name, arguments):
        self.connection.emit_signal(None, PATH, 'org.freedesktop.DBus.ObjectManager', name, arguments)

    def find(self, path):
        if path not in self.registered:
            return None, None, self.site.root
        _, kind, object_id = self.registered[path]
        return kind, object_id, self.site.objects[kind][object_id]

    def properties(self, interface, values):
        """Those of the interface that the site knows; a missing one is a bug of the fake."""
        return {info.name: GLib.Variant(info.signature, value() if callable(value) else value)
                for info in self.interfaces[interface].properties
                for value in (values[info.name],)}

    def on_get(self, _connection, _sender, path, interface, name):
        _, _, values = self.find(path)
        if (interface, name) == (NAME + '.Job', 'State'):
            print('asked Job.State', flush=True)
        if name == 'UserCode' and self.asking and self.options.scenario != 'patient':
            self.later(20, self.end_claim, *self.asking)
            self.asking = None
        return self.properties(interface.rpartition('.')[2], values)[name]

    def managed(self, path, interfaces, values):
        """The entry of an object, made once as long as its values are the same."""
        known = self.told.get(path)
        if known is None or known[0] != values:
            properties = {f'{NAME}.{name}': self.properties(name, values) for name in interfaces}
            entry = GLib.Variant.new_dict_entry(GLib.Variant.new_object_path(path),
                                                GLib.Variant('a{sa{sv}}', properties))
            known = self.told[path] = (dict(values), entry)
        return known[1]

    def on_managed(self, _connection, _sender, _path, _interface, _method, _arguments, invocation):
        entries = [self.managed(path, (kind,), self.site.objects[kind][object_id])
                   for path, (_, kind, object_id) in self.registered.items()]
        root = {name: value() if callable(value) else value for name, value in self.site.root.items()}
        entries.append(self.managed(PATH, ('Alarm', 'Store', 'System'), root))
        objects = GLib.Variant.new_array(GLib.VariantType('{oa{sa{sv}}}'), entries)
        invocation.return_value(GLib.Variant.new_tuple(objects))

    def on_fake(self, _connection, _sender, _path, _interface, method, arguments, invocation):
        if method == 'Begin':
            self.begin(*arguments.unpack())
        else:
            print('mark', flush=True)
        invocation.return_value(None)

    def change(self, kind, object_id, **changed):
        """Changes properties and says so."""
        values = self.site.objects[kind][object_id]
        values.update(changed)
        known = self.properties(kind, values)
        self.connection.emit_signal(
            None, self.path_of(kind, object_id), 'org.freedesktop.DBus.Properties',
            'PropertiesChanged', GLib.Variant('(sa{sv}as)', (
                f'{NAME}.{kind}', {name: known[name] for name in changed}, [])))

    # calls

    def on_call(self, _connection, sender, path, interface, method, arguments, invocation):
        interface = interface.rpartition('.')[2]
        values = arguments.unpack()
        print(json.dumps({'call': f'{interface}.{method}', 'path': path[len(PATH) + 1:],
                          'arguments': values}), flush=True)
        kind, object_id, _ = self.find(path)
        try:
            self.check_tier(interface, method)
            function = getattr(self, f'{interface}_{method}'.lower())
            result = function(*values) if kind is None else function(object_id, *values)
            self.answer(interface, method, result, sender, invocation)
        except CallError as error:
            invocation.return_dbus_error(error.name, str(error))

    def check_tier(self, interface, method):
        info = self.interfaces[interface].lookup_method(method)
        tier = Gio.DBusAnnotationInfo.lookup(info.annotations, TIER)
        if self.options.scenario == 'denied' and tier != 'view':
            raise CallError('org.freedesktop.DBus.Error.AccessDenied', 'the administrator says no')

    def answer(self, interface, method, result, sender, invocation):
        info = self.interfaces[interface].lookup_method(method)
        signature = '(' + ''.join(arg.signature for arg in info.out_args) + ')'
        if result is None:
            result = ()
        elif not isinstance(result, tuple):
            result = (result,)
        if signature == '(h)':
            descriptor = os.memfd_create('payload')
            os.write(descriptor, result[0].get_data_as_bytes().get_data())
            fds = Gio.UnixFDList.new_from_array([descriptor])
            invocation.return_value_with_unix_fd_list(GLib.Variant('(h)', (0,)), fds)
            return
        invocation.return_value(GLib.Variant(signature, result))
        if method == 'Watch':
            self.send_readings(sender, result[0])

    def send_readings(self, sender, path):
        rows = [(i, *self.site.reading(i)) for i in self.site.objects['Meter']
                if self.site.reading(i)[0]]
        self.connection.emit_signal(sender, path, f'{NAME}.Manager', 'Readings',
                                    GLib.Variant('(a(ssxatayax))', (rows,)))
        if self.options.scenario == 'settling':
            self.later(50, self.settle, sender, path)
        elif self.options.scenario == 'lively':
            self.later(20, self.liven, sender, path)

    def settle(self, sender, path):
        """The last meter without values gets one, and then its state; another one fails."""
        self.change('Meter', 'pump', State='unreachable')
        self.site.wake('hall')
        rows = [('hall', *self.site.reading('hall'))]
        self.connection.emit_signal(sender, path, f'{NAME}.Manager', 'Readings',
                                    GLib.Variant('(a(ssxatayax))', (rows,)))
        self.later(50, self.change_late)

    def change_late(self):
        self.change('Meter', 'hall', State='ok')

    def liven(self, sender, path):
        self.change('Meter', 'lift', State='ok')
        rows = [('main', *self.site.reading('main'))]
        self.connection.emit_signal(sender, path, f'{NAME}.Manager', 'Readings',
                                    GLib.Variant('(a(ssxatayax))', (rows,)))

    # Manager

    def need(self, kind, object_id):
        if object_id not in self.site.objects[kind]:
            raise CallError('NotFound', f"no {kind.lower()} '{object_id}'")

    def manager_reload(self, _options):
        return (self.site.findings,)

    def manager_checkconfig(self):
        return (self.site.findings,)

    def manager_rescan(self, _options):
        return 2

    def manager_addmeters(self, meters, _options):
        for object_id, text in meters:
            if object_id in self.site.objects['Meter']:
                raise CallError('Exists', f"there is a meter '{object_id}' already")
            if 'refused' in text:
                raise CallError('Config', f'/run/{object_id}.meter:3: [meter] name: refused')
            if 'taken' in text:
                raise CallError('Exists', "place 'x' holds what another meter has recorded")
        return [self.add_meter(object_id, text) for object_id, text in meters]

    def add_meter(self, object_id, text):
        self.site.add_meter(object_id, text)
        self.publish('Meter', object_id)
        path = self.path_of('Meter', object_id)
        added = {f'{NAME}.Meter': self.properties('Meter', self.site.objects['Meter'][object_id])}
        self.tell('InterfacesAdded', GLib.Variant('(oa{sa{sv}})', (path, added)))
        return path

    def manager_renamemeter(self, object_id, new_id, _options):
        self.need('Meter', object_id)
        if new_id in self.site.objects['Meter']:
            raise CallError('Exists', f"there is a meter '{new_id}' already")
        return self.path_of('Meter', new_id)

    def manager_renameuplink(self, object_id, new_id, _options):
        self.need('Uplink', object_id)
        return self.path_of('Uplink', new_id)

    def manager_removemeter(self, object_id, options):
        self.need('Meter', object_id)
        if options.get('purge') and self.options.scenario == 'no-purge':
            raise CallError('NotSupported', 'history cannot be forgotten yet')
        self.withdraw(self.path_of('Meter', object_id))
        del self.site.objects['Meter'][object_id]
        self.tell('InterfacesRemoved', GLib.Variant('(oas)', (
            self.path_of('Meter', object_id), [f'{NAME}.Meter'])))

    def manager_replacemeter(self, object_id, _options):
        self.need('Meter', object_id)

    def manager_addlink(self, object_id, text, _options):
        if 'host' not in text:
            raise CallError('Config', f'{object_id}.link:1: [link] host: is missing')
        return self.path_of('Link', object_id)

    def manager_setlink(self, object_id, _text, _options):
        self.need('Link', object_id)

    def manager_removelink(self, object_id, _options):
        self.need('Link', object_id)

    def manager_adduplink(self, object_id, text, _options):
        if object_id in self.site.objects['Uplink']:
            raise CallError('Exists', f"there is a uplink '{object_id}' already")
        if 'plugin = clod' in text:
            raise CallError('Config', f"{object_id}.uplink:2: [uplink] plugin: no uplink 'clod'; "
                                      "did you mean 'cloud'?")
        claim = 'none' if 'auth = bearer' in text else 'unknown'
        self.site.objects['Uplink'][object_id] = fake_site.uplink(
            object_id, 'ok', Claim=claim, Secrets={'token': 'the token'} if claim == 'none' else {})
        self.publish('Uplink', object_id)
        return self.path_of('Uplink', object_id)

    def manager_removeuplink(self, object_id, _options):
        if object_id != 'fileless':
            self.need('Uplink', object_id)

    def manager_test(self, target, _options):
        self.jobs += 1
        number = str(100 + self.jobs)
        self.site.objects['Job'][number] = fake_site.new_job(number)
        self.publish('Job', number)
        self.later(30, self.advance, number, target)
        return self.path_of('Job', number)

    def advance(self, number, target):
        if self.site.objects['Job'][number]['Progress'] == 0:
            self.change('Job', number, Progress=0.5, MessageCode='asking',
                        MessageArguments={'address': target, 'unit': '1'})
            return target != 'slow.example'
        self.change('Job', number, **fake_site.end_of_job(target))
        return False

    def manager_getconfig(self):
        return (fake_site.DAEMON_CONFIG,)

    def manager_setconfig(self, _set, _unset, _options):
        return None

    def manager_explainconfig(self, scope):
        # keys of an uplink plugin are told to who names it
        rows = [row for row in fake_site.SPECS if scope == row[0] or (scope == '' and row[0] != 'cloud')]
        if not rows:
            raise CallError('NotFound', f"no keys are known of '{scope}'")
        return (rows,)

    def manager_getrefused(self):
        return (self.site.refused,)

    def manager_getpointset(self, set_id):
        is_surveyed = self.options.scenario == 'surveyed' and not self.is_surveyed
        self.is_surveyed |= is_surveyed
        if set_id not in fake_site.POINT_SETS or is_surveyed:
            raise CallError('NotFound', f"no point set '{set_id}'")
        return (fake_site.POINT_SETS[set_id],)

    def manager_watch(self, meters, _min_ms, _options):
        for object_id in meters:
            self.need('Meter', object_id)
        self.watches += 1
        return f'{PATH}/watches/{self.watches}'

    # Meter

    def meter_getreading(self, object_id, _options):
        return self.site.reading(object_id)

    def meter_read(self, object_id, _options):
        if not self.site.reading(object_id)[0] or object_id == 'lift':
            raise CallError('Timeout', 'no answer came in time')
        return self.site.reading(object_id)

    def meter_getplan(self, object_id, _options):
        if object_id not in fake_site.PLANS:
            raise CallError('Busy', f"meter '{object_id}' is not surveyed yet")
        return fake_site.PLANS[object_id]

    def meter_getconfig(self, object_id):
        meter = self.site.objects['Meter'][object_id]
        return self.site.texts[object_id], meter['File'], meter['Layer']

    def meter_setconfig(self, _object_id, values, _unset, _options):
        for _group, key, _value in values:
            if key == 'polll':
                raise CallError('Config', "main.meter: [meter] polll: no such key; did you mean 'poll'?")

    def meter_setenabled(self, _object_id, _enabled, _options):
        return None

    def meter_survey(self, _object_id, _options):
        return None

    def meter_forgetlearned(self, _object_id, _options):
        return None

    def meter_getclock(self, object_id, _options):
        return fake_site.clock(object_id)

    def meter_checkclock(self, object_id, _options):
        if object_id not in fake_site.CLOCKS:
            raise CallError('NotSupported', f"meter '{object_id}': no clock is known of its type or variant")
        return 185_200_000, 185_200_000, 30_000

    def meter_setclock(self, object_id, _options):
        if object_id != 'main':
            raise CallError('NotSupported',
                            f"meter '{object_id}': no register is documented that would set its clock")
        return 185_200_000, -20_000, 30_000

    # Uplink

    def uplink_setconfig(self, _object_id, _values, _unset, _options):
        return None

    def uplink_listdeadletters(self, object_id, after, _max, _options):
        return ([row for row in fake_site.DEAD if row[0] > after] if object_id == 'lake' else [],)

    def uplink_sendnow(self, _object_id, _options):
        return None

    def uplink_confirm(self, _object_id, _from_start, _options):
        return None

    def uplink_setsecret(self, _object_id, _name, _secret, _options):
        if self.options.scenario == 'no-secrets':
            raise CallError('Secret', 'secrets cannot be kept here')

    def uplink_unlink(self, _object_id, _options):
        return None

    def start_job(self, kind, function, *arguments):
        self.jobs += 1
        number = str(100 + self.jobs)
        self.site.objects['Job'][number] = {**fake_site.new_job(number), 'Kind': kind}
        self.publish('Job', number)
        self.later(30, function, number, *arguments)
        return self.path_of('Job', number)

    def meter_find(self, object_id, _options):
        return self.start_job('find', self.end_find, object_id)

    def end_find(self, number, object_id):
        self.change('Job', number, State='done', Progress=1.0, MessageCode='meter-found',
                    MessageArguments={'meter': object_id, 'serial': '41000017', 'unit': '9',
                                      'address': '192.0.2.10:502', 'tried': '8'},
                    Result={'unit': GLib.Variant('y', 9)})
        return False

    def uplink_resend(self, object_id, _from_us, _to_us, _options):
        return self.start_job('resend', self.end_resend, object_id)

    def end_resend(self, number, object_id):
        if object_id == 'lake':
            self.change('Job', number, State='done', Progress=1.0, MessageCode='uplink-resent',
                        MessageArguments={'records': '42'}, Result={'records': GLib.Variant('t', 42)})
        else:
            self.change('Job', number, State='done', Progress=1.0, MessageCode='uplink-resent-partly',
                        MessageArguments={'records': '0', 'refused': '4', 'text': 'too old'},
                        Result={'records': GLib.Variant('t', 0), 'refused': GLib.Variant('t', 4)})
        return False

    def uplink_claim(self, object_id, _options):
        if self.site.objects['Uplink'][object_id]['Claim'] == 'claimed':
            raise CallError('Exists', f"uplink '{object_id}' is linked already")
        return self.start_job('claim', self.ask_user, object_id)

    def ask_user(self, number, object_id):
        self.change('Uplink', object_id, **fake_site.PROMPT,
                    ClaimExpires=fake_site.now() + 300 * fake_site.SECOND)
        if self.options.scenario == 'patient':  # and it has just sent something
            self.change('Uplink', object_id, Pending=1, Requests=1, Points=1, EngineText='WDJB-MJHT')
        self.change('Job', number, MessageCode='uplink-claim-waiting',
                    MessageArguments=fake_site.PROMPT['CauseArguments'])
        self.asking = number, object_id
        return False

    def end_claim(self, number, object_id):
        self.change('Uplink', object_id, **fake_site.NO_PROMPT)
        if self.options.scenario == 'stopping':
            self.change('Job', number, State='cancelled', Progress=1.0, MessageCode='stopping')
        elif self.options.scenario == 'unwilling':
            self.change('Job', number, State='failed', Progress=1.0, MessageCode='failed',
                        MessageArguments={'text': 'the account said no'})
        else:
            self.change('Uplink', object_id, State='ok', Claim='claimed', Account='joe@example.org',
                        CauseCode='', CauseArguments={})
            self.change('Job', number, State='done', Progress=1.0, MessageCode='uplink-claimed',
                        MessageArguments={'account': 'joe@example.org'},
                        Result={'account': GLib.Variant('s', 'joe@example.org')})
        return False

    # others

    def place_gethistory(self, object_id, from_us, to_us, _options):
        return fake_site.history(object_id, from_us, to_us)

    def place_getslots(self, _object_id, _from_us, _to_us, _options):
        return (fake_site.STRETCHES,)

    def place_getruns(self, object_id):
        return (fake_site.RUNS.get(object_id, []),)

    def place_setconfig(self, _object_id, _values, _unset, _options):
        return None

    def place_rename(self, _object_id, _new_id, _options):
        return None

    def link_getstatistics(self, object_id, _options):
        # one of them cannot carry what its meters ask for
        load = 1.34 if object_id == '192.0.2.11:502' else 0.134
        return ({**fake_site.LINK_STATISTICS, 'planned_load': GLib.Variant('d', load)},)

    def link_getunits(self, _object_id, _options):
        return (self.site.units(),)

    def link_getconfig(self, object_id):
        return self.site.texts.get(object_id, ''), self.site.objects['Link'][object_id]['File'], ''

    def link_reconnect(self, _object_id, _options):
        return None

    def profile_gettext(self, object_id):
        if object_id not in self.site.texts:
            raise CallError('NotFound', 'it has no file')
        return self.site.texts[object_id]

    def job_cancel(self, object_id, _options):
        self.change('Job', object_id, State='cancelled')

    def alarm_getalarms(self, options):
        return ([a for a in self.site.alarms if a[5] == 0 or options.get('ended')],)

    def store_getevents(self, from_us, to_us, options):
        """Two at a time, so that whoever wants more has to go on."""
        about = options.get('about')
        found = [row for row in self.site.events
                 if from_us < row[1] and (to_us == 0 or row[1] <= to_us)
                 and row[0] < options.get('before', sys.maxsize)
                 and about in (None, row[2], row[2].rpartition('/')[2])
                 and options.get('code') in (None, row[3])]
        shown = found[-min(options.get('limit', 100), 2):]
        return shown, len(shown) < len(found)

    def store_getstatistics(self, _options):
        return (fake_site.STORE_STATISTICS,)

    def system_getstatistics(self, _options):
        return (fake_site.SYSTEM_STATISTICS,)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--bus-address', required=True)
    parser.add_argument('--scenario', default='usual')
    options = parser.parse_args()
    flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
             | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
    connection = Gio.DBusConnection.new_for_address_sync(options.bus_address, flags, None, None)
    folder = os.path.join(os.environ['OHM_SOURCE_DIR'], 'data', 'dbus')
    FakeDaemon(connection, load_interfaces(folder), options).run()


if __name__ == '__main__':
    main()
