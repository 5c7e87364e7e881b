#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# sh tests/oidc/install.sh DIR: the identity server of the tests, with all that it needs, into DIR,
# exactly as package-lock.json says; from whatever registry npm is configured for. Does nothing if
# that is there already.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
dir=$1

mkdir -p "$dir"
if [ -d "$dir/node_modules/oidc-provider" ] && cmp -s "$here/package-lock.json" "$dir/package-lock.json"; then
  cp "$here/issuer.mjs" "$dir/"
  exit 0
fi
if ! command -v npm >/dev/null 2>&1; then
  echo "npm is not installed: the tests with a real identity server are skipped" >&2
  exit 0
fi
rm -rf "$dir/node_modules"
cp "$here/package.json" "$here/package-lock.json" "$here/issuer.mjs" "$dir/"
cd "$dir"
npm ci --no-audit --no-fund --loglevel=error >npm.log 2>&1 || {
  rm -rf node_modules
  cat npm.log >&2
  exit 1
}
