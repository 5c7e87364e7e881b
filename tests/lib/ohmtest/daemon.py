# SPDX-License-Identifier: LGPL-2.1-or-later
"""ohmd with folders of its own."""

import os
import shutil
import signal
import socket
import tempfile
import threading
import time

from .paths import plugin_dir, program
from .process import Process
from .wait import wait_until, wake



class Daemon:
    """Not started yet: write() its configuration, then start(). Folders outlive stop() and kill(), so
    that start() again is a restart; remove() ends it all."""

    def __init__(self, bus, config=None, plugin_dirs=None, args=(), env=None):
        self.bus = bus
        self.dir = tempfile.mkdtemp(prefix='ohm-daemon-')
        self.config_dir = os.path.join(self.dir, 'config')
        self.state_dir = os.path.join(self.dir, 'state')
        os.mkdir(self.config_dir)
        os.mkdir(self.state_dir)
        self.plugin_dirs = [plugin_dir()] if plugin_dirs is None else list(plugin_dirs)
        self.args = list(args)
        self.env = dict(env or {})
        self.process = None
        self.logs = []  # lines of all runs so far
        self.notified = []  # what this run told the service manager: 'READY=1', 'STOPPING=1'
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(os.path.join(self.dir, 'notify'))
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        for name, text in (config or {}).items():
            self.write(name, text)

    def write(self, name, text, mode=0o644):
        """Puts a configuration file into place in one step: 'meters.d/main.meter'."""
        path = os.path.join(self.config_dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + '.new', 'w', encoding='utf-8') as file:
            file.write(text)
        os.chmod(path + '.new', mode)
        os.rename(path + '.new', path)

    def delete(self, name):
        os.unlink(os.path.join(self.config_dir, name))

    def argv(self, *more):
        return [program('ohmd'), f'--bus-address={self.bus.address}',
                f'--config-dir={self.config_dir}', f'--state-dir={self.state_dir}',
                *(f'--plugin-dir={d}' for d in self.plugin_dirs), *self.args, *more]

    def start(self):
        """Starts it and waits until it says READY=1; returns the seconds that took."""
        assert not self.is_running, 'the daemon is running'
        if self.process is not None:
            self.logs += self.process.lines
        self.notified.clear()
        began = time.monotonic()
        # The daemon may warn its operator: only criticals are bugs.
        env = {'NOTIFY_SOCKET': self._notify.getsockname(), 'G_DEBUG': 'fatal-criticals', **self.env}
        if 'CREDENTIALS_DIRECTORY' in env:  # libsecret 0.20.5 loses 28 bytes with each secret that it writes
            env['ASAN_OPTIONS'] = os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0'
        self.process = Process(self.argv(), name='ohmd', env=env)
        try:
            wait_until(self._is_ready, what='READY=1 from ohmd')
        except AssertionError:
            self.kill()
            raise
        return time.monotonic() - began

    def _listen(self):
        """Reads at once whatever comes: a full socket would block the daemon."""
        for message in iter(lambda: self._notify.recv(4096), b''):
            self.notified += message.decode().splitlines()
            wake()

    def _is_ready(self):
        if self.process.status is not None:
            self.process.wait_exit()
            raise AssertionError(f'ohmd ended with {self.process.status} before it was ready:\n'
                                 f'{self.process.text}')
        return 'READY=1' in self.notified

    @property
    def log(self):
        return '\n'.join(self.logs + (self.process.lines if self.process else []))

    def wait_log(self, pattern):
        return self.process.wait_line(pattern)

    def reload(self):
        self.process.signal(signal.SIGHUP)

    def stop(self):
        """Ends it as a service manager does, which must not be a failure; returns the seconds that took."""
        status, seconds = self.process.stop()
        assert status == 0, f'ohmd ended with {status} at SIGTERM:\n{self.process.text}'
        return seconds

    def kill(self):
        self.process.kill()

    @property
    def is_running(self):
        return self.process is not None and self.process.status is None

    def remove(self):
        """Ends it if it still runs, which must then be clean, and deletes its folders."""
        try:
            if self.is_running:
                self.stop()
        finally:
            self._notify.sendto(b'', self._notify.getsockname())
            self._listener.join()
            self._notify.close()
            shutil.rmtree(self.dir, ignore_errors=True)
