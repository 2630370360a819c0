"""Which metric is computed from which: cycles, and an order in which every input comes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Graph = Mapping[str, Iterable[str]]
"""For each metric key the keys it uses. Keys that are used but not listed use nothing."""


def find_cycle(graph: Graph) -> tuple[str, ...]:
    """The keys of one cycle, the first repeated at the end ("a", "b", "a"); empty if there is none."""
    done: set[str] = set()
    for start in graph:
        path: list[str] = []
        on_path: set[str] = set()
        waiting: list[tuple[str, bool]] = [(start, False)]
        while waiting:
            key, leaving = waiting.pop()
            if leaving:
                path.pop()
                on_path.discard(key)
                done.add(key)
            elif key in on_path:
                return (*path[path.index(key) :], key)
            elif key not in done:
                path.append(key)
                on_path.add(key)
                waiting.append((key, True))
                waiting.extend((used, False) for used in graph.get(key, ()))
    return ()


def in_order(graph: Graph) -> list[str]:
    """The listed keys, each after everything it uses; the same order for the same graph. ValueError for a cycle."""
    if find_cycle(graph):
        raise ValueError("The metrics form a cycle.")
    ordered: dict[str, None] = {}
    for start in graph:
        waiting: list[tuple[str, bool]] = [(start, False)]
        while waiting:
            key, leaving = waiting.pop()
            if leaving:
                ordered.setdefault(key)
            elif key not in ordered:
                waiting.append((key, True))
                waiting.extend((used, False) for used in graph.get(key, ()) if used not in ordered)
    return [key for key in ordered if key in graph]


def users_of(keys: Iterable[str], graph: Graph) -> set[str]:
    """Every key that uses one of `keys`, directly or through others; not `keys` themselves unless they do."""
    found: set[str] = set()
    waiting = set(keys)
    while waiting:
        waiting = {key for key, used in graph.items() if key not in found and waiting & set(used)}
        found |= waiting
    return found


def inputs_of(keys: Iterable[str], graph: Graph) -> set[str]:
    """Every key that one of `keys` uses, directly or through others."""
    found: set[str] = set()
    waiting = list(keys)
    while waiting:
        for used in graph.get(waiting.pop(), ()):
            if used not in found:
                found.add(used)
                waiting.append(used)
    return found
