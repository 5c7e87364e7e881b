#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sh tests/lib/fetch-victoria-metrics.sh DIR: the VictoriaMetrics of Debian 13 into DIR, which takes
# OTLP; that of Debian 12 does not. From the mirror that apt is configured for, checked by Debian's
# key; nothing is installed, and no privilege is needed. No test run does that by itself: the project
# needs Debian 12 and npm, no more. Does nothing if it is there already.
set -eu

suite=trixie
program=victoria-metrics
keys=/usr/share/keyrings/debian-archive-keyring.gpg
dir=$1

mkdir -p "$dir"
dir=$(CDPATH='' cd -- "$dir" && pwd -P)
[ ! -x "$dir/$program" ] || exit 0
skip ()
{
  echo "no $program of Debian 13 ($1): the tests that need it are skipped" >&2
  exit 0
}
command -v apt-get >/dev/null 2>&1 || skip "no apt-get here"
mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
  awk '$1 !~ /-/ { print $2; exit }')
[ -n "$mirror" ] || skip "apt knows no mirror"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial"
echo "deb [signed-by=$keys] $mirror $suite main" >"$work/sources.list"
: >"$work/status"
apt ()
{
  apt-get -q -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status" -o Dir::Cache="$work" \
    -o APT::Sandbox::User= -o Acquire::Retries=3 -o Acquire::http::Timeout=20 -o Acquire::Languages=none "$@"
}
cd "$work"
if ! { apt update && apt download "$program"; } >"$work/log" 2>&1; then
  cat "$work/log" >&2
  skip "see above"
fi
dpkg-deb --fsys-tarfile "$work/${program}"_*.deb | tar -xOf - "./usr/bin/$program" >"$work/$program"
chmod 755 "$work/$program"
mv "$work/$program" "$dir/"
