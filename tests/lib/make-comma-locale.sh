#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Usage: make-comma-locale.sh STAMP FOLDER
# Compiles de_DE.UTF-8 into FOLDER (for LOCPATH), checks that its decimal sign is a comma.
set -eu

stamp=$1
folder=$2
mkdir -p "$folder"
localedef -i de_DE -f UTF-8 "$folder/de_DE.UTF-8"
sign=$(LOCPATH=$folder LC_ALL=de_DE.UTF-8 locale decimal_point)
if [ "$sign" != , ]; then
  echo "the decimal sign of de_DE.UTF-8 in $folder is '$sign', expected ','" >&2
  exit 1
fi
: >"$stamp"
