# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real engines as ordinary processes on loopback: free ports, folders of their own, no privileges, no
telemetry, nothing that updates itself. Where one is not installed, its tests are skipped with a word."""

import gzip
import http.client
import json
import os
import shutil
import struct
import tempfile
import unittest
import urllib.parse
from collections import namedtuple

from .paths import PATIENCE, PEERS
from .process import Process
from .wait import wait_until

# status 0: no answer
Answer = namedtuple('Answer', 'status headers text')
NOBODY = 65534


def missing(kind):
    """Why there is none, or None."""
    if shutil.which(kind.program) is None:
        return f"no '{kind.program}' here (Debian package {kind.package})"
    return None


def needs(*kinds):
    """Decorates a test or a class of tests that starts these."""
    why = '; '.join(filter(None, map(missing, kinds)))
    return unittest.skipIf(why, why)


def listening_port(pid):
    """The TCP port of the one socket that a process listens at; None as long as there is none."""
    try:
        links = [os.readlink(f'/proc/{pid}/fd/{fd}') for fd in os.listdir(f'/proc/{pid}/fd')]
    except OSError:
        return None
    inodes = {link[8:-1] for link in links if link.startswith('socket:[')}
    with open('/proc/net/tcp', encoding='ascii') as file:
        rows = [line.split() for line in file][1:]
    ports = {int(row[1].rpartition(':')[2], 16) for row in rows if row[3] == '0A' and row[9] in inodes}
    return ports.pop() if len(ports) == 1 else None


class Engine:
    """start() waits until it answers; after stop() or kill() start() brings it back on the same port
    with the same data; remove() ends it and deletes its folder."""

    program = package = ready = None
    env = {}

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix=f'ohm-{os.path.basename(self.program)}-')
        self.port = 0
        self.process = None
        if os.geteuid() == 0:
            os.chown(self.dir, NOBODY, NOBODY)

    def argv(self):
        raise NotImplementedError

    def start(self):
        # of root's rights an engine needs none
        drop = ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups', '--'] \
            if os.geteuid() == 0 else []
        self.process = Process([*drop, *self.argv()], env={'HOME': self.dir, **self.env}, name=self.program)
        try:
            wait_until(self._is_ready, what=f'{self.program} to answer')
        except AssertionError as error:
            self.process.kill()
            raise AssertionError(f'{error}:\n{self.process.text}') from None
        return self

    def _is_ready(self):
        if self.process.status is not None:
            raise AssertionError(f'{self.program} ended with {self.process.status}:\n{self.process.text}')
        self.port = self.port or self.find_port() or 0
        return self.port != 0 and self.get(self.ready).status in (200, 204)

    def find_port(self):
        return listening_port(self.process.pid)

    @property
    def url(self):
        return f'http://127.0.0.1:{self.port}'

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode(errors='replace'))
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, {}, str(error))
        finally:
            connection.close()

    def get(self, path, **query):
        return self.request('GET', path + ('?' + urllib.parse.urlencode(query) if query else ''))

    def post(self, path, body, packed=False, **headers):
        """Header names with _ for -; packed sends it as gzip."""
        if packed:
            body, headers = gzip.compress(body), {**headers, 'Content_Encoding': 'gzip'}
        return self.request('POST', path, body, {k.replace('_', '-'): v for k, v in headers.items()})

    @property
    def is_running(self):
        return self.process is not None and self.process.status is None

    def stop(self):
        self.process.stop()

    def kill(self):
        self.process.kill()

    def remove(self):
        if self.is_running:
            self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


class PromQL:
    """Engines that answer PromQL."""

    def query_range(self, query, start, end, step=900):
        """{place: {seconds: value}}"""
        answer = self.get('/api/v1/query_range', query=query, start=start, end=end, step=step)
        assert answer.status == 200, answer
        return {row['metric'].get('place'): {int(time): float(value) for time, value in row['values']}
                for row in json.loads(answer.text)['data']['result']}


class VictoriaMetrics(PromQL, Engine):
    """With deduplication and ten years of retention, unless arguments say something else."""

    program, package, ready = 'victoria-metrics', 'victoria-metrics', '/health'
    write_path, form = '/api/v2/write?precision=s', 'line'

    def __init__(self, retention='10y', dedup='1ms'):
        super().__init__()
        self._options = [f'-retentionPeriod={retention}', f'-dedup.minScrapeInterval={dedup}']

    def argv(self):
        return [self.program, f'-httpListenAddr=127.0.0.1:{self.port}', f'-storageDataPath={self.dir}/data',
                '-loggerLevel=WARN', '-memory.allowedBytes=64MB', '-search.latencyOffset=0s',
                '-search.disableCache', *self._options]

    def write(self, body, **more):
        return self.post(self.write_path, body, **more)

    def flush(self):
        """What was taken is found from now on."""
        self.get('/internal/force_flush')

    def export(self, match):
        self.flush()
        return self.get('/api/v1/export', **{'match[]': match, 'start': 0, 'end': 2**31}).text

    def series(self, match):
        """[(labels, {seconds: [value, ...]}), ...]"""
        found = []
        for line in self.export(match).splitlines():
            one = json.loads(line)
            row = {}
            for time, value in zip(one['timestamps'], one['values']):
                row.setdefault(time // 1000, []).append(value)
            found.append((one['metric'], row))
        return found

    def rows(self, measurement='energy'):
        """{(field, place, meter, cause): {seconds: [value, ...]}}, None for a tag that is not there; a
        doubled row has two values."""
        return {(labels['__name__'].removeprefix(measurement + '_'), labels['place'], labels.get('meter'),
                 labels.get('cause')): row
                for labels, row in self.series(f'{{__name__=~"{measurement}_.*"}}')}

    def counter(self, name, **labels):
        """A figure of its own /metrics; 0 if it is not there."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(float(line.split()[-1]) for line in self.get('/metrics').text.splitlines()
                   if line.startswith((name + '{', name + ' ')) and all(w in line for w in wanted))

    def wait_counted(self, name, **labels):
        """It makes its figures once a second."""
        wait_until(lambda: self.counter(name, **labels) > 0, what=name)


