# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the daemon that is not there looks after: five meters in every kind of trouble."""

import struct
import time

from gi.repository import GLib

NAN = float('nan')
SECOND = 1000000
HOUR = 3600 * SECOND
SLOT = 900 * SECOND
# 2026-11-22 00:00 UTC; history and alarms are at fixed times
DAY = 1795305600 * SECOND
NONE, GOOD, MISSING, SUSPECT = range(4)


def now():
    return int(time.time() * SECOND)


def bits(value, is_integer):
    return struct.unpack('<Q', struct.pack('<q' if is_integer else '<d', value))[0]


# Point sets

MAIN_POINTS = [  # name, unit, kind, OBIS, is integer, value, quality, seconds ago
    ('voltage.l1-n', 'V', 'gauge', '1-0:32.7.0', False, 230.10000610351562, GOOD, 2),
    ('voltage.l2-n', 'V', 'gauge', '1-0:52.7.0', False, 229.8, SUSPECT, 2),
    ('current.l1', 'A', 'gauge', '1-0:31.7.0', False, 19.1, GOOD, 2),
    ('current.n', 'A', 'gauge', '', False, NAN, MISSING, 2),
    ('power-active.total', 'W', 'gauge', '1-0:16.7.0', False, 4321.5, GOOD, 2),
    ('cos-phi.total', '', 'gauge', '', False, 0.985, GOOD, 2),
    ('frequency', 'Hz', 'gauge', '1-0:14.7.0', False, 49.98, GOOD, 2),
    ('rotation', '', 'state', '', False, 1.0, GOOD, 2),
    ('in1.input-state', '', 'state', '', True, 0, GOOD, 400),
    ('energy-active-import.total', 'Wh', 'counter', '1-0:1.8.0', True, 9007199254740993, GOOD, 40),
    ('energy-active-export.total', 'Wh', 'counter', '1-0:2.8.0', True, 12, GOOD, 40),
    ('energy-reactive.total', 'varh', 'balance', '', False, -1500.25, GOOD, 40),
    ('temperature', 'degC', 'gauge', '', False, 0.0, NONE, 0),
]
HALL_POINTS = [
    ('g2.power-active.total', 'W', 'gauge', '', False, -12.0, GOOD, 1),
    ('m1g2.power-active.total', 'W', 'gauge', '', False, 1234567.0, GOOD, 1),
    ('m1g2.voltage.l1-l2', 'V', 'gauge', '', False, 400.3, GOOD, 1),
    ('m1g2.current.l1', 'A', 'gauge', '', False, 1850.4, GOOD, 1),
    ('in3.pulse-count', '', 'counter', '', True, 77, GOOD, 1),
]
# as a profile may have them: what people see has one order
RECORD_POINTS = [
    ('energy-active-export.total', 'Wh', 'counter', '1-0:2.8.0', True),
    ('energy-active-import.total', 'Wh', 'counter', '1-0:1.8.0', True),
    ('energy-reactive.total', 'varh', 'balance', '', False),
]
POINT_SETS = {
    '00000000000000aa': [row[:5] for row in MAIN_POINTS],
    '00000000000000bb': [row[:5] for row in HALL_POINTS],
    '00000000000000cc': [('in3.pulse-count', '', 'counter', '', True),
                         ('m1g2.energy-active-import.total', 'Wh', 'counter', '1-0:1.8.0', True)],
}


def reading(set_id, rows, older=0):
    top = now() - older - min(row[7] for row in rows if row[7]) * SECOND
    offset = now() - older
    return (set_id, top, [bits(row[5], row[4]) for row in rows], [row[6] for row in rows],
            [offset - row[7] * SECOND if row[7] else 0 for row in rows])


EMPTY = ('', 0, [], [], [])

PLANS = {
    'main': (
        [('live', 3, 19000, 122, 265, 450, 58), ('slow', 0, 5336, 34, 89, 1250000, 3)],
        {'requests_per_second': GLib.Variant('d', 1.016667), 'gap_max': GLib.Variant('u', 125),
         'learned_times': GLib.Variant('ax', [0, DAY]),
         'slow_points': GLib.Variant('as', [row[0] for row in MAIN_POINTS if row[7] > 10]),
         'bytes_per_second': GLib.Variant('d', 266.5), 'link_share': GLib.Variant('d', 0.0123)},
        [(row[0], 3, 19000 + 2 * i, 2, 'f32', row[1], 1.0 if i else 0.001,
          'slow slot' if row[7] > 10 else 'live') for i, row in enumerate(MAIN_POINTS)],
        ['registers 19200..19201: illegal data address']),
}

