# SPDX-License-Identifier: LGPL-2.1-or-later
"""plugins/README.md does what it says: its samples, dropped into a running daemon, read meters."""

import os
import shutil
import tempfile

import ohmtest
from ohmtest.paths import plugin_dir
from scene import MeterScenario
from tutorial import build, sample


class HotPickup(MeterScenario):
    def setUp(self):
        super().setUp()
        self.dir = tempfile.mkdtemp(prefix='ohm-plugins-')
        self.addCleanup(shutil.rmtree, self.dir)
        self.work = tempfile.mkdtemp(prefix='ohm-work-')
        self.addCleanup(shutil.rmtree, self.work)
        self.device = self.sim('janitza-common')
        self.process = self.daemon({'meters.d/other.meter': self.device.meter(poll='200ms')},
                                   plugin_dirs=[plugin_dir(), self.dir])

    def put(self, name, data, mode=0o644):
        """As an installer does: written under another name, then renamed."""
        new = os.path.join(self.dir, '.' + name)
        with open(new, 'wb') as file:
            file.write(data)
        os.chmod(new, mode)
        os.rename(new, os.path.join(self.dir, name))

    def refused(self):
        rows = self.bus.call('', 'Manager.GetRefused')[0]
        return {row[1]: ' '.join(row[4].values()) for row in rows}

    def build_plugin(self):
        return build(self.work, 'acme-bcd')

    def read(self, kind):
        device = self.sim(kind, profile_dirs=[plugin_dir(), self.dir])
        self.process.write(f'meters.d/{kind}.meter', device.meter(poll='200ms'))
        ohmtest.wait_until(lambda: self.bus.call('', 'Manager.ListPoints') and kind in self.meters(),
                           what=f'meter {kind} listed')
        self.wait_state(kind, 'ok')
        self.wait_read(kind)
        return self.values(kind)

    def meters(self):
        objects = self.bus.call('', 'org.freedesktop.DBus.ObjectManager.GetManagedObjects')[0]
        return [faces['org.ohmnibus.Ohmnibus1.Meter']['Id'] for faces in objects.values()
                if 'org.ohmnibus.Ohmnibus1.Meter' in faces]

    def test_profile_of_the_tutorial(self):
        self.put('acme-3000.profile', sample('acme-3000.profile').encode())
        values = self.read('acme-3000')
        self.assertTrue(all(quality == 'good' for _, quality in values.values()), values)

    def test_profile_that_inherits(self):
        self.put('acme-3000.profile', sample('acme-3000.profile').encode())
        self.put('acme-3000-ct.profile', sample('acme-3000-ct.profile').encode())
        values = self.read('acme-3000-ct')
        self.assertEqual(values['current.l1'][1], 'good')
        self.assertNotIn('frequency', values)

    def test_plugin_of_the_tutorial(self):
        module = self.build_plugin()
        self.put('acme-bcd.profile', sample('acme-bcd.profile').encode())
        self.put('acme-bcd.so', module)
        values = self.read('acme-bcd')
        for point in ('voltage.l1-n', 'frequency', 'energy-active-import.total'):
            self.assertEqual(values[point][1], 'good', values)
        self.assertIn(self.meter('acme-bcd', 'Facts')['variant'], ('M', 'S'))
        # A module that is in use stays as it is: the new file waits for a restart.
        polls = self.statistics('acme-bcd')['polls']
        self.put('acme-bcd.so', module + b'\0')
        ohmtest.wait_until(lambda: self.bus.get('plugins/acme_2dbcd', 'Plugin.State')
                           == 'restart-needed', what='the changed plugin being noticed')
        self.assertEqual(self.state('acme-bcd'), 'ok')
        self.assertGreaterEqual(self.statistics('acme-bcd')['polls'], polls)

    def test_refused_plugin_is_tried_again_when_it_changes(self):
        self.put('acme-bcd.so', b'this is no module')
        ohmtest.wait_until(lambda: 'acme-bcd' in self.refused(), what='the refusal')
        self.assertIn('cannot be loaded', self.refused()['acme-bcd'])
        self.put('acme-bcd.so', self.build_plugin(), mode=0o666)
        ohmtest.wait_until(lambda: 'writable' in self.refused().get('acme-bcd', ''),
                           what='the other refusal')
        os.chmod(os.path.join(self.dir, 'acme-bcd.so'), 0o644)
        ohmtest.wait_until(lambda: 'acme-bcd' not in self.refused(), what='the plugin being loaded')

    def test_bad_profile_harms_nobody(self):
        self.wait_state('other', 'ok')
        self.put('acme-3000.profile', b'[profile]\nid = acme-3000\nnmae = x\n')
        ohmtest.wait_until(lambda: 'acme-3000' in self.refused(), what='the refusal')
        self.assertRegex(self.refused()['acme-3000'], r'acme-3000\.profile:3: \[profile\] nmae: .*name')
        self.assertEqual(self.state('other'), 'ok')


if __name__ == '__main__':
    ohmtest.main()
