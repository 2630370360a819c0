"""Large files in little memory: figures that a worker's size can be planned with."""

import random
import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from apps.engine import Aggregation, EngineFailure, How, Inspect, Limits, Load, Measure, MeasurePlan, parent, run
from apps.engine.limits import MIB
from apps.kernel.period import Calendar, Grain
from tests.integration.engine.engine_files import mapping

HEAD = "order,customer,day,store,amount"
KEYED = mapping(key=("order_no",))


@pytest.fixture
def peaks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Peak resident MiB of each child so far, by what the parent says of it, however logging is set up."""
    found: list[int] = []

    def info(message: str, *args: object) -> None:
        found.extend(int(peak) for peak in re.findall(r"'peak_mib': (\d+)", message % args))

    monkeypatch.setattr(parent.logger, "info", info)
    return found


@pytest.fixture(scope="module")
def million(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("million") / "million.csv"
    rng, start = random.Random(7), date(2024, 1, 1)
    days = [str(start + timedelta(n)) for n in range(730)]
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD + "\n")
        file.writelines(
            f"{n},C{rng.randrange(50_000)},{rng.choice(days)},门店{n % 6},{rng.randrange(10**6) / 100:.2f}\n"
            for n in range(1_000_000)
        )
    return path


def test_a_million_rows_of_csv(million: Path, tmp_path: Path, peaks: list[int]) -> None:
    heard: list[str] = []
    assert run(Inspect(str(million), million.name)).rows == 1_000_000
    request = Load(str(million), million.name, "", KEYED, "m", (), "append", str(tmp_path), "Asia/Shanghai")
    loaded = run(request, on_progress=lambda done, total, what: heard.append(what))
    assert (loaded.rows_loaded, loaded.rows_rejected, len(loaded.files)) == (1_000_000, 0, 24)
    assert list(dict.fromkeys(heard)) == [
        "Reading the file", "Looking for double and bad rows", "Writing the months", "Done",
    ]  # fmt: skip
    plans = (
        MeasurePlan("active", Grain.MONTH, 1, Aggregation(How.DISTINCT, "customer")),
        MeasurePlan("active", Grain.WEEK, 1, Aggregation(How.DISTINCT, "customer"), split_by="store"),
    )
    assert run(Measure(loaded.files, Calendar("UTC"), plans[:1])).rows
    assert run(Measure(loaded.files, Calendar("UTC"), plans[1:])).rows
    assert max(peaks) < 700


def test_a_million_rows_within_400_mib_spill_and_finish(million: Path, tmp_path: Path, peaks: list[int]) -> None:
    request = Load(str(million), million.name, "", KEYED, "m", (), "append", str(tmp_path), "Asia/Shanghai")
    assert run(request, limits=Limits(memory=400 * MIB)).rows_loaded == 1_000_000
    assert max(peaks) < 450


def test_too_little_memory_is_said_and_leaves_nothing(million: Path, tmp_path: Path) -> None:
    request = Load(str(million), million.name, "", KEYED, "m", (), "append", str(tmp_path), "Asia/Shanghai")
    with pytest.raises(EngineFailure, match="more memory than it is allowed") as failure:
        run(request, limits=Limits(memory=64 * MIB, untouched=290 * MIB))
    assert failure.value.retry
    assert list(tmp_path.iterdir()) == []


def test_a_workbook_of_a_hundred_thousand_rows(tmp_path: Path, peaks: list[int]) -> None:
    path = tmp_path / "large.xlsx"
    start = datetime(2025, 1, 1)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD.split(","))
        for n in range(100_000):
            sheet.write_row(n + 1, 0, [n, f"C{n % 7000}", start + timedelta(n % 365), f"s{n % 6}", n / 100])
    assert run(Inspect(str(path), path.name)).rows == 100_000
    loaded = run(Load(str(path), path.name, "", KEYED, "x", (), "append", str(tmp_path), "UTC"))
    assert (loaded.rows_loaded, loaded.rows_rejected) == (100_000, 0)
    assert max(peaks) < 400
