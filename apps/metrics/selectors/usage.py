"""Who uses a metric. Rooms above this one add themselves with `services.tell_uses` when the product starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext

from apps.kernel.issue import N_, Issue
from apps.metrics.domain import checks
from apps.metrics.models import NorthStar, TreeNode
from apps.metrics.selectors.definitions import metric_for, metrics
from apps.metrics.selectors.eras import scores_in_time
from apps.metrics.selectors.shapes import MetricLike, MetricView


@dataclass(frozen=True)
class Use:
    """One use of a metric: `message` (a msgid) with `params` says which, `url` is its page ("" for none).

    One that `holds` stands in the way of archiving; one that does not is history, which only deleting would break.
    """

    message: str
    params: Mapping[str, object] = field(default_factory=dict, hash=False)
    url: str = ""
    holds: bool = True

    def issue(self) -> Issue:
        return Issue("", self.message, self.params)

    @property
    def in_words(self) -> str:
        return self.issue().in_words(gettext)


Finder = Callable[[MetricView], Iterable[Use]]
"""Gives the uses of a metric in one room, in a fixed number of queries."""

_finders: dict[str, Finder] = {}


def tell_uses(room: str, finder: Finder) -> None:
    """Register how `room` uses metrics; called once, in its AppConfig.ready."""
    _finders[room] = finder


def usage_of(metric: MetricLike) -> list[Use]:
    """Everything that uses a metric, what holds it first. Three queries, and those of each room that told its uses."""
    view = metric_for(metric)
    found = [use for finder in (_own, *_finders.values()) for use in finder(view)]
    return sorted(found, key=lambda use: not use.holds)


def _own(view: MetricView) -> Iterable[Use]:
    users = metrics(archived=True)
    dated = scores_in_time({user.id: (user.definition, user.version_number) for user in users})
    for user in users:
        if view.key in checks.inputs_of(dated[user.id]) and user.id != view.id:
            message = (
                N_("The formula of “%(name)s”, which is archived, names it.")
                if user.archived
                else N_("The formula of “%(name)s” uses it.")
            )
            yield Use(message, {"name": user.name}, reverse("metrics:detail", args=[user.key]), not user.archived)
    for choice in NorthStar.objects.filter(metric_id=view.id):
        url = reverse("choosing:north_star")
        if choice.ended_at is None:
            yield Use(N_("It is the North Star Metric."), url=url)
        else:
            yield Use(N_("It was the North Star Metric."), url=url, holds=False)
    node = TreeNode.objects.filter(metric_id=view.id).first()
    if node is not None:
        yield Use(N_("It is in the metric tree."), url=reverse("metrics:node", args=[node.pk]))
