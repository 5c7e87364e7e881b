# SPDX-License-Identifier: LGPL-2.1-or-later
"""The uplink to the cloud: what it can send, and what a daemon weighs that is linked to an account."""

import contextlib
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import ohmtest
from load import rss_mib

METERS = 20
SLOT_S = 900
NAMES = {'plain': 'OTLP without TLS', 'otlp': 'OTLP', 'json': 'OTLP as JSON', 'line': 'line protocol'}
CONNECTIONS = {'kept': 'connection kept', 'resumed': 'new connection, session resumed',
               'full': 'new connection'}
UPLINK = '''[uplink]
plugin = cloud
spread = 0s
pace = 0s
[cloud]
url = {url}/v1/metrics
issuer = {url}
client-id = bench
ca-file = {folder}/cert.pem
'''


class Handler(BaseHTTPRequestHandler):
    """An identity server that agrees at once, and a receiver that takes everything."""

    protocol_version = 'HTTP/1.1'

    def reply(self, answer):
        body = json.dumps(answer).encode() if answer is not None else b''
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = self.server.url
        self.reply({'issuer': url, 'token_endpoint': f'{url}/token',
                    'device_authorization_endpoint': f'{url}/device'})

    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        if self.path == '/device':
            self.reply({'device_code': 'd', 'user_code': 'BCDF-GHJK', 'expires_in': 600, 'interval': 1,
                        'verification_uri': f'{self.server.url}/device'})
        elif self.path == '/token':
            self.reply({'access_token': 'a' * 900, 'token_type': 'Bearer', 'expires_in': 3600,
                        'refresh_token': 'r' * 60})
        else:
            self.server.n_taken += 1
            self.reply(None)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serve(folder):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
                    '-nodes', '-days', '1', '-subj', '/CN=localhost',
                    '-addext', 'subjectAltName=DNS:localhost', '-keyout', f'{folder}/key.pem',
                    '-out', f'{folder}/cert.pem'], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f'{folder}/cert.pem', f'{folder}/key.pem')
    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.url = f'https://localhost:{server.server_address[1]}'
    server.n_taken = 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()


def measure_memory(folder, server):
    """After a claim and two hours of quarter hours of 20 meters, in simulated time."""
    with open(os.path.join(folder, 'ohmnibus-secrets'), 'w', encoding='ascii') as file:
        file.write('0123456789abcdef0123456789abcdef\n')
    with contextlib.ExitStack() as stack:
        clock = ohmtest.TestClock(wall='2026-11-22T09:58:00Z')
        stack.callback(clock.stop)
        sim = ohmtest.Sim(f'janitza-common@1-{METERS}', args=clock.args)
        stack.callback(sim.stop)
        bus = ohmtest.PrivateBus()
        stack.callback(bus.stop)
        daemon = ohmtest.Daemon(bus, args=clock.args, env={'CREDENTIALS_DIRECTORY': folder})
        stack.callback(daemon.remove)
        for unit in range(1, METERS + 1):
            daemon.write(f'meters.d/m{unit}.meter', sim.meter(unit=unit, poll='60s'))
        daemon.write('uplinks.d/site.uplink', UPLINK.format(url=server.url, folder=folder))
        daemon.start()
        clock.wait_for('ohmd')
        clock.settle()
        bus.call('uplinks/site', 'Uplink.Claim', 'a{sv}', {})

        def is_claimed():
            clock.advance(2)
            return bus.get('uplinks/site', 'Uplink.Claim') == 'claimed'

        def is_delivered():
            clock.advance(SLOT_S)
            return server.n_taken >= 8
        ohmtest.wait_until(is_claimed, what='the claim')
        ohmtest.wait_until(is_delivered, what='deliveries')
        return rss_mib(daemon.process.pid)


def measure_cloud(table, program, limit, floor):
    """@program: runs one of the benchmark's and reads its figures."""
    figures = program('bench-cloud')
    for id, name in NAMES.items():
        table.add(f'cloud, {name}: delivered', figures[f'cloud.send.{id}.rate'], 'records/s', floor, 10000)
        table.add(f'cloud, {name}: CPU of all threads, receiver included', figures[f'cloud.send.{id}.cpu'],
                  'us/record')
        table.add(f'cloud, {name}: longest turn of the main loop', figures[f'cloud.send.{id}.turn'],
                  'ms', limit, 50)
    for id, name in CONNECTIONS.items():
        table.add(f'cloud, one slot of 20 meters by TLS, {name}', figures[f'cloud.slot.{id}'], 'bytes')
    if shutil.which('openssl') is None:
        return
    print('   ohmd, claimed', file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix='ohm-bench-') as folder, serve(folder) as server:
        table.add(f'{METERS} meters, linked to an account: memory', measure_memory(folder, server), 'MiB',
                  limit, 32)
