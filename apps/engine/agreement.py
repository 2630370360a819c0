"""Does another engine give the very figures of the embedded one? Only a kind of which that is shown may run there."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from apps.engine.agreement_cases import cases, kind_of
from apps.engine.agreement_data import ZONE, loads
from apps.engine.cluster import Cluster
from apps.engine.failure import EngineFailure
from apps.engine.limits import Limits
from apps.engine.parent import run
from apps.engine.requests import FileEntry, Measure, MeasureRow
from apps.kernel.period import Calendar

CALENDAR = Calendar(ZONE, fiscal_year_start=4)
_SHOWN = 5

__all__ = ["CALENDAR", "Verdict", "cases", "compare", "fingerprint", "kind_of", "uploaded"]


@dataclass(frozen=True)
class Verdict:
    """What came of one kind: figures compared, up to five differences, or what went wrong."""

    kind: str
    figures: int
    differences: tuple[str, ...] = ()
    failure: EngineFailure | None = None

    @property
    def agrees(self) -> bool:
        """Whether every figure is the same, and there were any."""
        return not self.differences and self.failure is None and self.figures > 0


def fingerprint(cluster: Cluster) -> str:
    """What a comparison holds for: this cluster, seeing the files there, and the engine's code as it is."""
    code = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.rglob("*.py")))
    parts = (cluster.address, cluster.here, cluster.there, version("ibis-framework"), version("duckdb"))
    return hashlib.sha256("\n".join(parts).encode() + code).hexdigest()


def compare(
    cluster: Cluster, folder: Path, limits: Limits, on_kind: Callable[[Verdict], None] = lambda verdict: None
) -> tuple[Verdict, ...]:
    """Compute plans of every kind here and on the cluster, over files in a new folder below `folder`, which the
    cluster has to see. Takes a minute or so; leaves nothing behind."""
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="engine-check-", dir=folder) as name:
        Path(name).chmod(0o755)
        tables = uploaded(Path(name), limits)
        for kind in cases():
            verdicts.append(_verdict(kind, cluster, tables, limits))
            on_kind(verdicts[-1])
    return tuple(verdicts)


def uploaded(folder: Path, limits: Limits) -> dict[str, tuple[FileEntry, ...]]:
    """The data sets of the comparison, loaded into `folder` as any upload is."""
    work = Path(tempfile.mkdtemp(prefix="lodestar-agreement-"))
    try:
        found: dict[str, tuple[FileEntry, ...]] = {}
        for key, uploads in loads(work, folder).items():
            for load in uploads:
                found[key] = found.get(key, ()) + run(load, limits=limits).files
        return found
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _verdict(kind: str, cluster: Cluster, tables: dict[str, tuple[FileEntry, ...]], limits: Limits) -> Verdict:
    further = {key: files for key, files in tables.items() if key}
    request = Measure(tables[""], CALENDAR, cases()[kind], further)
    try:
        here, there = run(request, limits=limits), run(request, limits=limits, cluster=cluster)
    except EngineFailure as failure:
        return Verdict(kind, 0, failure=failure)
    differences = list(_differences(here.rows, there.rows))
    lacking = {*here.unpriced} ^ {*there.unpriced}
    differences += [f"only on one side: {entry}" for entry in sorted(map(str, lacking))[:_SHOWN]]
    return Verdict(kind, len(here.rows) + len(here.unpriced), tuple(differences))


def _differences(here: tuple[MeasureRow, ...], there: tuple[MeasureRow, ...]) -> Iterator[str]:
    """The first few figures that are not the same to the last digit."""
    mine, other = ({_key(row): row for row in rows} for rows in (here, there))
    differing = [key for key in {**mine, **other} if mine.get(key) != other.get(key)]
    if len(here) != len(there) and not differing:
        yield f"{len(here)} figures here, {len(there)} there"
    for key in differing[:_SHOWN]:
        yield f"{' '.join(key)}: {_shown(mine.get(key))} here, {_shown(other.get(key))} there"


def _key(row: MeasureRow) -> tuple[str, ...]:
    return (row.plan, row.period_start.isoformat(), repr(row.member), row.series)


def _shown(row: MeasureRow | None) -> str:
    return "nothing" if row is None else f"{row.numerator} / {row.denominator} (n {row.n})"
