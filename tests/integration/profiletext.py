# SPDX-License-Identifier: LGPL-2.1-or-later
"""Profiles read by hand: what a meter's registers mean, worked out without any code of the daemon or
the simulator, so that both can be compared with it."""

import configparser
import fnmatch
import math
import os
import re
import struct
from collections import namedtuple

FORMATS = {'u16': '>H', 'i16': '>h', 'u32': '>I', 'i32': '>i', 'u64': '>Q', 'i64': '>q',
           'f32': '>f', 'f64': '>d', 'epoch32': '>I'}
GAP_MAX = 124  # unnamed registers that a simulated meter lets one request reach over
FLAGS = ('live', 'slow', 'slot', 'raw')

# missed: what rules would have brought that look at registers where none is met
Mark = namedtuple('Mark', 'score met missed')


class Read:
    """One way to read a point, a fact or what a rule looks at: ADDR FORMAT WORD..."""

    def __init__(self, text, index=0):
        place, self.format, *words = text.split()
        match = re.fullmatch(r'(\w+)(?:\+(\w+)\*i)?', place)
        self.address = int(match[1], 0) + index * int(match[2] or '0', 0)
        self.flags = {word for word in words if word in FLAGS}
        values = dict(word.partition('=')[::2] for word in words if '=' in word)
        self.function = int(values.get('fn', 0))
        self.low_first = 'words' in values
        self.swapped = 'bytes' in values
        self.missing = int(values['missing'], 0) if 'missing' in values else None
        self.terms = int(values.get('sum', 1))
        self.bits = [int(end) for end in values['bits'].split('-')] if 'bits' in values else None
        self.scale_fact = values['scale'][1:] if 'scale' in values else None
        self.unit_fact = values['unit'][1:] if 'unit' in values else None
        self.scale = next((float(word[1:]) for word in words if word[0] == '*'), 1.0)

    @property
    def is_text(self):
        return self.format.startswith('text')

    @property
    def is_float(self):
        return self.format in ('f32', 'f64')

    @property
    def registers(self):
        return int(self.format[4:]) if self.is_text else self.terms * self.term_registers

    @property
    def term_registers(self):
        return struct.calcsize(FORMATS[self.format]) // 2

    def decode(self, data, scale=None):
        """A number, a text, or None for no value; an integer stays one if it is not scaled."""
        size = len(data) // self.terms
        parts = [self.decode_term(data[i:i + size], scale) for i in range(0, len(data), size)]
        if self.terms == 1:
            return parts[0]
        return None if None in parts else sum(parts[1:], parts[0])

    def decode_term(self, data, scale):
        parts = [data[i:i + 2] for i in range(0, len(data), 2)]
        if self.swapped:
            parts = [part[::-1] for part in parts]
        if self.low_first:
            parts.reverse()
        data = b''.join(parts)
        if self.is_text:
            return data.partition(b'\0')[0].rstrip(b'\xff').decode(errors='replace').strip()
        raw = int.from_bytes(data, 'big')
        if self.missing is not None and raw == self.missing % (1 << 8 * len(data)):
            return None
        value = struct.unpack(FORMATS[self.format], data)[0]
        if self.bits:
            value = raw >> min(self.bits) & (1 << max(self.bits) - min(self.bits) + 1) - 1
        if self.is_float and not math.isfinite(value):
            return None
        factor = self.scale if scale is None else scale
        return value if factor == 1.0 else float(value) * factor

    def sample(self, number):
        """A value that no other number has, as far as the format allows, in the quantity's unit."""
        sign = -1 if self.format in ('i16', 'i32', 'i64') and number % 3 == 2 else 1
        if self.bits:
            raw = number % (1 << max(self.bits) - min(self.bits) + 1)
        elif self.is_float:
            raw = 100.5 + 1.25 * number
        elif self.term_registers == 1:
            raw = sign * (300 + 7 * number % 30000)
        else:
            raw = sign * ((1 << 16 * self.term_registers - 10) + 65539 * number + 1)
        return raw if self.scale == 1.0 else raw * self.scale


class Rule(Read):
    """A row of [identify]."""

    def __init__(self, text):
        super().__init__(re.sub(r'~("[^"]*"|\S+)', '', text))
        glob = re.search(r'~(?:"([^"]*)"|(\S+))', text)
        self.pattern = glob and (glob[1] or glob[2])
        ends = re.search(r'\s(-?[\d.]+?)(?:\.\.(-?[\d.]+))?(?=\s|$)', text[text.index(self.format):])
        self.range = None if self.pattern else (float(ends[1]), float(ends[2] or ends[1]))
        self.score = int(re.search(r'score=(\d+)', text)[1])

    def is_met(self, data):
        value = None if data is None else self.decode(data)
        if value is None or value == '':
            return False
        if self.pattern:
            return fnmatch.fnmatchcase(value, self.pattern)
        return self.range[0] <= value <= self.range[1]


