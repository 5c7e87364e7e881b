# SPDX-License-Identifier: LGPL-2.1-or-later
"""A receiver on loopback that speaks TLS 1.3 as OpenSSL does, with tickets, and remembers who came."""

import http.server
import os
import ssl
import subprocess
import threading
from collections import namedtuple

# path: that was posted to; name: of the client's certificate, or None
Visit = namedtuple('Visit', 'path name resumed')


def openssl(*arguments):
    subprocess.run(['openssl', *arguments], check=True, capture_output=True)


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder):
        self._folder = folder
        self._key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
        self.cert = self.path('authority.pem')
        openssl('req', '-x509', *self._key, '-days', '2', '-subj', '/CN=authority',
                '-keyout', self.path('authority.key'), '-out', self.cert)

    def path(self, name):
        return os.path.join(self._folder, name)

    def issue(self, name):
        """Path of certificate and key in one file, for 127.0.0.1, readable by its owner alone."""
        request, cert, key, both = (self.path(f'{name}.{end}') for end in ('csr', 'crt', 'key', 'pem'))
        openssl('req', *self._key, '-subj', f'/CN={name}', '-addext', 'subjectAltName=IP:127.0.0.1',
                '-keyout', key, '-out', request)
        openssl('x509', '-req', '-in', request, '-CA', self.cert, '-CAkey', self.path('authority.key'),
                '-CAcreateserial', '-days', '2', '-copy_extensions', 'copy', '-out', cert)
        with open(os.open(both, os.O_CREAT | os.O_WRONLY, 0o600), 'w', encoding='ascii') as out:
            for part in cert, key:
                with open(part, encoding='ascii') as file:
                    out.write(file.read())
        return both


class Receiver:
    """Takes whatever is posted. Certificates of clients are looked at, not required."""

    def __init__(self, authority):
        self.visits = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.issue('receiver'))
        context.load_verify_locations(authority.cert)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.set_alpn_protocols(['http/1.1'])
        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), self._handler())
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                  do_handshake_on_connect=False)
        self.url = f'https://127.0.0.1:{self._server.server_port}/'
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def _handler(self):
        visits = self.visits

        class Handler(http.server.BaseHTTPRequestHandler):
            """One request a connection, as after a quarter hour."""

            def do_POST(self):
                self.rfile.read(int(self.headers['Content-Length']))
                subject = (self.connection.getpeercert() or {}).get('subject', ())
                names = dict(row for part in subject for row in part)
                visits.append(Visit(self.path, names.get('commonName'), self.connection.session_reused))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
