# SPDX-License-Identifier: LGPL-2.1-or-later
"""The identity server of tests/oidc, and the person who answers its pages."""

import html
import os
import re
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

from . import npm
from .paths import PATIENCE
from .process import Process


def missing():
    """Why there is none, or None."""
    return npm.missing('oidc', 'oidc-provider')


class Issuer:
    """oidc-provider on a free port. Options as issuer.mjs takes them, with _ for -."""

    def __init__(self, **options):
        arguments = [f'{name.replace("_", "-")}={value}' for name, value in options.items()]
        self.process = Process(['node', os.path.join(npm.folder('oidc'), 'issuer.mjs'), *arguments],
                               name='oidc-provider')
        self.url = self.process.wait_line(r'^issuer (\S+)').group(1)

    def grants(self):
        """[(access token, refresh token)], as given so far."""
        return [tuple(line.split()[1:]) for line in self.process.lines if line.startswith('grant ')]

    def hold(self):
        """From here on tokens are given, but who asked does not get to know, until release()."""
        self._control('hold')

    def release(self):
        self._control('release')

    def _control(self, word):
        with urllib.request.urlopen(f'{self.url}/test/{word}', timeout=PATIENCE):
            pass

    def stop(self):
        self.process.kill()


class NoSuchPage(Exception):
    """Another page came than the one that a person would go on with."""


class Person:
    """Answers the pages behind a prompt with plain HTTP: has a browser with cookies, and a name."""

    def __init__(self, name):
        self.name = name
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def _get(self, url):
        with self._browser.open(url, timeout=PATIENCE) as answer:
            return answer.geturl(), answer.read().decode()

    def _post(self, url, **fields):
        data = urllib.parse.urlencode(fields).encode()
        with self._browser.open(url, data, timeout=PATIENCE) as answer:
            return answer.geturl(), answer.read().decode()

    @staticmethod
    def _field(page, name):
        found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
        if found is None:
            raise NoSuchPage(f'the identity server shows a page without {name}: {page}')
        return html.unescape(found.group(1))

    def _open(self, uri_complete):
        """The page that shows the code and asks whether it is the same."""
        page = self._get(uri_complete)[1]
        url, _, query = uri_complete.partition('?')
        code = urllib.parse.parse_qs(query)['user_code'][0]
        return self._post(url, xsrf=self._field(page, 'xsrf'), user_code=code)

    def approve(self, uri_complete):
        """Confirms the code, signs in, agrees."""
        url, page = self._open(uri_complete)
        url, page = self._post(url, xsrf=self._field(page, 'xsrf'),
                               user_code=self._field(page, 'user_code'), confirm='yes')
        while '/interaction/' in url:
            prompt = self._field(page, 'prompt')
            fields = {'login': self.name, 'password': 'x'} if prompt == 'login' else {}
            url, page = self._post(url, prompt=prompt, **fields)
        if 'Success' not in page:
            raise AssertionError(f'not approved: {page}')

    def deny(self, uri_complete):
        """Sees the code, and says no."""
        url, page = self._open(uri_complete)
        self._post(url, xsrf=self._field(page, 'xsrf'), user_code=self._field(page, 'user_code'),
                   abort='yes')
