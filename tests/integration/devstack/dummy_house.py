"""A supervisor over real PostgreSQL and Valkey and small stand-ins for the product's programs; run by the tests.

``python dummy_house.py DATA [quick|stubborn|mortal]``: ``stubborn`` ignores SIGTERM, ``mortal`` dies after each start.
"""

import os
import signal
import sys
from pathlib import Path

from config.devstack import logs
from config.devstack.cli import report
from config.devstack.console import Console
from config.devstack.paths import ROOT
from config.devstack.problems import StopRequested
from config.devstack.process import Child, Command
from config.devstack.servers import Servers
from config.devstack.state import StateFile, clear_leftovers
from config.devstack.supervisor import Supervisor

# Like a worker with its pool: a child in the same group, and a grandchild in a session of its own.
PROGRAM = """
import os, signal, sys, time
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    if os.fork() == 0:
        os.setsid()
    time.sleep(600)
print("dummy ready", flush=True)
if "mortal" in sys.argv:
    time.sleep(0.2)
    sys.exit(7)
time.sleep(600)
"""


class DummyPart:
    name = "worker"
    ready_within = 10.0

    def __init__(self, data: Path, kind: str) -> None:
        self.data, self.kind = data, kind

    def spawn(self) -> Child:
        argv = [sys.executable, "-c", PROGRAM, self.kind]
        log = self.data / "logs" / "worker.log"
        return Child(Command("worker", argv, log, dict(os.environ), ROOT, signal.SIGTERM, grace=1.0))

    def ready(self, child: Child) -> bool:
        return "dummy ready" in child.new_output()

    def may_retry(self, child: Child) -> bool:
        return False


def main(data: Path, kind: str) -> int:
    console, state = Console(), StateFile(data / "state.json")
    clear_leftovers(state)
    supervisor = Supervisor(console, data)
    supervisor.changed = lambda: state.write(address="", pids=supervisor.pids, ports={}, phase="running")
    with supervisor:
        servers = Servers(data, os.environ, console, fsync=False)
        servers.start(supervisor.pause)
        for name, part in servers.parts.items():
            supervisor.watch(part, servers.children[name], logs.Alarms())
        supervisor.start(("Worker", DummyPart(data, kind), logs.Everything()))
        console.say("all up")
        try:
            while True:
                supervisor.pause(1.0)
        except StopRequested:
            return 0


if __name__ == "__main__":
    sys.exit(report(lambda: main(Path(sys.argv[1]), sys.argv[2])))
