#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sh tests/lib/install-npm.sh FOLDER DIR: a program in JavaScript of the tests (FOLDER: tests/oidc,
# tests/otlp) with all that it needs, into DIR, exactly as its package-lock.json says; from whatever
# registry npm is configured for, and without running what packages bring along. Does nothing if
# that is there already.
set -eu

from=$(CDPATH='' cd -- "$1" && pwd -P)
dir=$2

mkdir -p "$dir"
if [ -d "$dir/node_modules" ] && cmp -s "$from/package-lock.json" "$dir/package-lock.json"; then
  cp "$from"/*.mjs "$dir/"
  exit 0
fi
if ! command -v npm >/dev/null 2>&1; then
  echo "npm is not installed: the tests that need $(basename "$from") are skipped" >&2
  exit 0
fi
rm -rf "$dir/node_modules"
cp "$from/package.json" "$from/package-lock.json" "$from"/*.mjs "$dir/"
cd "$dir"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >npm.log 2>&1 || {
  rm -rf node_modules
  cat npm.log >&2
  exit 1
}
