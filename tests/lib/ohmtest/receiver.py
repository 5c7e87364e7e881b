# SPDX-License-Identifier: LGPL-2.1-or-later
"""A receiver of OTLP over HTTP that believes nothing: what is not exactly as the standard says fails
the test, not only the request."""

import contextlib
import gzip
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import otlp
from .wait import wake


class Receiver:
    """Listens at once. points() are what was accepted, bodies the requests with it as they came: (media
    type, whether packed, bytes); answers, where not empty, are given one by one instead of a success:
    (status, headers, body), with which nothing is kept."""

    def __init__(self):
        self._reader = otlp.Reader()
        self._lock = threading.Lock()
        self._points = []
        self._server = None
        self.port = 0
        self.requests = 0
        self.faults = []
        self.bodies = []
        self.answers = []
        self.start()

    def start(self):
        """Again on the same port after stop()."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def do_POST(self):
                length = int(self.headers['Content-Length'])
                body = self.rfile.read(length)
                if len(body) < length:  # who sent it was killed
                    return
                status, headers, body = receiver.take(self.headers, body)
                self.send_response(status)
                for name, value in {**headers, 'Content-Length': len(body)}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def __init__(self, *args):
                self.open = set()
                super().__init__(*args)

            def process_request(self, request, client_address):
                self.open.add(request)
                super().process_request(request, client_address)

            def handle_error(self, request, client_address):
                if not isinstance(sys.exc_info()[1], OSError):
                    super().handle_error(request, client_address)

            def shutdown_request(self, request):
                self.open.discard(request)
                super().shutdown_request(request)

        self._server = Server(('127.0.0.1', self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={'poll_interval': 0.05},
                         daemon=True).start()

    @property
    def url(self):
        return f'http://127.0.0.1:{self.port}/v1/metrics'

    def take(self, headers, body):
        """Called by the threads of the server."""
        kind = headers['Content-Type']
        with self._lock:
            self.requests += 1
            if self.answers:
                return self.answers.pop(0)
            try:
                packed = headers['Content-Encoding'] == 'gzip'
                self._points += self._reader.read(kind, gzip.decompress(body) if packed else body)[1]
                self.bodies.append((kind, packed, body))
            except Exception as error:  # whatever it is, it is a fault of the sender
                self.faults.append(f'{kind}: {error!r}')
                return 400, {}, str(error).encode()
        wake()
        return 200, {'Content-Type': kind}, self._reader.answer(kind)

    def points(self):
        with self._lock:
            return list(self._points)

    def stop(self):
        """Nobody listens any more, and what was connected is cut off."""
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._server.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        wake()
