"""kill -9 in the middle of an import or a compute: every accepted upload ends computed, once, with the same figures.

The house runs for real, with short leases. Each test uploads a file over HTTP, watches its page as a person would, and
kills a part at the moment when the database says that the stage runs.
"""

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from tests.journeys.killing import (
    PATIENCE,
    Company,
    killable,
    looked_into,
    status_of,
    unfinished,
    wait_for,
    wait_until_ready,
)
from tests.person import Page
from tests.processes import engine_children

ROWS = 200_000
MONTHS = 12
KEYED = 30_000
"""Rows of a file for the data that has a row key."""


@pytest.fixture(scope="module")
def company() -> Iterator[Company]:
    with killable() as found:
        yield found


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
        " AND v.period_start < '2026-01-01' AND m.key IN ('revenue', 'customers')"
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


# --- every other way into the data ----------------------------------------------------------------------------------


class Orders:
    """What the data with the row key is to hold: by order, its day, store and amount. Kept here in plain Python."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.rows = folder, {"N0": ("2026-01-01", "s0", Decimal(1))}

    def file(self, name: str, numbers: range, more: int) -> Path:
        """A file of some orders, each with `more` added to its amount."""
        rows = {f"N{n}": (row(n)[0], row(n)[2], row(n)[3] + more + Decimal("0.25")) for n in numbers}
        self.rows |= rows
        lines = [f"{order},{day},c{order},{store},{amount}" for order, (day, store, amount) in rows.items()]
        return self._written(name, ["order_no,day,customer,store,amount", *lines])

    def keys(self, name: str, numbers: range) -> Path:
        """A file that names orders to remove."""
        orders = {f"N{n}": None for n in numbers}
        self.rows = {order: row for order, row in self.rows.items() if order not in orders}
        return self._written(name, ["order_no", *orders])

    def _written(self, name: str, lines: list[str]) -> Path:
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        return path

    def by_month(self) -> dict[tuple[str, str], Decimal]:
        found: dict[tuple[str, str], Decimal] = {}
        for day, store, amount in self.rows.values():
            for place in ((day[:7], ""), (day[:7], store)):
                found[place] = found.get(place, Decimal(0)) + amount
        return found


def ordered(company: Company) -> dict[tuple[str, str], Decimal]:
    rows = company.ask(
        "SELECT to_char(v.period_start, 'YYYY-MM'), v.member, v.value FROM metrics_metricvalue v"
        " JOIN metrics_metric m ON m.id = v.metric_id WHERE v.grain = 'month' AND v.value IS NOT NULL"
        " AND m.key = 'ordered'"
    )
    found = {(month, member): value for month, member, value in rows}
    assert len(found) == len(rows), "a value is there twice"
    return found


def test_every_way_of_a_file_survives_the_web_and_the_database(company: Company, tmp_path: Path) -> None:
    """In pieces, in place of a period, by row key, keys to remove, a version brought back: whatever dies meanwhile,
    each is there once and whole, and pages say that it passes."""
    orders = Orders(tmp_path)
    first = orders.file("period.csv", range(1, KEYED), 1)
    page = sent_in_pieces(company, first)
    wait_until_ready(company, page)
    company.make_ready(page, "period", period_first="2025-01-01", period_last="2025-12-31")
    wait_for(company, "the load", lambda: company.running(STAGES["import"]), page)
    told_of_the_database(company)
    ends_as(company, orders, page, version=2)

    page = sent_for_keyed(company, orders.file("upsert.csv", range(KEYED // 2, KEYED * 3 // 2), 7))
    company.go_ahead(page)
    wait_for(company, "computing", lambda: company.running(STAGES["compute"]), page)
    told_of_the_database(company)
    ends_as(company, orders, page, version=3)
    there = dict(orders.rows)

    page = sent_for_keyed(company, orders.keys("keys.csv", range(100, KEYED, 3)), "delete")
    said = company.said(page)
    killed_while_it_answers(company, f"{page}apply/", said, page)
    assert status_of(company, page) == "review", "half of a go-ahead is none"
    assert company.said(page) == said
    company.go_ahead(page)
    again = company.person.post(f"{page}apply/", said, form_at=page)
    assert (again.status, "Somebody else went on with this file meanwhile" in again.text) == (409, True)
    ends_as(company, orders, page, version=4)

    restore = f"/data/{company.keyed}/versions/3/restore/"
    versions = f"/data/{company.keyed}/versions/"
    killed_while_it_answers(company, restore, {}, versions)
    assert newest(company) == 4
    assert company.person.post(restore, {}, form_at=versions).status == 200
    wait_for(company, "computing", lambda: company.running(STAGES["compute"]), versions)
    told_of_the_database(company)
    orders.rows = there
    ends_as(company, orders, versions, version=5)


def sent_in_pieces(company: Company, file: Path) -> str:
    """The page of a file that came in two pieces: the web dies after the first, PostgreSQL after the second."""
    content = file.read_bytes()
    name = sha256(sha256(content).digest()).hexdigest()  # all of it is no longer than a piece
    at, half = f"/data/arriving/{name}/", len(content) // 2
    assert company.send_piece(at, 0, content[:half]) == half
    company.kill_web()
    assert json.loads(company.open(at)) == {"there": half}
    assert company.send_piece(at, half, content[half:]) == len(content)
    told_of_the_database(company)
    assert json.loads(company.open(at)) == {"there": len(content)}
    told = {"dataset": company.keyed, "arrived": name, "arrived_name": file.name, "arrived_size": len(content)}
    sent = company.person.post("/data/new/", told)
    assert sent.status == 200, sent.text
    return sent.path


def sent_for_keyed(company: Company, file: Path, mode: str = "append") -> str:
    """The page of a file for the data with the row key, made ready in some way."""
    page = company.person.upload("/data/new/", {"dataset": company.keyed}, "file", file).path
    wait_for(company, "the look at it", lambda: status_of(company, page) in ("review", "inspected"), page)
    if mode != "append":
        company.make_ready(page, mode)
        wait_until_ready(company, page)
    return page


def told_of_the_database(company: Company) -> None:
    """PostgreSQL is killed, and started again: whoever looks meanwhile reads that nothing is lost."""
    page: Page = company.kill_database()
    assert (page.status, "Nothing is lost" in page.text) == (503, True), page.text
    company.start_database()


def killed_while_it_answers(company: Company, path: str, fields: dict[str, str], form_at: str) -> None:
    """Send a form, and kill the web in the midst of what it does for it: it waits for a row that is held here."""

    def send() -> None:
        with suppress(http.client.HTTPException, ConnectionError):
            company.person.post(path, fields, form_at=form_at)

    sending = threading.Thread(target=send)
    with looked_into(company.house, company.schema) as holder:
        with holder.transaction():
            holder.execute("SELECT 1 FROM datasets_dataset WHERE id = %s FOR UPDATE", [company.keyed])
            sending.start()
            waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            until = time.monotonic() + PATIENCE
            while not company.ask(waiting):
                assert time.monotonic() < until
            company.kill_web()
        sending.join()


def ends_as(company: Company, orders: Orders, page: str, version: int) -> None:
    """All work ends, the data has one more version, and the figures are those of the rows."""
    if page.startswith("/data/uploads/"):
        wait_for(company, "the end of the load", lambda: status_of(company, page) in ("review", "loaded"), page)
        if status_of(company, page) == "review":
            company.go_ahead(page)
        wait_for(company, "the load", lambda: status_of(company, page) == "loaded", page)
    wait_for(company, "the end of all work", lambda: not unfinished(company), page)
    assert newest(company) == version
    assert company.ask(
        "SELECT v.rows FROM datasets_datasetversion v JOIN datasets_dataset d ON d.current_version_id = v.id"
        " WHERE d.id = %s",
        company.keyed,
    ) == [(len(orders.rows),)]
    assert ordered(company) == orders.by_month()
    assert company.ask("SELECT count(*) FROM work_work WHERE status = 'parked'") == [(0,)]


def newest(company: Company) -> int:
    """The number of the newest version of the data with the row key, which is how many there are."""
    [(number, versions)] = company.ask(
        "SELECT max(number), count(*) FROM datasets_datasetversion WHERE dataset_id = %s", company.keyed
    )
    assert number == versions
    return number
