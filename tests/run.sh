#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u

usage ()
{
  cat <<TEXT
Usage: sh tests/run.sh [--quick] [--no-sanitizers] [NAME...]

Installs missing Debian packages and, with npm, an identity server and a reader of OTLP; builds and
runs the tests:
  1. the suite, warnings are errors (build/)
  2. all but lint, lib and bench with address and undefined-behaviour sanitizers, the unit suite
     under a comma-decimal locale (build-asan/)
  3. suite 'builtin' with the plugins linked in (build-builtin/)

Suite 'once' (simulated time, fuzzing, or little but waiting) is left to 2, if there
is one.

VictoriaMetrics takes OTLP from 1.92 on, and Debian 12 has 1.79: whoever fetches that of Debian 13
(sh tests/lib/fetch-victoria-metrics.sh build/tests/engines) has the gateway tested against it, too.

  --quick          only 1
  --no-sanitizers  without 2
  NAME...          only these tests (as 'meson test' takes them), in 1 and 2

OHM_BUILD_DIR names another folder than build/ (2 and 3 append -asan, -builtin).
What tests write lies in TMPDIR, or in memory where that is not set and /dev/shm has the room.
The last line is 'N passed, N failed[, N skipped]'; the exit status is 0 when
something passed and nothing failed.
TEXT
}

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 1
build=${OHM_BUILD_DIR:-$root/build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
quick=no
sanitize=yes
at_once=$(($(nproc) * 4)) # the long ones wait more than they work
passed=0
failed=0
skipped=0

while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --quick) quick=yes ;;
    --no-sanitizers) sanitize=no ;;
    --) shift; break ;;
    -*) printf "run.sh: unknown option '%s'; see --help\n" "$1" >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done

# From here "$@" are the tests to run.
names=$#

finish ()
{
  if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
  else
    echo "$passed passed, $failed failed"
  fi
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  exit
}

# broken WHAT LOG: counts one failure and shows why
broken ()
{
  printf -- '--- %s failed; the end of %s:\n' "$1" "$2"
  tail -n 60 "$2"
  failed=$((failed + 1))
}

# build_in DIR OPTION...
build_in ()
{
  dir=$1
  shift
  mkdir -p "$dir" || return 1
  exec 9<"$dir"
  if ! flock -n 9; then
    echo "waiting for another run in $dir"
    flock 9
  fi
  log=$dir/run.log
  : >"$log"
  if [ -f "$dir/build.ninja" ] && ! grep -qsF "\"source\": \"$root\"" "$dir/meson-info/meson-info.json"; then
    find "$dir" -mindepth 1 -delete # configured for a tree that stood elsewhere
  fi
  if [ ! -f "$dir/build.ninja" ]; then
    meson setup -Dwerror=true -Dtests=enabled "$@" "$dir" "$root" >"$log" 2>&1 9<&- || return 1
  fi
  ninja --quiet -C "$dir" >"$log" 2>&1 9<&-
}

# test_in DIR SETUP OPTION...: runs tests, adds them to the counts
test_in ()
{
  dir=$1
  setup=$2
  log=$dir/test-$setup.log
  json=$dir/meson-logs/testlog-$setup.json
  shift 2
  rm -f "$json"
  meson test -C "$dir" --no-rebuild --num-processes "$at_once" --setup "$setup" "$@" >"$log" 2>&1 </dev/null 9<&-
  status=$?
  counts=$(python3 "$root/tests/lib/tally.py" "$json") || counts="$counts
0 0 0"
  printf '%s\n' "$counts" | sed '$d'
  # shellcheck disable=SC2046
  set -- $(printf '%s\n' "$counts" | tail -n 1)
  passed=$((passed + $1))
  failed=$((failed + $2))
  skipped=$((skipped + $3))
  echo "   $1 passed, $2 failed, $3 skipped"
  if [ $status != 0 ] && [ "$2" = 0 ]; then
    broken "meson test" "$log"
  elif [ $(($1 + $2 + $3)) = 0 ]; then
    broken "the choice of tests, of which there are none," "$log"
  fi
}

step ()
{
  printf '== %s\n' "$*"
}

cd "$root" || exit 1

# scratch_in DIR: makes and prints a folder in it, if 2 GiB are free and programs may run from there
scratch_in ()
{
  [ -w "$1" ] && [ "$(df -Pk "$1" | awk 'NR == 2 { print $4 }')" -gt 2000000 ] || return 1
  folder=$(mktemp -d "$1/ohmnibus.XXXXXX") || return 1
  printf '#!/bin/sh\n' >"$folder/program"
  chmod +x "$folder/program"
  if ! "$folder/program" 2>/dev/null; then
    rm -rf "$folder"
    return 1
  fi
  echo "$folder"
}

step "packages"
if [ -n "${TMPDIR:-}" ] || ! scratch=$(scratch_in /dev/shm); then
  scratch=$(mktemp -d) || exit 1
fi
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
chmod 1777 "$scratch" # some tests are somebody else, too
export TMPDIR="$scratch"
install_log=$scratch/install.log
sets="build run test"
command -v npm >/dev/null 2>&1 || sets="$sets npm"
# shellcheck disable=SC2086
if ! sh data/install-packages.sh $sets >"$install_log" 2>&1; then
  broken "the installation of packages" "$install_log"
  finish
fi
cat "$install_log"
step "build and test in $build"
if ! build_in "$build"; then
  broken "the build" "$build/run.log"
  finish
fi
export OHM_PEERS_DIR="$build/tests"
for peer in oidc otlp; do
  if ! sh tests/lib/install-npm.sh "tests/$peer" "$OHM_PEERS_DIR/$peer" >"$install_log" 2>&1; then
    broken "the installation of tests/$peer" "$install_log"
  fi
  cat "$install_log"
done
if [ "$quick$sanitize$names" = noyes0 ]; then
  test_in "$build" default --no-suite once
else
  test_in "$build" default "$@"
fi
[ "$quick" = no ] || finish

if [ "$sanitize" = yes ]; then
  step "build and test with sanitizers in $build-asan"
  compiler=gcc
  command -v clang >/dev/null 2>&1 && compiler=clang
  if ! CC=$compiler build_in "$build-asan" -Db_sanitize=address,undefined -Db_lundef=false; then
    broken "the build with sanitizers" "$build-asan/run.log"
  else
    if [ "$names" = 0 ]; then
      test_in "$build-asan" comma --suite unit
      set -- --no-suite lint --no-suite lib --no-suite bench --no-suite unit
    fi
    test_in "$build-asan" default "$@"
  fi
fi

if [ "$names" = 0 ]; then
  step "plugins linked in, suite builtin, in $build-builtin"
  if ! build_in "$build-builtin" -Dbuiltin_plugins=true; then
    broken "the build with built-in plugins" "$build-builtin/run.log"
  else
    test_in "$build-builtin" default --suite builtin
  fi
fi

finish
