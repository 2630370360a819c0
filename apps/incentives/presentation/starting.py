"""A template in somebody's language, with the metrics that it most likely means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext

from apps.incentives.domain.attainment import Direction
from apps.incentives.domain.plan import Plan, Scope
from apps.incentives.domain.starting import COST, NORTH_STAR, SALES, SATISFACTION, Start
from apps.metrics.selectors import MetricView

HINTS = {
    SATISFACTION: ("csat", "satisf", "nps", "满意", "好评"),
    COST: ("cost", "expense", "成本", "费用"),
    SALES: ("sales", "revenue", "gmv", "销售", "收入", "营收"),
}


@dataclass(frozen=True)
class StartWords:
    """A template as a page shows it. Its texts have percent signs, which Django's `translate` of a variable doubles."""

    key: str
    name: str
    about: str


def start_words(start: Start) -> StartWords:
    """The name of a template, and what it is for, in the language of now."""
    return StartWords(start.key, gettext(start.name), gettext(start.about))


def translated(plan: Plan, views: Iterable[MetricView], north_star: str) -> Plan:
    """The plan of a template: names in the language of now, a metric for each line whose name says which is meant."""
    known = list(views)
    lines = []
    for each in plan.components:
        view = next((view for view in known if _meant(each.name, view, north_star)), None)
        rule = each.attaining
        if view is not None:
            down = Direction.LOWER if view.direction == "down" else Direction.HIGHER
            rule = replace(rule, direction=down)
        name = view.name if view is not None else gettext(each.name) if each.name else ""
        scope = Scope.COMPANY if view is not None and not view.dimensions else each.scope  # of no team there is a value
        lines.append(replace(each, name=name, metric=view.key if view is not None else "", attaining=rule, scope=scope))
    return replace(plan, components=tuple(lines))


def _meant(name: str, view: MetricView, north_star: str) -> bool:
    if name == NORTH_STAR:
        return view.key == north_star
    text = f"{view.key} {view.name}".lower()
    return any(hint in text for hint in HINTS.get(name, ()))
