# SPDX-License-Identifier: LGPL-2.1-or-later
"""A reader of OTLP that is not ours and forgives nothing: protoc and Google's json_format, and what
these let through although OTLP forbids it."""

import importlib.util
import json
import math
import os
import re
import shutil
import subprocess
import tempfile
from collections import namedtuple

from .paths import SOURCE

PROTOBUF, JSON = 'application/x-protobuf', 'application/json'
PROTO = 'tests/data/uplink/otlp.proto'
CAMEL = re.compile(r'^[a-z][a-zA-Z]*$')
# 64-bit integers are decimal strings in JSON, enums are numbers
STRINGS = ('timeUnixNano', 'startTimeUnixNano', 'asInt', 'rejectedDataPoints')

# kind: 'sum', 'monotonic', 'gauge'; start and time in ns; value an int for asInt, else a float
Point = namedtuple('Point', 'name unit kind attributes start time value')


def is_available():
    """Whether protoc and its Python are there (Debian: protobuf-compiler, python3-protobuf)."""
    return shutil.which('protoc') is not None and importlib.util.find_spec('google.protobuf') is not None


def load_messages():
    """The module that protoc makes of our .proto file."""
    folder, name = os.path.split(os.path.join(SOURCE, PROTO))
    with tempfile.TemporaryDirectory(prefix='ohm-otlp-') as out:
        subprocess.run(['protoc', f'--proto_path={folder}', f'--python_out={out}', name], check=True)
        spec = importlib.util.spec_from_file_location('otlp_pb2', os.path.join(out, 'otlp_pb2.py'))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


class Reader:
    """read() takes a request's body and gives its points; ValueError says what is wrong with it."""

    def __init__(self):
        self.messages = load_messages()

    def read(self, media_type, body):
        """(attributes of the resource, points)"""
        request = self._parse(media_type, body)
        if len(request.resource_metrics) != 1:
            raise ValueError('not one resource')
        metrics = request.resource_metrics[0]
        if len(metrics.scope_metrics) != 1 or metrics.scope_metrics[0].scope.name != 'ohm.uplink':
            raise ValueError('not one scope of ours')
        points = [p for m in metrics.scope_metrics[0].metrics for p in self._points(m)]
        if not points:
            raise ValueError('an empty envelope')
        return attributes(metrics.resource.attributes), points

    def _parse(self, media_type, body):
        from google.protobuf import json_format
        if media_type == JSON:
            check_json(json.loads(body, parse_constant=refuse_constant,
                                  object_pairs_hook=refuse_duplicates), ())
            return json_format.Parse(body, self.messages.Request())
        if media_type != PROTOBUF:
            raise ValueError(f'media type {media_type}')
        request = self.messages.Request.FromString(body)
        # unknown fields travel along when a message is written again, so look for them themselves
        refuse_unknown(request)
        return request

    def _points(self, metric):
        kind = metric.WhichOneof('data')
        if not metric.name or not metric.unit or kind is None:
            raise ValueError(f'metric without name, unit or data: {metric}')
        data = getattr(metric, kind)
        if not data.data_points:
            raise ValueError(f'{metric.name}: no points')
        if kind == 'sum':
            if data.aggregation_temporality != 2:
                raise ValueError(f'{metric.name}: not cumulative')
            kind = 'monotonic' if data.is_monotonic else 'sum'
        for point in data.data_points:
            yield self._point(metric, kind, point)

    @staticmethod
    def _point(metric, kind, point):
        which = point.WhichOneof('value')
        if which is None or point.time_unix_nano == 0:
            raise ValueError(f'{metric.name}: point without value or time')
        value = getattr(point, which)
        if not math.isfinite(value):
            raise ValueError(f'{metric.name}: {value}')
        if point.start_time_unix_nano >= point.time_unix_nano:
            raise ValueError(f'{metric.name}: starts when it ends')
        if kind != 'gauge' and point.start_time_unix_nano == 0:
            raise ValueError(f'{metric.name}: a sum without a start')
        return Point(metric.name, metric.unit, kind, attributes(point.attributes),
                     point.start_time_unix_nano, point.time_unix_nano, value)

    def answer(self, media_type, rejected=0, text=''):
        """A receiver's answer; without both a full success."""
        from google.protobuf import json_format
        message = self.messages.Response()
        if rejected or text:
            message.partial_success.rejected_data_points = rejected
            message.partial_success.error_message = text
        return (json_format.MessageToJson(message).encode() if media_type == JSON
                else message.SerializeToString())


def attributes(pairs):
    """As a dictionary; each has a text, none is there twice."""
    found = {pair.key: pair.value.string_value for pair in pairs}
    if len(found) != len(pairs) or not all(found) or not all(found.values()):
        raise ValueError(f'attributes empty or twice: {found}')
    return found


def refuse_unknown(message):
    if len(message.UnknownFields()) > 0:
        raise ValueError(f'{message.DESCRIPTOR.name}: unknown field '
                         f'{message.UnknownFields()[0].field_number}')
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for child in value if field.label == field.LABEL_REPEATED else [value]:
                refuse_unknown(child)


def refuse_constant(name):
    raise ValueError(f'{name} in JSON')


def refuse_duplicates(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError(f'twice in one object: {[key for key, _ in pairs]}')
    return dict(pairs)


def check_json(value, path):
    """What json_format accepts and OTLP does not: snake_case, names of enums, NaN as a text, numbers
    where a 64-bit integer is a text."""
    if isinstance(value, dict):
        for key, child in value.items():
            if not CAMEL.match(key):
                raise ValueError(f"key '{key}' is not camelCase")
            check_json(child, (*path, key))
        return
    if isinstance(value, list):
        for child in value:
            check_json(child, path)
        return
    name = path[-1] if path else ''
    if name in STRINGS and not (isinstance(value, str) and re.match(r'^-?[0-9]+$', value)):
        raise ValueError(f'{name} is not an integer in a text: {value!r}')
    if name == 'aggregationTemporality' and not isinstance(value, int):
        raise ValueError(f'{name} is a name: {value!r}')
    if name == 'asDouble' and (isinstance(value, (str, bool)) or not math.isfinite(value)):
        raise ValueError(f'{name} is no number: {value!r}')
    if value is None:
        raise ValueError(f'{name} is null')
