#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-exports.sh MODULE: a plugin exports its descriptor and nothing else.
set -u

exported=$(nm -D --defined-only "$1" | awk '{ print $3 }') || exit 1
if [ "$exported" != ohm_plugin ]; then
  echo "$1 has to export 'ohm_plugin' alone, but exports:"
  echo "$exported"
  exit 1
fi
