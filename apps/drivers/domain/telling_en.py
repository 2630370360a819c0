"""A bridge in English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from apps.drivers.domain.told import Cause, Told


def sentence(told: Told) -> str:
    """One sentence: the figure, its change, and what accounts for it."""
    if not told.causes:
        return f"{_head(told)}."
    causes = _listed([f"{each.name} {each.effect}" for each in told.causes])
    rest = f", the rest {told.rest}" if told.rest else ""
    return f"{_head(told)}: {causes}{rest}."


def paragraph(told: Told) -> Iterator[str]:
    """The same as several sentences, down to the leaves, with what is stable, started, due and expected."""
    yield f"{_head(told)}."
    if told.unsplit:
        yield told.unsplit
    yield _causes(told)
    if told.gap:
        yield f"{told.gap} of it is measured beside the formula: look into that first."
    if told.stable:
        yield f"{_capital(_listed(told.stable))} made no difference."
    if told.started:
        yield f"Started: {_listed([_started(each.title, each.owner, each.due) for each in told.started])}."
    if told.aim:
        yield f"Target of {told.aim.goal} by {told.aim.by}: {_small(told.aim.status)}, with {told.aim.due_now} due now."
    if told.outlook:
        outlook = told.outlook
        yield f"Forecast for {outlook.period}: {outlook.value}, between {outlook.low} and {outlook.high}."


def _head(told: Told) -> str:
    name = f"{told.name} ({told.whom})" if told.whom else told.name
    if told.against == "target":
        return f"{name} was {told.after} in {told.period}, {told.change} against the {told.before} due by then"
    if told.against == "peer":
        other = told.peer or "the whole company"
        return f"{name} was {told.after} in {told.period}, {told.change} against {other} ({told.before})"
    if not told.moved:
        return f"{name} was {told.after} in {told.period}, the same as in {told.base}"
    return f"{name} was {told.after} in {told.period}, {told.change} against {told.base} ({told.before})"


def _causes(told: Told) -> str:
    if not told.causes:
        return ""
    first, *others = told.causes
    parts = [f"{_capital(first.name)} accounts for {first.effect}{_inside(first)}"]
    parts += [f"{each.name} for {each.effect}{_inside(each)}" for each in others]
    if told.rest:
        count = f"the other {told.rest_count} together" if told.rest_count > 1 else "the other part"
        parts.append(f"{count} for {told.rest}")
    return "; ".join(parts) + "."


def _inside(cause: Cause) -> str:
    """Its own values, or the leaf it leads to with those."""
    leaf = cause.leaf
    if leaf is None:
        return f" ({cause.before} → {cause.after})" if cause.before else ""
    values = f" {leaf.before} → {leaf.after}," if leaf.before else ""
    return f" (mainly {leaf.name}:{values} {leaf.effect})"


def _started(title: str, owner: str, due: str) -> str:
    more = ", ".join(filter(None, [owner, f"due {due}" if due else ""]))
    return f"“{title}” ({more})" if more else f"“{title}”"


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + f" and {words[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
