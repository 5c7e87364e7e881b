#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# From a fresh checkout to quarter hours in VictoriaMetrics and InfluxDB, with an account of an
# identity server, all on this machine; docs/try-the-cloud.md is the walk.

set -eu

case ${1-} in
  '') ;;
  *)
    cat <<'TEXT'
usage: sh data/try-cloud.sh

Installs what is missing, builds, and starts two simulated meters, ohmd, VictoriaMetrics, InfluxDB
and an identity server on free ports of this machine, in folders of their own. Prints what to paste
into another terminal; Ctrl-C ends everything it started. data/docs/try-the-cloud.md is the walk.

OHM_BUILD_DIR names another build folder (default: build-quickstart in the checkout).
TEXT
    [ "$1" = --help ] && exit 0
    exit 2
    ;;
esac

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
build=${OHM_BUILD_DIR:-$top/build-quickstart}

sets="build run test"
command -v npm >/dev/null 2>&1 || sets="$sets npm"
# shellcheck disable=SC2086
sh "$top/data/install-packages.sh" $sets
mkdir -p "$build"
log=$build/try-cloud.log
echo "building; the log is $log"
{
  [ -f "$build/build.ninja" ] || meson setup -Dbuildtype=release "$build" "$top"
  ninja -C "$build" quickstart
} >"$log" 2>&1 || { tail -n 30 "$log" >&2; exit 1; }
sh "$top/tests/lib/install-npm.sh" "$top/tests/oidc" "${OHM_PEERS_DIR:-$build/tests}/oidc"

export OHM_BUILD_DIR="$build" OHM_SOURCE_DIR="$top" PYTHONPATH="$top/tests/lib" PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 "$top/tests/integration/try-cloud.py"