class VictoriaMetricsOtlp(VictoriaMetrics):
    """That of Debian 13, by OTLP: tests/lib/fetch-victoria-metrics.sh has fetched it."""

    program = os.path.join(PEERS, 'engines', 'victoria-metrics')
    package = f'victoria-metrics of 13: sh tests/lib/fetch-victoria-metrics.sh {os.path.dirname(program)}'
    write_path, form = '/opentelemetry/v1/metrics', 'otlp'
    units = {'energy.active': 'wh', 'energy.apparent': 'vah', 'energy.reactive': 'varh', 'energy.heat': 'wh',
             'volume': 'm3', 'power.active': 'w', 'voltage': 'v', 'current': 'a'}

    def argv(self):
        """A copy, where who has no rights may start it."""
        copy = os.path.join(self.dir, 'victoria-metrics')
        shutil.copy(self.program, copy)
        return [copy, *super().argv()[1:]]

    def write(self, body, **more):
        return self.post(self.write_path, body, Content_Type='application/x-protobuf', **more)

    def _field(self, labels):
        name = labels['__name__']
        unit = next((unit for part, unit in self.units.items() if name.startswith(part)), None)
        return '_'.join(filter(None, (name, labels.get('channel'), unit))).translate({46: '_', 45: '_'})

    def rows(self, measurement='energy'):
        """Under the names that they have in line protocol. When a gap began it does not keep: that is
        worked out."""
        found = {}
        for labels, row in self.series('{__name__!=""}'):
            place, cause = labels['place'], labels.get('cause')
            if (measurement == 'gap') != (labels['__name__'] == 'ohm.gap'):
                continue
            if cause is None:
                found[self._field(labels), place, labels.get('serial') or labels['meter'], None] = row
                continue
            found['slots', place, None, cause] = row
            found['from', place, None, cause] = {end: [end - 900 * value for value in values]
                                                 for end, values in row.items()}
        return found


