"""When a source is read: by the clock of the company, through changes of summer time.

A time that a night skips (02:30 when clocks go forward) is done right after the gap; one that comes twice is done once.
The rules of cron, as Debian's cron keeps them, by `cronsim`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from apps.kernel.issue import N_, Issue

LEAST_MINUTES = 15
"""Reading more often than this is no schedule."""
_LOOKED_AT = 200


class Every(StrEnum):
    """How often."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    CRON = "cron"
    NEVER = "never"  # only when somebody asks


@dataclass(frozen=True)
class Schedule:
    """`minute` of every hour; `hour` and `minute` of every day, or of one `weekday` (0 is Monday); or a cron line."""

    every: Every = Every.DAY
    minute: int = 0
    hour: int = 6
    weekday: int = 0
    cron: str = ""

    def line(self) -> str:
        """The same as a line of cron; "" for never."""
        return {
            Every.HOUR: f"{self.minute} * * * *",
            Every.DAY: f"{self.minute} {self.hour} * * *",
            Every.WEEK: f"{self.minute} {self.hour} * * {(self.weekday + 1) % 7}",
            Every.CRON: " ".join(self.cron.split()),
            Every.NEVER: "",
        }[self.every]

    def to_json(self) -> dict[str, object]:
        return {
            "every": self.every.value, "minute": self.minute, "hour": self.hour, "weekday": self.weekday,
            "cron": self.cron,
        }  # fmt: skip


def schedule_of(data: Mapping[str, object]) -> Schedule:
    """A schedule from a plain dict, such as a form, the API or a JSON field gives. Raises ValueError."""
    minute, hour, weekday = (
        int(str(data.get(name, default))) for name, default in (("minute", 0), ("hour", 6), ("weekday", 0))
    )
    every = Every(str(data.get("every", Every.DAY.value)))
    return Schedule(every, minute, hour, weekday, cron=str(data.get("cron") or ""))


def faults_of(schedule: Schedule) -> list[Issue]:
    """Everything wrong with a schedule."""
    found = []
    for name, least, most in (("minute", 0, 59), ("hour", 0, 23), ("weekday", 0, 6)):
        if not least <= getattr(schedule, name) <= most:
            message = N_("Use a whole number from %(least)s to %(most)s.")
            found.append(Issue(name, message, {"least": least, "most": most}))
    if schedule.every is Every.CRON and not found:
        found += _cron_faults(schedule.line())
    return found


def _cron_faults(line: str) -> list[Issue]:
    if len(line.split()) != 5:
        return [Issue("cron", N_("Write five parts: minute, hour, day, month, weekday, such as “30 6 * * 1-5”."))]
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    try:
        moments = list(islice(CronSim(line, begin), _LOOKED_AT))
    except CronSimError:
        return [Issue("cron", N_("This is no line of cron. Such as “30 6 * * 1-5”: at 6:30 from Monday to Friday."))]
    if not moments:
        return [Issue("cron", N_("No day fits this line."))]
    if any(later - sooner < timedelta(minutes=LEAST_MINUTES) for sooner, later in pairwise(moments)):
        message = N_("This reads more often than every %(minutes)s minutes.")
        return [Issue("cron", message, {"minutes": LEAST_MINUTES})]
    return []


def next_run(schedule: Schedule, after: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment after `after` (UTC) at which it is time, in UTC; None for never.

    Raises ValueError for a schedule with faults.
    """
    line = schedule.line()
    if not line:
        return None
    try:
        found: datetime = next(CronSim(line, after.astimezone(zone)))
        return found.astimezone(UTC)
    except (CronSimError, StopIteration) as error:
        raise ValueError(f"{line!r} has no next run.") from error


PAUSES = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=3))
"""After a failure that may pass it is tried again so much later, once for each."""


def try_again_at(failures: int, now: datetime, regular: datetime | None) -> datetime | None:
    """When to try again after the `failures`-th failure in a row: later each time, never after the next regular run."""
    if not 1 <= failures <= len(PAUSES):
        return regular
    soon = now + PAUSES[failures - 1]
    return soon if regular is None else min(soon, regular)
