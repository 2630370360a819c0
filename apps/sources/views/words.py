"""States of sources and readings in words, with their tone; schedules as sentences; steps of the set-up."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.sources.domain.schedule import Every, Schedule
from apps.sources.forms import WEEKDAYS
from apps.sources.models import Pull, Source

PULL_TONES = {
    Pull.Status.WAITING: "info", Pull.Status.RUNNING: "info", Pull.Status.LOADING: "info", Pull.Status.PERSON: "warn",
    Pull.Status.DONE: "good", Pull.Status.SAME: "good", Pull.Status.FAILED: "bad", Pull.Status.DROPPED: "none",
}  # fmt: skip
KIND_TEXTS: Mapping[str, Promise] = {
    Source.Kind.POSTGRESQL: gettext_lazy("A table or one SELECT, read by a login of yours."),
    Source.Kind.MYSQL: gettext_lazy("A table or one SELECT of MySQL or MariaDB, read by a login of yours."),
    Source.Kind.S3: gettext_lazy("Each new file of a bucket: Amazon S3, Aliyun OSS, Tencent COS, MinIO …"),
}
KIND_ICONS = {Source.Kind.POSTGRESQL: "database", Source.Kind.MYSQL: "database", Source.Kind.S3: "archive"}


def pull_state(status: str) -> dict[str, str]:
    """Tone and word of a reading."""
    return {"tone": PULL_TONES[Pull.Status(status)], "word": Pull.Status(status).label}


def source_state(source: Source) -> dict[str, str]:
    """Tone and word of a source: paused and failing before what its last reading was."""
    if source.status == Source.Status.DRAFT:
        return {"tone": "none", "word": source.get_status_display()}
    if source.status == Source.Status.PAUSED:
        return {"tone": "bad" if source.problem else "none", "word": source.get_status_display()}
    if source.failures:
        return {"tone": "bad", "word": _("Fails")}
    return {"tone": "good", "word": source.get_status_display()}


def schedule_words(clock: Schedule) -> str:
    """A schedule as a sentence."""
    at = f"{clock.hour:02}:{clock.minute:02}"
    if clock.every is Every.HOUR:
        return _("every hour, at minute %(minute)s") % {"minute": clock.minute}
    if clock.every is Every.DAY:
        return _("every day at %(time)s") % {"time": at}
    if clock.every is Every.WEEK:
        return _("every %(day)s at %(time)s") % {"day": dict(WEEKDAYS)[clock.weekday], "time": at}
    return clock.line() if clock.every is Every.CRON else _("only when somebody asks")


def what_words(source: Source) -> str:
    """What is read, in a line."""
    if not source.is_database:
        return source.where.where()
    chosen = source.chosen
    return (f"{chosen.schema}.{chosen.table}" if chosen.schema else chosen.table) or "SELECT"


def steps_of(source: Source | None, at: str) -> list[dict[str, str]]:
    """The stepper of the set-up."""
    names = ["connection", "what", "setup"]
    labels = [_("Connection"), _("What is read"), _("When, and into which data")]
    position = names.index(at)
    steps = []
    for index, (name, label) in enumerate(zip(names, labels, strict=True)):
        state = "current" if index == position else ("done" if index < position else "todo")
        url = reverse(f"sources:{name}", args=[source.pk]) if source is not None and index < position else ""
        steps.append({"label": label, "state": state, "url": url})
    return steps