LINK_STATISTICS = {
    'requests': GLib.Variant('t', 4200), 'replies': GLib.Variant('t', 4190),
    'timeouts': GLib.Variant('t', 10), 'late': GLib.Variant('t', 1), 'broken': GLib.Variant('t', 0),
    'connects': GLib.Variant('t', 2), 'bytes_out': GLib.Variant('t', 50400),
    'bytes_in': GLib.Variant('t', 1234567), 'missed_polls': GLib.Variant('t', 0),
    'load': GLib.Variant('d', 0.0523), 'planned_load': GLib.Variant('d', 0.134),
}
STORE_STATISTICS = {
    'size_bytes': GLib.Variant('x', 12345678), 'limit_bytes': GLib.Variant('x', 2000000000),
    'last_seq': GLib.Variant('x', 9007199254740993), 'newest_us': GLib.Variant('x', DAY + 10 * HOUR),
}
SYSTEM_STATISTICS = {
    'cpu_us': GLib.Variant('x', 36180000), 'rss_bytes': GLib.Variant('t', 11534336),
    'values': GLib.Variant('t', 18446744073709551615),
    'bus': GLib.Variant('a(sstt)', [('reading', 'trend', 42, 17)]),
}
DAEMON_CONFIG = [
    ('ohmd', 'time-zone', 'Europe/Berlin', 'site', '/etc/ohmnibus/ohmd.conf'),
    ('ohmd', 'slot-window', '60s', 'default', ''),
]
SPECS = [  # scope, group, key, type, min, max, default, choices, help, required
    ('ohmd.conf', 'ohmd', 'slot-window', 'duration', SECOND, 300 * SECOND, '60s', '',
     'How long after a quarter hour its counters may still be read.', False),
    ('meter', 'meter', 'name', 'string', 0, 255, '', '', 'Name for people.', False),
    ('meter', 'meter', 'type', 'string', 0, 63, 'auto', '', 'Id of the type.', False),
    ('meter', 'meter', 'transport', 'string', 0, 63, '', '', 'Id of the transport.', False),
    ('meter', 'meter', 'link', 'string', 0, 63, '', '', 'A configured link.', False),
    ('meter', 'meter', 'unit', 'integer', 0, 255, '', '', 'Unit id.', False),
    ('meter', 'meter', 'poll', 'duration', 100000, 86400 * SECOND, '5s', '',
     'Period of live values. Quarter hours are read at their boundaries whatever it is.', False),
    ('meter', 'meter', 'serial', 'string', 0, 63, '', '', 'Serial that must answer.', False),
    ('place', 'place ID', 'name', 'string', 0, 255, '', '', 'Name for people.', False),
    ('place', 'place ID', 'source', 'string', 0, 31, '', '', 'Group or input.', False),
    ('place', 'place ID', 'parent', 'string', 0, 63, '', '', 'Place above.', False),
    ('place', 'place ID', 'medium', 'string', 0, 31, 'electricity', '', 'What it is.', False),
    ('place', 'place ID', 'direction', 'choice', 0, 0, 'normal', 'normal|inverted',
     'Whether import and export are swapped.', False),
    ('place', 'place ID', 'factor', 'real', 0, 0, '1', '', 'Factor.', False),
    ('uplink', 'uplink', 'plugin', 'string', 0, 63, '', '', 'The plugin.', True),
    ('uplink', 'uplink', 'enabled', 'boolean', 0, 0, 'true', '', 'Whether it runs.', False),
    ('cloud', 'cloud', 'url', 'string', 0, 0, '', '', 'Where it is.', True),
    ('modbus-tcp', 'meter', 'host', 'host', 0, 0, '', '', 'Name or address.', True),
    ('modbus-tcp', 'meter', 'port', 'integer', 1, 65535, '502', '', 'TCP port.', False),
    ('modbus-rtu', 'meter', 'device', 'string', 0, 255, '', '', 'Serial line.', True),
]


# History of the place 'main': two good slots, a gap, a slot after it

