# SPDX-License-Identifier: LGPL-2.1-or-later
"""data/try-cloud.sh: the scenario of deliveries with a person in it, who claims, pulls the network, kills
the daemon and looks. Time passes as outside, and by the hour on demand."""

import os
import select
import shlex
import signal
import sys
import time

import ohmtest
from deliveries import BEGIN, METERS, Deliveries, line_rows
from ohmtest import engines, oidc

UPLINK = '''[uplink]
plugin = cloud
spread = 0s
pace = 0s
[cloud]
url = {url}
format = line
engine = {engine}
auth = claim
issuer = {issuer}
client-id = ohmnibus-gateway
scope = openid offline_access email
proxy = none
'''
WORDS = '''
Here, a line each:
  approve CODE  what a person does who opens the link of 'ohmctl claim' and agrees (or use a browser)
  hour          an hour passes
  offline       VictoriaMetrics and InfluxDB end; online starts them again, where they were
  kill          ends ohmd with kill -9; start starts it again
  check         compares both engines with ohmd's database, row by row
  quit          ends everything, as Ctrl-C does

Time is simulated for the gateway alone: 'ohmctl event list' says that the clocks of the engines differ
from ours, and so they do.
'''


class TryCloud(Deliveries):
    def setUp(self):
        super().setUp()
        self.issuer = oidc.Issuer()
        self.addCleanup(self.issuer.stop)
        self.receivers = {}
        self.engines = {'vm': engines.VictoriaMetrics(), 'influx': engines.Influx()}
        for engine in self.engines.values():
            self.addCleanup(engine.remove)
            engine.start()
        self.clock = ohmtest.TestClock(wall=BEGIN)
        self.addCleanup(self.clock.stop)
        sim = self.sim('janitza-common@1-2', args=self.clock.args)
        kinds = {'vm': 'victoria-metrics', 'influx': 'influxdb'}
        self.process = self.daemon({
            **{f'meters.d/{name}.meter': sim.meter(unit=unit + 1, poll='60s')
               for unit, name in enumerate(METERS)},
            **{f'uplinks.d/{name}.uplink': UPLINK.format(
                url=engine.url + engine.write_path, engine=kinds[name], issuer=self.issuer.url)
               for name, engine in self.engines.items()},
        }, start=False, args=self.clock.args)
        credentials = os.path.join(self.process.dir, 'credentials')
        os.mkdir(credentials)
        with open(os.path.join(credentials, 'ohmnibus-secrets'), 'w', encoding='ascii') as file:
            file.write('opens the secrets of this try\n')
        self.process.env['CREDENTIALS_DIRECTORY'] = credentials
        self.start()

    def introduce(self):
        vm, influx = self.engines['vm'], self.engines['influx']
        ctl = shlex.join([ohmtest.program('ohmctl'), f'--bus-address={self.bus.address}'])
        print(f'''In another terminal:

  alias ohmctl={shlex.quote(ctl)}
  ohmctl claim vm
  ohmctl claim influx
  ohmctl uplink list
  ohmctl history one --from {BEGIN}
  curl -s {vm.url}/internal/force_flush
  curl -s {vm.url}/api/v1/export -d 'match[]=energy_energy_active_import_total_wh'
  curl -s {influx.url}/query -d db=ohm -d 'q=SELECT energy_active_import_total_wh FROM energy GROUP BY place'
{WORDS}''', flush=True)

    def do_approve(self, code=''):
        try:
            oidc.Person('owner').approve(f'{self.issuer.url}/device?user_code={code}')
        except (oidc.NoSuchPage, LookupError, OSError):
            raise ValueError(f"the identity server knows no code '{code}' that still waits: it is the one "
                             "that 'ohmctl claim' shows, good once, for some minutes") from None

    def do_hour(self):
        self.clock.advance(3600)

    def do_offline(self):
        for engine in self.engines.values():
            engine.stop()

    def do_online(self):
        for engine in self.engines.values():
            engine.start()

    def do_kill(self):
        self.process.kill()

    def do_start(self):
        self.start()

    def do_check(self):
        """The newest quarter hour may be on its way: then some minutes pass."""
        running = {name: engine for name, engine in self.engines.items() if engine.is_running}
        if len(running) == len(self.engines) and set(self.uplinks('State').values()) <= {'ok', 'retrying'}:
            self.deliver()
        stored = self.history()[0]
        rows = {name: line_rows(engine) for name, engine in running.items()}
        slots = len({end for _, _, end in stored})
        print(f'ohmd: {len(stored)} values, {len(METERS)} meters in {slots} quarter hours')
        for name in self.engines:
            print(f'{name}: {self.compare(stored, rows[name]) if name in rows else "offline"}')

    @staticmethod
    def compare(stored, rows):
        twice = sum(len(values) > 1 for values in rows.values())
        other = sum(values[0] != stored.get(key) for key, values in rows.items())
        return (f'{len(rows)} values, {len(stored.keys() - rows)} missing, {twice} twice, '
                f'{other} different')

    def obey(self, line):
        word, *rest = line.split()
        command = getattr(self, f'do_{word}', None)
        if command is None:
            print(WORDS, flush=True)
            return
        try:
            command(*rest)
            print(f'-- {word} done; it is {self.clock.wall[:19]}Z here', flush=True)
        except Exception as error:  # a person goes on
            print(f'-- {word}: {error}', flush=True)

    def walk(self):
        self.introduce()
        before = time.monotonic()
        while True:
            ready = select.select([sys.stdin.fileno()], [], [], 0.5)[0]
            now = time.monotonic()
            self.clock.advance(now - before)
            before = now
            line = os.read(sys.stdin.fileno(), 4096).decode() if ready else '\n'
            if not line or 'quit' in line.split():
                return
            for command in filter(str.strip, line.splitlines()):
                self.obey(command)
            before = max(before, time.monotonic())


def main():
    if oidc.missing():
        sys.exit(f'try-cloud: {oidc.missing()}')
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also if a shell had it ignored
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    scenario = TryCloud('walk')
    try:
        scenario.setUp()
        scenario.walk()
    except KeyboardInterrupt:
        pass
    finally:
        scenario.doCleanups()


main()
