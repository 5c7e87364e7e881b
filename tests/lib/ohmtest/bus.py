# SPDX-License-Identifier: LGPL-2.1-or-later
"""A message bus of our own."""

import os
import shutil
import tempfile
import urllib.parse

from gi.repository import Gio, GLib

from .paths import PATIENCE
from .process import Process
from .variant import unpack
from .wait import wait_until

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

NAME = 'org.ohmnibus.Ohmnibus1'
PATH = '/org/ohmnibus/Ohmnibus1'


class PrivateBus:
    """dbus-daemon without activation in a folder of its own. Usable as a context manager."""

    def __init__(self):
        self._dir = tempfile.mkdtemp(prefix='ohm-bus-')
        config = os.path.join(self._dir, 'bus.conf')
        with open(config, 'w', encoding='utf-8') as file:
            file.write(CONFIG.format(path=urllib.parse.quote(os.path.join(self._dir, 'bus'))))
        self._connection = None
        self.descriptors = []  # what the last call() brought; the caller's to close
        self._process = Process(['dbus-daemon', f'--config-file={config}', '--nofork', '--nopidfile',
                                 '--nosyslog', '--print-address=1'])
        try:
            self.address = self._process.wait_line('^unix:.*').group(0)
        except AssertionError:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def connect(self):
        """A connection of its own: a peer that the daemon can tell from others."""
        connection = Gio.DBusConnection.new_for_address_sync(
            self.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        connection.set_exit_on_close(False)
        return connection

    @property
    def connection(self):
        if self._connection is None:
            self._connection = self.connect()
        return self._connection

    def call(self, path, method, signature=None, *arguments, timeout=PATIENCE):
        """Calls a method of the daemon: path below the root ('' or 'meters/main'), 'Interface.Method'
        without the common prefix (others in full); returns the results as a tuple of Python values."""
        interface, _, member = method.rpartition('.')
        if '.' not in interface:
            interface = f'{NAME}.{interface}'
        variant = GLib.Variant(f'({signature})', arguments) if signature is not None else None
        path = PATH if path == '' else path if path.startswith('/') else f'{PATH}/{path}'
        reply, descriptors = self.connection.call_with_unix_fd_list_sync(
            NAME, path, interface, member, variant, None, Gio.DBusCallFlags.NO_AUTO_START,
            int(timeout * 1000), None, None)
        self.descriptors = descriptors.steal_fds() if descriptors is not None else []
        return unpack(reply)

    def read_descriptor(self, index=0):
        """All that comes through a descriptor that the last call() returned."""
        with open(self.descriptors[index], 'rb') as stream:
            return stream.read()

    def get(self, path, prop):
        """A property, 'Interface.Property' as in call()."""
        interface, _, member = prop.rpartition('.')
        return self.call(path, 'org.freedesktop.DBus.Properties.Get', 'ss',
                         interface if '.' in interface else f'{NAME}.{interface}', member)[0]

    def collect(self, interface=None, member=None, path=None, connection=None):
        """A list that fills with (path, 'Interface.Member', values) of each signal while waits run."""
        seen = []

        def on_signal(_connection, _sender, object_path, signal_interface, signal_member, values):
            seen.append((object_path, f'{signal_interface}.{signal_member}', unpack(values)))
        (connection or self.connection).signal_subscribe(
            None, interface, member, path, None, Gio.DBusSignalFlags.NONE, on_signal)
        self.has_owner(connection=connection)  # once it answers, the bus knows the subscription
        return seen

    def has_owner(self, name=NAME, connection=None):
        return (connection or self.connection).call_sync(
            'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'NameHasOwner',
            GLib.Variant('(s)', (name,)), None, Gio.DBusCallFlags.NONE, -1, None).unpack()[0]

    def wait_owner(self, name=NAME, present=True):
        changes = self.collect('org.freedesktop.DBus', 'NameOwnerChanged')  # wakes the wait
        wait_until(lambda: self.has_owner(name) == present,
                   what=f"{'owner' if present else 'no owner'} of {name} (changes: {len(changes)})")

    def stop(self):
        if self._connection is not None and not self._connection.is_closed():
            self._connection.close_sync(None)
        self._connection = None
        if self._process.status is None:
            self._process.stop()
        shutil.rmtree(self._dir, ignore_errors=True)
