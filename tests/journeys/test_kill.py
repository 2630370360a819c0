"""kill -9 in the middle of an import or a compute: every accepted upload ends computed, once, with the same figures.

The house runs for real, with short leases. Each test uploads a file over HTTP, watches its page as a person would, and
kills a part at the moment when the database says that the stage runs.
"""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest

from config.devstack.paths import ROOT
from config.devstack.postgres import DATABASE
from config.devstack.stack import Stack, stack
from tests.person import Page, Person
from tests.processes import engine_children

ROWS = 300_000
MONTHS = 12
PATIENCE = 90.0
GLANCE = 0.02
LOOKS = 25
"""The database is asked every so many seconds, so that no stage is over unseen; the page after so many glances."""
ENV = {
    "LODESTAR_WORK_LEASE_SECONDS": "4",
    "LODESTAR_SWEEP_SECONDS": "1",
    "LODESTAR_WORKER_PROCESSES": "2",
    "LODESTAR_WEB_WORKERS": "1",
}
SET_UP = """
import django; django.setup()
import json
from apps.accounts.models import User
from apps.datasets import services as datasets
from apps.metrics import services as metrics
from apps.metrics.domain.definition import parse
from apps.work.services import run_due
from apps.workspaces.models import Workspace
from apps.workspaces.scope import inside
from tests import cast

cast.make()
workspace = Workspace.objects.get(slug="acme")
with inside(workspace):
    ada = User.objects.get(email=cast.address_of("Ada")).actor
    first = b"day,customer,store,amount\\n2026-01-01,c0,s0,1.00\\n"
    upload = datasets.receive_upload(actor=ada, filename="first.csv", chunks=[first])
    run_due()
    columns = [
        {"source": "day", "name": "day", "type": "date", "role": "time"},
        {"source": "customer", "name": "customer", "type": "text", "role": "entity"},
        {"source": "store", "name": "store", "type": "text", "role": "dimension"},
        {"source": "amount", "name": "amount", "type": "decimal", "role": "measure"},
    ]
    upload = datasets.name_columns(
        actor=ada, upload_id=upload.pk, columns=columns, name="Sales", key="sales", mode="append"
    )
    run_due()
    for key, measure in (
        ("revenue", {"dataset": "sales", "how": "sum", "column": "amount"}),
        ("customers", {"dataset": "sales", "how": "distinct", "column": "customer"}),
    ):
        metrics.define(actor=ada, definition=parse({
            "key": key, "kind": "aggregate", "name": {"en": key}, "grains": ["day", "month"],
            "measure": measure, "dimensions": ["store"], "unit": {"kind": "number"}, "direction": "up",
        }))
    while run_due():
        pass
    print(json.dumps({"schema": workspace.schema_name, "dataset": str(upload.dataset_id)}))
"""


@dataclass
class Company:
    """The house with a company in it that has data and metrics."""

    house: Stack
    dataset: str
    person: Person
    database: psycopg.Connection
    turn: int = 0
    watched: list[str] = field(default_factory=list)

    def ask(self, query: str, *values: object) -> list[tuple]:
        return self.database.execute(query, values).fetchall()

    def running(self, kind: str) -> tuple | None:
        """Attempt and progress of the work of a kind that runs now."""
        rows = self.ask(
            "SELECT attempt, done_units FROM work_work WHERE kind = %s AND status = 'running'"
            " AND started_at IS NOT NULL AND lease_until > now()",
            kind,
        )
        return rows[0] if rows else None

    def look(self, path: str) -> Page:
        """Open a page; once more where the server had closed an idle connection, as browsers do."""
        try:
            return self.person.get(path)
        except (http.client.HTTPException, ConnectionError):
            return self.person.get(path)

    def upload(self, file: Path) -> Page:
        self.look("/data/new/")
        return self.person.upload("/data/new/", {"dataset": self.dataset}, "file", file)

    def make_ready(self, page: str) -> None:
        """Have a file made ready to take the place of all rows."""
        self.look(page)
        assert self.person.post(f"{page}load/", {"mode": "replace"}, form_at=page).status == 200

    def go_ahead(self, page: str) -> None:
        """Say that what was made ready becomes the data, and that so many rows go."""
        shown = self.look(page).text
        said = dict(re.findall(r'name="(removed|seen)" value="([^"]+)"', shown))
        assert set(said) == {"removed", "seen"}, shown
        assert self.person.post(f"{page}apply/", said, form_at=page).status == 200

    def open(self, path: str) -> str:
        """Open a page as a person does, who must never see an error."""
        page = self.look(path)
        assert page.status == 200, f"{path}: {page.status}\n{self.house.log('web')[-3000:]}"
        assert "Traceback" not in page.text
        return page.text


