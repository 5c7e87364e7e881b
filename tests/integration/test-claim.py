# SPDX-License-Identifier: LGPL-2.1-or-later
"""A gateway is linked to an account with a real identity server, loses it and gets it back; and nothing
that is secret can be found anywhere."""

import contextlib
import os
import re
import signal
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request

import ohmtest
from ohmtest import oidc, otlp, receiver

KEY = 'the key of the secrets, for one test'
class Receiver(receiver.Receiver):
    """Remembers with which tokens it was called."""

    def __init__(self):
        self.tokens = []
        super().__init__()

    def take(self, headers, body):
        self.tokens.append(headers['Authorization'].removeprefix('Bearer '))
        return super().take(headers, body)


@unittest.skipIf(oidc.missing(), oidc.missing())
@unittest.skipUnless(otlp.is_available(), 'needs protobuf-compiler and python3-protobuf')
class Claim(ohmtest.Scenario):
    def setUp(self):
        super().setUp()
        self.issuer = oidc.Issuer()
        self.addCleanup(self.issuer.stop)
        self.receiver = Receiver()
        self.addCleanup(self.receiver.stop)
        self.clock = ohmtest.TestClock(wall='2026-11-22T09:58:00Z')
        self.addCleanup(self.clock.stop)
        sim = self.sim('janitza-common', args=self.clock.args)
        self.process = self.daemon({
            'meters.d/main.meter': sim.meter(poll='60s'),
        }, start=False, args=self.clock.args)
        credentials = os.path.join(self.process.dir, 'credentials')
        os.mkdir(credentials)
        with open(os.path.join(credentials, 'ohmnibus-secrets'), 'w', encoding='utf-8') as file:
            file.write(KEY + '\n')
        self.process.env['CREDENTIALS_DIRECTORY'] = credentials
        self.said = []
        self.start()

    def start(self):
        self.process.start()
        self.clock.wait_for('ohmd')
        self.clock.settle()

    def add(self):
        self.ctl('uplink', 'add', 'cloud', 'cloud', f'url={self.receiver.url}', 'engine=collector',
                 f'issuer={self.issuer.url}', 'client-id=ohmnibus-gateway',
                 'scope=openid offline_access email', 'proxy=none', 'spread=0s', 'pace=0s')
        ohmtest.wait_until(lambda: self.get('Claim') == 'unclaimed', what='the claim to be looked up')

    def get(self, prop):
        return self.bus.get('uplinks/cloud', f'Uplink.{prop}')

    def start_claim(self):
        return ohmtest.Process([ohmtest.program('ohmctl'), 'claim', f'--bus-address={self.bus.address}'],
                               env={'LC_MESSAGES': 'C'})

    def claim(self, answer):
        """Runs `ohmctl claim` as a person does, who gives this answer; returns its exit status and what it
        said."""
        ctl = self.start_claim()
        uri = ctl.wait_line(r'^ +(http\S+)$').group(1)
        code = ctl.wait_line(r'^ +([A-Z]{4}-[A-Z]{4})$').group(1)
        answer(f'{uri}?user_code={code}')
        self.clock.advance(6)
        status = ctl.wait_exit()
        self.said.append(ctl.text)
        return status, ctl.text

    def stop_while_asking(self):
        """Who waits for an answer is told that it was the daemon that went, not somebody who cancelled."""
        ctl = self.start_claim()
        ctl.wait_line(r'^ +([A-Z]{4}-[A-Z]{4})$')
        self.process.stop()
        self.assertEqual(ctl.wait_exit(), 4, ctl.text)
        self.assertIn('ask for it again', ctl.text)
        self.start()

    def link(self):
        status, text = self.claim(oidc.Person('owner').approve)
        self.assertEqual(status, 0, text)
        self.assertIn("Uplink 'cloud' is linked to owner@example.org", text)
        self.assertEqual((self.get('Claim'), self.get('Account')), ('claimed', 'owner@example.org'))

    def deliver(self):
        def is_done():
            self.clock.advance(30)
            return self.get('Pending') == 0
        ohmtest.wait_until(is_done, what='all records delivered')
        self.assertEqual(self.get('State'), 'ok')

    @contextlib.contextmanager
    def renewing(self, wall):
        """At this time the account server has given another refresh token, and the answer is on its way."""
        grants = len(self.issuer.grants())
        self.issuer.hold()
        passing = threading.Thread(target=self.clock.advance_to, args=(wall,))
        passing.start()
        ohmtest.wait_until(lambda: len(self.issuer.grants()) > grants, what='a token to be renewed')
        try:
            yield
        finally:
            self.issuer.release()
            passing.join()

    def stop_while_renewing(self, wall):
        """The answer has the only token that is good from here on: it is waited for."""
        with self.renewing(wall):
            self.process.process.signal(signal.SIGTERM)
            self.process.wait_log('stopping')
        self.assertEqual(self.process.process.wait_exit(), 0, self.process.log)
        self.start()
        self.deliver()
        self.assertEqual(self.get('Claim'), 'claimed')

    def end_while_renewing(self, wall):
        """Who says so twice does not wait, and power cuts do not either: only a person helps then."""
        with self.renewing(wall):
            self.process.process.signal(signal.SIGTERM)
            self.process.wait_log('stopping')
            self.process.process.signal(signal.SIGTERM)
            self.assertEqual(self.process.process.wait_exit(), -signal.SIGTERM)
        self.start()
        self.lose('claim-lost-power')

    def lose(self, code):
        def is_lost():
            self.clock.advance(30)
            return self.get('State') == 'lost'
        ohmtest.wait_until(is_lost, what='the account to be lost')
        self.assertEqual(self.get('CauseCode'), code)

    def use_again(self, token):
        """What a thief does with a refresh token, or a gateway whose power went at the wrong moment."""
        form = {'grant_type': 'refresh_token', 'refresh_token': token, 'client_id': 'ohmnibus-gateway'}
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(self.issuer.url + '/token', urllib.parse.urlencode(form).encode())
        caught.exception.close()

    def places(self):
        """(where, bytes) of all that outlives or surrounds the daemon, but for the key itself."""
        for folder in (self.process.config_dir, self.process.state_dir):
            for path, _, names in os.walk(folder):
                for name in names:
                    with open(os.path.join(path, name), 'rb') as file:
                        yield os.path.join(path, name), file.read()
        for pid in filter(str.isdigit, os.listdir('/proc')):
            for name in ('cmdline', 'environ'):
                try:
                    with open(f'/proc/{pid}/{name}', 'rb') as file:
                        yield f'/proc/{pid}/{name}', file.read()
                except OSError:  # another user's, or gone
                    pass
        yield 'log', self.process.log.encode()
        yield 'ohmctl', '\n'.join(self.said).encode()
        for words in (('uplink', 'show', 'cloud'), ('status',)):
            yield words, self.ctl(*words, text=True, expect=(0, 1, 7)).encode()

    def assert_kept_secret(self):
        secrets = {KEY, *(token for grant in self.issuer.grants() for token in grant)}
        seen = 0
        for where, data in self.places():
            seen += b'ohmd' in data
            for secret in secrets:
                self.assertNotIn(secret.encode(), data, where)
        self.assertGreater(seen, 1, 'the search sees nothing at all')

    def test_claim(self):
        self.add()
        self.assertEqual(self.get('State'), 'unclaimed')
        status, text = self.claim(oidc.Person('owner').deny)
        self.assertEqual(status, 1, text)
        self.assertIn('declined', text)
        self.clock.advance_to('2026-11-22T10:02:00Z')
        self.assertEqual(self.receiver.requests, 0)
        self.stop_while_asking()

        self.link()
        self.deliver()
        self.assertTrue(self.receiver.points())
        self.assertEqual(set(self.receiver.tokens), {self.issuer.grants()[0][0]})
        self.assert_kept_secret()

        # Access tokens live in memory alone: a kill makes another one be asked for.
        self.process.kill()
        self.start()
        self.assertEqual((self.get('Claim'), self.get('Account')), ('claimed', 'owner@example.org'))
        self.clock.advance_to('2026-11-22T10:16:00Z')
        self.deliver()
        self.clock.advance_to('2026-11-22T11:01:00Z')
        self.deliver()
        self.assertEqual(self.receiver.tokens[-1], self.issuer.grants()[-1][0])
        self.assertEqual(len(self.issuer.grants()), 3)
        self.assert_kept_secret()

        self.stop_while_renewing('2026-11-22T11:46:00Z')
        self.assertEqual(len(self.issuer.grants()), 5)

        self.use_again(self.issuer.grants()[0][1])
        self.clock.advance_to('2026-11-22T12:46:00Z')
        self.lose('claim-lost')
        self.assertGreater(self.get('Pending'), 0)

        self.link()
        self.deliver()
        self.end_while_renewing('2026-11-22T13:46:00Z')

        self.link()
        self.deliver()
        self.assertEqual(self.receiver.faults, [])
        self.said.append(self.ctl('claim', '--unlink', '--yes', text=True))
        self.assertEqual(self.get('Claim'), 'unclaimed')
        self.process.kill()
        self.start()
        self.assertEqual((self.get('Claim'), self.get('State')), ('unclaimed', 'unclaimed'))
        self.use_again(self.issuer.grants()[-1][1])
        self.assert_kept_secret()

        # Who is removed is unlinked, and not linked if it comes back.
        self.link()
        self.ctl('uplink', 'remove', 'cloud', '--yes')
        self.clock.settle()
        self.use_again(self.issuer.grants()[-1][1])
        self.add()
        self.assertEqual(self.get('Claim'), 'unclaimed')

        # Likewise who does not run: nobody is there to ask for the account's name.
        self.link()
        self.ctl('uplink', 'set', 'cloud', 'enabled=false')
        self.ctl('uplink', 'remove', 'cloud', '--yes')
        self.clock.settle()
        self.add()
        self.assertEqual(self.get('Claim'), 'unclaimed')

        # Nor if its file was deleted by hand, and it was removed then.
        self.link()
        os.remove(self.get('File'))
        self.process.reload()
        ohmtest.wait_until(lambda: not self.ctl('uplink', 'list')['uplinks'], what='it to end')
        self.assertIn('had no file any more', self.ctl('uplink', 'remove', 'cloud', text=True))
        self.clock.settle()
        self.ctl('uplink', 'remove', 'cloud', expect=3)
        self.add()
        self.assertEqual(self.get('Claim'), 'unclaimed')


if __name__ == '__main__':
    ohmtest.main()
