"""Work on the tree until it is published: one draft for each workspace, with every step kept for undo.

Whoever acts says which revision of the draft they have seen, and is told with status 409 what was done meanwhile.
"""

from __future__ import annotations

from random import randrange
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.metrics import selectors
from apps.metrics.domain import branches, layout
from apps.metrics.domain.layout import Direction, Layout, Place, Spot
from apps.metrics.models import TreeDraft, TreeNode, TreeStep, TreeVersion
from apps.metrics.services.freshness import figures_are_new
from apps.metrics.services.locks import hold_metrics

KEPT_STEPS = 100
LONGEST_NOTE = 1000

CANNOT_STAND_HERE = N_("The node cannot stand here.")
CHANGED = N_("%(who)s changed the draft meanwhile. Here it is as it stands now; nothing of yours was done.")
GONE = N_(
    "The draft was published or discarded meanwhile. Here is the tree as it stands now; nothing of yours was done."
)
PUBLISHED_MEANWHILE = N_(
    "The published tree was changed since this draft was begun. Look at what is different, then publish over it."
)
NEEDS_NOTE = N_("Say in a sentence what changed and why. It stays in the history.")


# --- acts -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def draft_add(
    *, actor: Actor, seen: int | None, parent_id: UUID, metric_id: UUID, link: str = "", before_id: UUID | None = None
) -> UUID:
    """Hang a metric below a node of the draft; the id of its place. Without `link` a part of the formula that names it,
    else an influence. Refusal where it cannot stand."""
    draft, tree = _held(actor, seen)
    parent, view = _place(tree, parent_id), selectors.metric_for(metric_id)
    place = Place(str(uuid4()), str(view.id), parent.id, link or _fitting_link(view, parent))
    issues = layout.place_issues(tree, place)
    if view.archived:
        issues.append(Issue("metric", N_("This metric is archived. Bring it back first.")))
    _refuse_if([*issues, *_link_issues(view, parent, place.link)])
    after = tree.with_place(place, str(before_id) if before_id else None)
    act = {"message": N_("Added “%(metric)s” below “%(parent)s”"), "metric": place.metric, "parent": parent.metric}
    _keep(actor, draft, after, act)
    return UUID(place.id)


@transaction.atomic
def draft_add_factors(*, actor: Actor, seen: int | None, node_id: UUID) -> int:
    """Hang every metric that a node's formula names below it, in the formula's order; how many that were."""
    draft, tree = _held(actor, seen)
    parent = _place(tree, node_id)
    views = {view.key: view for view in selectors.metrics()}
    keys = {str(view.id): view.key for view in views.values()}
    there = [keys.get(child.metric, "") for child in tree.children(parent.id)]
    after, added = tree, 0
    for key in branches.missing_factors(selectors.metric_for(UUID(parent.metric)).definition, there):
        place = Place(str(uuid4()), str(views[key].id), parent.id, branches.FORMULA) if key in views else None
        if place is not None:
            _refuse_if(layout.place_issues(after, place))
            after, added = after.with_place(place), added + 1
    if added:
        _keep(actor, draft, after, {"message": N_("Added the parts of “%(metric)s”"), "metric": parent.metric})
    _drop_if_unused(draft)
    return added


@transaction.atomic
def draft_place(
    *, actor: Actor, seen: int | None, node_id: UUID, parent_id: UUID, before_id: UUID | None = None, link: str = ""
) -> None:
    """Hang a node with its branch elsewhere: below `parent_id`, before `before_id` or as the last one.

    Below another parent it is linked as that one's formula asks for, unless `link` is given.
    """
    draft, tree = _held(actor, seen)
    place = _inner(tree, node_id)
    _move(actor, draft, tree, place, Spot(_place(tree, parent_id).id, str(before_id) if before_id else None), link)
    _drop_if_unused(draft)


@transaction.atomic
def draft_shift(*, actor: Actor, seen: int | None, node_id: UUID, direction: Direction) -> None:
    """Move a node one step up, down, in (below the sibling before it) or out (after its parent); nothing at the end."""
    draft, tree = _held(actor, seen)
    place = _inner(tree, node_id)
    spot = tree.spot(place.id, direction)
    if spot is not None:
        _move(actor, draft, tree, place, spot)
    _drop_if_unused(draft)


@transaction.atomic
def draft_link(*, actor: Actor, seen: int | None, node_id: UUID, link: str) -> None:
    """Link a node as a part of the formula above it, or as an influence."""
    draft, tree = _held(actor, seen)
    place = _inner(tree, node_id)
    if place.link == link:
        _drop_if_unused(draft)
        return
    view = selectors.metric_for(UUID(place.metric))
    _refuse_if(_link_issues(view, tree.by_id[place.parent or ""], link))
    act = {"message": N_("Linked “%(metric)s” otherwise"), "metric": place.metric}
    _keep(actor, draft, tree.linked(place.id, link), act)


