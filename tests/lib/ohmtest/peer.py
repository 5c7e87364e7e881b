# SPDX-License-Identifier: LGPL-2.1-or-later
"""OTLP as OpenTelemetry's own JavaScript reads it: the program of tests/otlp."""

import base64
import json
import os
import subprocess

from . import npm
from .otlp import Point

CUMULATIVE = 2


def missing():
    """Why there is none, or None."""
    return npm.missing('otlp', '@opentelemetry/otlp-transformer')


class Peer:
    """read() takes a request's body and gives its points, as otlp.Reader does; ValueError says what is
    wrong with it."""

    def __init__(self):
        self._popen = subprocess.Popen(['node', os.path.join(npm.folder('otlp'), 'reader.mjs')],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def stop(self):
        self._popen.communicate()

    def read(self, media_type, body, packed=False):
        """(attributes of the resource, points)"""
        question = {'type': media_type, 'packed': packed, 'body': base64.b64encode(body).decode()}
        self._popen.stdin.write(json.dumps(question) + '\n')
        self._popen.stdin.flush()
        answer = json.loads(self._popen.stdout.readline())
        if 'fault' in answer:
            raise ValueError(answer['fault'])
        (metrics,) = answer['request']['resourceMetrics']
        (scope,) = metrics['scopeMetrics']
        assert scope['scope'] == {'name': 'ohm.uplink'}, scope['scope']
        return attributes(metrics['resource']), [p for m in scope['metrics'] for p in points(m)]


def attributes(owner):
    return {pair['key']: pair['value']['stringValue'] for pair in owner['attributes']}


def points(metric):
    """Names and types of fields are the standard's; each is looked at, and no other is there."""
    kind = ({*metric} - {'name', 'unit'}).pop()
    data = dict(metric[kind])
    rows = data.pop('dataPoints')
    if kind == 'sum':
        assert data.pop('aggregationTemporality') == CUMULATIVE, metric
        kind = 'monotonic' if data.pop('isMonotonic', False) else 'sum'
    assert not data and kind in ('gauge', 'sum', 'monotonic'), metric
    for row in rows:
        ((name, value),) = ((key, row[key]) for key in ('asInt', 'asDouble') if key in row)
        yield Point(metric['name'], metric['unit'], kind, attributes(row),
                    int(row.get('startTimeUnixNano', 0)), int(row['timeUnixNano']),
                    int(value) if name == 'asInt' else float(value))
