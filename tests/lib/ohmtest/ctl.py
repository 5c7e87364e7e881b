# SPDX-License-Identifier: LGPL-2.1-or-later
"""ohmctl as a machine uses it."""

import json
import os
import subprocess

from .paths import PATIENCE, program


def ctl(bus, *arguments, expect=0, text=False):
    """Runs ohmctl on the bus with --json and returns what it printed, parsed (several documents: a
    list; nothing: None); with text the output as it is, without --json. Another exit status than
    expect (a number or several) is an AssertionError."""
    argv = [program('ohmctl'), *arguments, f'--bus-address={bus.address}']
    if not text:
        argv.append('--json')
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=PATIENCE,
                          env={**os.environ, 'LC_MESSAGES': 'C', 'G_DEBUG': 'fatal-criticals'})
    wanted = (expect,) if isinstance(expect, int) else expect
    if done.returncode not in wanted:
        raise AssertionError(f"ohmctl {' '.join(arguments)}: exit status {done.returncode}, expected "
                             f'{expect}\n{done.stdout}{done.stderr}')
    return done.stdout if text else parse(done.stdout)


def parse(output):
    """JSON documents one after the other, with whatever white space between them."""
    decoder, found, rest = json.JSONDecoder(), [], output.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        found.append(document)
        rest = rest[end:].lstrip()
    return None if not found else found[0] if len(found) == 1 else found
