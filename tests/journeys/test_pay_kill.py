"""kill -9 of a real worker while it calculates a run of pay, and while it posts one: one result, nobody paid twice."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from config.devstack.paths import ROOT
from config.devstack.postgres import DATABASE
from config.devstack.stack import Stack, stack

PEOPLE = 1_500
PATIENCE = 150.0
ENV = {"LODESTAR_WORK_LEASE_SECONDS": "4", "LODESTAR_SWEEP_SECONDS": "1", "LODESTAR_WORKER_PROCESSES": "1"}
SET_UP = f"""
import django; django.setup()
import json
from datetime import date
from tests.bench.pay_company import FIRST, opened
from apps.incentives import services
from apps.workspaces.scope import inside

workspace, furnished = opened({PEOPLE})
with inside(workspace):
    plan, people = furnished()
    run = services.begin_run(actor=people["hr"].actor, plan_id=plan.pk, day=FIRST, today=date(2026, 11, 30))
print(json.dumps({{"schema": workspace.schema_name, "slug": workspace.slug, "run": str(run.pk)}}))
"""
AS_THEY_DO = """
import django; django.setup()
from django.utils import timezone
from apps.accounts.models import User
from apps.incentives import services
from apps.incentives.domain.states import Act
from apps.incentives.models import Run
from apps.workspaces.models import Workspace
from apps.workspaces.scope import inside

with inside(Workspace.objects.get(slug="{slug}")):
    run = Run.objects.get()
    if not run.revision:
        hr = User.objects.get(email="hr@paid.test")
        services.request_calculation(actor=hr.actor, run_id=run.pk, revision=0)
    for name, act in (("hr", Act.SUBMIT), ("boss", Act.APPROVE), ("pia", Act.LOCK)) if run.revision else ():
        actor = User.objects.get(email=name + "@paid.test").actor
        services.act_on_run(actor=actor, run_id=run.pk, act=act, revision=run.revision, now=timezone.now())
"""
PROVE = """
import django; django.setup()
from apps.incentives import selectors
from apps.incentives.models import Run
from apps.workspaces.models import Workspace
from apps.workspaces.scope import inside

with inside(Workspace.objects.get(slug="{slug}")):
    proof = selectors.proof()
    assert proof.holds, proof.broken
    assert proof.count == {people}, proof.count
    assert selectors.is_posted(Run.objects.get())
"""


class House:
    """A running worker, and the database as it is seen from outside."""

    def __init__(self, house: Stack, database: psycopg.Connection) -> None:
        self.house, self.database = house, database

    def python(self, program: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program], env=self.house.env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, query: str) -> object:
        found = self.database.execute(query).fetchone()
        return found[0] if found else None

    def wait_for(self, what: str, true: Callable[[], object]) -> None:
        until = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > until:
                works = self.database.execute("SELECT kind, status, attempt, reason FROM work_work").fetchall()
                raise AssertionError(f"{what} did not happen: {works}\n{self.house.log('worker')[-3000:]}")
            time.sleep(0.01)

    def kill_when(self, query: str, *, after: str) -> None:
        """Have people do something, and kill the processes of the worker that do the work as soon as there is something
        in the database; what supervises them starts new ones."""
        self.wait_for("a pool of processes", lambda: len(self.house.pids("worker")) > 1)
        pool = self.house.pids("worker")[1:]  # looked up before: that takes longer than what is to be interrupted
        people = threading.Thread(target=self.python, args=[after])
        people.start()
        self.wait_for(query, lambda: self.ask(query))
        for pid in pool:
            os.kill(pid, signal.SIGKILL)
        people.join()

    def attempts(self, kind: str) -> object:
        return self.ask(f"SELECT max(attempt) FROM work_work WHERE kind = '{kind}'")  # noqa: S608


@pytest.fixture
def house() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="lodestar-pay-kill-"))
    try:
        with stack(folder, env=ENV) as running:
            running.manage("migrate_workspaces")
            with psycopg.connect(running.superuser_database_url, dbname=DATABASE, autocommit=True) as database:
                yield House(running, database)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_worker_killed_in_the_calculation_and_in_the_posting(house: House) -> None:
    made = json.loads(house.python(SET_UP).splitlines()[-1])
    house.database.execute(f"SET search_path = {made['schema']}")
    house.house.start("worker")
    house.house.start("scheduler")

    people = AS_THEY_DO.format(**made)
    house.kill_when("SELECT EXISTS (SELECT 1 FROM incentives_runresult)", after=people)
    assert house.ask("SELECT state FROM incentives_run") == "draft", "the kill came too late to interrupt anything"
    house.wait_for("the calculation", lambda: house.ask("SELECT state FROM incentives_run") == "calculated")
    assert house.attempts("incentives.calculate") == 2
    assert house.ask("SELECT count(*) FROM incentives_calculation") == 1
    assert house.ask("SELECT count(*) || ' ' || count(DISTINCT key) FROM incentives_runresult") == f"{PEOPLE} {PEOPLE}"

    house.kill_when("SELECT EXISTS (SELECT 1 FROM incentives_ledgerentry)", after=people)
    posted = house.ask("SELECT count(*) FROM incentives_ledgerentry")
    assert isinstance(posted, int)
    assert 0 < posted < PEOPLE, "the kill came too late to interrupt anything"
    ended = "SELECT published_at IS NOT NULL FROM incentives_calculation"
    house.wait_for("the posting", lambda: house.ask(ended))
    assert house.attempts("incentives.post") == 2
    house.house.stop("worker")
    sums = "SELECT sum(minor) = (SELECT sum(due) FROM incentives_runresult) FROM incentives_ledgerentry"
    assert house.ask(sums)
    assert house.ask("SELECT count(*) || ' ' || sum(pay) FROM incentives_settlement") == house.ask(
        "SELECT count(*) || ' ' || sum(due) FROM incentives_runresult"
    )
    house.python(PROVE.format(people=PEOPLE, **made))