@transaction.atomic
def draft_remove(*, actor: Actor, seen: int | None, node_id: UUID) -> int:
    """Take a node and its branch out of the draft; how many nodes that were. The metrics themselves stay."""
    draft, tree = _held(actor, seen)
    place = _inner(tree, node_id)
    count = sum(1 for _each in tree.branch(place.id))
    _keep(actor, draft, tree.without(place.id), {"message": N_("Took “%(metric)s” out"), "metric": place.metric})
    return count


@transaction.atomic
def draft_undo(*, actor: Actor, seen: int | None) -> None:
    """Take the last step back; nothing if there is none."""
    draft, _tree = _held(actor, seen)
    _turn(actor, draft, draft.steps.filter(undone=False).last(), undone=True)


@transaction.atomic
def draft_redo(*, actor: Actor, seen: int | None) -> None:
    """Do the step again that was taken back last; nothing if there is none."""
    draft, _tree = _held(actor, seen)
    _turn(actor, draft, draft.steps.filter(undone=True).first(), undone=False)


# --- the end of a draft -----------------------------------------------------------------------------------------------


@transaction.atomic
def discard_tree_draft(*, actor: Actor, seen: int | None) -> None:
    """Throw the draft away; the published tree stays as it is."""
    draft, tree = _held(actor, seen)
    if draft.steps.exists():
        told = selectors.told_changes(selectors.published_layout(), tree)
        record(actor=actor, act="tree.draft_discarded", subject=draft, before=told)
    draft.delete()


@transaction.atomic
def publish_tree(*, actor: Actor, seen: int | None, note: str, over: str = "") -> TreeVersion:
    """Make the draft the company's tree. `over` is the mark of the published tree if that was changed meanwhile, and is
    replaced knowingly. Refusal with everything that stands in the way, or with status 409 if somebody was faster."""
    actor.must("metrics.edit")
    hold_metrics()
    draft, tree = _held(actor, seen)
    published = selectors.published_layout()
    if draft.based_on != selectors.mark_of(published) and over != selectors.mark_of(published):
        raise Refusal(PUBLISHED_MEANWHILE, status=409)
    issues = [issue for issue in selectors.tree_findings(tree) if issue.blocking]
    if not layout.changes(published, tree):
        issues.append(Issue("", N_("Nothing was changed: this is the published tree.")))
    if not note.strip():
        issues.append(Issue("note", NEEDS_NOTE))
    elif len(note) > LONGEST_NOTE:
        issues.append(Issue("note", N_("At most %(most)s characters."), {"most": LONGEST_NOTE}))
    if issues:
        raise Refusal(N_("The tree cannot be published yet. Mend what is listed."), issues=issues)
    _keep_published(published)
    version = _version(tree, actor.name, note.strip(), draft.restores)
    _write(tree)
    told = selectors.told_changes(published, tree)
    record(actor=actor, act="tree.published", subject=version, after=told, note=version.note)
    draft.delete()
    figures_are_new()
    return version


@transaction.atomic
def restore_tree(*, actor: Actor, seen: int | None, number: int) -> int:
    """Make an earlier tree the draft; it is the company's once published. How many nodes were left out because their
    metrics are gone. The root stays the North Star's."""
    version = TreeVersion.objects.filter(number=number).first()
    if version is None:
        raise NotHere(N_("There is no such version."))
    draft, tree = _held(actor, seen)
    known = {str(view.id) for view in selectors.metrics()}
    wanted = Layout.from_json(version.places)
    kept = Layout.of(place for place in wanted.places if place.metric in known)
    if not kept.places or kept.places[0].metric != tree.places[0].metric:
        raise Refusal(N_("That tree had another North Star on top. Choose that North Star first."))
    draft.restores = number
    _keep(
        actor,
        draft,
        _with_root(kept, tree.places[0].id),
        {"message": N_("Brought back version %(number)s"), "number": number},
    )
    return len(wanted.places) - len(kept.places)


# --- what all of them do ----------------------------------------------------------------------------------------------


def _held(actor: Actor, seen: int | None) -> tuple[TreeDraft, Layout]:
    """The draft, begun if there is none, while nobody else works on it."""
    actor.must("metrics.edit")
    published = selectors.published_layout()
    if not published.places:
        raise NotHere(N_("There is no tree yet. Choose the North Star first."))
    begun = {"places": published.to_json(), "based_on": selectors.mark_of(published), "revision": _beginning()}
    _draft, made = TreeDraft.objects.get_or_create(only=1, defaults=begun)
    draft = TreeDraft.objects.select_for_update().filter(only=1).first()
    if draft is None or (made and seen):
        raise Refusal(GONE, status=409)
    if not made and seen is not None and seen != draft.revision:
        raise Refusal(CHANGED, {"who": draft.changed_by_name}, status=409, issues=selectors.steps_since(draft, seen))
    return draft, selectors.known_places(Layout.from_json(draft.places))


def _beginning() -> int:
    """Where a draft begins to count, so that no two drafts are taken for each other."""
    return randrange(1, 2_000_000) * 1000  # noqa: S311 - no secret


