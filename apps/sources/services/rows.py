"""Sources under a lock, and issues as they lie in their rows."""

from collections.abc import Iterable
from uuid import UUID

from apps.kernel.issue import Issue, NotHere
from apps.sources.models import NO_SOURCE, OPEN, Pull, Source


def locked(source_id: object) -> Source:
    """A source, locked until the caller's transaction ends. Raises `NotHere`."""
    source = Source.objects.select_for_update(of=("self",)).select_related("dataset").filter(pk=source_id).first()
    if source is None:
        raise NotHere(NO_SOURCE)
    return source


def open_pull(source_id: UUID) -> Pull | None:
    """The reading of a source that is not at its end."""
    return Pull.objects.filter(source_id=source_id, status__in=OPEN).first()


def as_json(issues: Iterable[Issue]) -> list[dict]:
    """Issues as plain JSON; `models.said` says them to a reader."""
    return [{"where": each.where, "message": each.message, "params": _plain(each)} for each in issues]


def _plain(issue: Issue) -> dict[str, object]:
    return {name: value if isinstance(value, int) else str(value) for name, value in issue.params.items()}


def doubles(source: Source, dataset: object, mode: str, rising: str) -> bool:
    """Whether every reading would add the same rows once more: all is read, added, and nothing tells rows apart."""
    all_each_time = source.is_database and not rising and mode == Source.Mode.APPEND
    return all_each_time and dataset is not None and bool(dataset.columns) and not dataset.row_key
