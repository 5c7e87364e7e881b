#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
set -eu

usage ()
{
  cat <<TEXT
Usage: sh data/install-packages.sh [--dry-run] [SET...]

Installs what is missing of the Debian packages listed in data/packages.
SET is build, run, test, npm or docs; without any, the first three. Needs root or sudo only
when something is missing. --dry-run prints the missing packages, one a line.
TEXT
}

fail ()
{
  printf 'install-packages: %s\n' "$1" >&2
  exit 1
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
list=$here/packages
dry_run=no
sets=

for arg; do
  case $arg in
    -h | --help) usage; exit 0 ;;
    --dry-run) dry_run=yes ;;
    build | run | test | npm | docs) sets="$sets $arg" ;;
    *) printf "install-packages: unknown argument '%s'; see --help\n" "$arg" >&2; exit 2 ;;
  esac
done
: "${sets:= build run test}"

[ -r "$list" ] || fail "cannot read $list"

wanted=$(awk -v sets="$sets " '
  { sub (/#.*/, ""); gsub (/[ \t]/, "") }
  /^\[.*\]$/ { use = index (sets, " " substr ($0, 2, length ($0) - 2) " "); next }
  $0 != "" && use' "$list")

missing ()
{
  # shellcheck disable=SC2086
  dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
    awk -v wanted="$(echo $wanted)" '
      $1 == "installed" { have[$2] = 1 }
      END { n = split (wanted, w, " "); for (i = 1; i <= n; i++) if (!(w[i] in have)) print w[i] }'
}

command -v dpkg-query >/dev/null 2>&1 || fail "no dpkg here: this is not a Debian system. Install by your own \
system's tools what $list names, then build with meson as the README says"

need=$(missing)
if [ "$dry_run" = yes ]; then
  [ -z "$need" ] || printf '%s\n' "$need"
  exit 0
fi
if [ -z "$need" ]; then
  echo "packages:$sets: all there"
  exit 0
fi

command -v apt-get >/dev/null 2>&1 || fail "no apt-get here. Install by hand: $(echo $need)"
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null 2>&1 ||
    fail "not root and no sudo. As root, run: apt-get install --no-install-recommends $(echo $need)"
  # shellcheck disable=SC2086
  exec sudo sh "$here/install-packages.sh" $sets
fi

# Another copy may be installing the same: wait for it, then look again.
exec 9>/run/ohmnibus-packages.lock
flock 9
need=$(missing)
[ -n "$need" ] || exit 0
echo "packages:$sets: installing" $need
log=$(mktemp)
policy=
trap 'rm -f "$log" $policy' EXIT
# Tests start servers of their own: those that a package would start as services stay down.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  policy=/usr/sbin/policy-rc.d
  cat >"$policy" <<'POLICY'
#!/bin/sh
case "$*" in *influxdb*|*mosquitto*|*nats-server*|*prometheus*|*victoria-metrics*) exit 101 ;; esac
POLICY
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
# An update that fails in part still lets the rest install.
# shellcheck disable=SC2086
if ! { apt-get update; apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 $need; } \
  >"$log" 2>&1 </dev/null 9>&-; then
  tail -n 20 "$log" >&2
  fail "apt-get failed (its last lines are above). Check the network and the package sources, then run it again"
fi
need=$(missing)
[ -z "$need" ] || fail "still missing after the installation: $(echo $need)"
