#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the cloud's formats say to readers of somebody else, protoc's and OpenTelemetry's own: protobuf and
JSON are the same points, and line protocol too. Argument: the program cloud-writer."""

import re
import subprocess
import sys
import unittest

import ohmtest
from ohmtest import otlp, peer

WRITER = sys.argv.pop(1)
SLOT = 1795342500
GATEWAY = '4f6e2c1a-9d1b-4c7e-8f3a-2b5d7e9c0a11'
LINE = re.compile(r'^(\w+)((?:,\w+=(?:[^\\,= ]|\\[,= ])+)+) ((?:\w+=-?[0-9.e+-]+i?,?)+) (\d+)$')


def write(*arguments):
    return subprocess.run([WRITER, *arguments], check=True, capture_output=True).stdout


def values(points):
    """By metric, place and time."""
    found = {(p.name, p.attributes['place'], p.time): p.value for p in points}
    assert len(found) == len(points), 'a value is there twice'
    return found


class Fields:
    """Each field, as it was put in."""

    def read(self, *arguments):
        """The points, which are the same in both encodings."""
        one = self.reader.read(otlp.PROTOBUF, write('otlp', *arguments))
        other = self.reader.read(otlp.JSON, write('json', *arguments))
        self.assertEqual(one, other)
        self.assertEqual(one[0], {'service.name': 'ohmnibus', 'service.instance.id': GATEWAY})
        return one[1]

    def test_records(self):
        points = self.read('batch', '3', '4')
        found = values(points)
        self.assertEqual(len(found), 3 * 4 * 4)
        for place in range(3):
            for slot in range(4):
                key = (f'p{place}', (SLOT + 900 * slot) * 10**9)
                self.assertEqual(found['energy.active.import', *key], 133456784.0 + 1000 * (slot + place))
                self.assertEqual(found['energy.active.export', *key], 0.5 * slot)
                # exact beyond what a double can hold
                self.assertEqual(found['pulse.count', *key], 2**53 + 1 + slot)
        kinds = {p.name: (p.kind, p.unit, type(p.value)) for p in points}
        self.assertEqual(kinds, {'energy.active.import': ('monotonic', 'W.h', float),
                                 'energy.active.export': ('monotonic', 'W.h', float),
                                 'energy.active.net': ('sum', 'W.h', float),
                                 'pulse.count': ('monotonic', '1', int)})
        self.assertEqual(points[0].attributes,
                         {'gateway': GATEWAY, 'place': 'p0', 'meter': 'm0', 'serial': '41000000',
                          'obis': '1-0:1.8.0', 'channel': 'total'})
        self.assertEqual({p.start for p in points}, {(SLOT - 900) * 10**9})

    def test_gap(self):
        point, = self.read('gap')
        self.assertEqual(point, otlp.Point('ohm.gap', '{slot}', 'gauge',
                                           {'gateway': GATEWAY, 'place': 'p0', 'cause': 'link-down'},
                                           (SLOT - 12 * 900) * 10**9, SLOT * 10**9, 12))

    def test_samples(self):
        points = self.read('samples')
        self.assertEqual([(p.name, p.unit, p.value) for p in points], [
            ('power.active', 'W', 4321.5), ('power.active', 'W', 4300.0), ('voltage', 'V', 231.25),
            ('voltage', 'V', 230.5), ('current', 'A', 6.5), ('current', 'A', 6.25)])
        # a mean begins a minute before its time
        self.assertEqual([p.time - p.start for p in points[1::2]], [60 * 10**9] * 3)
        self.assertEqual([p.start for p in points[::2]], [0] * 3)

    def test_awkward_names_and_numbers(self):
        points = self.read('awkward')
        self.assertEqual({p.attributes['serial'] for p in points}, {'a b,c=d"\u00e9#\'{}\\'})
        self.assertEqual([p.value for p in points],
                         [1.7976931348623157e308, 1e15, -123456.789012345678, 0.1, -1e-7,
                          999999999999999.0, 1 / 3])

    def test_extremes(self):
        """The first and last of 64 bits, and text that is not ASCII."""
        points = self.read('extremes')
        self.assertEqual([(p.name, p.unit, p.kind, p.value, type(p.value)) for p in points], [
            ('pulse.count', '1', 'monotonic', 2**63 - 1, int),
            ('pulse.count', '1', 'monotonic', -2**63, int), ('pulse.count', '1', 'monotonic', 0, int),
            ('pulse.value', '{St__ck}', 'monotonic', -1.7976931348623157e308, float),
            ('energy.active.net', 'W.h', 'sum', 5e-324, float),
            ('energy.active.import', 'W.h', 'monotonic', 0.0, float)])
        self.assertEqual({(p.start, p.time) for p in points}, {(1000, (2**63 // 10**3 - 1) * 1000)})
        whose = {'gateway': GATEWAY, 'place': 'k\u00fcche', 'meter': '\u5343', 'serial': '\U0001f50c'}
        self.assertEqual(points[0].attributes, {**whose, 'group': 'in1'})
        self.assertEqual(points[-1].attributes,
                         {**whose, 'channel': 'total', 'tariff': 't1', 'obis': '1-0:1.8.1'})


@unittest.skipUnless(otlp.is_available(), 'needs protobuf-compiler and python3-protobuf')
class Otlp(Fields, unittest.TestCase):
    """By protoc and Google's json_format, and stricter."""

    @classmethod
    def setUpClass(cls):
        cls.reader = otlp.Reader()

    def test_the_reader_is_strict(self):
        good = write('json', 'batch', '1', '1').decode()
        for old, new in (('"asDouble":133456784', '"asDouble":"NaN"'),
                         ('"asDouble":133456784', '"asDouble":NaN'),
                         ('"aggregationTemporality":2',
                          '"aggregationTemporality":"AGGREGATION_TEMPORALITY_CUMULATIVE"'),
                         ('dataPoints', 'data_points'), ('"asInt":"', '"asInt":"1.5'),
                         ('"asInt":"9007199254740993"', '"asInt":9007199254740993'),
                         ('"asInt":"9007199254740993"', '"asInt":"9007199254740993","asDouble":1'),
                         ('"unit"', '"units"')):
            self.assertIn(old, good)
            with self.assertRaises(Exception, msg=new):
                self.reader.read(otlp.JSON, good.replace(old, new, 1).encode())
        body = write('otlp', 'batch', '1', '1')
        for bad in (body[:-1], b'', body + b'\x0a\x00', body + b'\x12\x00'):
            with self.assertRaises(Exception, msg=bad[-2:]):
                self.reader.read(otlp.PROTOBUF, bad)


