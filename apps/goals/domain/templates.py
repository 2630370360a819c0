"""What a template of cycles holds: objectives of the company and of teams with their key results, as plain JSON.

A line is an objective as it would be said anew (`drafts.ObjectiveDraft`), and which line before it it is for. What
belongs to one cycle only is no part of it: values, days of steps, scores, targets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.goals.domain.drafts import ALL_FIGURES, TITLE_LENGTH, KeyResultDraft, ObjectiveDraft, StepDraft
from apps.goals.domain.progress import Kind, RangeRule
from apps.kernel.issue import N_, Issue

MOST_OBJECTIVES = 500
LEVELS = ("company", "team")
"""Whose objectives a template holds: what one person sets out to do is theirs to say each time."""
_TEXTS = ("title", "metric", "grain", "dimension", "member", "unit")


@dataclass(frozen=True)
class Line:
    """An objective of a template; `above` is the place of the one it is for, which comes before it, or None."""

    draft: ObjectiveDraft
    above: int | None = None


@dataclass(frozen=True)
class Kept:
    """What becomes of a line when a template is changed: its title, and the titles of the key results that stay, by
    their places."""

    title: str
    key_results: Mapping[int, str]


def written(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Lines as JSON: figures as text, so that none loses a digit."""
    return [_line(line) for line in lines]


def read(stored: Iterable[Mapping[str, Any]]) -> list[Line]:
    """The lines of a stored template."""
    return [_read(each) for each in stored]


def in_order(rows: Sequence[tuple[UUID, UUID | None, ObjectiveDraft]]) -> list[Line]:
    """Objectives with their ids and those of what they are for, as lines: what is above comes first.

    What is for an objective that is not among them stands by itself.
    """
    ids = {pk for pk, _above, _draft in rows}
    below: dict[UUID | None, list[tuple[UUID, UUID | None, ObjectiveDraft]]] = {}
    for row in rows:
        below.setdefault(row[1] if row[1] in ids else None, []).append(row)
    found: list[Line] = []
    waiting: list[tuple[int | None, UUID, ObjectiveDraft]] = [
        (None, pk, draft) for pk, _up, draft in below.get(None, [])
    ]
    while waiting:
        above, pk, draft = waiting.pop(0)
        found.append(Line(replace(draft, parent_id=None), above))
        waiting += [(len(found) - 1, own, each) for own, _up, each in below.get(pk, [])]
    return found


def changed(lines: Sequence[Line], kept: Mapping[int, Kept]) -> list[Line]:
    """The lines that stay, with other titles and fewer key results; what was for one that goes stands by itself."""
    place = {old: new for new, old in enumerate(sorted(kept))}
    found = []
    for at, line in enumerate(lines):
        if at not in kept:
            continue
        own = kept[at]
        told = [(n, each) for n, each in enumerate(line.draft.key_results) if n in own.key_results]
        draft = replace(
            line.draft,
            title=own.title.strip(),
            key_results=tuple(replace(each, title=own.key_results[n].strip()) for n, each in told),
        )
        found.append(Line(draft, place.get(line.above) if line.above is not None else None))
    return found


def issues(lines: Sequence[Line]) -> Iterator[Issue]:
    """None at all, or too many objectives."""
    if not lines:
        yield Issue("", N_("Choose one objective or more."))
    if len(lines) > MOST_OBJECTIVES:
        told = {"most": MOST_OBJECTIVES, "n": len(lines)}
        yield Issue("", N_("A template holds at most %(most)s objectives; these are %(n)s."), told)


def title_issues(kept: Mapping[int, Kept]) -> Iterator[Issue]:
    """Titles that are missing or too long; `where` is `o-0-title` or `o-0-kr-1-title`, by the places there were."""
    for at, own in kept.items():
        yield from _title_issues(f"o-{at}-title", own.title)
        for n, title in own.key_results.items():
            yield from _title_issues(f"o-{at}-kr-{n}-title", title)


