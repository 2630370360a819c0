"""From sending 1,000,000 CSV rows over HTTP to a home page that shows what they come to."""

import random
import re
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from config.devstack.stack import stack
from tests.bench.memory import watching
from tests.bench.report import Figure
from tests.bench.upload_company import EMAIL, HEADERS, PASSWORD, SLUG, line
from tests.person import Person

ROWS = 1_000_000
PATIENCE = 900.0


def run() -> list[Figure]:
    """Seconds, MB/s and the peak memory of each kind of process."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "orders.csv")
        december = _write(file)
        with stack(Path(folder, "stack"), web=True, worker=True, scheduler=True) as running:
            running.manage("shell", "-c", "from tests.bench.upload_company import open_company; open_company()")
            person = Person(running.web_port, f"{SLUG}.localhost")
            person.sign_in(EMAIL, PASSWORD)
            with watching(running) as peaks:
                start = time.perf_counter()
                page = person.upload("/data/new/", {"dataset": _dataset(person)}, "file", file)
                stored = time.perf_counter() - start
                _until(lambda: "/load/" in person.get(page.path).text)
                person.post(f"{page.path}load/", {"mode": "replace"}, form_at=page.path)
                _until(lambda: december in person.get("/").text)
                taken = time.perf_counter() - start
        size = file.stat().st_size / 1e6
    return [
        Figure("file", f"{ROWS:,} rows, {size:.0f} MB"),
        Figure("until the file is stored", f"{stored:.1f} s"),
        Figure("until the home page is fresh", f"{taken:.1f} s ({size / taken:.1f} MB/s)"),
        *(Figure(f"peak memory, {kind}", f"{peak / 1024:.0f} MiB") for kind, peak in sorted(peaks.items())),
    ]


def _write(file: Path) -> str:
    """A year of orders; returns December's revenue per customer as the home page writes it."""
    dice, start = random.Random(7), date(2025, 1, 1)
    cents, customers = 0, set()
    with file.open("w", encoding="utf-8") as out:
        out.write(",".join(HEADERS) + "\n")
        for number in range(ROWS):
            day, customer, amount = (
                start + timedelta(dice.randrange(365)),
                dice.randrange(50_000),
                dice.randrange(100, 99_999),
            )
            if day.month == 12:
                cents += amount
                customers.add(customer)
            region = ("North", "South", "East")[customer % 3]
            out.write(line((f"o-{number}", day, f"c-{customer}", region, f"{amount // 100}.{amount % 100:02d}")))
    exact = Decimal(cents) / 100 / len(customers)
    return f"{exact.quantize(Decimal(1)):,}"


def _dataset(person: Person) -> str:
    found = re.search(r'<option value="([0-9a-f-]{36})"', person.get("/data/new/").text)
    assert found, "the data set is not offered"
    return found[1]


def _until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.3)