class Influx(Engine):
    """InfluxDB 1.x with one database, 'ohm', that takes at most 100,000 bytes at once."""

    program, package, ready = 'influxd', 'influxdb', '/ping'
    write_path, form = '/write?db=ohm&precision=s', 'line'
    config = '''reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "{dir}/meta"
[data]
  dir = "{dir}/data"
  wal-dir = "{dir}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
  max-body-size = 100000
'''

    def argv(self):
        path = os.path.join(self.dir, 'influxdb.conf')
        with open(path, 'w', encoding='ascii') as file:
            file.write(self.config.format(dir=self.dir, port=self.port))
        return [self.program, 'run', '-config', path]

    def find_port(self):
        return next((int(line.split('addr=127.0.0.1:')[1].split()[0]) for line in self.process.lines
                     if 'Listening on HTTP' in line), None)

    def start(self):
        super().start()
        self.query('CREATE DATABASE ohm')
        return self

    def write(self, body, **more):
        return self.post(self.write_path, body, **more)

    def query(self, text):
        query = urllib.parse.urlencode({'db': 'ohm', 'epoch': 's', 'q': text})
        answer = self.post('/query', query, Content_Type='application/x-www-form-urlencoded')
        assert answer.status == 200, answer
        return json.loads(answer.text)['results'][0].get('series', [])

    def rows(self, measurement='energy'):
        """As of VictoriaMetrics."""
        found = {}
        for series in self.query(f'SELECT * FROM "{measurement}" GROUP BY *'):
            tags = {name: text or None for name, text in series['tags'].items()}
            for values in series['values']:
                for field, value in zip(series['columns'][1:], values[1:]):
                    if value is not None:
                        key = (field, tags['place'], tags.get('meter'), tags.get('cause'))
                        found.setdefault(key, {}).setdefault(values[0], []).append(value)
        return found


class Prometheus(PromQL, Engine):
    """Takes remote write; window: how far back ('30d'), None for not at all."""

    program, package, ready = 'prometheus', 'prometheus', '/-/ready'

    def __init__(self, window=None):
        super().__init__()
        self._window = window

    def argv(self):
        path = os.path.join(self.dir, 'prometheus.yml')
        with open(path, 'w', encoding='ascii') as file:
            file.write('scrape_configs: []\n')
            if self._window:
                file.write(f'storage:\n  tsdb:\n    out_of_order_time_window: {self._window}\n')
        return [self.program, f'--config.file={path}', f'--storage.tsdb.path={self.dir}/data',
                '--storage.tsdb.retention.time=10y', f'--web.listen-address=127.0.0.1:{self.port}',
                '--web.enable-remote-write-receiver', '--log.level=warn']

    def write(self, samples):
        """samples: [(name, {label: value}, [(seconds, value), ...]), ...]"""
        return self.post('/api/v1/write', snappy(write_request(samples)),
                         Content_Type='application/x-protobuf', Content_Encoding='snappy',
                         X_Prometheus_Remote_Write_Version='0.1.0')

    def values(self, name, at, span='60d'):
        """[(seconds, value), ...] of the one series of that name, over a span up to a time."""
        answer = self.get('/api/v1/query', query=f'{name}[{span}]', time=at)
        result = json.loads(answer.text)['data']['result']
        return [(time, float(value)) for time, value in result[0]['values']] if result else []


def varint(number):
    out = b''
    while number > 0x7f:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, body):
    return varint(number << 3 | 2) + varint(len(body)) + body


def write_request(samples):
    """Prometheus remote write 1.0."""
    out = b''
    for name, labels, values in samples:
        pairs = sorted({'__name__': name, **labels}.items())
        series = b''.join(field(1, field(1, k.encode()) + field(2, v.encode())) for k, v in pairs)
        series += b''.join(field(2, b'\x09' + struct.pack('<d', value) + b'\x10' + varint(int(time * 1000)))
                           for time, value in values)
        out += field(1, series)
    return out


def snappy(data):
    """A block that holds nothing but literals."""
    out = varint(len(data))
    for at in range(0, len(data), 60):
        part = data[at:at + 60]
        out += bytes([len(part) - 1 << 2]) + part
    return out
