# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads a log of meson test (JSON lines): prints what failed with the end of its output, then
'PASSED FAILED SKIPPED' on the last line."""

import json
import sys

TAIL_LINES = 40
PASSED = {'OK', 'EXPECTEDFAIL'}
SKIPPED = {'SKIP'}


def tail(test):
    text = '\n'.join(filter(None, (test.get('stdout'), test.get('stderr'))))
    return '\n'.join(text.rstrip().splitlines()[-TAIL_LINES:])


def main(path):
    passed = failed = skipped = 0
    try:
        with open(path, encoding='utf-8', errors='replace') as log:
            tests = [json.loads(line) for line in log if line.strip()]
    except FileNotFoundError:
        tests = []  # meson writes no log when no test was chosen
    for test in tests:
        if test['result'] in PASSED:
            passed += 1
        elif test['result'] in SKIPPED:
            skipped += 1
        else:
            failed += 1
            print(f"--- {test['name']}: {test['result']}, exit status {test['returncode']}, "
                  f"{test['duration']:.1f} s; the end of its output:")
            print(tail(test))
    print(passed, failed, skipped)


main(sys.argv[1])
