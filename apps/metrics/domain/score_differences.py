"""Two definitions of a score, weight by weight: its lists by what they are about, so that changes can be told apart.

An area is known by its name, a metric and a limit by the metric's key, a band by its start, a member by its split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One thing that differs. `what` is one of weight, scale, part, area, limit, band, member; `about` names it: the
    area, then the metric, each as far as it has one. A side is None where it is not there."""

    what: str
    about: tuple[str, ...]
    before: Any
    after: Any


def keyed(document: Document) -> dict[str, Any]:
    """The document with its lists as mappings, in their order; `unkeyed` undoes it."""
    made = dict(document)
    made["groups"] = {_area(group): _keyed_group(group) for group in document["groups"]}
    made["caps"] = {f"{cap['metric']} {cap['op']} {cap['value']}": cap for cap in document["caps"]}
    made["bands"] = {str(band["at_least"]): band for band in document.get("bands") or ()}
    made["segments"] = {f"{s['dimension']} {s['member']}": s for s in document.get("segments") or ()}
    return made


def unkeyed(made: Document) -> dict[str, Any]:
    """The document that `keyed` was made from; what was taken out of a mapping (None) is left out of its list."""
    document = dict(made)
    document["groups"] = [
        {**group, "parts": [part for part in group["parts"].values() if part]}
        for group in made["groups"].values() if group and any(group["parts"].values())
    ]  # fmt: skip
    for name in ("caps", "bands", "segments"):
        document[name] = [each for each in made[name].values() if each]
    return document


def _keyed_group(group: Document) -> dict[str, Any]:
    return {**group, "parts": {part["metric"]: part for part in group["parts"]}}


def _area(group: Document) -> str:
    return str(group["name"]["en"] or group["name"]["zh"]).replace(".", "·")


def without_words(document: Document) -> dict[str, Any]:
    """The document without what areas are called, which changes no figure."""
    return {**document, "groups": [{k: v for k, v in group.items() if k != "name"} for group in document["groups"]]}


def changes(before: Document, after: Document) -> Iterator[Change]:
    """Everything about areas, metrics, limits, bands and members that differs, in the order of the page."""
    old, new = keyed(before), keyed(after)
    for area in dict.fromkeys([*old["groups"], *new["groups"]]):
        yield from _in_area(area, old["groups"].get(area), new["groups"].get(area))
    for what, name in (("limit", "caps"), ("band", "bands"), ("member", "segments")):
        for key in dict.fromkeys([*old[name], *new[name]]):
            one, other = old[name].get(key), new[name].get(key)
            if one != other:
                yield Change(what, (), one, other)


def _in_area(area: str, old: Document | None, new: Document | None) -> Iterator[Change]:
    if old is None or new is None:
        yield Change("area", (area,), old and old["weight"], new and new["weight"])
    elif old["weight"] != new["weight"]:
        yield Change("weight", (area,), old["weight"], new["weight"])
    before, after = (old or {}).get("parts", {}), (new or {}).get("parts", {})
    for metric in dict.fromkeys([*before, *after]):
        yield from _in_part((area, metric), before.get(metric), after.get(metric))


def _in_part(about: tuple[str, ...], old: Document | None, new: Document | None) -> Iterator[Change]:
    if old is None or new is None:
        yield Change("part", about, old, new)
        return
    if old["weight"] != new["weight"]:
        yield Change("weight", about, old["weight"], new["weight"])
    if old["scale"] != new["scale"]:
        yield Change("scale", about, old["scale"], new["scale"])
