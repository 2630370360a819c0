"""Make a workspace be as a model says, through the services of the rooms, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.domain.roles import Actor
from apps.datasets import selectors as datasets
from apps.datasets import services as data
from apps.engine.conversion import USUAL_RATE_DAYS
from apps.kernel.issue import N_, Issue, Refusal
from apps.metrics import selectors as metrics
from apps.metrics import services as acts
from apps.metrics.domain import checks, graph
from apps.model.domain.checking import wish_of
from apps.model.domain.document import BranchEntry, Model, TargetEntry
from apps.model.domain.reading import Fault, ModelRefused
from apps.model.selectors import State
from apps.targets import selectors as targets
from apps.targets import services as target_acts

LONGEST_NOTE = 1000
LONGEST_REASON = 200

IN_USE = N_("What the model leaves out is still in use, so it cannot be removed. Nothing was changed.")
FROM_A_MODEL = N_("From a model file.")
CHANGED_MEANWHILE = N_("The workspace was changed meanwhile. Look at the difference again, then apply it.")
NEEDS = {
    "data.upload": N_("Your role or key may not make data sets: it takes the right to upload data."),
    "north_star.choose": N_("Your role or key may not choose the North Star. Leave it out, or ask an administrator."),
    "targets.edit": N_("Your role or key may not set targets. Leave them out, or ask a manager."),
}


@dataclass(frozen=True)
class Options:
    """`prune`: what the model does not name is taken out of use. `note` stands with each new version."""

    prune: bool = False
    note: str = ""

    @property
    def words(self) -> str:
        return self.note.strip()[:LONGEST_NOTE] or _(FROM_A_MODEL)


def rights_issues(actor: Actor, wanted: Model, state: State, *, prune: bool) -> Iterator[Issue]:
    """What the model changes and this actor may not."""
    now = state.model
    touched = (
        *_to_declare(wanted, state),
        *_to_time(wanted, state),
        *_to_check(wanted, state),
        *_to_expect(wanted, state),
    )
    if any(touched) and not actor.may("data.upload"):
        yield Issue("datasets", NEEDS["data.upload"])
    if wanted.north_star not in (None, now.north_star) and not actor.may("north_star.choose"):
        yield Issue("north_star", NEEDS["north_star.choose"])
    new, old = set(wanted.targets), set(now.targets)
    if (new - old or (prune and old - new)) and not actor.may("targets.edit"):
        yield Issue("targets", NEEDS["targets.edit"])


def make_so(*, actor: Actor, wanted: Model, state: State, options: Options) -> None:
    """Every act that leads from `state` to `wanted`; nothing where it is so already. Refusal with what stands in the
    way."""
    for key in _to_declare(wanted, state):
        entry = wanted.datasets[key]
        columns = [column.model_dump(mode="json") for column in entry.columns]
        data.declare_dataset(actor=actor, key=key, name=entry.name, columns=columns, row_key=entry.row_key)
    for key in _to_time(wanted, state):
        dataset = datasets.dataset_by_key(key)
        data.set_rate_days(actor=actor, dataset_id=dataset.pk, days=wanted.datasets[key].rate_days)
    for key in _to_check(wanted, state):
        said = [check.model_dump(mode="json") for check in wanted.datasets[key].checks or ()]
        data.set_checks(actor=actor, dataset_id=datasets.dataset_by_key(key).pk, wanted=said)
    for key in _to_expect(wanted, state):
        entry = wanted.datasets[key]
        told = entry.rhythm.model_dump(mode="json") if entry.rhythm else None
        data.set_rhythm(actor=actor, dataset_id=datasets.dataset_by_key(key).pk, rhythm=told, now=timezone.now())
    acts.define_together(actor=actor, definitions=tuple(wanted.metrics.values()), note=options.words)
    if wanted.north_star is not None:
        _choose(actor, wanted, state)
        _grow_tree(actor, wanted, prune=options.prune)
    reason = options.words[:LONGEST_REASON]
    for target in wanted.targets:
        _set_target(actor, target, state, reason)
    if options.prune:
        _withdraw(actor, wanted, state, reason)
        _archive(actor, wanted, state)


def _to_declare(wanted: Model, state: State) -> Iterator[str]:
    for key, entry in wanted.datasets.items():
        if key not in state.around.loaded and state.model.datasets.get(key) != entry:
            yield key


def _to_time(wanted: Model, state: State) -> Iterator[str]:
    """Data whose exchange rates hold for other days than they do now."""
    for key, entry in wanted.datasets.items():
        there = state.model.datasets.get(key)
        if entry.rate_days != (there.rate_days if there else USUAL_RATE_DAYS):
            yield key


def _to_check(wanted: Model, state: State) -> Iterator[str]:
    """Data of which other things are to be checked; where the text says nothing, all stays."""
    for key, entry in wanted.datasets.items():
        there = state.model.datasets.get(key)
        if entry.checks is not None and set(entry.checks) != set((there.checks if there else None) or ()):
            yield key


def _to_expect(wanted: Model, state: State) -> Iterator[str]:
    """Data whose rows are expected at another time."""
    for key, entry in wanted.datasets.items():
        there = state.model.datasets.get(key)
        if entry.rhythm is not None and entry.rhythm != (there.rhythm if there else None):
            yield key


def _choose(actor: Actor, wanted: Model, state: State) -> None:
    star = wanted.north_star
    if star is not None and star != state.model.north_star:
        view = metrics.metric_for(star.metric)
        acts.choose_north_star(actor=actor, metric_id=view.id, grain=star.grain, reason=star.reason)


# --- tree -------------------------------------------------------------------------------------------------------------


def _grow_tree(actor: Actor, wanted: Model, *, prune: bool) -> None:
    root = metrics.tree()
    if root is None:
        return
    if prune:
        _cut(actor, root, wanted.tree)
        root = metrics.tree() or root
    ids = {view.key: view.id for view in metrics.metrics()}
    _Gardener(actor, ids).grow(root.id, root, wanted.tree)


def _cut(actor: Actor, node: metrics.NodeView, rows: tuple[BranchEntry, ...]) -> None:
    """Take the branches out that the model does not name. First of all, as something may hang elsewhere now."""
    named = {branch.metric: branch for branch in rows}
    for child in node.children:
        if child.key in named:
            _cut(actor, child, named[child.key].below)
        else:
            acts.remove_node(actor=actor, node_id=child.id)


@dataclass(frozen=True)
class _Gardener:
    actor: Actor
    ids: dict

    def grow(self, node_id: object, node: metrics.NodeView | None, rows: tuple[BranchEntry, ...]) -> None:
        """Hang what is missing below a node, in the model's order; `node` is None where it was added just now."""
        there = {child.key: child for child in node.children} if node else {}
        order = [child.id for child in there.values()]
        named = []
        for branch in rows:
            child = there.get(branch.metric)
            if child is None:
                metric_id = self.ids[branch.metric]
                made = acts.add_node(actor=self.actor, metric_id=metric_id, parent_id=node_id, link=branch.link)
                child_id = made.pk
                order.append(child_id)
            else:
                child_id = child.id
                if child.link != branch.link:
                    acts.change_node(actor=self.actor, node_id=child_id, link=branch.link)
            named.append(child_id)
            self.grow(child_id, child, branch.below)
        if order[: len(named)] != named:
            acts.arrange(actor=self.actor, parent_id=node_id, first=named)


