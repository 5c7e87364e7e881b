#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# From a fresh checkout to live values: installs what is missing, builds, starts a small simulated
# building and ohmd on a private bus, and shows a live table until Ctrl-C.

set -eu

usage()
{
  cat <<'EOF'
usage: sh data/quickstart.sh [--once] [--keep] [--help]

Installs what is missing, builds, starts a small simulated building (ohm-sim) and ohmd on a
private bus, and shows a live table until Ctrl-C, which ends everything it started.

  --once   print one table of live values and exit
  --keep   keep the folder with configuration, database and logs
  --help   show this text

OHM_BUILD_DIR names another build folder (default: build-quickstart in the checkout).
EOF
}

once=
keep=
for argument in "$@"; do
  case $argument in
    --once) once=1 ;;
    --keep) keep=1 ;;
    --help) usage; exit 0 ;;
    *) echo "quickstart.sh: unknown argument '$argument'; see --help" >&2; exit 2 ;;
  esac
done

top=$(cd "$(dirname "$0")/.." && pwd)
build=${OHM_BUILD_DIR:-$top/build-quickstart}
sim_pid= ; bus_pid= ; daemon_pid= ; watch_pid=
home=

finish()
{
  status=$?
  trap - EXIT INT TERM HUP
  for pid in $watch_pid $daemon_pid $sim_pid $bus_pid; do
    kill "$pid" 2>/dev/null || :
    wait "$pid" 2>/dev/null || :
  done
  if [ -n "$home" ] && [ -z "$keep" ]; then rm -rf "$home"; fi
  if [ -n "$keep" ]; then echo "kept: $home"; fi
  exit $status
}

fail()
{
  echo "quickstart.sh: $1" >&2
  if [ -n "$home" ] && [ -s "$home/ohmd.log" ]; then tail -n 20 "$home/ohmd.log" >&2; fi
  exit 1
}

sh "$top/data/install-packages.sh" build run

# Two copies may start at once: only one of them builds. A moved folder is configured anew.
mkdir -p "$build"
(
  flock 9
  if [ ! -f "$build/build.ninja" ] || ! ninja -C "$build" quickstart >"$build/quickstart.log" 2>&1; then
    echo "building; the log is $build/quickstart.log"
    rm -rf "$build/meson-private" "$build/build.ninja"
    { meson setup "$build" "$top" -Dbuildtype=release && ninja -C "$build" quickstart; } \
      >"$build/quickstart.log" 2>&1 || { tail -n 30 "$build/quickstart.log" >&2; exit 1; }
  fi
) 9>"$build/.quickstart-lock" || fail "the build failed"

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
home=$(mktemp -d)
mkdir "$home/config" "$home/config/meters.d" "$home/state"

# The simulated building: each line of the file is a TCP endpoint with one or more meters.
"$build/tests/sim/ohm-sim" --profile-dir "$build/plugins" "@$top/tests/sim/building.conf" \
  >"$home/sim.out" 2>"$home/sim.log" &
sim_pid=$!
tries=0
until grep -qx ready "$home/sim.out"; do
  kill -0 "$sim_pid" 2>/dev/null || { cat "$home/sim.log" >&2; fail "the simulator did not start"; }
  tries=$((tries + 1))
  [ "$tries" -le 100 ] || fail "the simulator did not get ready within 10 s"
  sleep 0.1
done

# Names of the meters, in the order of the building's file; a gateway carries several units. Each has
# a load of its own: none is the sum of others, so none is called the main meter.
names="annex tenant-1 tenant-2 tenant-3 heat-pump solar more-1 more-2 more-3"
grep '^listening ' "$home/sim.out" >"$home/endpoints"
while read -r _ host port type units; do
  case $units in
    *-*) list=$(seq "${units%-*}" "${units#*-}") ;;
    *) list=$(echo "$units" | tr ',' ' ') ;;
  esac
  for unit in $list; do
    name=${names%% *}
    names=${names#* }
    {
      echo "[meter]"
      echo "type = $type"
      echo "transport = modbus-tcp"
      echo "host = $host"
      echo "port = $port"
      echo "unit = $unit"
      echo "poll = 1s"
    } >"$home/config/meters.d/$name.meter"
  done
done <"$home/endpoints"

# TMPDIR may hold a blank or worse: in an address each byte may be written as its number.
address="unix:path=$(printf '%s' "$home/bus" | od -An -v -tx1 | tr -d '\n' | tr ' ' '%')"
dbus-daemon --session --nofork --nopidfile --address="$address" --print-address \
  >"$home/bus.out" 2>"$home/bus.log" &
bus_pid=$!
"$build/core/ohmd/ohmd" --version >/dev/null || fail "ohmd does not run"
tries=0
until [ -S "$home/bus" ]; do
  tries=$((tries + 1))
  [ "$tries" -le 100 ] || fail "the private bus did not start: $(cat "$home/bus.log")"
  sleep 0.1
done
"$build/core/ohmd/ohmd" --bus-address="$address" --config-dir="$home/config" \
  --state-dir="$home/state" --plugin-dir="$build/plugins" 2>"$home/ohmd.log" &
daemon_pid=$!
DBUS_SESSION_BUS_ADDRESS=$address gdbus wait --session --timeout 10 org.ohmnibus.Ohmnibus1 \
  || fail "ohmd did not come up"

if [ -n "$once" ]; then
  "$build/core/ohmctl/ohmctl" --bus-address="$address" watch --once
else
  # A trap waits until what runs in the foreground has ended: so the table runs beside us, with our
  # input. The shell would give it none.
  exec 3<&0
  "$build/core/ohmctl/ohmctl" --bus-address="$address" watch <&3 &
  watch_pid=$!
  wait "$watch_pid" || :
fi
