#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu

usage ()
{
  cat <<TEXT
Usage: sh tests/bench/run.sh [--quick] [--only PART]

PART: parts exchange load gateway life lines slots growth cloud, and start, only by name.
Builds, measures, and prints one table of figures beside what is promised. A few
minutes; with --quick about one. Needs a quiet machine and no network. The exit
status is 1 if a promise was not kept.

OHM_BUILD_DIR names another folder than build/; it must not be a sanitizer build.
TEXT
}

case ${1-} in
  -h | --help) usage; exit 0 ;;
esac

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
build=${OHM_BUILD_DIR:-$root/build}
case $build in /*) ;; *) build=$PWD/$build ;; esac

sh "$root/data/install-packages.sh" build run test >/dev/null
[ -f "$build/build.ninja" ] || meson setup "$build" "$root" >/dev/null
ninja -C "$build" >/dev/null

python=python3
"$python" -c 'import gi' 2>/dev/null || python=/usr/bin/python3
OHM_BUILD_DIR=$build OHM_SOURCE_DIR=$root PYTHONPATH=$root/tests/lib PYTHONDONTWRITEBYTECODE=1 \
  exec "$python" "$root/tests/bench/bench.py" "$@"
