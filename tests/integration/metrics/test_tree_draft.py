"""The draft of the tree: worked on by several, undone, checked, published, brought back; until then nothing shows."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit import selectors as audit
from apps.kernel.issue import Forbidden, NotHere, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors, services
from apps.metrics.models import TreeDraft, TreeNode, TreeVersion
from tests.integration.metrics import metric_cases as m

pytestmark = pytest.mark.django_db

QUERIES_OF_THE_DRAFT = 6


@pytest.fixture
def shop(define: Callable, actor: Any) -> TreeNode:
    """ARPU = visits x spend, with both below the root."""
    for key in ("visits", "spend", "nps", "wait"):
        define(key, "manual")
    define("arpu", "formula", expression="visits * spend")
    services.choose_north_star(actor=actor, metric_id=m.metric("arpu").pk, grain=Grain.MONTH)
    root = TreeNode.objects.get()
    services.add_factors(actor=actor, node_id=root.pk)
    return root


@pytest.fixture
def hand(shop: TreeNode, actor: Any) -> Callable:
    """`hand("add", parent_id=…)`: an act on the draft by somebody who has seen it as it is."""

    def act(name: str, **told: Any) -> Any:
        return getattr(services, f"draft_{name}")(actor=actor, seen=revision(), **told)

    return act


def revision() -> int:
    return selectors.tree_work().revision


def shown() -> list[tuple[int, str, str]]:
    return [(node.depth, node.key, node.link) for node in selectors.tree_work().root.walk()]


def place(key: str) -> UUID:
    return next(node.id for node in selectors.tree_work().root.walk() if node.key == key)


def test_a_draft_touches_nothing_until_it_is_published(shop: TreeNode, hand: Callable, actor: Any) -> None:
    before, edition = selectors.published_layout(), selectors.edition()
    made = hand("add", parent_id=place("visits"), metric_id=m.metric("nps").pk)
    assert shown() == [
        (0, "arpu", "formula"), (1, "visits", "formula"), (2, "nps", "influence"), (1, "spend", "formula"),
    ]  # fmt: skip
    assert (selectors.published_layout(), selectors.edition()) == (before, edition)
    version = services.publish_tree(actor=actor, seen=revision(), note=" Waiting drives visits. ")
    assert TreeNode.objects.get(pk=made).parent.metric.key == "visits"
    assert selectors.edition() != edition
    assert (version.number, version.note) == (2, "Waiting drives visits.")
    assert not TreeDraft.objects.exists()
    newest, oldest = selectors.tree_history()
    assert newest.changes == ("Added “Nps” below “Visits”",)
    assert (oldest.number, oldest.note, oldest.nodes) == (1, "", 3)
    entry = audit.history_of(version)[0]
    assert (entry.act, entry.note) == ("tree.published", "Waiting drives visits.")


def test_steps_are_taken_back_and_done_again(shop: TreeNode, hand: Callable) -> None:
    states = [shown()]
    hand("shift", node_id=place("spend"), direction="up")
    states.append(shown())
    hand("add", parent_id=place("spend"), metric_id=m.metric("nps").pk)
    states.append(shown())
    hand("remove", node_id=place("visits"))
    states.append(shown())
    assert len({tuple(state) for state in states}) == 4
    for state in reversed(states[:-1]):
        hand("undo")
        assert shown() == state
    assert selectors.tree_work().done == ""
    hand("undo")  # nothing left to take back
    for state in states[1:]:
        hand("redo")
        assert shown() == state
    hand("undo")
    hand("link", node_id=place("visits"), link="influence")
    assert selectors.tree_work().undone == ""  # another step was done: nothing is left to do again


def test_of_two_at_once_the_second_sees_what_the_first_did(shop: TreeNode, actor: Any, ben: Any) -> None:
    theirs = revision()
    services.draft_add(actor=ben.actor, seen=theirs, parent_id=shop.pk, metric_id=m.metric("nps").pk)
    with pytest.raises(Refusal) as caught:
        services.draft_remove(actor=actor, seen=theirs, node_id=place("visits"))
    assert caught.value.status == 409
    assert ben.actor.name in caught.value.in_words()
    assert [("Nps" in issue.in_words(), ben.actor.name in issue.in_words()) for issue in caught.value.issues] == [
        (True, True)
    ]
    assert "visits" in {key for _depth, key, _link in shown()}
    seen = revision()
    services.publish_tree(actor=ben.actor, seen=seen, note="Asked customers.")
    for act in (
        lambda: services.draft_undo(actor=actor, seen=seen),
        lambda: services.publish_tree(actor=actor, seen=seen, note="Mine."),
        lambda: services.discard_tree_draft(actor=actor, seen=seen),
    ):
        with pytest.raises(Refusal) as caught:
            act()
        assert caught.value.status == 409


def test_what_was_published_meanwhile_is_not_lost_by_accident(shop: TreeNode, hand: Callable, actor: Any) -> None:
    hand("add", parent_id=shop.pk, metric_id=m.metric("nps").pk)
    services.add_node(actor=actor, metric_id=m.metric("wait").pk, parent_id=shop.pk, link="influence")
    with pytest.raises(Refusal) as caught:
        services.publish_tree(actor=actor, seen=revision(), note="Mine.")
    assert caught.value.status == 409
    behind = selectors.tree_work().behind
    services.publish_tree(actor=actor, seen=revision(), note="Mine.", over=behind)
    assert "wait" not in {node.key for node in selectors.tree().walk()}
    assert [(v.number, v.nodes) for v in selectors.tree_history()] == [(2, 4), (1, 4)]


def test_everything_wrong_is_said_at_once(shop: TreeNode, define: Callable, hand: Callable, actor: Any) -> None:
    define("yearly", "manual", grains=["year"])
    services.type_value(
        actor=actor, metric_id=m.metric("spend").pk, grain=Grain.MONTH, period_start=date(2026, 1, 1), value=Decimal(5)
    )
    hand("remove", node_id=place("visits"))
    hand("add", parent_id=place("spend"), metric_id=m.metric("yearly").pk)
    hand("add", parent_id=shop.pk, metric_id=m.metric("nps").pk)
    services.archive_metric(actor=actor, metric_id=m.metric("wait").pk)
    draft = TreeDraft.objects.get()
    broken = [place if place[3] == "formula" else [*place[:3], "formula"] for place in draft.places]
    broken.append(["00000000-0000-0000-0000-000000000001", str(m.metric("wait").pk), str(shop.pk), "influence"])
    TreeDraft.objects.update(places=broken)
    work = selectors.tree_work()
    found = selectors.tree_findings(work.layout, work.root)
    told = "\n".join(issue.in_words() for issue in found)
    for said in (
        "is linked as a part, but the formula of “Arpu” does not name it", "is archived",
        "The formula of “Arpu” also names “Visits”", "is not read by the same kind of period", "has no value yet",
    ):  # fmt: skip
        assert said in told, told
    with pytest.raises(Refusal) as caught:
        services.publish_tree(actor=actor, seen=work.revision, note="")
    assert {issue.where for issue in caught.value.issues} >= {"note"}
    assert len(caught.value.issues) >= 4
    assert not TreeVersion.objects.exists()


def test_what_is_counted_twice_and_what_is_no_longer_on_top_is_said(
    define: Callable, actor: Any, shop: TreeNode
) -> None:
    define("cost", "manual")
    define("profit", "formula", expression="arpu - cost")
    define("rate", "formula", expression="profit / arpu")
    services.choose_north_star(actor=actor, metric_id=m.metric("rate").pk, grain=Grain.MONTH)
    root = TreeNode.objects.get(parent=None)
    services.draft_add_factors(actor=actor, seen=None, node_id=root.pk)
    services.draft_add_factors(actor=actor, seen=None, node_id=place("profit"))
    work = selectors.tree_work()
    told = [issue.in_words() for issue in selectors.tree_findings(work.layout, work.root)]
    assert any("“Arpu” is counted twice: below" in words for words in told), told
    services.choose_north_star(actor=actor, metric_id=m.metric("cost").pk, grain=Grain.MONTH)
    work = selectors.tree_work()
    first = selectors.tree_findings(work.layout, work.root)[0]
    assert first.blocking
    assert "no longer the North Star" in first.in_words()


def test_an_earlier_tree_is_brought_back_as_a_draft(shop: TreeNode, hand: Callable, actor: Any) -> None:
    hand("remove", node_id=place("visits"))
    services.publish_tree(actor=actor, seen=revision(), note="Without visits.")
    assert services.restore_tree(actor=actor, seen=0, number=1) == 0
    assert "visits" not in {node.key for node in selectors.tree().walk()}
    services.publish_tree(actor=actor, seen=revision(), note="With them again.")
    assert [node.key for node in selectors.tree().walk()] == ["arpu", "visits", "spend"]
    newest = selectors.tree_history()[0]
    assert (newest.number, newest.restores) == (3, 1)
    with pytest.raises(NotHere):
        services.restore_tree(actor=actor, seen=None, number=9)


def test_only_those_who_may_and_in_a_fixed_number_of_queries(shop: TreeNode, hand: Callable, cleo: Any) -> None:
    with pytest.raises(Forbidden):
        services.draft_remove(actor=cleo.actor, seen=None, node_id=place("visits"))
    for key in ("nps", "wait"):
        hand("add", parent_id=shop.pk, metric_id=m.metric(key).pk)
        with CaptureQueriesContext(connection) as asked:
            selectors.tree_work()
        assert len(asked) == QUERIES_OF_THE_DRAFT


def test_a_place_is_refused_with_its_reason(shop: TreeNode, hand: Callable) -> None:
    visits, spend = place("visits"), place("spend")
    for act in (
        lambda: hand("place", node_id=visits, parent_id=visits),
        lambda: hand("add", parent_id=shop.pk, metric_id=m.metric("nps").pk, link="formula"),
        lambda: hand("add", parent_id=shop.pk, metric_id=m.metric("visits").pk),
        lambda: hand("remove", node_id=shop.pk),
    ):
        with pytest.raises(Refusal):
            act()
    assert not TreeDraft.objects.exists()
    hand("place", node_id=spend, parent_id=visits)
    assert shown()[-1] == (2, "spend", "influence")  # the formula of visits does not name it
    hand("shift", node_id=spend, direction="out")
    assert shown()[-1] == (1, "spend", "formula")


def test_what_changes_nothing_begins_no_draft(shop: TreeNode, hand: Callable, actor: Any) -> None:
    visits = place("visits")
    for act in (
        lambda: hand("shift", node_id=visits, direction="up"),
        lambda: hand("link", node_id=visits, link="formula"),
        lambda: hand("place", node_id=visits, parent_id=shop.pk, before_id=place("spend")),
        lambda: hand("add_factors", node_id=shop.pk),
        lambda: hand("undo"),
        lambda: hand("redo"),
    ):
        act()
        assert not TreeDraft.objects.exists()
    services.remove_node(actor=actor, node_id=visits)  # as code does it
    assert [key for _depth, key, _link in shown()] == ["arpu", "spend"]


def test_a_version_that_was_brought_back_and_taken_back_is_not_named(
    shop: TreeNode, hand: Callable, actor: Any
) -> None:
    hand("remove", node_id=place("visits"))
    services.publish_tree(actor=actor, seen=revision(), note="Without visits.")
    services.restore_tree(actor=actor, seen=0, number=1)
    hand("undo")
    hand("add", parent_id=shop.pk, metric_id=m.metric("nps").pk)
    assert services.publish_tree(actor=actor, seen=revision(), note="With NPS.").restores is None
    services.restore_tree(actor=actor, seen=0, number=1)
    hand("undo")
    hand("redo")
    assert services.publish_tree(actor=actor, seen=revision(), note="As it was.").restores == 1