def record(end, late, seq, value, delta, **more):
    counters = [bits(12, True), bits(value, True), bits(-3.5, False)]
    deltas = [bits(0, True), bits(delta or 0, True), bits(-0.5, False)]
    good = more.get('quality', GOOD)
    qualities = [GOOD, good, MISSING if seq == 2 else GOOD]
    return (end, end + late, 1, seq, more.get('origin', 'gateway-sampled'), more.get('flags', 0), 1,
            'records', counters, qualities, deltas, [GOOD if delta is not None else MISSING] * 3)


def history(place, from_us, to_us):
    first = DAY + 9 * HOUR
    slots = [record(first, 412000, 1, 9007199254740993, None),
             record(first + SLOT, 0, 2, 9007199254740993 + 1032, 1032),
             record(first + 5 * SLOT, 123456, 4, 9007199254740993 + 5000, None, flags=2),
             record(first + 6 * SLOT, 0, 5, 9007199254740993 + 5100, 100, flags=1,
                    origin='imported', quality=SUSPECT)]
    gaps = [(first + SLOT, first + 4 * SLOT, first + 5 * SLOT, 1, 3, 'link-down', 3, 'records',
             [bits(0, True), bits(3968, True), bits(NAN, False)], [GOOD, GOOD, MISSING]),
            (first + 6 * SLOT, first + 7 * SLOT, 0, 1, 6, 'meter-silent', 1, 'records', [], [])]
    if place != 'main':
        slots, gaps = [], []
    slots = [s for s in slots if from_us < s[0] <= to_us]
    gaps = [g for g in gaps if g[1] > from_us and g[0] < to_us]
    return GLib.Variant('(a{sa(ssssb)}a(xxxxsuusatayatay)a(xxxxxsusatay))',
                        ({'records': RECORD_POINTS}, slots, gaps))


STRETCHES = [
    (DAY + 9 * HOUR, DAY + 9 * HOUR + 2 * SLOT, 'gateway-sampled', 2),
    (DAY + 9 * HOUR + 2 * SLOT, DAY + 9 * HOUR + 5 * SLOT, 'link-down', 3),
    (DAY + 9 * HOUR + 5 * SLOT, DAY + 9 * HOUR + 6 * SLOT, 'open', 1),
]
# Clocks by meter: what is known of it, then checks: seconds ago, offset and uncertainty in seconds,
# what it showed, whether it was set just before, whether our own clock was unsure
CLOCKS = {
    'main': ({'state': ('s', 'off'), 'settable': ('b', True), 'zone': ('s', 'utc'),
              'resolution_us': ('x', SECOND), 'drift_per_day': ('d', 0.4123)},
             [(172800, 0, 0.03, 'utc', True, False), (86400, 180.1, 0.03, 'utc', False, True),
              (7205, 185.2, 0.03, 'utc', False, False)]),
    'lift': ({'state': ('s', 'failed'), 'settable': ('b', False), 'zone': ('s', 'unknown'),
              'resolution_us': ('x', SECOND), 'cause_code': ('s', 'clock-no-time'),
              'cause_arguments': ('a{ss}', {})}, []),
}


def clock(meter):
    known, checks = CLOCKS.get(meter, ({'state': ('s', 'none'), 'settable': ('b', False)}, []))
    values = {key: GLib.Variant(*value) for key, value in known.items()}
    return ({**values, 'limit_us': GLib.Variant('x', 30 * SECOND)},
            [(now() - ago * SECOND, round(offset * SECOND), round(uncertainty * SECOND), *rest)
             for ago, offset, uncertainty, *rest in checks])


RUNS = {'main': [
    (1, 'main', '41000017', '', DAY - 240 * HOUR, DAY - 24 * HOUR,
     {'energy-active-import.total': GLib.Variant('x', 9007199254740000)},
     {'energy-active-import.total': GLib.Variant('x', 9007199254740993)}),
    (2, 'main', '', '', DAY - 24 * HOUR, 0, {'energy-active-import.total': GLib.Variant('d', 0.5)}, {}),
], 'hall-m1g2': [
    (3, 'old-hall', '41000018', 'm1g2', DAY - 48 * HOUR, DAY - 24 * HOUR, {},
     {'m1g2.energy-active-import.total': GLib.Variant('x', 5021000)}),
    (4, 'hall', '41000019', 'm1g2', DAY - 24 * HOUR, 0,
     {'m1g2.energy-active-import.total': GLib.Variant('d', 0.0)}, {}),
]}


