# SPDX-License-Identifier: LGPL-2.1-or-later
"""MQTT brokers as ordinary processes on loopback, and a consumer that keeps what it gets."""

import json
import os
import re
import shutil
import socket
import subprocess
from collections import namedtuple

from .engines import NOBODY, Engine, needs
from .process import Process
from .wait import wait_until

__all__ = ['Consumer', 'Message', 'Mosquitto', 'Nats', 'needs']

# payload: parsed JSON, or the text if it is none
Message = namedtuple('Message', 'topic retained qos payload')


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        return listener.getsockname()[1]


class Broker(Engine):
    """port is for MQTT without TLS; after kill() start() brings it back on the same port."""

    def _is_ready(self):
        if self.process.status is not None:
            raise AssertionError(f'{self.program} ended with {self.process.status}:\n{self.process.text}')
        self.port = self.port or self.find_port() or 0
        if not self.port:
            return False
        try:
            socket.create_connection(('127.0.0.1', self.port)).close()
        except OSError:
            return False
        return True

    def write(self, name, text, mode=0o600):
        path = os.path.join(self.dir, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        self.own(path, mode)
        return path

    @staticmethod
    def own(path, mode=0o600):
        os.chmod(path, mode)
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)


class Mosquitto(Broker):
    """With its defaults but for persistence, which Debian switches on: it writes its file each half
    hour. users: {name: password}, else everybody may come; tls: also listens at tls_port with a
    certificate for 127.0.0.1, which signs itself, and takes clients that show the same: cert, key."""

    program = package = 'mosquitto'

    def __init__(self, users=None, tls=False):
        super().__init__()
        os.chmod(self.dir, 0o755)  # a consumer reads the certificate
        self.port = free_port()
        rows = [f'listener {self.port} 127.0.0.1', 'persistence true',
                f'persistence_location {self.dir}/', f'allow_anonymous {"false" if users else "true"}']
        if users:
            rows.append(f'password_file {self._write_users(users)}')
        if tls:
            self.tls_port = free_port()
            self.cert, self.key = self._make_certificate()
            rows += [f'listener {self.tls_port} 127.0.0.1', f'cafile {self.cert}', f'certfile {self.cert}',
                     f'keyfile {self.key}', 'require_certificate true']
        self.config = self.write('mosquitto.conf', '\n'.join(rows) + '\n')

    def _write_users(self, users):
        path = self.write('users', '')
        for name, password in users.items():
            subprocess.run(['mosquitto_passwd', '-b', path, name, password], check=True, capture_output=True)
        self.own(path)
        return path

    def _make_certificate(self):
        """Signed by itself: certificate and trust anchor in one."""
        cert, key = os.path.join(self.dir, 'cert.pem'), os.path.join(self.dir, 'key.pem')
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
                        '-nodes', '-days', '2', '-subj', '/CN=broker', '-addext', 'subjectAltName=IP:127.0.0.1',
                        '-keyout', key, '-out', cert], check=True, capture_output=True)
        self.own(cert, 0o644)
        self.own(key)
        return cert, key

    def argv(self):
        return ['/usr/sbin/mosquitto' if shutil.which(self.program) is None else self.program,
                '-c', self.config]


class Nats(Broker):
    """With JetStream, in which its MQTT listener keeps what it has acknowledged."""

    program = package = 'nats-server'

    def argv(self):
        config = self.write('nats.conf', f'host: 127.0.0.1\nport: -1\nserver_name: test\n'
                                         f'jetstream {{ store_dir: "{self.dir}/store", max_mem: 64MB, '
                                         f'max_file: 256MB }}\n'
                                         f'mqtt {{ host: 127.0.0.1, port: {self.port or -1} }}\n')
        return [self.program, '-c', config]

    def find_port(self):
        match = re.search(r'Listening for MQTT clients on mqtt://127\.0\.0\.1:(\d+)', self.process.text)
        return int(match[1]) if match else None


class Consumer:
    """A subscriber to everything whose session the broker keeps (MQTT 3.1.1, QoS 1): what arrives
    while it is away waits for it, if the broker keeps it. Messages of all its runs."""

    def __init__(self, broker, user=None, password=None, topic='#'):
        self._argv = ['stdbuf', '-oL', 'mosquitto_sub', '-h', '127.0.0.1', '-p', str(broker.port), '-V', '311',
                      '-c', '-i', 'consumer', '-q', '1', '-t', topic, '-F', '%r %q %t %p',
                      *(['-u', user, '-P', password] if user else [])]
        self._before = []
        self._process = None

    def start(self):
        """Returns when the subscription stands."""
        self._process = Process([*self._argv, '-d'], name='consumer')
        try:
            self._process.wait_line(r'^Subscribed \(mid')
        except AssertionError:
            self.stop()
            raise
        return self

    def stop(self):
        """Goes away; what it has got stays."""
        if self._process is not None:
            self._before = self.messages
            self._process.kill()
            self._process = None

    @property
    def messages(self):
        lines = self._process.lines if self._process is not None else []
        return self._before + [self._parse(line) for line in lines if re.match(r'[01] [012] \S+ ', line)]

    @staticmethod
    def _parse(line):
        retained, qos, topic, payload = line.split(' ', 3)
        try:
            payload = json.loads(payload)
        except ValueError:
            pass
        return Message(topic, retained == '1', int(qos), payload)

    def of(self, suffix):
        """The payloads of topics that end so."""
        return [message.payload for message in self.messages if message.topic.endswith(suffix)]

    def wait(self, suffix, n):
        """The first n payloads of topics that end so."""
        wait_until(lambda: len(self.of(suffix)) >= n, what=f'{n} messages of {suffix}')
        return self.of(suffix)