@unittest.skipIf(peer.missing(), peer.missing())
class Peer(Fields, unittest.TestCase):
    """By OpenTelemetry's own JavaScript."""

    @classmethod
    def setUpClass(cls):
        cls.reader = peer.Peer()
        cls.addClassCleanup(cls.reader.stop)

    def test_packed(self):
        for name, kind in (('otlp', otlp.PROTOBUF), ('json', otlp.JSON)):
            body = write('--gzip', name, 'batch', '3', '4')
            self.assertEqual(self.reader.read(kind, body, packed=True),
                             self.reader.read(kind, write(name, 'batch', '3', '4')))
            with self.assertRaises(ValueError):
                self.reader.read(kind, body[:-9], packed=True)

    def test_the_reader_is_strict(self):
        good = write('json', 'batch', '1', '1').decode()
        for old, new in (('"unit"', '"units"'), ('"asInt":"9007199254740993"', '"asInt":"nine"'),
                         ('"asInt":"9007199254740993"', '"asInt":9007199254740993'),
                         ('"aggregationTemporality":2',
                          '"aggregationTemporality":"AGGREGATION_TEMPORALITY_CUMULATIVE"')):
            self.assertIn(old, good)
            with self.assertRaises(ValueError, msg=new):
                self.reader.read(otlp.JSON, good.replace(old, new, 1).encode())
        body = write('otlp', 'batch', '1', '1')
        for bad in (body[:-1], body + b'\x12\x00', body + b'\x00'):
            with self.assertRaises(ValueError, msg=bad[-2:]):
                self.reader.read(otlp.PROTOBUF, bad)


class Line(unittest.TestCase):
    def test_records(self):
        lines = write('line', 'batch', '3', '4').decode().splitlines()
        self.assertEqual(len(lines), 12)
        found = set()
        for line in lines:
            measurement, tags, fields, time = LINE.match(line).groups()
            names = [tag.partition('=')[0] for tag in tags[1:].split(',')]
            self.assertEqual((measurement, names), ('energy', ['gw', 'meter', 'place']))
            pairs = dict(field.split('=') for field in fields.split(','))
            self.assertEqual({name: text.endswith('i') for name, text in pairs.items()},
                             {'energy_active_import_total_wh': False, 'energy_active_export_total_wh': False,
                              'energy_active_net_total_wh': False, 'pulse_count': True})
            found.add((tags, int(time)))
        self.assertEqual(len(found), 12)

    def test_gap_and_samples(self):
        self.assertTrue(LINE.match(write('line', 'gap').decode().rstrip('\n')))
        for line in write('line', 'samples').decode().splitlines():
            self.assertTrue(LINE.match(line), line)


if __name__ == '__main__':
    ohmtest.main()
