"""Which kinds of work there are. `pipeline.flow` fills this at start; a misspelt kind fails in the request."""

from collections.abc import Callable

from apps.work.claims import Claim

Handler = Callable[[Claim], None]
_handlers: dict[str, Handler] = {}


class UnknownWork(LookupError):
    """A kind of work nobody does."""


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register a function as the one that does work of `kind`."""

    def register(handler: Handler) -> Handler:
        if kind in _handlers:
            raise ValueError(f"Two handlers for {kind}.")
        _handlers[kind] = handler
        return handler

    return register


def handler_of(kind: str) -> Handler:
    """The handler of a kind; `UnknownWork` if there is none."""
    try:
        return _handlers[kind]
    except KeyError:
        raise UnknownWork(f"No handler for work of the kind {kind!r}.") from None
