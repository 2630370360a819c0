"""Apply a tree of the library to the company's own data, and take it back."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.choosing import selectors
from apps.choosing.domain import making, mapping
from apps.choosing.domain.making import Made
from apps.choosing.domain.mapping import Chosen
from apps.choosing.domain.templates import Template
from apps.choosing.models import Adoption
from apps.kernel.issue import N_, Issue, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services as metric_acts
from apps.model.domain.difference import Status
from apps.model.domain.parsing import MEND
from apps.model.domain.reading import Read
from apps.model.services import Options, Plan, apply_model, plan_model

CANNOT_BE_MAPPED = N_("Please mend what is marked.")
NO_ROOT = N_("The North Star itself cannot be made without: %(metrics)s. Choose the columns they need.")
UNDONE_ALREADY = N_("This was taken back already.")
NO_STAR_BEFORE = N_("There was no North Star before this one. Choose another one first; then this can be taken back.")
STILL_IN_USE = N_("Some of it is in use by now, so it cannot be taken back.")


@dataclass(frozen=True)
class Preview:
    """What would be made, with the model it comes from."""

    made: Made
    plan: Plan


def plan_adoption(*, actor: Actor, template: Template, chosen: Chosen, with_star: bool) -> Preview:
    """What applying would do. Nothing is changed. Refusal with every fault of the mapping, or of the model, at once."""
    made = _made(template, chosen, with_star=with_star)
    plan = plan_model(actor=actor, wanted=made.model, read=Read({}), options=Options(note=_note(template)))
    return Preview(made, plan)


@transaction.atomic
def adopt(*, actor: Actor, template: Template, chosen: Chosen, with_star: bool, fingerprint: str) -> Adoption:
    """Apply it in one transaction; `fingerprint` is that of the plan that was shown (409 if it would be another)."""
    made = _made(template, chosen, with_star=with_star)
    star = metrics.north_star()
    before = {"metric": star.metric.key, "grain": star.grain, "reason": star.reason} if star else None
    options = Options(note=_note(template))
    plan = apply_model(actor=actor, wanted=made.model, read=Read({}), options=options, fingerprint=fingerprint)
    created = [change.key for change in plan.changes if change.section == "metrics" and change.status is Status.CREATED]
    moved = any(each.section == "north_star" and each.status is not Status.UNCHANGED for each in plan.changes)
    adoption = Adoption.objects.create(
        template=template.key,
        mapping=_told(chosen),
        made=created,
        star_before=before,
        chose_star=moved,
        adopted_by=actor.id,
        adopted_by_name=actor.name[:120],
    )
    record(actor=actor, act="choosing.adopted", subject=adoption, after={"metrics": created, "template": template.key})
    return adoption


@transaction.atomic
def undo(*, actor: Actor, adoption_id: UUID) -> Adoption:
    """Archive what an adoption made and put the North Star back that was before. Refusal with what is in the way."""
    actor.must("metrics.edit")
    adoption = selectors.adoption_for(adoption_id)
    adoption = Adoption.objects.select_for_update().get(pk=adoption.pk)
    if adoption.undone_at is not None:
        raise Refusal(UNDONE_ALREADY, status=409)
    _star_back(actor, adoption)
    _out_of_tree(actor, set(adoption.made))
    _archive(actor, adoption.made)
    adoption.undone_by_name, adoption.undone_at = actor.name[:120], timezone.now()
    adoption.save(update_fields=["undone_by_name", "undone_at"])
    record(actor=actor, act="choosing.undone", subject=adoption, before={"metrics": adoption.made})
    return adoption


def _made(template: Template, chosen: Chosen, *, with_star: bool) -> Made:
    known = metrics.known()
    found = mapping.faults(template, chosen, known.datasets, get_language())
    if found:
        raise Refusal(CANNOT_BE_MAPPED, issues=found)
    taken = {view.key: view.definition for view in metrics.metrics(archived=True)}
    made = making.make(template, chosen, taken, with_star=with_star)
    if not made.root:
        language = get_language()
        lost = [template.model.metrics[each.metric].name.text(language) for each in made.dropped]
        raise Refusal(MEND, issues=[Issue("", NO_ROOT, {"metrics": ", ".join(lost)})])
    return made


def _note(template: Template) -> str:
    return template.front.name.text(get_language())


def _told(chosen: Chosen) -> dict[str, object]:
    return {
        "data": dict(chosen.data),
        "columns": {f"{data}.{column}": value for (data, column), value in chosen.columns.items() if value},
        "values": {str(at): list(values) for at, values in chosen.values.items()},
    }


def _star_back(actor: Actor, adoption: Adoption) -> None:
    star = metrics.north_star()
    if not adoption.chose_star or star is None or star.metric.key not in adoption.made:
        return
    if adoption.star_before is None:
        raise Refusal(NO_STAR_BEFORE)
    before = adoption.star_before
    metric_acts.choose_north_star(
        actor=actor,
        metric_id=metrics.metric_for(before["metric"]).id,
        grain=Grain(before["grain"]),
        reason=before["reason"],
    )


def _out_of_tree(actor: Actor, made: set[str]) -> None:
    """Take out the highest nodes of what was made; what people hung below them would go too, so that is refused."""
    root = metrics.tree()
    todo = [root] if root else []
    while todo:
        node = todo.pop()
        if node.key not in made:
            todo += node.children
            continue
        if any(each.key not in made for each in node.walk()):
            raise Refusal(STILL_IN_USE, issues=[Issue(node.name, N_("Something else hangs below it in the tree."))])
        metric_acts.remove_node(actor=actor, node_id=node.id)


def _archive(actor: Actor, made: list[str]) -> None:
    """Archive in an order in which nothing is read by something else; what people use meanwhile is told all at once."""
    left = [view for view in metrics.metrics() if view.key in made]
    while left:
        kept, refusals = [], []
        for view in left:
            try:
                with transaction.atomic():
                    metric_acts.archive_metric(actor=actor, metric_id=view.id)
            except Refusal as refusal:
                kept.append(view)
                told = refusal.issues or (Issue("", refusal.message, refusal.params),)
                refusals += [Issue(view.name, issue.message, issue.params) for issue in told]
        if len(kept) == len(left):
            raise Refusal(STILL_IN_USE, issues=refusals)
        left = kept
