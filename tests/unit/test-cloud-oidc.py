#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An account against a real identity server: linked, declined, renewed, replayed, given back."""

import json
import subprocess
import sys
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request

import ohmtest
from ohmtest import oidc

CLAIMANT = sys.argv.pop(1) if len(sys.argv) > 1 else None


class Claimant:
    """The program cloud-claimant: its commands, and what it says."""

    def __init__(self, issuer, client='ohmnibus-gateway'):
        self.lines = []
        self.n_seen = 0
        self._popen = subprocess.Popen([CLAIMANT, issuer.url, client], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._popen.stdout:
            self.lines.append(line.rstrip('\n'))

    def tell(self, *words):
        self._popen.stdin.write(' '.join(words) + '\n')
        self._popen.stdin.flush()

    def hear(self, what):
        """The rest of the next line, which has to begin so."""
        ohmtest.wait_until(lambda: len(self.lines) > self.n_seen or self._popen.poll() is not None,
                           10, what)
        word, _, rest = self.lines[self.n_seen].partition(' ')
        self.n_seen += 1
        if word != what:
            raise AssertionError(f"expected '{what}', heard '{word} {rest}'")
        return rest

    def ask(self, what, *words):
        self.tell(*words)
        return self.hear(what)

    def prompt(self):
        return self.ask('prompt', 'claim').split()[2]

    def kept(self):
        return json.loads(self.ask('kept', 'kept'))

    def stop(self):
        self._popen.stdin.close()
        self._popen.wait(10)
        self._reader.join()
        self._popen.stdout.close()


@unittest.skipIf(oidc.missing(), oidc.missing())
class Oidc(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.issuer = oidc.Issuer()
        cls.addClassCleanup(cls.issuer.stop)

    def claimant(self, *client):
        claimant = Claimant(self.issuer, *client)
        self.addCleanup(claimant.stop)
        return claimant

    def linked(self, *client):
        """One that the owner has just approved, after a question that came too early."""
        claimant = self.claimant(*client)
        uri = claimant.prompt()
        claimant.tell('pass', '5')
        oidc.Person('owner').approve(uri)
        claimant.tell('pass', '5')
        self.assertEqual(claimant.hear('claimed'), 'owner@example.org')
        return claimant

    def post(self, path, **fields):
        """What the server says to a form, with its status."""
        data = urllib.parse.urlencode(fields).encode()
        try:
            with urllib.request.urlopen(self.issuer.url + path, data, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def is_good(self, token):
        request = urllib.request.Request(self.issuer.url + '/me',
                                         headers={'Authorization': f'Bearer {token}'})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status == 200
        except urllib.error.HTTPError as error:
            with error:
                return False

    def test_linked_and_renewed(self):
        claimant = self.linked()
        first = claimant.ask('token', 'authorize')
        self.assertTrue(self.is_good(first))
        kept = claimant.kept()
        self.assertEqual(kept['subject'], 'owner')
        self.assertNotIn(first, str(kept))

        claimant.tell('pass', '3000')
        second = claimant.ask('token', 'authorize')
        self.assertNotEqual(first, second)
        self.assertTrue(self.is_good(second))
        self.assertNotEqual(claimant.kept()['refresh-token'], kept['refresh-token'])
        self.assertEqual(claimant.ask('token', 'authorize'), second)

        claimant.tell('refused')
        third = claimant.ask('token', 'authorize')
        self.assertNotEqual(second, third)
        self.assertEqual(claimant.ask('state', 'restart'), 'claimed ')
        self.assertTrue(self.is_good(claimant.ask('token', 'authorize')))

    def test_declined(self):
        claimant = self.claimant()
        oidc.Person('owner').deny(claimant.prompt())
        claimant.tell('pass', '5')
        self.assertEqual(claimant.hear('failed'), 'claim-denied')
        oidc.Person('owner').approve(claimant.prompt())
        claimant.tell('pass', '5')
        claimant.hear('claimed')

    def test_expired(self):
        claimant = self.claimant()
        claimant.prompt()
        claimant.tell('pass', '600')
        self.assertEqual(claimant.hear('failed'), 'claim-expired')

    def test_power_cut_while_renewing_a_steady_token(self):
        claimant = self.linked('steady')
        kept = claimant.kept()
        claimant.tell('keep', json.dumps({**kept, 'refreshing-since': 1}))
        claimant.ask('state', 'restart')
        self.assertTrue(self.is_good(claimant.ask('token', 'authorize')))
        self.assertEqual(claimant.kept(), kept)

    def test_power_cut_while_renewing(self):
        claimant = self.linked()
        before = claimant.kept()
        claimant.tell('pass', '3000')
        claimant.ask('token', 'authorize')
        # The answer did not get to the disk: there is the mark, and the token that is used up.
        claimant.tell('keep', json.dumps({**before, 'refreshing-since': 1}))
        self.assertEqual(claimant.ask('state', 'restart'), 'claimed ')
        self.assertEqual(claimant.ask('failed', 'authorize'), 'claim-lost-power')
        self.assertEqual(claimant.ask('state', 'restart'), 'lost claim-lost-power')
        oidc.Person('owner').approve(claimant.prompt())
        claimant.tell('pass', '5')
        claimant.hear('claimed')
        self.assertTrue(self.is_good(claimant.ask('token', 'authorize')))

    def test_stolen_token(self):
        claimant = self.linked()
        stolen = claimant.kept()['refresh-token']
        claimant.tell('pass', '3000')
        claimant.ask('token', 'authorize')
        status, answer = self.post('/token', grant_type='refresh_token', refresh_token=stolen,
                                   client_id='ohmnibus-gateway')
        self.assertEqual((status, answer['error']), (400, 'invalid_grant'))
        claimant.tell('pass', '3000')
        self.assertEqual(claimant.ask('failed', 'authorize'), 'claim-lost')

    def test_given_back(self):
        claimant = self.linked()
        token = claimant.ask('token', 'authorize')
        refresh = claimant.kept()['refresh-token']
        claimant.ask('unlinked', 'unlink')
        self.assertEqual(claimant.ask('failed', 'authorize'), 'claim-missing')
        status, answer = self.post('/token', grant_type='refresh_token', refresh_token=refresh,
                                   client_id='ohmnibus-gateway')
        self.assertEqual((status, answer['error']), (400, 'invalid_grant'))
        self.assertFalse(self.is_good(token))

    def test_refused(self):
        claimant = self.claimant('nobody')
        self.assertEqual(claimant.ask('failed', 'claim'), 'claim-refused')
        claimant = self.claimant('no-refresh')
        oidc.Person('owner').approve(claimant.prompt())
        claimant.tell('pass', '5')
        self.assertEqual(claimant.hear('failed'), 'claim-no-refresh')


if __name__ == '__main__':
    ohmtest.main()
