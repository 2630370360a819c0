"""Which kinds of work there are. `pipeline.flow` fills this at start; a misspelt kind fails in the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.work.claims import Claim
    from apps.work.models import Work

Handler = Callable[["Claim"], None]


@dataclass(frozen=True)
class Kind:
    """A kind of work: who does it, what people call it, who hears that it was set aside, where its subject is shown."""

    name: str
    handler: Handler
    title: str = ""
    stopped: Callable[[Work], None] | None = None
    page: Callable[[Work], str] | None = None


_kinds: dict[str, Kind] = {}


class UnknownWork(LookupError):
    """A kind of work nobody does."""


def handles(
    kind: str,
    *,
    title: str = "",
    stopped: Callable[[Work], None] | None = None,
    page: Callable[[Work], str] | None = None,
) -> Callable[[Handler], Handler]:
    """Register a function as the one that does work of `kind`.

    `title` names it to people (a message id); `stopped(work)` is called in the transaction that parks a piece of it;
    `page(work)` gives the address of the page about its subject.
    """

    def register(handler: Handler) -> Handler:
        if kind in _kinds:
            raise ValueError(f"Two handlers for {kind}.")
        _kinds[kind] = Kind(kind, handler, title, stopped, page)
        return handler

    return register


def kind_of(name: str) -> Kind:
    """All that is registered of a kind; `UnknownWork` if there is nothing."""
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownWork(f"No handler for work of the kind {name!r}.") from None


def handler_of(kind: str) -> Handler:
    """The handler of a kind; `UnknownWork` if there is none."""
    return kind_of(kind).handler


def title_of(kind: str) -> str:
    """What people call it (a message id); the bare name of a kind nobody does."""
    return (_kinds[kind].title if kind in _kinds else "") or kind


def page_of(work: Work) -> str:
    """Where its subject is shown; "" where there is no such page."""
    kind = _kinds.get(work.kind)
    return kind.page(work) if kind and kind.page else ""


def on_stop(work: Work) -> None:
    """Tell the room of a parked piece of work."""
    kind = _kinds.get(work.kind)
    if kind and kind.stopped:
        kind.stopped(work)
