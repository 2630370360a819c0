"""Pages of a list. A page says where the next one begins by what stood last, so nothing is shown twice or left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from rest_framework.response import Response

from apps.api.domain.cursors import Part, read_cursor, strange_cursor, write_cursor
from apps.api.views.base import Resource

Entry = TypeVar("Entry")


def in_order(
    entries: Iterable[Entry], params: Mapping[str, Any], key: Callable[[Entry], Part]
) -> tuple[list[Entry], str | None]:
    """A page of a short list, by `key` (unique), and the cursor of the next page."""
    ordered = sorted(entries, key=key)
    if params.get("cursor"):
        first = ordered[0] if ordered else None
        kind = type(key(first)) if first is not None else str
        [after] = read_cursor(params["cursor"], [kind])
        ordered = [entry for entry in ordered if key(entry) > after]
    return cut(ordered, params["limit"], lambda entry: [key(entry)])


def cut(
    entries: Sequence[Entry], limit: int, parts: Callable[[Entry], Sequence[Part]]
) -> tuple[list[Entry], str | None]:
    """The first `limit` entries (of at least one more, where there is more), and the cursor of the next page."""
    page = list(entries[: limit + 1])
    more = len(page) > limit
    page = page[:limit]
    return page, write_cursor(parts(page[-1])) if more else None


def moment_and_id(params: Mapping[str, Any]) -> tuple[datetime, UUID] | None:
    """Where a list that is newest first goes on."""
    if not params.get("cursor"):
        return None
    when, pk = read_cursor(params["cursor"], [str, str])
    try:
        moment = datetime.fromisoformat(str(when))
        if moment.tzinfo is None:
            raise ValueError(when)
        return moment, UUID(str(pk))
    except ValueError:
        raise strange_cursor() from None


def parts_of(moment: datetime, pk: object) -> list[Part]:
    """The cursor's values for an entry of such a list."""
    return [moment.isoformat(), str(pk)]


def page_response(view: Resource, items: list[Any], following: str | None) -> Response:
    """`items` and `next`, which is also in a Link header for who reads no JSON."""
    return Response({"items": items, "next": following}, headers=link_to(view, following))


def link_to(view: Resource, following: str | None) -> dict[str, str]:
    """The address of the next page as a header; nothing behind the last one."""
    if following is None:
        return {}
    query = view.request.query_params.copy()
    query["cursor"] = following
    address = f"{view.request.path}?{urlencode([(name, v) for name, vs in query.lists() for v in vs])}"
    return {"Link": f'<{address}>; rel="next"'}
