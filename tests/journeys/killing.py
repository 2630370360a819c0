"""The house in which parts are killed: a company that has data and metrics, and what somebody does and sees there."""

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
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

from config.devstack.paths import ROOT
from config.devstack.postgres import DATABASE
from config.devstack.stack import Stack, stack
from tests.person import TOKEN, Page, Person

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
    first = b"order_no,day,customer,store,amount\\nN0,2026-01-01,c0,s0,1.00\\n"
    keyed = datasets.receive_upload(actor=ada, filename="keyed.csv", chunks=[first])
    run_due()
    columns = [{"source": "order_no", "name": "order_no", "type": "text", "role": "attribute"}, *columns]
    keyed = datasets.name_columns(
        actor=ada, upload_id=keyed.pk, columns=columns, row_key=["order_no"], name="Orders", key="orders"
    )
    run_due()
    for key, measure in (
        ("revenue", {"dataset": "sales", "how": "sum", "column": "amount"}),
        ("customers", {"dataset": "sales", "how": "distinct", "column": "customer"}),
        ("ordered", {"dataset": "orders", "how": "sum", "column": "amount"}),
    ):
        metrics.define(actor=ada, definition=parse({
            "key": key, "kind": "aggregate", "name": {"en": key}, "grains": ["day", "month"],
            "measure": measure, "dimensions": ["store"], "unit": {"kind": "number"}, "direction": "up",
        }))
    while run_due():
        pass
    made = {"dataset": str(upload.dataset_id), "keyed": str(keyed.dataset_id)}
    print(json.dumps({"schema": workspace.schema_name, **made}))
"""


@dataclass
class Company:
    """The house with a company in it that has data and metrics."""

    house: Stack
    schema: str
    dataset: str
    keyed: str
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

    def send_piece(self, at: str, offset: int, piece: bytes) -> int:
        """Send a piece of a file as the page's script does; how much of it is there then."""
        token = TOKEN.search(self.look("/data/new/").text)[1]
        headers = {"Content-Type": "application/octet-stream", "X-CSRFToken": token}
        answer = self.person.send("POST", f"{at}?offset={offset}", piece, headers)
        assert answer.status == 200, answer.text
        return json.loads(answer.text)["there"]

    def make_ready(self, page: str, mode: str = "replace", **more: str) -> None:
        """Have a file made ready to become the data in some way: to take the place of all rows, or another."""
        self.look(page)
        assert self.person.post(f"{page}load/", {"mode": mode, **more}, form_at=page).status == 200

    def said(self, page: str) -> dict[str, str]:
        """What somebody says to what was made ready, as the page asks it: what they saw, and how many rows go."""
        shown = self.look(page).text
        said = dict(re.findall(r'name="(removed|seen)" value="([^"]+)"', shown))
        assert "seen" in said, shown
        return said

    def go_ahead(self, page: str) -> None:
        """Say that what was made ready becomes the data, and that so many rows go."""
        assert self.person.post(f"{page}apply/", self.said(page), form_at=page).status == 200

    def kill_database(self) -> Page:
        """Kill PostgreSQL; what somebody sees who opens a page then."""
        self.house.kill("postgres")
        return self.look("/data/")

    def start_database(self) -> None:
        """Start PostgreSQL again after it was killed, and look into it anew. Connections that died with it are found
        to be dead one by one; pages say meanwhile that this passes."""
        self.house.start("postgres")
        self.database.close()
        self.database = looked_into(self.house, self.schema)
        well, until = 0, time.monotonic() + PATIENCE
        while well < 10:
            status = self.look("/data/").status
            assert status in (200, 503), self.house.log("web")[-3000:]
            assert time.monotonic() < until
            well = well + 1 if status == 200 else 0

    def kill_web(self) -> None:
        """All of its processes at once, as where the machine goes down."""
        for pid in self.house.pids("web"):
            os.kill(pid, signal.SIGKILL)
        self.house.restart("web")

    def open(self, path: str) -> str:
        """Open a page as a person does, who must never see an error."""
        page = self.look(path)
        assert page.status == 200, f"{path}: {page.status}\n{self.house.log('web')[-3000:]}"
        assert "Traceback" not in page.text
        return page.text


@contextmanager
def killable() -> Iterator[Company]:
    """A company in a house of its own, whose parts are there to be killed."""
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
            company = Company(house, **made, person=person, database=looked_into(house, made["schema"]))
            try:
                yield company
            finally:
                company.database.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def looked_into(house: Stack, schema: str) -> psycopg.Connection:
    """A connection past all walls, to see what is kept of a company."""
    database = psycopg.connect(house.superuser_database_url, dbname=DATABASE, autocommit=True)
    database.execute(f"SET search_path = {schema}")
    return database


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


def wait_until_ready(company: Company, page: str) -> None:
    """The columns are known: a file is looked at and made ready, and waits for somebody's go-ahead."""
    wait_for(company, "the file ready to be loaded", lambda: status_of(company, page) == "review", page)


def status_of(company: Company, page: str) -> str:
    upload = page.rstrip("/").rsplit("/", 1)[1]
    return company.ask("SELECT status FROM datasets_upload WHERE id = %s", upload)[0][0]


def unfinished(company: Company) -> bool:
    return company.ask("SELECT count(*) FROM work_work WHERE status IN ('queued', 'running')") != [(0,)]