class Profile:
    def __init__(self, ident, text, groups):
        self.id = ident
        self.text = text
        self.groups = groups
        self.family = groups['profile'].get('family')
        self.functions = [int(f) for f in groups['limits'].get('functions', '3;4').split(';')]
        self.registers_max = int(groups['limits'].get('registers', 125))
        self.rules = [Rule(value) for value in groups['identify'].values() if value]

    def _expand(self, group, indices):
        for name, value in self.groups[group].items():
            if not value or value == 'family':
                continue
            for index in indices if '*i' in value else [0]:
                shown = re.sub(r'\{i(?:\+(\d+))?\}', lambda m, i=index: str(i + int(m[1] or 0)), name)
                if group == 'facts' and '*i' in value:
                    shown = f'{name}.{index}'
                yield shown, [Read(part, index) for part in value.split('|')]

    def indices(self, facts=None):
        """What i runs over, with the facts that tell it; without facts: all that it may."""
        repeat = self.groups['repeat']
        count = int(repeat.get('count', 32 if 'over' in repeat else 1))
        text = (facts or {}).get(repeat['over'][1:], '') if 'over' in repeat and facts is not None else None
        if text is None:
            return range(count)
        if ';' in text:
            return [int(part) for part in text.split(';') if part]
        return range(min(int(text or 0), count))

    def facts(self):
        return dict(self._expand('facts', self.indices()))

    def points(self, facts=None):
        return dict(self._expand('registers', self.indices(facts)))

    def judge(self, device):
        """What a device's registers earn by the rules of this type."""
        met = [rule for rule in self.rules if rule.is_met(device.read(rule))]
        known = {(rule.function, rule.address, rule.registers) for rule in met}
        missed = [rule for rule in self.rules
                  if (rule.function, rule.address, rule.registers) not in known]
        return Mark(min(sum(rule.score for rule in met), 100), len(met), sum(rule.score for rule in missed))


class Device:
    """The registers of a simulated meter, from the lines that its dump brings."""

    def __init__(self, profile, lines):
        self.profile = profile
        self._registers = {3: {}, 4: {}}
        for line in lines:
            _, _, functions, address, data = line.split(' ')
            for function in functions:
                for i in range(len(data) // 4):
                    self._registers[int(function)][int(address) + i] = data[4 * i:4 * i + 4]

    def _reaches(self, function, first, last):
        """Whether one request may read these: between two named registers the others are 0."""
        named = sorted(self._registers[function])
        below = max((a for a in named if a <= first), default=None)
        above = min((a for a in named if a >= last), default=None)
        inside = [a for a in named if first <= a <= last]
        chain = ([] if below is None else [below]) + inside + ([] if above is None else [above])
        return (below is not None and above is not None and
                all(b - a <= GAP_MAX + 1 for a, b in zip(chain, chain[1:])))

    def read(self, read):
        """The bytes that a read brings, None if it is refused."""
        function = read.function or self.profile.functions[0]
        if not read.function and 3 in self.profile.functions:
            function = 3
        last = read.address + read.registers - 1
        if read.registers > self.profile.registers_max or not self._reaches(function, read.address, last):
            return None
        return bytes.fromhex(''.join(self._registers[function].get(a, '0000')
                                     for a in range(read.address, last + 1)))


def load(folder):
    """All profiles below a folder, by id."""
    texts = {}
    for path, _, names in os.walk(folder):
        for name in names:
            if name.endswith('.profile'):
                with open(os.path.join(path, name), encoding='utf-8') as file:
                    texts[name[:-len('.profile')]] = file.read()
    return {ident: Profile(ident, text, _groups(texts, ident)) for ident, text in texts.items()}


def _groups(texts, ident):
    """Keys of all groups, those of the parents included."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=('=',), comment_prefixes=('#',))
    parser.optionxform = str
    parser.read_string(texts[ident])
    names = ('profile', 'facts', 'registers', 'identify', 'limits', 'repeat')
    groups = {name: {} for name in names}
    if parser.has_option('profile', 'inherits'):
        groups = _groups(texts, parser['profile']['inherits'])
    for name in names:
        if parser.has_section(name):
            groups[name].update(parser[name])
    return groups