def _keep(actor: Actor, draft: TreeDraft, after: Layout, act: dict[str, object]) -> None:
    """Let `after` be the draft, and remember the step to it; what was undone cannot be done again."""
    before = draft.places
    _save(actor, draft, after.to_json())
    draft.steps.filter(undone=True).delete()
    TreeStep.objects.create(draft=draft, revision=draft.revision, act=act, places=before, by_name=draft.changed_by_name)
    oldest = draft.steps.order_by("-id").values_list("pk", flat=True)[KEPT_STEPS : KEPT_STEPS + 1]
    draft.steps.filter(pk__lte=oldest[0] if oldest else 0).delete()


def _turn(actor: Actor, draft: TreeDraft, step: TreeStep | None, *, undone: bool) -> None:
    """Change to the other side of a step."""
    if step is None:
        _drop_if_unused(draft)
        return
    step.places, places = draft.places, step.places
    step.undone = undone
    step.save(update_fields=["places", "undone"])
    if "number" in step.act:
        done = draft.steps.filter(undone=False, act__has_key="number").last()
        draft.restores = done.act["number"] if done else None
    _save(actor, draft, places)


def _drop_if_unused(draft: TreeDraft) -> None:
    """Leave no draft behind in which nothing was ever done: it would hide what code changes from then on."""
    if not draft.steps.exists():
        draft.delete()


def _save(actor: Actor, draft: TreeDraft, places: list) -> None:
    draft.places = places
    draft.revision += 1
    draft.changed_by_name, draft.changed_at = actor.name[:120], Now()
    draft.save()


def _place(tree: Layout, node_id: UUID) -> Place:
    place = tree.by_id.get(str(node_id))
    if place is None:
        raise NotHere(N_("There is no such node in the tree."))
    return place


def _inner(tree: Layout, node_id: UUID) -> Place:
    place = _place(tree, node_id)
    if place.parent is None:
        raise Refusal(N_("The root of the tree is the North Star Metric. Choose another North Star to change it."))
    return place


def _move(actor: Actor, draft: TreeDraft, tree: Layout, place: Place, to: Spot, link: str = "") -> None:
    parent = tree.by_id[to.parent]
    if to.parent != place.parent:
        view = selectors.metric_for(UUID(place.metric))
        link = link or _fitting_link(view, parent)
        _refuse_if([*layout.place_issues(tree, place._replace(parent=parent.id)), *_link_issues(view, parent, link)])
    after = layout.moved(tree, place.id, to, link or place.link)
    if after == tree:
        return
    message = N_("Moved “%(metric)s” below “%(parent)s”") if to.parent != place.parent else N_("Moved “%(metric)s”")
    _keep(actor, draft, after, {"message": message, "metric": place.metric, "parent": parent.metric})


def _fitting_link(view: selectors.MetricView, parent: Place) -> str:
    """A part of the formula that names it, else an influence."""
    issues = _link_issues(view, parent, branches.FORMULA)
    return branches.INFLUENCE if issues else branches.FORMULA


def _link_issues(view: selectors.MetricView, parent: Place, link: str) -> list[Issue]:
    if link not in TreeNode.Link.values:
        return [Issue("link", N_("Choose one of: %(choices)s."), {"choices": ", ".join(TreeNode.Link.values)})]
    if link == branches.INFLUENCE:
        return []
    above = selectors.metric_for(UUID(parent.metric))
    return branches.link_issues(above.definition, above.name, view.definition, view.name)


def _refuse_if(issues: list[Issue]) -> None:
    if issues:
        raise Refusal(CANNOT_STAND_HERE, issues=issues)


def _with_root(tree: Layout, root: str) -> Layout:
    """The same tree below another node of the same metric."""
    was = tree.places[0].id
    renamed = [place._replace(parent=root) if place.parent == was else place for place in tree.places[1:]]
    return Layout((tree.places[0]._replace(id=root), *renamed))


def _keep_published(published: Layout) -> None:
    """The tree as it stood, if code or the North Star changed it since it was last published."""
    before = TreeVersion.objects.first()
    if before is None or Layout.from_json(before.places) != published:
        _version(published, "", "", None)


def _version(tree: Layout, by: str, note: str, restores: int | None) -> TreeVersion:
    newest = TreeVersion.objects.first()
    number = newest.number + 1 if newest else 1
    return TreeVersion.objects.create(
        number=number, places=tree.to_json(), note=note, restores=restores, published_by_name=by[:120]
    )


def _write(tree: Layout) -> None:
    """Let the nodes be these: all but the root anew, under the ids they have."""
    root = tree.places[0]
    TreeNode.objects.filter(parent__isnull=False).delete()
    position: dict[str | None, int] = {}
    rows = []
    for place in tree.places[1:]:
        at = position.get(place.parent, 0)
        position[place.parent] = at + 1
        rows.append(
            TreeNode(
                pk=UUID(place.id),
                metric_id=UUID(place.metric),
                parent_id=UUID(place.parent or ""),
                link=place.link,
                position=at,
            )
        )
    if not TreeNode.objects.filter(pk=UUID(root.id)).exists():
        raise Refusal(GONE, status=409)
    TreeNode.objects.bulk_create(rows)
