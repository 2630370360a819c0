"""How a file is put to the rows that are there, and everything that can be wrong with what somebody chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from apps.datasets.domain.columns import Fault
from apps.engine.requests import Meets, Mode, Twins
from apps.kernel.issue import N_, Issue


@dataclass(frozen=True)
class How:
    """What a file does: `mode`; of the days `first` to `last` (none: those that it covers) where it replaces a period;
    rows of it that share a key (`twins`), and rows whose key is there already (`meets`). `whole`: all of its rows are
    loaded or none, else those that can be. `review`: somebody is to see what it comes to before it is applied."""

    mode: str = Mode.APPEND.value
    first: date | None = None
    last: date | None = None
    twins: str = Twins.LAST.value
    meets: str = Meets.REPLACE.value
    whole: bool = False
    review: bool = False


def faults_of(how: How, *, has_data: bool, row_key: Sequence[str]) -> list[Fault]:
    """Everything wrong with putting a file so to data that has rows already or not, and this row key."""
    found: list[Fault] = []

    def fault(field: str, message: str) -> None:
        found.append(Fault(None, field, Issue("", message)))

    if how.mode not in set(Mode):
        fault("mode", N_("Choose what becomes of the rows that are there."))
    if how.twins not in set(Twins):
        fault("twins", N_("Choose what becomes of rows that share a key."))
    if how.meets not in set(Meets):
        fault("meets", N_("Choose what becomes of rows whose key is there already."))
    if how.mode == Mode.DELETE and not has_data:
        fault("mode", N_("There are no rows to remove: nothing has been loaded yet."))
    elif how.mode == Mode.DELETE and not row_key:
        fault("mode", N_("Rows are removed by their row key, and this data has none. Replace a period, or everything."))
    if (how.first is None) != (how.last is None):
        fault("period", N_("Give the first and the last day, or neither: then the days of the file count."))
    elif how.first is not None and how.last is not None and how.first > how.last:
        fault("period", N_("The first day is after the last one."))
    if how.first is not None and how.mode != Mode.PERIOD:
        fault("period", N_("Days are only given where a period is replaced."))
    return found