# Jobs

def new_job(number):
    return {'Id': number, 'Kind': 'test', 'Target': '192.0.2.7', 'State': 'running', 'Progress': 0.0,
            'MessageCode': '', 'MessageArguments': {}, 'Started': DAY + 10 * HOUR, 'Result': {}}


CANDIDATES = [('umg96rm', 'Janitza UMG 96RM', 100, ['41000001 at 754', '5222499 at 769']),
              ('janitza-common', 'Janitza, common register block', 40, ['50.01 at 19050'])]


def end_of_job(target):
    """What becomes of a test: by the name of the target."""
    found = {'address': GLib.Variant('s', target), 'unit': GLib.Variant('y', 1),
             'connect-us': GLib.Variant('x', 1220)}
    answered = {**found, 'latency-us': GLib.Variant('x', 12345),
                'facts': GLib.Variant('a{ss}', {'serial': '41000001', 'evil': '\033[31mred'}),
                'values': GLib.Variant('a(sdsy)', [('voltage.l1-n', 230.1, 'V', 1),
                                                   ('current.n', NAN, 'A', 2)])}
    if target in ('dead.example', '192.0.2.99'):
        return {'State': 'failed', 'Progress': 1.0, 'Result': found, 'MessageCode': 'no-answer',
                'MessageArguments': {'peer': target}}
    if target == 'strange.example':
        return {'State': 'done', 'Progress': 1.0, 'MessageCode': 'no-type-fits',
                'MessageArguments': {'address': target},
                'Result': {**answered, 'candidates': GLib.Variant('a(ssuas)', [])}}
    if '.' not in target and target not in ('main', 'lift'):
        return {'State': 'failed', 'Progress': 1.0, 'Result': {}, 'MessageCode': 'host-unknown',
                'MessageArguments': {'host': target}}
    return {'State': 'done', 'Progress': 1.0, 'MessageCode': 'identified',
            'MessageArguments': {'type': 'umg96rm', 'name': 'Janitza UMG 96RM'},
            'Result': {**answered, 'candidates': GLib.Variant('a(ssuas)', CANDIDATES)}}


# Objects

def meter(object_id, state, minutes, cause=('', {}), **more):
    return {'Id': object_id, 'Name': object_id, 'Type': 'umg96rm', 'ProfileRevision': 1,
            'Link': '192.0.2.10:502', 'Unit': 1, 'Places': [object_id], 'PointSet': '',
            'PollPeriod': 5 * SECOND, 'Enabled': True, 'Identity': 'serial', 'Serial': '', 'Facts': {}, 'UnconfirmedFacts': [],
            'File': f'/etc/ohmnibus/meters.d/{object_id}.meter', 'Layer': 'site', 'State': state,
            'Since': now() - (minutes * 60 + 5) * SECOND, 'CauseCode': cause[0],
            'CauseArguments': cause[1], 'NextAttempt': 0, **more}


def place(object_id, state, **more):
    return {'Id': object_id, 'Name': object_id, 'Meter': object_id, 'Source': '',
            'Medium': 'electricity', 'Parent': '', 'Direction': 'normal', 'Factor': 1.0,
            'LastSlot': DAY + 10 * HOUR, 'State': state, **more}


def link(object_id, state, meters, **more):
    return {'Id': object_id, 'Transport': 'modbus-tcp', 'Address': object_id, 'Meters': meters,
            'File': '', 'State': state, 'Since': now() - 3 * HOUR - 5 * SECOND, 'CauseCode': '',
            'CauseArguments': {}, 'NextAttempt': 0, **more}


def uplink(object_id, state, **more):
    return {'Id': object_id, 'Name': object_id, 'Plugin': 'cloud',
            'File': f'/etc/ohmnibus/uplinks.d/{object_id}.uplink',
            'Gateway': '4f6e2c1a-9d1b-4c7e-8f3a-2b5d7e9c0a11', 'State': state,
            'Since': now() - 3 * HOUR - 5 * SECOND, 'CauseCode': '', 'CauseArguments': {},
            'EngineText': '', 'NextAttempt': 0, 'DeliveredUpTo': DAY + 10 * HOUR,
            'LastSuccess': now() - 600 * SECOND - 5 * SECOND, 'Pending': 0, 'PendingBytes': 0,
            'Room': 412 * 24 * HOUR + HOUR, 'Held': 0, 'Future': 0, 'Dead': 0, 'Unlisted': 0,
            'Rejected': 0, 'TooOld': 0, 'Requests': 96, 'Points': 5760,
            'Bytes': 31744, 'NewDestination': False, 'Claim': 'none', 'Account': '', 'UserCode': '',
            'VerificationUri': '', 'VerificationUriComplete': '', 'ClaimExpires': 0, 'Secrets': {},
            **more}