# --- targets ----------------------------------------------------------------------------------------------------------


def _set_target(actor: Actor, target: TargetEntry, state: State, reason: str) -> None:
    if target in state.model.targets:
        return
    view, wish = metrics.metric_for(target.metric), wish_of(target)
    team_id = state.around.teams[target.team] if target.team else None
    scope = {"grain": wish.grain, "dimension": target.dimension, "member": target.member, "team_id": team_id}
    former = targets.head_of(view.id, **scope)  # it may wait for approval, from the same text
    made = target_acts.set_target(
        actor=actor,
        metric_id=view.id,
        dimension=target.dimension,
        member=target.member,
        team_id=team_id,
        **vars(wish),
        reason=reason,
        owner_id=former.owner_id if former else None,
        owner_name=former.owner_name if former else "",
        seen=former.pk if former else None,
    )
    if former is None and made.replaces_id is not None:
        raise Refusal(CHANGED_MEANWHILE, status=409)


def _withdraw(actor: Actor, wanted: Model, state: State, reason: str) -> None:
    named = {target.scope for target in wanted.targets}
    keys = {view.id: view.key for view in metrics.metrics(archived=True)}
    named_as = {pk: path for path, pk in state.around.teams.items()}
    for row in list(targets.in_force(teams=True)):
        if row.team_id and row.team_id not in named_as:
            continue  # of a team that is archived: it is no part of a model
        team = named_as[row.team_id] if row.team_id else ""
        if (keys[row.metric_id], row.grain, row.dimension, row.member, team) not in named:
            target_acts.withdraw_target(actor=actor, target_id=row.pk, reason=reason)


# --- metrics that are left out ----------------------------------------------------------------------------------------


def _archive(actor: Actor, wanted: Model, state: State) -> None:
    """Archive what the model leaves out, formulas before what they read; ModelRefused with everything in use."""
    read = {key: checks.inputs_of(definition) for key, definition in state.model.metrics.items()}
    left_out = [key for key in reversed(graph.in_order(read)) if key not in wanted.metrics]
    faults: list[Fault] = []
    for key in left_out:
        try:
            with transaction.atomic():
                acts.archive_metric(actor=actor, metric_id=metrics.metric_for(key).id)
        except Refusal as refusal:
            told = refusal.issues or (Issue("", refusal.message, refusal.params),)
            faults += [Fault(None, Issue(f"metrics.{key}", issue.message, issue.params)) for issue in told]
    if faults:
        raise ModelRefused(IN_USE, faults)