def _title_issues(where: str, title: str) -> Iterator[Issue]:
    if not title.strip():
        yield Issue(where, N_("Say what it is called."))
    elif len(title) > TITLE_LENGTH:
        yield Issue(where, N_("At most %(most)s characters."), {"most": TITLE_LENGTH})


def usable(
    line: Line, *, teams: Collection[UUID], people: Collection[UUID], follows: Collection[tuple[str, str, str]]
) -> tuple[ObjectiveDraft | None, list[str]]:
    """A line as an objective of today, or None where its team is no more; and the titles of what is left out.

    Who left answers for nothing new. `follows` are the metrics in use, with kinds of periods and dimensions ("" for the
    total); a key result of another one is left out.
    """
    draft = line.draft
    if draft.level == "team" and draft.team_id not in teams:
        return None, [draft.title]
    kept, gone = [], []
    for each in draft.key_results:
        if each.metric and (each.metric, each.grain, each.dimension) not in follows:
            gone.append(each.title)
        else:
            kept.append(replace(each, owner_id=each.owner_id if each.owner_id in people else None))
    owner = draft.owner_id if draft.owner_id in people else None
    return replace(draft, owner_id=owner, key_results=tuple(kept)), gone


def begun(draft: KeyResultDraft, value: Decimal | None) -> KeyResultDraft:
    """A key result that begins where its metric is now; where that is the goal already, or beyond it, the goal is still
    to be set."""
    if value is None or draft.kind is not Kind.REACH or draft.start is None or draft.goal is None:
        return draft
    reached = value >= draft.goal if draft.goal > draft.start else value <= draft.goal
    if reached:
        return replace(draft, kind=Kind.OPEN_BASELINE, start=value, goal=None)
    return replace(draft, start=value)


def _line(line: Line) -> dict[str, Any]:
    draft = line.draft
    return {
        "above": line.above,
        "title": draft.title,
        "why": draft.why,
        "level": draft.level,
        "team": _text(draft.team_id),
        "owner": _text(draft.owner_id),
        "kind": draft.kind,
        "alignment": draft.alignment,
        "weight": _text(draft.weight),
        "counts": draft.counts,
        "key_results": [_key_result(each) for each in draft.key_results],
    }


def _key_result(draft: KeyResultDraft) -> dict[str, Any]:
    told: dict[str, Any] = {name: getattr(draft, name) for name in _TEXTS}
    told |= {name: _text(getattr(draft, name)) for name in (*ALL_FIGURES, "weight")}
    return told | {
        "kind": draft.kind.value,
        "rule": draft.rule.value if draft.rule else None,
        "owner": _text(draft.owner_id),
        "steps": [{"title": step.title, "weight": _text(step.weight)} for step in draft.steps],
    }


def _read(told: Mapping[str, Any]) -> Line:
    draft = ObjectiveDraft(
        title=told["title"],
        why=told["why"],
        level=told["level"],
        team_id=_id(told["team"]),
        owner_id=_id(told["owner"]),
        kind=told["kind"],
        alignment=told["alignment"],
        weight=_figure(told["weight"]),
        counts=told["counts"],
        key_results=tuple(_read_key_result(each) for each in told["key_results"]),
    )
    return Line(draft, told["above"])


def _read_key_result(told: Mapping[str, Any]) -> KeyResultDraft:
    texts: dict[str, Any] = {name: told[name] for name in _TEXTS}
    figures: dict[str, Any] = {name: _figure(told[name]) for name in (*ALL_FIGURES, "weight")}
    return KeyResultDraft(
        kind=Kind(told["kind"]),
        rule=RangeRule(told["rule"]) if told["rule"] else None,
        owner_id=_id(told["owner"]),
        steps=tuple(StepDraft(step["title"], _figure(step["weight"])) for step in told["steps"]),
        **texts,
        **figures,
    )


def _text(value: Decimal | UUID | None) -> str | None:
    if value is None:
        return None
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _figure(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