def usual_uplinks():
    return {
        'cloud': uplink('cloud', 'ok', Name='Energy cloud', Claim='claimed',
                        Account='jane@example.org'),
        'lake': uplink('lake', 'retrying', Plugin='mqtt', CauseCode='uplink-failed',
                       Pending=1234,
                       PendingBytes=40960, Held=1, Future=4, Dead=2, Rejected=3, TooOld=2880,
                       EngineText='no \033[31mway',
                       NextAttempt=now() + 40 * SECOND + 500000,
                       Secrets={'password': 'Of the broker.', 'token': 'Instead of it.'}),
        'new': uplink('new', 'unclaimed', CauseCode='uplink-unclaimed', Claim='unclaimed',
                      DeliveredUpTo=0, LastSuccess=0, Pending=42, Room=-1, Requests=0, Points=0,
                      Bytes=0),
    }


PROMPT = {'State': 'waiting-user', 'UserCode': 'WDJB-MJHT', 'VerificationUri': 'https://id.example.org/device',
          'VerificationUriComplete': 'https://id.example.org/device?user_code=WDJB-MJHT',
          'CauseCode': 'uplink-claim-waiting',
          'CauseArguments': {'code': 'WDJB-MJHT', 'uri': 'https://id.example.org/device'}}
NO_PROMPT = {'UserCode': '', 'VerificationUri': '', 'VerificationUriComplete': '', 'ClaimExpires': 0}
EVENTS = [(3, DAY + HOUR, 'clock', 'clock-stepped', {'step': '+3.200 s'}),
          (4, DAY + 2 * HOUR, 'places/main', 'counter-reset', {'point': 'energy-active-import.total'}),
          (5, DAY + 2 * HOUR + SLOT, 'places/hall-m1g2', 'history-differs',
           {'point': 'energy-active-import.total', 'slot': '2026-11-22T01:00:00Z', 'sampled': '133456784',
            'told': '133456790'}),
          (9, DAY + 3 * HOUR, 'uplinks/lake', 'uplink-too-old', {'n': '2880'}),
          (10, DAY + 4 * HOUR, 'uplinks/lake', 'uplink-partly',
           {'n': '3', 'text': 'out of \033[31morder'}),
          (11, DAY + 5 * HOUR, 'meters/main', 'clock-set', {'offset': '+185.200 s'})]
DEAD = [(4711, 'main', DAY + 9 * HOUR, False, 1, DAY + 10 * HOUR, 400, 'too \033[31mold'),
        (4712, 'hall-m1g2', DAY + 9 * HOUR + SLOT, True, 3, DAY + 10 * HOUR, 0, '')]


def plugin(object_id, state, **more):
    return {'Id': object_id, 'Summary': f'The plugin {object_id}', 'Version': '0.1.0',
            'License': 'LGPL-2.1-or-later', 'File': f'/usr/lib/ohmnibus/plugins-1/{object_id}.so',
            'Kinds': ['meter'], 'Types': ['OhmThing'], 'State': state, 'CauseCode': '',
            'CauseArguments': {}, **more}


# A row of each kind that `profile show` has to tell apart.
PROFILE = """[profile]
id = umg801
name = UMG 801
revision = 1
[facts]
serial = 4174 u64
product = 4170 u64 unconfirmed
input-unit = 440+16*i text16
[repeat]
count = 3
[identify]
old = 4132 text32 ~"1.*" score=40
new = 4132 text32 ~"2.*" score=40
product = 4170 u64 1..9 score=20
[registers]
voltage.l1-n = 19000 f32
energy-active-import.total = 5352 i32 words=low-first *100 slow slot | 19068 f32 fn=4 unconfirmed
rotation = 7 u16 bits=0-1 bytes=swapped slow
in{i+1}.pulse-value = 2090+4*i f64 unit=@input-unit slow
[clock]
read = 4 epoch32
[write]
clock = 4 2 1577836800..2147483647
"""