@pytest.fixture(scope="module")
def company() -> Iterator[Company]:
    folder = Path(tempfile.mkdtemp(prefix="lodestar-kill-"))
    try:
        with stack(folder, web=True, env=ENV) as house:
            done = subprocess.run(
                [sys.executable, "-c", SET_UP], env=house.env, cwd=ROOT, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            made = json.loads(done.stdout.splitlines()[-1])
            house.start("worker")
            house.start("scheduler")
            person = Person(house.web_port, "acme.localhost")
            person.sign_in("ben@acme.test", "north-star-2026")
            address = house.superuser_database_url
            with psycopg.connect(address, dbname=DATABASE, autocommit=True) as database:
                database.execute(f"SET search_path = {made['schema']}")
                yield Company(house, made["dataset"], person, database)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# --- the file and its figures ---------------------------------------------------------------------------------------


def row(number: int) -> tuple[str, str, str, int]:
    """Day, customer, store, and the amount in whole units; each turn adds its number and a quarter."""
    day = f"2025-{number % MONTHS + 1:02}-{number // 7 % 28 + 1:02}"
    return day, f"c{number * 7919 % 20011}", f"s{number % 9}", number % 500


@cache
def parts() -> list[tuple[str, int]]:
    """The rows of every file: all but the amount, and the amount's units. Other ones stand in each turn's file."""
    return [(f"{day},{customer},{store}", units) for day, customer, store, units in map(row, range(ROWS))]


def write_file(folder: Path, turn: int) -> Path:
    """A file of ROWS rows; another one each turn, so that the figures show which was computed."""
    path = folder / f"sales-{turn}.csv"
    with path.open("w") as file:
        file.write("day,customer,store,amount\n")
        file.writelines(f"{most},{units + turn}.25\n" for most, units in parts())
    return path


@cache
def added_up() -> dict[tuple[str, str], tuple[int, int, int]]:
    """Units, rows and customers by month, and by month and store, added up here in plain Python."""
    units: dict[tuple[str, str], int] = {}
    rows: dict[tuple[str, str], int] = {}
    customers: dict[tuple[str, str], set[str]] = {}
    for day, customer, store, amount in map(row, range(ROWS)):
        for place in ((day[:7], ""), (day[:7], store)):
            units[place] = units.get(place, 0) + amount
            rows[place] = rows.get(place, 0) + 1
            customers.setdefault(place, set()).add(customer)
    return {place: (whole, rows[place], len(customers[place])) for place, whole in units.items()}


def expected(turn: int) -> dict[tuple[str, str, str], Decimal]:
    """Revenue and customers by month, and by month and store."""
    found = {}
    for place, (units, rows, customers) in added_up().items():
        found["revenue", *place] = units + rows * (turn + Decimal("0.25"))
        found["customers", *place] = Decimal(customers)
    return found


def stored(company: Company) -> dict[tuple[str, str, str], Decimal]:
    rows = company.ask(
        "SELECT m.key, to_char(v.period_start, 'YYYY-MM'), v.member, v.value FROM metrics_metricvalue v"
        " JOIN metrics_metric m ON m.id = v.metric_id WHERE v.grain = 'month' AND v.value IS NOT NULL"
        " AND v.period_start < '2026-01-01'"
    )
    found = {(key, month, member): value for key, month, member, value in rows}
    assert len(found) == len(rows), "a value is there twice"
    return found


# --- victims --------------------------------------------------------------------------------------------------------


def children_at_work(company: Company) -> list[tuple[int, int]]:
    """The engine's children below the worker: (pid, the process of the pool that asked)."""
    return [(child, pid) for pid in company.house.pids("worker") for child in engine_children(pid)]


def working_child(company: Company) -> tuple[int, int]:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := children_at_work(company):
            return found[0]
        time.sleep(0.01)
    raise AssertionError("no engine process is running")


def kill_worker(company: Company) -> None:
    """The worker's main process; what supervises it starts a new one."""
    working_child(company)
    company.house.kill("worker")
    time.sleep(0.5)
    company.house.restart("worker")


def kill_pool_child(company: Company) -> None:
    """The process of the worker that does the work; its engine process has to die with it."""
    engine, pool = working_child(company)
    os.kill(pool, signal.SIGKILL)
    until = time.monotonic() + 5
    while Path(f"/proc/{engine}").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not Path(f"/proc/{engine}").exists(), "an engine process outlived the one that asked it"


def kill_engine(company: Company) -> None:
    engine, _ = working_child(company)
    os.kill(engine, signal.SIGKILL)


def kill_valkey(company: Company) -> None:
    """The broker, for a while; what was queued in it may be lost."""
    company.house.kill("valkey")
    for _ in range(3):
        company.open("/data/")
        time.sleep(0.5)
    company.house.start("valkey")


VICTIMS: dict[str, Callable[[Company], None]] = {
    "worker": kill_worker,
    "pool child": kill_pool_child,
    "engine": kill_engine,
    "valkey": kill_valkey,
}
STAGES = {"import": "datasets.load", "compute": "metrics.compute_dataset"}


# --- the test -------------------------------------------------------------------------------------------------------


def wait_for(company: Company, what: str, true: Callable[[], object], page: str, seconds: float = PATIENCE) -> object:
    """Wait until something holds, and look at a page meanwhile, as often as it asks itself how far things are."""
    until = time.monotonic() + seconds
    for turn in count():
        if found := true():
            return found
        if time.monotonic() > until:
            break
        if turn % LOOKS == 0:
            company.watched.append(company.open(page))
        time.sleep(GLANCE)
    work = company.ask(
        "SELECT kind, status, attempt, reason, lease_until FROM work_work ORDER BY created_at DESC LIMIT 6"
    )
    raise AssertionError(f"{what} did not happen within {seconds} s: {work}\n{company.house.log('worker')[-3000:]}")


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("stage", STAGES)
def test_an_upload_survives(company: Company, tmp_path: Path, stage: str, victim: str) -> None:
    company.turn += 1
    company.watched.clear()
    file = write_file(tmp_path, company.turn)
    sent = company.upload(file)
    assert sent.status == 200
    page = sent.path
    wait_until_ready(company, page)
    company.make_ready(page)
    if stage == "import":
        kill(company, stage, victim, page)
    wait_until_ready(company, page)
    company.go_ahead(page)
    if stage == "compute":
        kill(company, stage, victim, page)
    wait_for(company, "the load", lambda: status_of(company, page) == "loaded", page)
    wait_for(company, "the end of all work", lambda: not unfinished(company), page)

    upload = page.rstrip("/").rsplit("/", 1)[1]
    assert company.ask("SELECT count(*) FROM datasets_datasetversion WHERE upload_id = %s", upload) == [(1,)]
    assert company.ask("SELECT rows_in, rows_loaded, rows_rejected FROM datasets_upload WHERE id = %s", upload) == [
        (ROWS, ROWS, 0)
    ]
    assert company.ask("SELECT count(*) FROM work_work WHERE status = 'parked'") == [(0,)]
    assert stored(company) == expected(company.turn)
    attempts = company.ask(
        "SELECT max(attempt) FROM work_work WHERE kind = %s AND created_at > now() - interval '5 minutes'",
        STAGES[stage],
    )[0][0]
    assert attempts >= (1 if victim == "valkey" else 2), "the kill came too late to interrupt anything"
    assert company.house.children["worker"].alive, company.house.log("worker")[-3000:]
    assert any('id="work-progress"' in seen for seen in company.watched), "progress was on the page"


def kill(company: Company, stage: str, victim: str, page: str) -> None:
    wait_for(company, stage, lambda: company.running(STAGES[stage]), page)
    VICTIMS[victim](company)


def wait_until_ready(company: Company, page: str) -> None:
    """The columns are known: a file is looked at and made ready, and waits for somebody's go-ahead."""
    wait_for(company, "the file ready to be loaded", lambda: status_of(company, page) == "review", page)


def status_of(company: Company, page: str) -> str:
    upload = page.rstrip("/").rsplit("/", 1)[1]
    return company.ask("SELECT status FROM datasets_upload WHERE id = %s", upload)[0][0]


def unfinished(company: Company) -> bool:
    return company.ask("SELECT count(*) FROM work_work WHERE status IN ('queued', 'running')") != [(0,)]


def test_an_upload_is_accepted_while_the_broker_is_away(company: Company, tmp_path: Path) -> None:
    """Nobody is told of an error, nothing is lost, and the wait is not theirs."""
    company.turn += 1
    file = write_file(tmp_path, company.turn)
    company.house.kill("valkey")
    started = time.monotonic()
    sent = company.upload(file)
    took = time.monotonic() - started
    assert sent.status == 200
    assert 'id="work-progress"' in sent.text
    assert took < 10, f"{took:.1f} s"
    company.house.start("valkey")
    page = sent.path
    wait_until_ready(company, page)
    company.make_ready(page)
    wait_until_ready(company, page)
    company.go_ahead(page)
    wait_for(company, "the load", lambda: status_of(company, page) == "loaded", page)
    wait_for(company, "the end of all work", lambda: not unfinished(company), page)
    assert stored(company) == expected(company.turn)