def profile(object_id, state, **more):
    return {'Id': object_id, 'Name': f'Type {object_id}', 'Revision': 1, 'Family': '', 'Parent': '',
            'Source': 'a manual', 'File': f'/usr/share/ohmnibus/profiles/{object_id}.profile',
            'Meters': 0, 'State': state, 'CauseCode': '', 'CauseArguments': {}, **more}


def usual_meters():
    return {
        'main': meter('main', 'ok', 200, Name='Main incomer', PointSet='00000000000000aa',
                      Serial='41000017', Facts={'serial': '41000017', 'firmware': '1.42',
                                                'choice.x': '1', 'model': 'UMG 96RM-E'},
                      UnconfirmedFacts=['firmware']),
        'lift': meter('lift', 'silent', 12, ('timeout', {'unit': '7'}), Unit=7, Name='Lift, north',
                      PointSet='00000000000000aa', NextAttempt=now() + 40 * SECOND + 500000),
        'pump': meter('pump', 'unreachable', 3, ('no-route', {'peer': '192.0.2.11:502'}),
                      Link='192.0.2.11:502', Identity='unknown'),
        'hall': meter('hall', 'partial', 1,
                      ('partial', {'points': 'm1g2.current.n', 'exception': '4'}), Type='umg801',
                      PointSet='00000000000000bb', Places=['hall-m1g2', 'hall'], Layer='runtime',
                      Identity='unprovable'),
        'sub-1': meter('sub-1', 'misconfigured', 2, (
            'misconfigured', {'text': 'sub-1.meter:4: [meter] unit: 300 is not within 0..255'}),
            Type='auto', Link='', ProfileRevision=0),
    }


class Site:
    def __init__(self, scenario):
        self.readings = {'main': ('00000000000000aa', MAIN_POINTS, 0),
                         'lift': ('00000000000000aa', MAIN_POINTS, 720 * SECOND),
                         'hall': ('00000000000000bb', HALL_POINTS, 0)}
        self.texts = {'main': '[meter]\n# the big one\nname = Main incomer\n',
                      'hall': '[meter]\ntype = umg801\nhost = 192.0.2.10\n\n[place hall]\n',
                      'gateway': '# by the door\n[link]\ntransport = modbus-tcp\nhost = 192.0.2.20\n',
                      'umg96rm': '[profile]\nid = umg96rm\n', 'umg801': PROFILE,
                      'sub-1': '', 'lift': '[meter]\n', 'pump': '[meter]\n'}
        crowd = [f'flat-{i}' for i in range(1, 51)] if scenario == 'crowded' else []
        self.objects = {
            'Meter': usual_meters(),
            'Place': {'main': place('main', 'recording', Name='Main incomer', Parent='site'),
                      'hall': place('hall', 'recording'),
                      'hall-m1g2': place('hall-m1g2', 'recording', Meter='hall', Source='m1g2',
                                         Factor=40.0, Direction='inverted'),
                      'old': place('old', 'orphaned', Meter='', LastSlot=0)},
            'Link': {'192.0.2.10:502': link('192.0.2.10:502', 'up', ['main', 'lift', 'hall']),
                     '192.0.2.11:502': link('192.0.2.11:502', 'down', ['pump'], CauseCode='no-route',
                                            CauseArguments={'peer': '192.0.2.11:502'},
                                            NextAttempt=now() + 90 * SECOND + 500000),
                     'gateway': link('gateway', 'connecting', crowd,
                                     File='/etc/ohmnibus/links.d/gateway.link')},
            'Uplink': usual_uplinks(),
            'Plugin': {'modbus-tcp': plugin('modbus-tcp', 'loaded', Kinds=['transport']),
                       'umg96rm': plugin('umg96rm', 'restart-needed', CauseCode='plugin-changed',
                                         CauseArguments={'plugin': 'umg96rm'}),
                       'old': plugin('old', 'refused', CauseCode='plugin-refused',
                                     CauseArguments={'text': 'built for ABI 0, this is ABI 1'})},
            'Profile': {'umg96rm': profile('umg96rm', 'active', Family='umg96rm', Meters=2),
                        'umg801': profile('umg801', 'active', Parent='janitza-common', Meters=1),
                        'wrong': profile('wrong', 'refused', Revision=0, CauseCode='profile-refused',
                                         CauseArguments={'text': 'wrong.profile:3: [registers] x: no'})},
            'Job': {'7': {**new_job('7'), **end_of_job('192.0.2.10')},
                    '12': {**new_job('12'), **end_of_job('dead.example')}},
        }
        self.refused = [('plugin', 'old', '/usr/lib/ohmnibus/plugins-1/old.so', 'plugin-refused',
                         {'text': 'built for ABI 0, this is ABI 1'}),
                        ('meter', 'sub-1', '/etc/ohmnibus/meters.d/sub-1.meter', 'misconfigured',
                         {'text': 'sub-1.meter:4: [meter] unit: 300 is not within 0..255'})]
        self.findings = [('/etc/ohmnibus/meters.d/sub-1.meter', 4, 'misconfigured',
                          {'text': '[meter] unit: 300 is not within 0..255'})]
        self.events = EVENTS
        self.alarms = [(3, 'store', 'store-full', {}, DAY + 9 * HOUR, 0),
                       (2, 'meters/lift', 'timeout', {'unit': '7'}, DAY + 8 * HOUR, 0),
                       (1, 'links/192.0.2.10:502', 'connection-closed', {}, DAY, DAY + HOUR)]
        self.root = {
            'Active': 2, 'Path': '/var/lib/ohmnibus/ohmnibus.db', 'State': 'ok', 'CauseCode': '',
            'CauseArguments': {}, 'NextAttempt': 0, 'Quarantine': '', 'Schema': 1,
            'Version': '0.1.0', 'Abi': 1, 'Hostname': 'cellar',
            # these two are asked anew each time: a slow run must not change the hour between them
            'Started': lambda: now() - HOUR - SECOND, 'Now': now,
            'ClockState': 'synchronized', 'TimeZone': 'Europe/Berlin', 'ConfigDir': '/etc/ohmnibus',
            'StateDir': '/var/lib/ohmnibus', 'PluginDirs': ['/usr/lib/ohmnibus/plugins-1']}
        getattr(self, 'make_' + scenario.replace('-', '_'), lambda: None)()

    def make_empty(self):
        for objects in self.objects.values():
            objects.clear()
        self.refused, self.findings, self.alarms, self.events = [], [], [], []

    def make_dead(self):
        self.readings.clear()

    def make_settling(self):
        """Nothing is known of two meters yet."""
        del self.readings['hall']
        self.objects['Meter']['pump']['State'] = 'starting'
        self.objects['Meter']['hall'].update(State='starting', CauseCode='starting')

    def make_hopeless(self):
        """One meter never tells."""
        self.objects['Meter']['pump']['State'] = 'starting'

    def make_groups(self):
        """A meter whose places are groups."""
        self.objects['Meter']['hall']['PointSet'] = '00000000000000cc'

    def make_one_group(self):
        self.make_groups()
        del self.objects['Place']['hall']

    def make_dependent(self):
        """A sum and a place below need what 'hall' measures."""
        self.add_meter('rest', '[meter]\ntype = virtual\nsum = main, - hall-m1g2\n')
        self.objects['Place']['below'] = place('below', 'recording', Meter='lift', Parent='hall')

    def make_failing(self):
        self.root.update(State='failed', CauseCode='store-full')

    def wake(self, object_id):
        self.readings[object_id] = ('00000000000000bb', HALL_POINTS, 0)

    def reading(self, object_id):
        return reading(*self.readings[object_id]) if object_id in self.readings else EMPTY

    def add_meter(self, object_id, text):
        meters = self.objects['Meter']
        # all are on the one link: only who names its host is at a unit that others read too
        unit = 1 if 'host = 192.0.2.10\n' in text else 100 + len(meters)
        meters[object_id] = meter(object_id, 'starting', 0, Layer='runtime', Unit=unit)
        if 'type = virtual\n' in text:
            meters[object_id]['Type'] = 'virtual'
        self.texts[object_id] = text

    @staticmethod
    def units():
        return [(1, ['main', 'hall'], 450, 5100, 4000, 0, 0, 0, 0),
                (7, ['lift'], 0, 0, 200, 200, 12, 3, now() + 40 * SECOND + 500000)]
